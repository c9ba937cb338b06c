"""Compares `pose forward` with ONNX Runtime on the file that `pose export` writes, for batches of one and three.

    python3 -m venv .deps/onnx && .deps/onnx/bin/pip install onnx onnxruntime
    .deps/onnx/bin/python Benchmarks/check_onnx.py                            # every configuration, recipe weights
    .deps/onnx/bin/python Benchmarks/check_onnx.py --short                    # the smallest of each family of backbones and head
    .deps/onnx/bin/python Benchmarks/check_onnx.py --model weights.pth [--config NAME]

Every operator by itself, in files that the tests leave:

    POSE_ONNX_CASES=/tmp/cases swift test -c release -Xswiftc -enable-testing --filter ONNXOperatorTests
    .deps/onnx/bin/python Benchmarks/check_onnx.py --cases /tmp/cases

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
from recipes import ROOT, recipe, smallest


def session_of(path, is_ours=True):
    if is_ours:
        onnx.checker.check_model(str(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def compare(session, x, expected):
    """The largest difference of any output, relative to its largest value; infinite where shapes differ."""
    names = [output.name for output in session.get_outputs()]
    assert sorted(expected) == sorted(names), (expected, names)
    worst = 0
    for name, value in zip(names, session.run(names, {session.get_inputs()[0].name: x})):
        if value.shape != expected[name].shape:
            return float("inf")
        worst = max(worst, abs(value - expected[name]).max() / abs(expected[name]).max())
    return worst


def check_cases(folder, tolerance):
    """What the tests left: networks around one operator each, and what the engine computed."""
    failed = 0
    cases = sorted(pathlib.Path(folder).glob("*.onnx"), key=lambda path: int(path.stem))
    for path in cases:
        arrays = numpy.load(path.with_suffix(".npz"))
        expected = {name[len("output:") :]: arrays[name] for name in arrays.files if name.startswith("output:")}
        worst = compare(session_of(path), arrays["input"], expected)
        failed += not worst <= tolerance
        print(f"{worst:.2e}  {path.with_suffix('.txt').read_text()}")
    print(f"{len(cases)} cases, {failed} beyond {tolerance}")
    return failed


def run(pose, *arguments):
    subprocess.run([pose, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def difference(pose, folder, weights, name):
    """The worst relative difference for each batch."""
    path = folder / "network.onnx"
    # The model is an argument of export and an option of forward.
    source = [weights["model"]] if "model" in weights else recipe(name)
    config = ["--config", name] if name else []
    run(pose, "export", *source, *config, "--format", "onnx", "--output", path)
    session = session_of(path)
    port = session.get_inputs()[0]
    worst = []
    for batch in (1, 3):
        x = numpy.random.default_rng(batch).standard_normal([batch, *port.shape[1:]]).astype(numpy.float32)
        numpy.save(folder / "x.npy", x)
        source = ["--model", weights["model"]] if "model" in weights else recipe(name)
        run(pose, "forward", *source, *config, "--input", folder / "x.npy", "--output", folder / "y.npz")
        worst.append(compare(session, x, dict(numpy.load(folder / "y.npz"))))
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pose", default=ROOT / ".build/release/pose", help="the built command")
    parser.add_argument("--config", action="append", help="a configuration's name; all unless given")
    parser.add_argument("--short", action="store_true", help="one configuration of each family of backbones and head")
    parser.add_argument("--model", help="weights; the recipe's unless given")
    parser.add_argument("--cases", help="a folder that the tests filled")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    arguments = parser.parse_args()
    if arguments.cases:
        sys.exit(1 if check_cases(arguments.cases, arguments.tolerance) else 0)
    names = arguments.config
    if not names:
        every = smallest(arguments.pose) if arguments.short else sorted(path.stem for path in (ROOT / "configs").glob("*.yaml"))
        names = [""] if arguments.model else every
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
