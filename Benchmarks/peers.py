"""The runtimes that pose is compared with: how each takes an ONNX file and runs it at its best in float32.

    peers.py NAME FOLDER THREADS BATCH CALLERS INPUT.npy OUTPUT.npy

loads FOLDER/network.* into one runtime, writes what it makes of the input, then answers each line "SECONDS" with a line
of JSON: the milliseconds of each run in that time, and the pictures a second. Of several outputs the first
is taken, all are computed. A runtime has a process of its own, so that no other's threads spin beside it.
"""

import importlib
import importlib.metadata
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time


class Peer:
    title: str  # in tables
    package: str  # as installed
    module: str
    batches = True  # takes several pictures at once
    # Whether callers in threads run at once: some bindings hold Python's lock, then callers are processes.
    shares_process = False

    def version(self):
        return importlib.metadata.version(self.package)

    def is_installed(self):
        return importlib.util.find_spec(self.module) is not None

    def convert(self, folder, shape):
        """Makes of FOLDER/network.onnx what the runtime takes."""

    def load(self, folder, x, threads, callers):
        """A function for each caller, that runs the network on x and returns its output."""
        raise NotImplementedError


class ONNXRuntime(Peer):
    title, package, module = "ONNX Runtime", "onnxruntime", "onnxruntime"
    shares_process = True

    def load(self, folder, x, threads, callers):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.add_free_dimension_override_by_name("batch", len(x))
        options.add_session_config_entry("session.set_denormal_as_zero", "1")
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            str(folder / "network.onnx"), options, providers=["CPUExecutionProvider"]
        )
        name = session.get_inputs()[0].name
        return [lambda: session.run(None, {name: x})[0]] * callers


class OpenVINO(Peer):
    title, package, module = "OpenVINO", "openvino", "openvino"
    shares_process = True

    def load(self, folder, x, threads, callers):
        import openvino

        core = openvino.Core()
        network = core.read_model(folder / "network.onnx")
        network.reshape(list(x.shape))
        compiled = core.compile_model(
            network,
            "CPU",
            {
                "PERFORMANCE_HINT": "LATENCY" if callers == 1 else "THROUGHPUT",
                "INFERENCE_NUM_THREADS": threads * callers,
                "NUM_STREAMS": callers,
                "INFERENCE_PRECISION_HINT": "f32",
            },
        )

        def caller():
            request = compiled.create_infer_request()
            request.set_input_tensor(openvino.Tensor(x))

            def run():
                request.infer()
                return request.get_output_tensor(0).data

            return run

        return [caller() for _ in range(callers)]


class NCNN(Peer):
    title, package, module = "ncnn", "ncnn", "ncnn"
    batches = False

    def convert(self, folder, shape):
        pnnx(folder, "network.onnx", shape)

    def load(self, folder, x, threads, callers):
        import ncnn
        import numpy

        network = ncnn.Net()
        options = network.opt
        options.num_threads = threads
        for name in dir(options):
            if name.startswith(("use_fp16", "use_bf16")):
                setattr(options, name, False)
        network.load_param(str(folder / "network.ncnn.param"))
        network.load_model(str(folder / "network.ncnn.bin"))
        image = ncnn.Mat(x[0])

        def run():
            extractor = network.create_extractor()
            extractor.input("in0", image)
            return numpy.array(extractor.extract("out0")[1])[None]

        return [run] * callers


class MNN(Peer):
    title, package, module = "MNN", "MNN", "MNN"

    def convert(self, folder, shape):
        # The converter's own script also installs a package that reports its use.
        arguments = ["", "-f", "ONNX", "--modelFile", "network.onnx", "--MNNModel", "network.mnn", "--bizCode", "pose"]
        quiet([sys.executable, "-c", f"import _tools; _tools.mnnconvert({arguments})"], folder)

    def load(self, folder, x, threads, callers):
        from MNN import expr, nn

        runtime = nn.create_runtime_manager(({"backend": "CPU", "numThread": threads, "precision": "high"},))
        outputs = json.loads((folder / "outputs.json").read_text())
        network = nn.load_module_from_file(
            str(folder / "network.mnn"), ["input"], outputs, runtime_manager=runtime
        )
        image = expr.const(x, list(x.shape), expr.NCHW)
        return [lambda: network.forward([image])[0].read()] * callers


class TFLite(Peer):
    title, package, module = "TFLite", "ai-edge-litert", "ai_edge_litert"

    def convert(self, folder, shape):
        here = pathlib.Path(__file__).resolve().parent
        python = here.parent / ".deps/bench/convert/bin/python"
        target = f"network_{shape[0]}.tflite"
        quiet([python, here / "tflite.py", "network.onnx", target, str(shape[0])], folder)

    def load(self, folder, x, threads, callers):
        import numpy
        from ai_edge_litert.interpreter import Interpreter

        interpreter = Interpreter(str(folder / f"network_{len(x)}.tflite"), num_threads=threads)
        interpreter.allocate_tensors()
        source = interpreter.get_input_details()[0]["index"]
        target = interpreter.get_output_details()[0]["index"]
        image = numpy.ascontiguousarray(x.transpose(0, 2, 3, 1))

        def run():
            interpreter.set_tensor(source, image)
            interpreter.invoke()
            return interpreter.get_tensor(target).transpose(0, 3, 1, 2)

        return [run] * callers


class PyTorch(Peer):
    title, package, module = "PyTorch", "torch", "torch"

    def convert(self, folder, shape):
        # pnnx writes the network as a module of PyTorch, too.
        shutil.copy(folder / "network.onnx", folder / f"torch_{shape[0]}.onnx")
        pnnx(folder, f"torch_{shape[0]}.onnx", shape)

    def load(self, folder, x, threads, callers):
        import torch

        torch.set_num_threads(threads)
        sys.path.insert(0, str(folder))
        os.chdir(folder)  # where the module looks for its weights
        network = importlib.import_module(f"torch_{len(x)}_pnnx").Model().float().eval()
        network = network.to(memory_format=torch.channels_last)
        image = torch.from_numpy(x).to(memory_format=torch.channels_last)
        compiled = torch.compile(network, dynamic=False)

        def run():
            with torch.inference_mode():
                output = compiled(image)
                return (output[0] if isinstance(output, (list, tuple)) else output).numpy()

        return [run] * callers


PEERS = {peer.title: peer for peer in (ONNXRuntime(), OpenVINO(), NCNN(), MNN(), TFLite(), PyTorch())}


def pnnx(folder, file, shape):
    program = pathlib.Path(importlib.util.find_spec("pnnx").origin).parent / "pnnx"
    shape = ",".join(map(str, shape))
    quiet([program, file, f"inputshape=[{shape}]", "fp16=0"], folder)


def quiet(command, folder):
    result = subprocess.run(list(map(str, command)), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode:
        raise RuntimeError(result.stdout.decode(errors="replace")[-2000:])


def timed(callers, seconds, batch):
    """Lets every caller run for a while, after a few runs, or a second of them, that nobody times."""
    times = [[] for _ in callers]
    gate = threading.Barrier(len(callers))

    def work(index):
        begin = time.perf_counter()
        for _ in range(3):
            if time.perf_counter() < begin + 1:
                callers[index]()
        gate.wait()
        end = time.perf_counter() + seconds
        while not times[index] or time.perf_counter() < end:
            start = time.perf_counter()
            callers[index]()
            times[index].append(1000 * (time.perf_counter() - start))

    threads = [threading.Thread(target=work, args=(index,)) for index in range(1, len(callers))]
    for thread in threads:
        thread.start()
    work(0)
    for thread in threads:
        thread.join()
    rate = sum(1000 * batch * len(each) / sum(each) for each in times)
    return {"milliseconds": sum(times, []), "images_per_second": rate}


def main(name, folder, threads, batch, callers, source, target):
    # What the runtimes print must not come between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import numpy

    x = numpy.load(source)
    functions = PEERS[name].load(pathlib.Path(folder), x, int(threads), int(callers))
    y = [function() for function in functions][0]
    numpy.save(target, numpy.ascontiguousarray(y, dtype=numpy.float32))
    print('"ready"', file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(timed(functions, float(line), int(batch))), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
