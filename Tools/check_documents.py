"""Writes documents with layered and reads them with the programs that people have: python Tools/check_documents.py PROGRAM [RESULTS]

OpenRaster is read by Python's zipfile and by Krita, PowerPoint files by python-pptx and LibreOffice, PSD and PSB by psd-tools, ZIP
archives by zipfile. Krita (`apt-get install krita xvfb xauth`), LibreOffice and python-pptx are left out, and said to be, where they are
not installed. Names, order, places and sizes have to be the same; pictures are compared with `layered flatten`, in dB. The table goes
to standard output and, where RESULTS is given, into that folder under the date.
"""

import datetime
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
import zipfile

import numpy as np
from PIL import Image

Image.MAX_IMAGE_PIXELS = None
NAMES = ["🦊 fox", "שכבה ימנית", "../x", "<b>&\"'</b>", "two\nlines", "背景", "CON", "a/b", "same", "same"]
EMU = 9525


def square(canvas, box, colour):
    picture = Image.new("RGBA", canvas)
    picture.paste(colour, box)
    return picture


def colour(index):
    return (40 + 37 * index % 200, 200 - 53 * index % 180, 90 + 71 * index % 150, 255 - 40 * (index % 3))


def folder(path, canvas, layers):
    """A folder with layers.json, as `layered decompose` writes it: a picture, a name and settings for each layer."""
    path.mkdir()
    entries = []
    for index, (name, picture, settings) in enumerate(layers):
        picture.save(path / f"layer-{index:03}.png")
        left, top, right, bottom = picture.getbbox() or (0, 0, 0, 0)
        entries.append({
            "index": index, "file": f"layer-{index:03}.png", "name": name, "opacity": 1, "blendMode": "normal", "visible": True,
            "boundingBox": {"x": left, "y": top, "width": right - left, "height": bottom - top}, **settings})
    (path / "layers.json").write_text(json.dumps({"canvas": {"width": canvas[0], "height": canvas[1]}, "layers": entries}))


def cases(scratch, corpora):
    def make(name, canvas, layers):
        folder(scratch / name, canvas, layers)
        return name, scratch / name

    squares = lambda canvas, count, names=None, settings=lambda index: {}: [
        (names[index] if names else f"layer {index}",
         square(canvas, (index % 8 * canvas[0] // 10, index % 6 * canvas[1] // 8, index % 8 * canvas[0] // 10 + canvas[0] // 4, index % 6 * canvas[1] // 8 + canvas[1] // 3), colour(index)),
         settings(index)) for index in range(count)]
    canvas = (120, 80)
    yield make("names", canvas, squares(canvas, len(NAMES), NAMES))
    yield make("no layers", canvas, [])
    yield make("200 layers", canvas, squares(canvas, 200))
    yield make("1 x 1", (1, 1), [("dot", Image.new("RGBA", (1, 1), (9, 99, 199, 255)), {})])
    yield make("30,001 x 10", (30001, 10), [("long", Image.new("RGBA", (30001, 10), (9, 99, 199, 255)), {}), ("right end", square((30001, 10), (29990, 0, 30001, 10), (255, 0, 0, 255)), {})])
    yield make("opacity and hidden", canvas, squares(canvas, 6, settings=lambda index: {"opacity": [1, 0.5, 0.25][index % 3], "visible": index != 4}))
    modes = ["normal", "multiply", "screen", "overlay", "darken", "lighten"]
    yield make("blend modes", canvas, squares(canvas, 6, settings=lambda index: {"blendMode": modes[index]}))
    for file in ("group.psd", "layers/group.psd", "groups/nested.psd", "clipping-mask2.psd", "layers-minimal/group.psd", "unicode_pathname.psd", "layer-name-emoji.psd", "artboard.psd"):
        for path in corpora.rglob(file):
            yield f"psd-tools {file}", path
            break


class Checker:
    def __init__(self, program, scratch):
        self.program, self.scratch, self.rows = program, scratch, []

    def layered(self, *arguments):
        return subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True)

    def inspect(self, path):
        return json.loads(self.layered("inspect", path, "--json").stdout)

    def row(self, case, ending, reader, verdict):
        self.rows.append((case, ending, reader, verdict))
        print(f"{case} · {ending} · {reader}: {verdict}", flush=True)

    def check(self, case, path):
        reference = self.scratch / "reference.png"
        self.layered("flatten", path, "-o", reference, "--force")
        for ending in ("ora", "pptx", "psd", "psb", "zip"):
            output = self.scratch / f"out.{ending}"
            done = self.layered("convert", path, output, "--force")
            if done.returncode:
                self.row(case, ending, "layered", "refused: " + done.stderr.strip().splitlines()[-1].replace(str(self.scratch), ""))
                continue
            for reader in getattr(self, ending)():
                try:
                    verdict = reader(output, self.tree(output if ending != "pptx" else path), Image.open(reference).convert("RGBA"))
                except ValueError as error:
                    # psd-tools makes pictures of at most 30,000 pixels a side.
                    verdict = f"cannot: {error}" if "exceeds the PSD maximum" in str(error) else f"FAILED: {error}"
                except Exception as error:
                    verdict = f"FAILED: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
                if verdict:
                    self.row(case, ending, reader.__name__.strip("_").replace("_", " "), verdict)

    def tree(self, path):
        """(name, kind, children) from the bottom up, as layered itself reads it."""
        def nodes(entries):
            return [(entry["name"], "group" if entry["kind"] == "group" else "layer", nodes(entry.get("members", []))) for entry in entries]
        return nodes(self.inspect(path)["layers"])

    def ora(self):
        return [zipfile_and_xml] + ([Krita] if shutil.which("krita") else [])

    def pptx(self):
        return [python_pptx] + ([LibreOffice] if shutil.which("soffice") else [])

    def psd(self):
        return [psd_tools]

    psb = psd

    def zip(self):
        return [zipfile_and_json]


def decibels(found, expected):
    white = lambda picture: np.asarray(Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture.convert("RGBA")).convert("RGB")).astype(float)
    error = ((white(found) - white(expected)) ** 2).mean()
    return "the same pixels" if error == 0 else f"{10 * np.log10(255 ** 2 / error):.1f} dB"


def flat(tree):
    for name, kind, children in tree:
        yield name, kind
        yield from flat(children)


def zipfile_and_xml(path, tree, reference):
    archive = zipfile.ZipFile(path)
    assert archive.testzip() is None
    first = archive.infolist()[0]
    assert (first.filename, first.compress_type, archive.read(first)) == ("mimetype", 0, b"image/openraster")
    image = xml.etree.ElementTree.fromstring(archive.read("stack.xml"))
    assert (int(image.get("w")), int(image.get("h"))) == reference.size

    def nodes(stack):
        return [(entry.get("name"), "group" if entry.tag == "stack" else "layer", nodes(entry) if entry.tag == "stack" else []) for entry in reversed(stack)]
    # XML keeps no line breaks in attributes.
    spaced = lambda tree: [(" ".join(name.split("\n")) if "\n" in name else name, kind, spaced(children)) for name, kind, children in tree]
    assert spaced(nodes(image.find("stack"))) == spaced(tree), "names or order differ"
    thumbnail = Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png")))
    assert max(thumbnail.size) <= 256
    merged = Image.open(io.BytesIO(archive.read("mergedimage.png")))
    return f"{len(list(flat(tree)))} names; merged picture {decibels(merged, reference)}"


def Krita(path, tree, reference):
    output = path.with_suffix(".krita.png")
    output.unlink(missing_ok=True)
    run = subprocess.run(["xvfb-run", "-a", "krita", "--export", "--export-filename", output, path], capture_output=True, timeout=300, env={**os.environ, "HOME": str(path.parent)})
    assert output.exists(), run.stderr.decode()[-200:]
    found = Image.open(output).convert("RGBA")
    assert found.size == reference.size, found.size
    return decibels(found, reference)


def python_pptx(path, tree, reference):
    try:
        import pptx
    except ImportError:
        return "python-pptx is not installed"
    presentation = pptx.Presentation(path)
    slide, = presentation.slides
    def shapes(parent):
        return [(shape.name, "group" if shape.shape_type == 6 else "layer", shapes(shape.shapes) if shape.shape_type == 6 else []) for shape in parent]
    found = shapes(slide.shapes)
    ratio = presentation.slide_width / presentation.slide_height
    assert abs(ratio / (reference.width / reference.height) - 1) < 0.02 or max(ratio, 1 / ratio) > 50, ratio
    named = [name for name, kind in flat(found)]
    expected = [name for name, kind in flat(tree)]
    kept = [name for name in expected if name in named]
    assert [name for name in named if name in expected] == kept, "in another order"
    left_out = [name for name in expected if name not in named]
    return f"{len(named)} shapes in order" + (f"; without pixels of their own: {len(left_out)}" if left_out else "")


def LibreOffice(path, tree, reference):
    output = path.with_suffix(".png")
    output.unlink(missing_ok=True)
    subprocess.run(["soffice", "--headless", "--convert-to", "png", "--outdir", path.parent, path], capture_output=True, timeout=300, env={**os.environ, "HOME": str(path.parent)})
    found = Image.open(output).convert("RGBA")
    expected = Image.alpha_composite(Image.new("RGBA", reference.size, "white"), reference).resize(found.size, Image.Resampling.LANCZOS)
    return f"{found.width} x {found.height}, {decibels(found, expected)}"


def psd_tools(path, tree, reference):
    from psd_tools import PSDImage

    document = PSDImage.open(path)
    nodes = lambda group: [(layer.name, "group" if layer.is_group() else "layer", nodes(layer) if layer.is_group() else []) for layer in group]
    # A file without layers is its merged picture, which layered reads as a background.
    assert nodes(document) in ([], tree), "names or order differ"
    assert nodes(document) or [name for name, _ in flat(tree)] == ["Background"]
    merged = document.topil(apply_icc=False) if document.has_preview() else None
    return f"{len(list(flat(nodes(document))))} names; " + (f"merged picture {decibels(merged, reference)}" if merged else "no merged picture, as in the original")


def zipfile_and_json(path, tree, reference):
    archive = zipfile.ZipFile(path)
    assert archive.testzip() is None
    description = json.loads(archive.read("layers.json"))
    assert (description["canvas"]["width"], description["canvas"]["height"]) == reference.size
    composite = Image.new("RGBA", reference.size)
    for layer in description["layers"]:
        assert "/" not in layer["file"] and ".." not in layer["file"]
        picture = Image.open(io.BytesIO(archive.read(layer["file"]))).convert("RGBA")
        box = layer["boundingBox"]
        if layer["visible"] and layer["opacity"] == 1 and layer["blendMode"] == "normal" and picture.size == reference.size:
            composite = Image.alpha_composite(composite, picture)
    return f"{len(description['layers'])} pictures"


def main(program, results=None):
    corpora = pathlib.Path(__file__).parents[2] / "shared/corpora/psd"
    with tempfile.TemporaryDirectory() as name:
        checker = Checker(str(pathlib.Path(program).resolve()), pathlib.Path(name))
        for case, path in cases(pathlib.Path(name), corpora):
            checker.check(case, path)
    failed = [row for row in checker.rows if "FAILED" in row[3]]
    if results:
        now = datetime.datetime.now(datetime.timezone.utc)
        lines = [f"# Documents in other programs, {now:%Y-%m-%d %H:%M} UTC", "", f"Command: `python {' '.join(sys.argv)}`.", "",
                 f"{len(checker.rows)} checks, {len(failed)} failed. Pictures are compared with `layered flatten` over white.", "",
                 "| document | written as | read by | outcome |", "|---|---|---|---|"]
        lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in checker.rows]
        pathlib.Path(results, f"{now:%Y-%m-%d-%H%M}-other-programs.md").write_text("\n".join(lines) + "\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
