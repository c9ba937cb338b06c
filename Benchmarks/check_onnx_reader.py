"""Compares `pose forward` on ONNX files in other exporters' words with ONNX Runtime: operators old and new, one a file.

    .deps/onnx/bin/python Benchmarks/check_onnx_reader.py          # after check_onnx.py's set-up
    .deps/onnx/bin/python Benchmarks/check_onnx_reader.py network.onnx --size 320x320

Prints the largest difference relative to the largest value, or why a file is refused; ends with code 1 where a difference
exceeds --tolerance.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnx
from onnx import helper, numpy_helper

from check_onnx import ROOT, compare, session_of

RANDOM = numpy.random.default_rng(1)


def floats(*shape):
    return RANDOM.standard_normal(shape).astype(numpy.float32)


def number(value):
    return numpy.float32(value)


def integers(*values):
    return numpy.array(values, numpy.int64)


class Cases:
    """Networks of an input `x`, 3 x 32 x 40, and an output `y`."""

    def __init__(self):
        self.files = []

    def add(self, label, nodes, weights=None, version=17, is_open=True):
        shape = ["n", 3, 32, 40] if is_open else [1, 3, 32, 40]
        graph = helper.make_graph(
            [
                helper.make_node(type_, inputs.split(), outputs.split(), **more)
                for type_, inputs, outputs, more in nodes
            ],
            "case",
            [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)],
            [numpy_helper.from_array(numpy.asarray(value), name) for name, value in (weights or {}).items()],
        )
        for node in graph.node:
            # An underscore stands for an input that is left out.
            for index, name in enumerate(node.input):
                if name == "_":
                    node.input[index] = ""
        opset = helper.make_opsetid("", version)
        self.files.append((label, helper.make_model(graph, opset_imports=[opset], ir_version=8), 2 if is_open else 1))


def windows(cases):
    w, b = floats(4, 3, 3, 3), floats(4)
    cases.add("Conv, uneven pads", [("Conv", "x w", "y", {"pads": [0, 1, 2, 0], "strides": [2, 1]})], {"w": w})
    for mode in ("SAME_UPPER", "SAME_LOWER", "VALID"):
        cases.add(f"Conv {mode}", [("Conv", "x w b", "y", {"auto_pad": mode, "strides": [2, 3]})], {"w": w, "b": b})
        for pool in ("MaxPool", "AveragePool"):
            more = {"auto_pad": mode, "kernel_shape": [3, 2], "strides": [2, 2]}
            cases.add(f"{pool} {mode}", [(pool, "x", "y", more)])
    more = {"pads": [1, 0, 0, 2], "strides": [2, 2], "output_padding": [1, 1]}
    cases.add("ConvTranspose, uneven pads", [("ConvTranspose", "x w", "y", more)], {"w": floats(3, 2, 3, 3)})
    for pads in ([0, 0, 1, 1], [2, 0, 0, 2], [0, 1, 1, 0]):
        more = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": pads}
        cases.add(f"MaxPool, pads {pads}", [("MaxPool", "x", "y", more)])
        cases.add(f"AveragePool, pads {pads}", [("AveragePool", "x", "y", {**more, "count_include_pad": 1})])
        cases.add(f"AveragePool, pads {pads} not counted", [("AveragePool", "x", "y", more)])
    for pool in ("MaxPool", "AveragePool"):
        cases.add(f"{pool}, sizes up", [(pool, "x", "y", {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1})])
    norm = {"s": floats(3), "b": floats(3), "m": floats(3), "v": abs(floats(3))}
    cases.add("BatchNormalization 9", [("BatchNormalization", "x s b m v", "y", {"epsilon": 1e-3})], norm, 9)
    cases.add("LayerNormalization, no bias", [("LayerNormalization", "x s", "y", {})], {"s": floats(40)})


def functions(cases):
    cases.add("Clip 10", [("Clip", "x", "y", {"min": -0.5, "max": 0.7})], version=10)
    cases.add("Clip from below", [("Clip", "x a", "y", {})], {"a": number(0.1)})
    cases.add("Clip from above", [("Clip", "x _ a", "y", {})], {"a": number(0.1)})
    cases.add("HardSigmoid", [("HardSigmoid", "x", "y", {})])
    for slope in (0.3, 1.5):
        cases.add(f"LeakyRelu {slope}", [("LeakyRelu", "x", "y", {"alpha": slope})])
    cases.add("PRelu", [("PRelu", "x s", "y", {})], {"s": floats(3, 1, 1)})
    cases.add("Mish", [("Mish", "x", "y", {})], version=18)
    cases.add("Gelu", [("Gelu", "x", "y", {})], version=20)
    cases.add("1 - x", [("Sub", "a x", "y", {})], {"a": number(1)})
    cases.add("1 / exp(x)", [("Exp", "x", "e", {}), ("Div", "a e", "y", {})], {"a": number(1)})
    cases.add("2 ** x", [("Pow", "a x", "y", {})], {"a": number(2)})
    cases.add("Reciprocal", [("Exp", "x", "e", {}), ("Reciprocal", "e", "y", {})])
    for name in ("Max", "Min", "Sum"):
        cases.add(f"{name} of three", [(name, "x a b", "y", {})], {"a": floats(1, 1, 1, 1), "b": floats(3, 1, 1)})
    hard = [("Add", "x 3", "a", {}), ("Clip", "a 0 6", "c", {}), ("Mul", "x c", "m", {}), ("Div", "m 6", "y", {})]
    cases.add("hard swish in four", hard, {"0": number(0), "3": number(3), "6": number(6)}, 11)
    cases.add("hard swish in two", [("HardSigmoid", "x", "a", {"alpha": 1 / 6}), ("Mul", "x a", "y", {})])
    gelu = [("Div", "x r", "a", {}), ("Erf", "a", "b", {}), ("Add", "b 1", "c", {})]
    gelu += [("Mul", "x c", "d", {}), ("Mul", "d h", "y", {})]
    cases.add("gelu in five", gelu, {"r": number(2**0.5), "1": number(1), "h": number(0.5)})
    cases.add(
        "MatMul and Add", [("MatMul", "x w", "a", {}), ("Add", "b a", "y", {})], {"w": floats(40, 7), "b": floats(7)}
    )
    cases.add(
        "a matrix used twice",
        [("Slice", "w 0 32", "t", {}), ("MatMul", "x w", "a", {}), ("Mul", "a t", "y", {})],
        {"w": floats(40, 40), "0": integers(0), "32": integers(32)},
    )
    gemm = [("GlobalAveragePool", "x", "a", {}), ("Flatten", "a", "b", {})]
    cases.add(
        "Gemm scaled",
        gemm + [("Gemm", "b w c", "y", {"transB": 1, "alpha": 0.5, "beta": 2.0})],
        {"w": floats(5, 3), "c": floats(5)},
    )
    cases.add("Gemm as it is", gemm + [("Gemm", "b w c", "y", {})], {"w": floats(3, 5), "c": floats(1, 5)})
    cases.add("Softmax 11", [("Softmax", "x", "y", {"axis": -1})], version=11)
    cases.add("Softmax 11, all axes from 1", [("Softmax", "x", "y", {})], version=11)
    cases.add("Softmax 13", [("Softmax", "x", "y", {"axis": 1})], version=13)
    for name in ("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2"):
        cases.add(f"{name} 11", [(name, "x", "y", {"axes": [-1, 1], "keepdims": 0})], version=11)
        cases.add(f"{name} 18", [(name, "x a", "y", {})], {"a": integers(2)}, 18)


def resizes(cases):
    for coordinates in ("asymmetric", "half_pixel", "pytorch_half_pixel", "align_corners"):
        more = {"coordinate_transformation_mode": coordinates}
        sizes = {"size": integers(1, 3, 48, 30)}
        for rounding in ("floor", "ceil", "round_prefer_floor", "round_prefer_ceil"):
            nearest = {**more, "mode": "nearest", "nearest_mode": rounding}
            label = f"Resize nearest {coordinates} {rounding}"
            cases.add(label, [("Resize", "x _ _ size", "y", nearest)], sizes, 13, is_open=False)
        cases.add(
            f"Resize linear {coordinates}",
            [("Resize", "x _ _ size", "y", {**more, "mode": "linear"})],
            sizes,
            13,
            is_open=False,
        )
        scales = {"scales": numpy.array([1, 1, 2, 1.5], numpy.float32)}
        for mode in ("linear", "nearest"):
            label = f"Resize {mode} {coordinates} by scales"
            cases.add(label, [("Resize", "x _ scales", "y", {**more, "mode": mode})], scales, 13)
    scales = numpy.array([1, 1, 2, 3], numpy.float32)
    cases.add("Resize 10", [("Resize", "x scales", "y", {"mode": "nearest"})], {"scales": scales}, 10)
    cases.add("Upsample 9", [("Upsample", "x scales", "y", {"mode": "nearest"})], {"scales": scales}, 9)
    cases.add("Upsample 7", [("Upsample", "x", "y", {"mode": "nearest", "scales": [1.0, 1.0, 2.0, 2.0]})], version=7)
    more = {"mode": "linear", "axes": [2, 3]}
    cases.add("Resize 18, two axes", [("Resize", "x _ _ size", "y", more)], {"size": integers(64, 60)}, 18)
    cases.add("Resize cubic", [("Resize", "x _ _ size", "y", {"mode": "cubic"})], {"size": integers(1, 3, 64, 60)}, 13)


def moves(cases):
    cases.add(
        "Split 11",
        [("Split", "x", "a b", {"axis": 1, "split": [1, 2]}), ("Concat", "b a", "y", {"axis": 1})],
        version=11,
    )
    cases.add(
        "Split 13",
        [("Split", "x s", "a b", {"axis": -2}), ("Concat", "b a", "y", {"axis": 2})],
        {"s": integers(20, 12)},
    )
    cases.add(
        "Split 18",
        [("Split", "x", "a b c", {"axis": 3, "num_outputs": 3}), ("Concat", "b a c", "y", {"axis": 3})],
        version=18,
    )
    cases.add("Slice 9", [("Slice", "x", "y", {"starts": [1, -10], "ends": [2**31, -2], "axes": [1, 3]})], version=9)
    slices = {"s": integers(-1, 3), "e": integers(-(2**63) + 1, 30), "a": integers(2, 3), "t": integers(-2, 4)}
    cases.add("Slice, backwards", [("Slice", "x s e a t", "y", {})], slices)
    for shape in ([-1, 3, 1280], [0, 0, -1]):
        cases.add(f"Reshape {shape}", [("Reshape", "x s", "y", {})], {"s": integers(*shape)})
    chain = [("Shape", "x", "s", {}), ("Gather", "s 0", "n", {}), ("Unsqueeze", "n", "n1", {"axes": [0]})]
    chain += [("Concat", "n1 -1", "t", {"axis": 0}), ("Reshape", "x t", "y", {})]
    cases.add("a shape computed", chain, {"0": numpy.int64(0), "-1": integers(-1)}, 11)
    shuffle = [
        ("Conv", "x w", "c", {}),
        ("Reshape", "c s", "r", {}),
        ("Transpose", "r", "t", {"perm": [0, 2, 1, 3, 4]}),
    ]
    cases.add(
        "channel shuffle",
        shuffle + [("Reshape", "t u", "y", {})],
        {"w": floats(6, 3, 1, 1), "s": integers(-1, 2, 3, 32, 40), "u": integers(-1, 6, 32, 40)},
    )
    cases.add(
        "Squeeze and Unsqueeze 11",
        [
            ("ReduceMean", "x", "m", {"axes": [2, 3]}),
            ("Squeeze", "m", "q", {"axes": [2, 3]}),
            ("Unsqueeze", "q", "y", {"axes": [1, 3]}),
        ],
        version=11,
    )
    pads = integers(0, 0, 3, 2, 0, 0, 5, 1)
    for mode in ("constant", "reflect", "edge"):
        cases.add(f"Pad {mode}", [("Pad", "x p", "y", {"mode": mode})], {"p": pads})
    cases.add("Pad 10", [("Pad", "x", "y", {"pads": pads.tolist(), "value": 1.0})], version=10)
    cases.add("Pad 18, one axis", [("Pad", "x p _ a", "y", {})], {"p": integers(1, 2), "a": integers(3)}, 18)
    cases.add("Gather of one", [("Gather", "x i", "y", {"axis": 1})], {"i": numpy.int64(-1)})
    cases.add(
        "Gather of a table", [("Gather", "x i", "y", {"axis": 3})], {"i": numpy.array([[0, 3], [-1, 5]], numpy.int64)}
    )
    expand = [("Slice", "x s e a", "p", {}), ("Expand", "p z", "q", {}), ("Tile", "q t", "y", {})]
    cases.add(
        "Expand and Tile",
        expand,
        {"s": integers(0), "e": integers(1), "a": integers(3), "z": integers(1, 3, 1, 4), "t": integers(1, 2, 1, 3)},
    )
    for mode in ("DCR", "CRD"):
        more = {"blocksize": 2, "mode": mode}
        cases.add(
            f"DepthToSpace {mode}",
            [("Conv", "x w", "c", {}), ("DepthToSpace", "c", "y", more)],
            {"w": floats(12, 3, 1, 1)},
        )
    cases.add("GridSample", [("Reshape", "x s", "g", {}), ("GridSample", "x g", "y", {})], {"s": integers(0, 2, -1, 2)})
    cases.add(
        "weights of weights",
        [("Transpose", "v", "t", {"perm": [1, 0, 2, 3]}), ("Mul", "t k", "w", {}), ("Conv", "x w", "y", {})],
        {"v": floats(3, 4, 1, 1), "k": floats(4, 1, 1, 1)},
    )
    cases.add("Transpose of the batch", [("Transpose", "x", "y", {})])
    cases.add("another domain", [("Foo", "x", "y", {"domain": "my.operators"})])


def check(pose, path, folder, shape):
    """The worst relative difference, or what the reader refuses."""
    x = numpy.random.default_rng(0).standard_normal(shape).astype(numpy.float32)
    numpy.save(folder / "x.npy", x)
    arguments = ["--input", folder / "x.npy", "--output", folder / "y.npz"]
    run = subprocess.run([pose, "forward", "--model", path, *arguments], capture_output=True, check=False, text=True)
    if run.returncode:
        return None, run.stderr.strip().rsplit(": ", 2)[-2:]
    return compare(session_of(path, is_ours=False), x, dict(numpy.load(folder / "y.npz"))), ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", nargs="?", help="a file to check instead")
    parser.add_argument("--size", default="256x192", help="its input's height and width")
    parser.add_argument("--pose", default=ROOT / ".build/release/pose", help="the built command")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    arguments = parser.parse_args()
    failed = refused = count = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if arguments.network:
            height, width = map(int, arguments.size.split("x"))
            files = [(arguments.network, pathlib.Path(arguments.network), [1, 3, height, width])]
        else:
            cases, files = Cases(), []
            for part in (windows, functions, resizes, moves):
                part(cases)
            for index, (label, model, batch) in enumerate(cases.files):
                path = folder / f"{index}.onnx"
                onnx.save(model, str(path))
                files.append((label, path, [batch, 3, 32, 40]))
        for label, path, shape in files:
            worst, reason = check(arguments.pose, path, folder, shape)
            count += 1
            refused += worst is None
            failed += worst is not None and not worst <= arguments.tolerance
            print(f"{label:<45} {'refused: ' + ': '.join(reason) if worst is None else format(worst, '.2e')}")
    print(f"{count} files, {refused} refused, {failed} beyond {arguments.tolerance}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
