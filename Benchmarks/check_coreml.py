"""Compares `pose forward` with the ML program that `pose export --format coreml` writes, for batches of one and three.

    python3 -m venv .deps/coreml && .deps/coreml/bin/pip install coremltools
    .deps/coreml/bin/python Benchmarks/check_coreml.py                  # every configuration, recipe weights, both precisions
    .deps/coreml/bin/python Benchmarks/check_coreml.py --short          # the smallest of each family of backbones and head
    .deps/coreml/bin/python Benchmarks/check_coreml.py --model weights.pth [--config NAME] [--precision float32]

Every operator by itself, in packages that the tests leave:

    POSE_COREML_CASES=/tmp/cases swift test -c release -Xswiftc -enable-testing --filter CoreMLOperatorTests
    .deps/coreml/bin/python Benchmarks/check_coreml.py --cases /tmp/cases

coremltools loads each package, checks the model's description and the operations' arguments, and infers their types and
shapes, which must be the declared ones. Core ML itself only runs on Apple's systems: what the program computes is computed by
Benchmarks/mil.py from coremltools' definitions of the operations. Prints the largest difference relative to the largest value;
ends with code 1 where one exceeds 1e-4 in float32, or 1e-2 in float16.
"""

import argparse
import json
import logging
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy

# coremltools tells about the frameworks that it converts from.
logging.disable(logging.WARNING)
warnings.filterwarnings("ignore")
import coremltools  # noqa: E402
from coremltools.converters.mil.frontend.milproto import load as milproto  # noqa: E402

import mil  # noqa: E402
from zoo_networks import POSE, every, recipe, run, smallest  # noqa: E402

TOLERANCES = {"float32": 1e-4, "float16": 1e-2}
PRECISIONS = list(TOLERANCES)


class Model:
    """A package as coremltools reads it."""

    def __init__(self, path):
        self.spec = coremltools.models.utils.load_spec(str(path))
        # Also checks that the description goes together with the program.
        coremltools.models.MLModel(str(path), skip_model_load=True)
        weights = path / "Data/com.apple.CoreML/weights"
        program = milproto.load(self.spec, self.spec.specificationVersion, str(weights))
        self.program = mil.Program(program, self.spec.mlProgram)
        metadata = self.spec.description.metadata.userDefined
        self.ports = dict(pair.split("=") for pair in metadata.get("ports", "").split(",") if pair)
        assert [output.name for output in self.spec.description.output] == self.program.outputs

    @property
    def input(self):
        return self.spec.description.input[0]

    def __call__(self, x):
        outputs = self.program({self.input.name: x})
        return {self.ports.get(name, name): value for name, value in outputs.items()}


def compare(outputs, expected):
    """The largest difference of any output, relative to its largest value; infinite where shapes differ."""
    assert sorted(expected) == sorted(outputs), (list(expected), list(outputs))
    worst = 0
    for name, value in outputs.items():
        if value.shape != expected[name].shape or not numpy.isfinite(value).all():
            return float("inf")
        worst = max(worst, abs(value - expected[name]).max() / max(abs(expected[name]).max(), 1e-30))
    return worst


def check_cases(folder):
    """What the tests left: networks around one operator each, and what the engine computed."""
    failed = 0
    cases = sorted(pathlib.Path(folder).glob("*.mlpackage"), key=lambda path: int(path.stem.split("-")[0]))
    for path in cases:
        arrays = numpy.load(path.with_suffix(".npz"))
        expected = {name[len("output:") :]: arrays[name] for name in arrays.files if name.startswith("output:")}
        worst = compare(Model(path)(arrays["input"]), expected)
        failed += not worst <= TOLERANCES[path.stem.split("-")[1]]
        print(f"{worst:.2e}  {path.with_suffix('.txt').read_text()}")
    print(f"{len(cases)} cases, {failed} beyond the tolerances")
    return failed


def differences(pose, model, name, precisions, picture):
    """The worst relative difference by precision and batch, for tensors and, where the network takes one, a picture."""
    source = [model] if model else recipe(name)
    weights = ["--model", model] if model else recipe(name)
    config = ["--config", name] if name else []
    worst = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        expected = {}
        for precision in precisions:
            path = folder / f"{precision}.mlpackage"
            run(pose, "export", *source, *config, "--format", "coreml", "--precision", precision, "--output", path)
            read = Model(path)
            shape = list(read.input.type.multiArrayType.shape)
            for batch in (1, 3):
                x = numpy.random.default_rng(batch).standard_normal([batch, *shape[1:]]).astype(numpy.float32)
                if batch not in expected:
                    expected[batch] = forward(pose, folder, weights, config, x)
                worst[precision, batch] = compare(read(x), expected[batch])
        if picture and shape[1] == 3:
            worst["picture", 1] = picture_difference(pose, folder, source, weights, config)
    return worst


def forward(pose, folder, weights, config, x):
    numpy.save(folder / "x.npy", x)
    run(pose, "forward", *weights, *config, "--input", folder / "x.npy", "--output", folder / "y.npz")
    return dict(numpy.load(folder / "y.npz"))


def picture_difference(pose, folder, source, weights, config):
    """A program that takes a picture, with the network on pixels that are prepared here."""
    path = folder / "picture.mlpackage"
    run(
        pose, "export", *source, *config, "--format", "coreml", "--precision", "float32", "--input", "picture", "--output", path
    )
    read = Model(path)
    image = read.input.type.imageType
    settings = json.loads(read.spec.description.metadata.userDefined["config"])["image"]
    # Core ML gives the program channels in the order of the color space, which must be the network's.
    assert image.colorSpace == {"rgb": 20, "bgr": 30}[settings["order"]]
    pixels = numpy.random.default_rng(2).integers(0, 256, [1, 3, image.height, image.width]).astype(numpy.float32)
    mean, deviation = (numpy.reshape(settings[key], [1, 3, 1, 1]) for key in ("mean", "std"))
    x = ((pixels * (settings["range"] / 255) - mean) / deviation).astype(numpy.float32)
    return compare(read(pixels), forward(pose, folder, weights, config, x))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pose", default=POSE, help="the built command")
    parser.add_argument("--config", action="append", help="a configuration's name; all unless given")
    parser.add_argument("--short", action="store_true", help="one configuration of each family of backbones and head")
    parser.add_argument("--model", help="weights; the recipe's unless given")
    parser.add_argument("--precision", choices=PRECISIONS, help="float32 or float16; both unless given")
    parser.add_argument("--no-picture", action="store_true", help="leave out the programs that take a picture")
    parser.add_argument("--cases", help="a folder that the tests filled")
    arguments = parser.parse_args()
    if arguments.cases:
        sys.exit(1 if check_cases(arguments.cases) else 0)
    names = arguments.config
    if not names:
        chosen = smallest(arguments.pose) if arguments.short else every()
        names = [""] if arguments.model else chosen
    precisions = [arguments.precision] if arguments.precision else PRECISIONS
    failed = 0
    for name in names:
        try:
            worst = differences(arguments.pose, arguments.model, name, precisions, not arguments.no_picture)
        except (subprocess.CalledProcessError, AssertionError, ValueError, KeyError) as error:
            print(f"{name or arguments.model:<45} {type(error).__name__}: {error}", flush=True)
            failed += 1
            continue
        failed += any(not value <= TOLERANCES.get(kind, 1e-4) for (kind, _), value in worst.items())
        figures = "   ".join(f"{kind}, {batch}: {value:.1e}" for (kind, batch), value in worst.items())
        print(f"{name or arguments.model:<45} {figures}", flush=True)
    print(f"{len(names)} networks, {failed} beyond the tolerances")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
