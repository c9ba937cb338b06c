#!/usr/bin/env python3
"""Trains Lite-HRNet-18 with pose and with the published code on PyTorch: same start, same batches, losses side by side.

PyTorch takes its batches and learning rates from pose (`bench-training batches`), so what is compared is all that comes
after: network, norms, loss, gradients, Adam. The network, its double update of norms among it, is the published file.
Both runs are validated by pose.

    make test-training
    Benchmarks/compare_training.py litehrnet_18_person_lsp14_256x192 --epochs 2 --out out/compare \\
        --start Models/litehrnet_18_person_256x192.safetensors

writes losses.csv and PyTorch's weights after each epoch. What --start has by name and shape is where both begin; the
rest is as the published code initialises it.
"""
import argparse
import csv
import json
import os
import pathlib
import struct
import subprocess
import sys

from training import ROOT, prepare_published, prepare_python, published_network

BATCHES = ROOT / ".build/release/bench-training"
TRAIN = ROOT / ".build/release/pose-train"
POSE = ROOT / ".build/release/pose"
HEAD = {"final.weight": "keypoint_head.final_layer.weight", "final.bias": "keypoint_head.final_layer.bias"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", help="a configuration of Lite-HRNet-18 with JointsMSE and Adam")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--start", type=pathlib.Path, help="safetensors with weights to start from")
    parser.add_argument("--published", type=pathlib.Path, help="the published litehrnet.py")
    parser.add_argument("--set", action="append", default=[], help="another value of the configuration: KEY=VALUE")
    parser.add_argument("--annotations", help="to score PyTorch's weights by; pose scores its own as configured")
    parser.add_argument("--images")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "out/compare")
    return parser.parse_args()


def safetensors(path):
    import numpy
    import torch

    types = {"F64": numpy.float64, "F32": numpy.float32, "F16": numpy.float16, "I64": numpy.int64}
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        array = numpy.frombuffer(data[begin:end], types[entry["dtype"]]).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(array.copy())
    return tensors


def save(network, path):
    import torch

    torch.save({"state_dict": {HEAD.get(k, k): v for k, v in network.state_dict().items()}}, path)


def first_weights(options, joints, path):
    """What both sides start from."""
    import torch

    torch.manual_seed(0)
    network = published_network(options.published, joints)
    state = network.state_dict()
    given = safetensors(options.start) if options.start else {}
    taken = 0
    for name in state:
        tensor = given.get(HEAD.get(name, name))
        if tensor is not None and tensor.shape == state[name].shape:
            state[name].copy_(tensor)
            taken += 1
    network.load_state_dict(state)
    save(network, path)
    print(f"{taken} of {len(state)} tensors are from {options.start}" if options.start else "fresh weights")
    return network


def settings(options):
    values = [
        f"train.epochs={options.epochs}", f"train.batch={options.batch}", f"train.optimizer.lr={options.rate}",
        "train.microbatches=1", "train.log_every=1", "train.checkpoint.keep=100", *options.set]
    return values


class Batches:
    def __init__(self, options):
        import numpy

        self.numpy = numpy
        self.process = subprocess.Popen(
            [BATCHES, "batches", options.config, *settings(options)], stdout=subprocess.PIPE)
        self.header = json.loads(self.process.stdout.readline())

    def floats(self, *shape):
        import torch

        count = int(self.numpy.prod(shape))
        data = self.process.stdout.read(4 * count)
        if len(data) < 4 * count:
            sys.exit("The batches ended early: see what bench-training said")
        return torch.from_numpy(self.numpy.frombuffer(data, self.numpy.float32).reshape(shape).copy())

    def __iter__(self):
        header = self.header
        for _ in range(header["iterations"]):
            rate = struct.unpack("<d", self.process.stdout.read(8))[0]
            image = self.floats(header["batch"], *header["input"])
            targets = [self.floats(header["batch"], *shape) for shape in header["targets"]]
            weights = self.floats(header["batch"], header["joints"], 1, 1)
            yield rate, image, targets[0], weights


def train_pytorch(options, batches, network):
    import torch

    torch.set_num_threads(options.threads)
    optimizer = torch.optim.Adam(network.parameters(), lr=options.rate)
    network.train()
    losses = []
    for iteration, (rate, image, target, weights) in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        output = network(image)
        loss = torch.nn.functional.mse_loss(output * weights, target * weights)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if iteration % 20 == 0:
            print(f"PyTorch {iteration}/{batches.header['iterations']}: {losses[-1]:.6g}", flush=True)
        if (iteration + 1) % batches.header["batchesPerEpoch"] == 0:
            save(network, options.out / f"pytorch_{(iteration + 1) // batches.header['batchesPerEpoch']}.pth")
            (options.out / "pytorch.json").write_text(json.dumps(losses))


def train_pose(options, start):
    command = [TRAIN, options.config, "--load-from", start, "--work-dir", options.out / "pose", "--threads", options.threads]
    for value in settings(options):
        command += ["--set", value]
    subprocess.run([str(c) for c in command], check=True, stdout=subprocess.DEVNULL)


def accuracy(options, weights):
    """What weights score, by pose; with the flip test, as training validates."""
    output = subprocess.run(
        [POSE, "test", "--model", weights, "--config", options.config, "--annotations", options.annotations,
         "--images", options.images, "--flip-test"], check=True, capture_output=True, text=True).stdout
    return {line.split()[0]: float(line.split()[1]) for line in output.splitlines() if line.startswith(("AP ", "PCK"))}


def main():
    options = arguments()
    options.published = prepare_published(options.published)
    try:
        import torch
    except ModuleNotFoundError:
        os.execv(prepare_python(), [prepare_python(), *sys.argv])
    for program in [BATCHES, TRAIN, POSE]:
        if not program.exists():
            sys.exit(f"{program.relative_to(ROOT)} is missing: make build test-training")
    options.out.mkdir(parents=True, exist_ok=True)
    batches = Batches(options)
    start = options.out / "start.pth"
    network = first_weights(options, batches.header["joints"], start)
    train_pose(options, start)
    train_pytorch(options, batches, network)
    report(options, batches.header["batchesPerEpoch"])


def report(options, length):
    lines = [json.loads(line) for line in (options.out / "pose/log.jsonl").read_text().splitlines()]
    ours = [line["loss"] for line in lines if line["mode"] == "train"]
    scores = {line["epoch"]: line for line in lines if line["mode"] == "validation"}
    theirs = json.loads((options.out / "pytorch.json").read_text())
    with open(options.out / "losses.csv", "w", newline="") as file:
        csv.writer(file).writerows([("iteration", "pose", "pytorch"), *zip(range(1, len(ours) + 1), ours, theirs)])
    differences = [abs(a - b) / b for a, b in zip(ours, theirs)]
    for count in [1, 5, 10, 20, 50, 100, 200, 500]:
        if count <= len(differences):
            print(f"largest relative difference of the first {count} losses: {max(differences[:count]):.2g}")
    for epoch in range(1, len(ours) // length + 1):
        means = [sum(side[(epoch - 1) * length:epoch * length]) / length for side in (ours, theirs)]
        print(f"epoch {epoch}: mean loss {means[0]:.6g}, PyTorch {means[1]:.6g}, {means[0] / means[1] - 1:+.2%}")
        if epoch in scores and options.annotations:
            reached = accuracy(options, options.out / f"pytorch_{epoch}.pth")
            print("  " + ", ".join(f"{k} {scores[epoch][k]:.4f}, PyTorch {v:.4f}" for k, v in reached.items()))


if __name__ == "__main__":
    main()
