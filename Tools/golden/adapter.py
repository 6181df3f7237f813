"""Golden low-rank adapter: a file as diffusers saves it and what a tiny transformer makes of it.

Writes Tests/DiffusionTransformerTests/Fixtures/adapter.safetensors (the file of `save_lora_weights`) and adapted.safetensors
(velocities with it at weights 1 and 0.5).
"""

import pathlib
import shutil
import tempfile

import torch
from diffusers import QwenImagePipeline, QwenImageTransformer2DModel
from diffusers.training_utils import _collate_lora_metadata
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file

import transformer
from seeded_weights import fill, inputs, seeded_tensor

FIXTURES = pathlib.Path(__file__).parents[2] / "Tests/DiffusionTransformerTests/Fixtures"
TARGETS = ["to_q", "to_out.0", "add_k_proj", "img_mod.1", "txt_mlp.net.2", "img_mlp.net.0.proj"]


def main():
    model = fill(QwenImageTransformer2DModel(**transformer.ODD))
    model.add_adapter(LoraConfig(r=3, lora_alpha=5, target_modules=TARGETS, alpha_pattern={"to_q": 2}))
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if "lora_" in key:
                parameter.copy_(seeded_tensor(key, parameter.shape))
    with tempfile.TemporaryDirectory() as folder:
        QwenImagePipeline.save_lora_weights(
            folder, transformer_lora_layers=get_peft_model_state_dict(model),
            **_collate_lora_metadata({"transformer": model}))
        shutil.copy(next(pathlib.Path(folder).glob("*.safetensors")), FIXTURES / "adapter.safetensors")
    tensors = {}
    for weight in (1.0, 0.5):
        model.set_adapters(["default"], [weight])
        with torch.no_grad():
            tensors[f"velocity {weight}"] = model(
                hidden_states=inputs("adapter.latents", (1, 12, 16)),
                encoder_hidden_states=inputs("adapter.prompt", (1, 5, 40)),
                encoder_hidden_states_mask=None, timestep=torch.tensor([0.7]), img_shapes=[[(1, 2, 3)] * 2],
                return_dict=False)[0][:, :6].contiguous()
    save_file(tensors, FIXTURES / "adapted.safetensors")


if __name__ == "__main__":
    main()
