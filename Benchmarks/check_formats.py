"""Compares what `pose export` and `pose convert` write with what the frameworks make of it, network by network.

    check_formats.py mindir      MINDIR files run by MindSpore, for batches of one and three, beside `pose forward`
    check_formats.py tflite      TensorFlow Lite files run by LiteRT, for batches of one and three, beside `pose forward`
    check_formats.py tflite-reference    the same without XNNPACK, by the operators that LiteRT has itself
    check_formats.py tflite-float16      the same with weights in float16, within 1e-2
    check_formats.py ckpt        weights that MindSpore loads, saves and pose reads again
    check_formats.py pdparams    weights that Paddle loads, saves and pose reads again
    check_formats.py openvino    ONNX files run by OpenVINO
    check_formats.py ncnn        ONNX files that pnnx converts, run by ncnn, for a batch of one
    check_formats.py FORMAT --short | --config NAME...

`make check-formats` gives each the Python packages that it needs. Every operator by itself as MINDIR or for TensorFlow Lite, in
files that the tests leave:

    POSE_MINDIR_CASES=/tmp/cases swift test -c release -Xswiftc -enable-testing --filter MindIRTests
    check_formats.py mindir --cases /tmp/cases
    POSE_TFLITE_CASES=/tmp/cases swift test -c release -Xswiftc -enable-testing --filter TFLiteTests
    check_formats.py tflite --cases /tmp/cases

Prints the largest difference relative to the largest value of any output; ends with code 1 where one exceeds --tolerance. What
ncnn has no operators for is named and no failure.
"""

import argparse
import pathlib
import re
import sys
import tempfile

import numpy
from zoo_networks import POSE, every, recipe, run, smallest


class Refused(Exception):
    """A network that a runtime cannot take."""


class Outputs:
    """A runtime that runs an exported network, beside `pose forward`."""

    batches = (1, 3)
    tolerance = 1e-4

    def difference(self, pose, folder, name):
        worst = 0
        for batch in self.batches:
            self.export(pose, folder, name, batch)
            x = numpy.random.default_rng(batch).standard_normal([batch, *self.input_shape(folder)]).astype(numpy.float32)
            numpy.save(folder / "x.npy", x)
            run(pose, "forward", *recipe(name), "--config", name, "--input", folder / "x.npy", "--output", folder / "y.npz")
            worst = max(worst, compare(self.outputs(folder, x), dict(numpy.load(folder / "y.npz"))))
        return worst


class MindIR(Outputs):
    ending = "mindir"

    def export(self, pose, folder, name, batch):
        run(pose, "export", *recipe(name), "--config", name, "--batch", batch, "--output", folder / "network.mindir")

    def model(self, folder):
        from mindspore.train.mind_ir_pb2 import ModelProto

        model = ModelProto()
        model.ParseFromString((folder / "network.mindir").read_bytes())
        return model

    def input_shape(self, folder):
        return list(self.model(folder).graph.input[0].tensor[0].dims)[1:]

    def outputs(self, folder, x):
        import mindspore

        network = mindspore.nn.GraphCell(mindspore.load(str(folder / "network.mindir")))
        outputs = network(mindspore.Tensor(x))
        outputs = outputs if isinstance(outputs, (tuple, list)) else [outputs]
        names = self.model(folder).user_info["outputs"].split(",")
        return {name: output.asnumpy() for name, output in zip(names, outputs, strict=True)}


class TFLite(Outputs):
    ending = "tflite"

    def __init__(self, resolver="AUTO", precision="float32", tolerance=1e-4):
        self.resolver, self.precision, self.tolerance = resolver, precision, tolerance

    def export(self, pose, folder, name, batch):
        options = ["--batch", batch, "--precision", self.precision, "--output", folder / "network.tflite"]
        run(pose, "export", *recipe(name), "--config", name, *options)

    def interpreter(self, folder):
        from ai_edge_litert import interpreter

        resolver = getattr(interpreter.OpResolverType, self.resolver)
        return interpreter.Interpreter(str(folder / "network.tflite"), experimental_op_resolver_type=resolver)

    def input_shape(self, folder):
        shape = list(self.interpreter(folder).get_input_details()[0]["shape"])[1:]
        return [shape[2], shape[0], shape[1]] if len(shape) == 3 else shape

    def outputs(self, folder, x):
        """By the signature, whose pictures and maps have their channels last."""
        runner = self.interpreter(folder).get_signature_runner("serving_default")
        (name,) = runner.get_input_details()
        outputs = runner(**{name: x.transpose(0, 2, 3, 1) if x.ndim == 4 else x})
        return {name: y.transpose(0, 3, 1, 2) if y.ndim == 4 else y for name, y in outputs.items()}


class ONNXFile(Outputs):
    def export(self, pose, folder, name, batch):
        run(pose, "export", *recipe(name), "--config", name, "--output", folder / "network.onnx")

    def input_shape(self, folder):
        import onnx

        model = onnx.load(str(folder / "network.onnx"))
        self.names = [output.name for output in model.graph.output]
        return [extent.dim_value for extent in model.graph.input[0].type.tensor_type.shape.dim][1:]


class OpenVINO(ONNXFile):
    def outputs(self, folder, x):
        import openvino

        core = openvino.Core()
        network = core.read_model(folder / "network.onnx")
        network.reshape(list(x.shape))
        compiled = core.compile_model(network, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        results = compiled([x])
        return {name: results[index] for index, name in enumerate(self.names)}


class NCNN(ONNXFile):
    """Which has not all operators, and says so when it loads a network."""

    batches = (1,)

    def outputs(self, folder, x):
        import ncnn
        from peers import pnnx

        pnnx(folder, "network.onnx", x.shape)
        restore_axes(folder)
        network = ncnn.Net()
        for option in dir(network.opt):
            if option.startswith(("use_fp16", "use_bf16")):
                setattr(network.opt, option, False)
        if network.load_param(str(folder / "network.ncnn.param")) or network.load_model(str(folder / "network.ncnn.bin")):
            raise Refused("pnnx leaves operators that ncnn does not have")
        extractor = network.create_extractor()
        # A copy of its own, whose memory is aligned as ncnn needs it where the first operator writes in place.
        extractor.input("in0", ncnn.Mat(x[0]).clone())
        return {name: numpy.array(extractor.extract(f"out{index}")[1])[None] for index, name in enumerate(self.names)}


def restore_axes(folder):
    """Mends what pnnx 20261020 writes for ncnn: it loses the axis of a sum over a single one, which then sums nothing."""
    axes = iter(re.findall(r"^torch\.sum .* dim=(\S+)", (folder / "network.pnnx.param").read_text(), re.MULTILINE))
    program = folder / "network.ncnn.param"
    lines = program.read_text().splitlines()
    for index, line in enumerate(lines):
        if re.match(r"Reduction +sum_", line):
            axis = next(axes)
            if "-23303=0 " in line:
                # ncnn does not count the batch as an axis.
                lines[index] = line.replace("-23303=0 ", f"-23303=1,{int(axis) - 1} ")
    program.write_text("\n".join(lines) + "\n")


class Weights:
    """A framework that loads weights and saves them again. Nothing may differ."""

    tolerance = 0

    def difference(self, pose, folder, name):
        file, again = folder / f"weights.{self.ending}", folder / f"again.{self.ending}"
        run(pose, "convert", *recipe(name), "--config", name, folder / "expected.npz")
        run(pose, "convert", *recipe(name), "--config", name, file)
        loaded = self.load(file)
        self.save(loaded, again)
        run(pose, "convert", "--config", name, again, folder / "back.npz")
        expected, back = dict(numpy.load(folder / "expected.npz")), dict(numpy.load(folder / "back.npz"))
        # Neither framework counts batches.
        expected = {key: value for key, value in expected.items() if not key.endswith("num_batches_tracked")}
        if list(expected) != list(back) or len(loaded) != len(expected):
            return float("inf")
        for key, value, own in zip(expected, expected.values(), loaded.values()):
            own = own.T if self.swaps_dense_axes and key.endswith(".weight") and own.ndim == 2 else own
            if not (numpy.array_equal(own, value) and numpy.array_equal(back[key], value)):
                return float("inf")
        return 0


class MindSporeCheckpoint(Weights):
    ending, swaps_dense_axes = "ckpt", False

    def load(self, file):
        import mindspore

        loaded = mindspore.load_checkpoint(str(file))
        return {key: value.asnumpy() for key, value in loaded.items() if not isinstance(value, str)}

    def save(self, arrays, file):
        import mindspore

        parameters = [{"name": key, "data": mindspore.Parameter(mindspore.Tensor(value))} for key, value in arrays.items()]
        mindspore.save_checkpoint(parameters, str(file))


class PaddleParameters(Weights):
    ending, swaps_dense_axes = "pdparams", True

    def load(self, file):
        import paddle

        return {key: numpy.array(value) for key, value in paddle.load(str(file)).items()}

    def save(self, arrays, file):
        import paddle

        paddle.save({key: paddle.to_tensor(value) for key, value in arrays.items()}, str(file))


FORMATS = {
    "mindir": MindIR(),
    "tflite": TFLite(),
    "tflite-float16": TFLite(precision="float16", tolerance=1e-2),
    "tflite-reference": TFLite("BUILTIN_WITHOUT_DEFAULT_DELEGATES"),
    "ckpt": MindSporeCheckpoint(),
    "pdparams": PaddleParameters(),
    "openvino": OpenVINO(),
    "ncnn": NCNN(),
}


def compare(outputs, expected):
    """The largest difference of any output, relative to its largest value; infinite where names or shapes differ."""
    if sorted(outputs) != sorted(expected):
        return float("inf")
    worst = 0
    for name, value in outputs.items():
        if value.size != expected[name].size:
            return float("inf")
        worst = max(worst, abs(value.reshape(expected[name].shape) - expected[name]).max() / abs(expected[name]).max())
    return worst


def check_cases(checked, folder, tolerance):
    """What the tests left: networks around one operator each, and what the engine computed."""
    failed = 0
    cases = sorted(pathlib.Path(folder).glob(f"*.{checked.ending}"), key=lambda path: int(path.stem))
    for path in cases:
        with tempfile.TemporaryDirectory() as scratch:
            scratch = pathlib.Path(scratch)
            (scratch / f"network.{checked.ending}").write_bytes(path.read_bytes())
            arrays = numpy.load(path.with_suffix(".npz"))
            expected = {name[len("output:") :]: arrays[name] for name in arrays.files if name.startswith("output:")}
            try:
                worst = compare(checked.outputs(scratch, arrays["input"]), expected)
            except Exception as error:
                print(f"{'failed':<10}{path.with_suffix('.txt').read_text()}: {str(error).strip().splitlines()[0][:200]}")
                failed += 1
                continue
        failed += not worst <= tolerance
        print(f"{worst:<10.1e}{path.with_suffix('.txt').read_text()}")
    print(f"{len(cases)} cases, {failed} failed or beyond {tolerance}")
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("format", choices=FORMATS)
    parser.add_argument("--pose", default=POSE, help="the built command")
    parser.add_argument("--config", action="append", help="a configuration's name; all unless given")
    parser.add_argument("--short", action="store_true", help="one configuration of each family of backbones and head")
    parser.add_argument("--cases", help="a folder that the tests filled")
    parser.add_argument("--tolerance", type=float)
    arguments = parser.parse_args()
    checked = FORMATS[arguments.format]
    tolerance = checked.tolerance if arguments.tolerance is None else arguments.tolerance
    if arguments.cases:
        sys.exit(1 if check_cases(checked, arguments.cases, tolerance) else 0)
    failed = 0
    for name in arguments.config or (smallest(arguments.pose) if arguments.short else every()):
        with tempfile.TemporaryDirectory() as folder:
            try:
                worst = checked.difference(arguments.pose, pathlib.Path(folder), name)
                print(f"{arguments.format:<18}{name:<50}{worst:.1e}", flush=True)
            except Refused as error:
                worst = 0
                print(f"{arguments.format:<18}{name:<50}refused: {error}", flush=True)
            except Exception as error:
                worst = float("inf")
                print(f"{arguments.format:<18}{name:<50}failed: {str(error).strip().splitlines()[-1][:200]}", flush=True)
        failed += not worst <= tolerance
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
