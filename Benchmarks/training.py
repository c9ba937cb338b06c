#!/usr/bin/env python3
"""Times training Lite-HRNet-18: pose's training beside the published PyTorch code.

Both sides take the same steps from the same kind of start: forward, joints' mean squared error, backward, Adam, on a
batch that is in memory already. They take turns, so that a change of the machine's speed hits both.

    make libtorch
    Benchmarks/training.py                       # float32 and bfloat16, batch 16, all processors
    Benchmarks/training.py --batch 32 --threads 2 --steps 5
    LIBTORCH=.../site-packages/torch Benchmarks/training.py --device cuda --batch 64 --python .../bin/python

The published code is fetched once into .deps/ (--published names a copy of models/backbones/litehrnet.py instead), and
runs on PyTorch alone: what it takes of MMCV and MMPose is a few lines below, by their documentation.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time
import types

ROOT = pathlib.Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".deps/bench/training"
PUBLISHED = ROOT / ".deps/bench/Lite-HRNet"
OURS = ROOT / ".build/release/bench-training"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--steps", type=int, default=5, help="steps in one turn")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--precision", choices=["float32", "bfloat16"], action="append")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--python", type=pathlib.Path, help="a Python with PyTorch; without it one is installed")
    parser.add_argument("--published", type=pathlib.Path, help="the published litehrnet.py")
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


# What the published file imports.


def published_module(path):
    import torch
    from torch import nn

    def convolution(_, *args, **kwargs):
        return nn.Conv2d(*args, **kwargs)

    def norm(_, features, postfix=""):
        return f"bn{postfix}", nn.BatchNorm2d(features)

    class ConvModule(nn.Module):
        def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1,
                     bias="auto", conv_cfg=None, norm_cfg=None, act_cfg=dict(type="ReLU"), **_):
            super().__init__()
            bias = norm_cfg is None if bias == "auto" else bias
            self.conv = nn.Conv2d(
                in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias)
            if norm_cfg is not None:
                self.bn = nn.BatchNorm2d(out_channels)
            if act_cfg is not None:
                self.activate = {"ReLU": lambda: nn.ReLU(inplace=True), "Sigmoid": nn.Sigmoid}[act_cfg["type"]]()

        def forward(self, x):
            x = self.conv(x)
            if hasattr(self, "bn"):
                x = self.bn(x)
            return self.activate(x) if hasattr(self, "activate") else x

    class DepthwiseSeparableConvModule(nn.Module):
        def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, norm_cfg=None,
                     act_cfg=dict(type="ReLU"), dw_act_cfg="default", pw_act_cfg="default", **_):
            super().__init__()
            self.depthwise_conv = ConvModule(
                in_channels, in_channels, kernel_size, stride, padding, dilation, in_channels, norm_cfg=norm_cfg,
                act_cfg=act_cfg if dw_act_cfg == "default" else dw_act_cfg)
            self.pointwise_conv = ConvModule(
                in_channels, out_channels, 1, norm_cfg=norm_cfg, act_cfg=act_cfg if pw_act_cfg == "default" else pw_act_cfg)

        def forward(self, x):
            return self.pointwise_conv(self.depthwise_conv(x))

    def shuffle(x, groups):
        n, c, h, w = x.size()
        return torch.transpose(x.view(n, groups, c // groups, h, w), 1, 2).contiguous().view(n, -1, h, w)

    class Registry:
        def register_module(self, *_, **__):
            return lambda cls: cls

    def module(name, **members):
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__dict__.update(members)

    def nothing(*_, **__):
        return None

    def is_tuple_of(values, kind):
        return isinstance(values, tuple) and all(isinstance(v, kind) for v in values)

    cnn = dict(ConvModule=ConvModule, DepthwiseSeparableConvModule=DepthwiseSeparableConvModule,
               build_conv_layer=convolution, build_norm_layer=norm, constant_init=nothing, normal_init=nothing)
    module("mmcv", is_tuple_of=is_tuple_of)
    module("mmcv.cnn", **cnn)
    for name in ["mmpose", "mmpose.models", "mmpose.models.backbones"]:
        module(name)
    module("mmpose.utils", get_root_logger=nothing)
    module("mmpose.models.registry", BACKBONES=Registry())
    module("mmpose.models.backbones.resnet", BasicBlock=None, Bottleneck=None)
    module("mmpose.models.backbones.utils", load_checkpoint=nothing, channel_shuffle=shuffle)
    published = types.ModuleType("litehrnet")
    exec(compile(path.read_text(), str(path), "exec"), published.__dict__)
    return published


def published_network(path, joints=17):
    from torch import nn

    extra = dict(
        stem=dict(stem_channels=32, out_channels=32, expand_ratio=1), num_stages=3,
        stages_spec=dict(
            num_modules=(2, 4, 2), num_branches=(2, 3, 4), num_blocks=(2, 2, 2), module_type=("LITE",) * 3,
            with_fuse=(True,) * 3, reduce_ratios=(8, 8, 8), num_channels=((40, 80), (40, 80, 160), (40, 80, 160, 320))),
        with_head=True)
    backbone = published_module(path).LiteHRNet(extra, in_channels=3, norm_cfg=dict(type="BN"))
    final = nn.Conv2d(40, joints, 1)
    for layer in [*backbone.modules(), final]:
        if isinstance(layer, nn.Conv2d):
            nn.init.normal_(layer.weight, std=0.001)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.backbone, self.final = backbone, final

        def forward(self, x):
            features = self.backbone(x)
            return self.final(features[0])

    return Network()


def prepare_published(path):
    """The published file, fetched once unless given."""
    if path is None:
        path = PUBLISHED / "models/backbones/litehrnet.py"
        if not path.exists():
            subprocess.run(
                ["git", "clone", "--quiet", "--depth=1", "https://github.com/HRNet/Lite-HRNet", PUBLISHED], check=True)
    return path


def prepare_python():
    """A Python with PyTorch, installed once."""
    python = ENVIRONMENT / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "torch==2.13.0", "numpy"], check=True)
    return python


def peer(options):
    """Answers each line `PRECISION` with the seconds of one turn of steps."""
    import torch

    torch.set_num_threads(options.threads)
    network = published_network(options.published).train().to(options.device)
    parameters = sum(p.numel() for p in network.parameters())
    optimizer = torch.optim.Adam(network.parameters(), lr=2e-3)
    image = torch.randn(options.batch, 3, 256, 192, device=options.device)
    target = torch.rand(options.batch, 17, 64, 48, device=options.device)
    weight = torch.ones(options.batch, 17, 1, 1, device=options.device)

    def step(precision):
        optimizer.zero_grad()
        with torch.autocast(options.device, torch.bfloat16, enabled=precision == "bfloat16"):
            output = network(image)
        loss = (torch.nn.functional.mse_loss(output.float(), target, reduction="none") * weight).mean()
        loss.backward()
        optimizer.step()
        return loss.item()

    serve(step, options.steps, {"name": f"PyTorch {torch.__version__}", "parameters": parameters})


def serve(step, steps, greeting):
    print(json.dumps(greeting), flush=True)
    for line in sys.stdin:
        step(line.strip())
        start = time.perf_counter()
        for _ in range(steps):
            step(line.strip())
        print(time.perf_counter() - start, flush=True)


class Side:
    def __init__(self, command, threads):
        environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
        self.process = subprocess.Popen(
            [str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        self.greeting = json.loads(self.process.stdout.readline())

    def turn(self, precision):
        self.process.stdin.write(precision + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def main():
    options = arguments()
    options.published = prepare_published(options.published)
    if options.peer:
        return peer(options)
    python = options.python or prepare_python()
    if not OURS.exists():
        sys.exit("Build training first: make test-training")
    common = ["--batch", options.batch, "--threads", options.threads, "--steps", options.steps, "--device", options.device]
    sides = [
        Side([OURS, options.batch, options.threads, options.steps, options.device], options.threads),
        Side([python, __file__, "--peer", "--published", options.published, *common], options.threads),
    ]
    counts = {side.greeting["parameters"] for side in sides}
    if len(counts) != 1:
        sys.exit(f"The networks differ: {counts} parameters")
    for precision in options.precision or ["float32", "bfloat16"]:
        seconds = [[], []]
        for _ in range(options.turns):
            for times, side in zip(seconds, sides):
                times.append(side.turn(precision))
        rates = [options.batch * options.steps / statistics.median(times) for times in seconds]
        print(f"{precision}, batch {options.batch}, {options.threads} threads: "
              f"{sides[0].greeting['name']} {rates[0]:.1f} samples/s, {sides[1].greeting['name']} {rates[1]:.1f}, "
              f"{rates[0] / rates[1]:.2f}x")
        if options.device == "cuda":
            recorded = statistics.median(sides[0].turn(f"recorded {precision}") for _ in range(options.turns))
            print(f"  as a CUDA graph {options.batch * options.steps / recorded:.1f} samples/s")


if __name__ == "__main__":
    main()
