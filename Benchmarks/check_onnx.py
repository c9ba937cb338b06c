"""Compares `pose forward` with ONNX Runtime on the file that `pose export` writes, for batches of one and three.

    python3 -m venv .deps/onnx && .deps/onnx/bin/pip install onnx onnxruntime
    .deps/onnx/bin/python Benchmarks/check_onnx.py                            # every configuration, recipe weights
    .deps/onnx/bin/python Benchmarks/check_onnx.py --model weights.pth [--config NAME]

Prints the largest difference relative to the largest value; ends with code 1 where one exceeds --tolerance.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(pose, *arguments):
    subprocess.run([pose, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def difference(pose, folder, weights, name):
    """The worst relative difference for each batch."""
    path = folder / "network.onnx"
    # The model is an argument of export and an option of forward.
    source = [weights["model"]] if "model" in weights else ["--weights", "recipe"]
    config = ["--config", name] if name else []
    run(pose, "export", *source, *config, "--format", "onnx", "--output", path)
    onnx.checker.check_model(str(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    port = session.get_inputs()[0]
    names = [output.name for output in session.get_outputs()]
    worst = []
    for batch in (1, 3):
        x = numpy.random.default_rng(batch).standard_normal([batch, *port.shape[1:]]).astype(numpy.float32)
        numpy.save(folder / "x.npy", x)
        source = ["--model", weights["model"]] if "model" in weights else ["--weights", "recipe"]
        run(pose, "forward", *source, *config, "--input", folder / "x.npy", "--output", folder / "y.npz")
        expected = numpy.load(folder / "y.npz")
        actual = session.run(names, {port.name: x})
        assert sorted(expected.files) == sorted(names), (expected.files, names)
        for name_, value in zip(names, actual):
            assert value.shape == expected[name_].shape, (name_, value.shape, expected[name_].shape)
        worst.append(
            max(abs(value - expected[n]).max() / abs(expected[n]).max() for n, value in zip(names, actual))
        )
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pose", default=ROOT / ".build/release/pose", help="the built command")
    parser.add_argument("--config", action="append", help="a configuration's name; all unless given")
    parser.add_argument("--model", help="weights; the recipe's unless given")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    arguments = parser.parse_args()
    names = arguments.config
    if not names:
        names = [""] if arguments.model else sorted(path.stem for path in (ROOT / "configs").glob("*.yaml"))
    weights = {"model": arguments.model} if arguments.model else {}
    failed = 0
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            worst = difference(arguments.pose, pathlib.Path(folder), weights, name)
        failed += not max(worst) <= arguments.tolerance
        print(f"{name or arguments.model:<45} batch 1: {worst[0]:.2e}   batch 3: {worst[1]:.2e}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
