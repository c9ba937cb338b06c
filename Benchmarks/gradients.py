#!/usr/bin/env python3
"""Writes what the published code's gradients are, for the tests of training: one network of each family.

Each network runs in its published PyTorch code, in training mode and double precision, from recipe weights
(`WeightRecipe`) on a recipe input. Dropout and stochastic depth are off, and synchronised batch norm is plain. Its loss
is the sum over its outputs of mean(output x recipe numbers); RLE has its own, with its flow. A file has the loss, the
product of the batch norms' running statistics with recipe numbers, how often these moved, and for each parameter the
gradient's norm and its product with recipe numbers.

    Benchmarks/gradients.py                               # all, into Training/Tests/PoseTorchTests/PublishedGradients
    Benchmarks/gradients.py hrnet_w32_coco_256x192

The first run fetches what is missing of the published code into .deps/bench/gradients (--published names another folder):
MMPose 0.29 and 1.3, and the repositories of Dite-HRNet, MoveNet, Poseur, SimCC and TokenPose. PoseFix is published for
TensorFlow: here it is MMPose's ResNet and a head of a few lines, whose gradients are 4e-12 from those of the published
graph.
"""
import argparse
import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import json
import os
import pathlib
import subprocess
import sys
import types
import warnings

ROOT = pathlib.Path(__file__).resolve().parent.parent
PUBLISHED = ROOT / ".deps/bench/gradients"
OUTPUT = ROOT / "Training/Tests/PoseTorchTests/PublishedGradients"

# Where pip puts packages, each without those it depends on.
PACKAGES = {
    "common": "numpy einops addict yapf platformdirs pyyaml packaging easydict yacs timm==0.4.12 rich termcolor pillow six importlib_metadata==6.8.0 zipp",
    "mmcv-1": "mmcv==1.6.0",
    "mmcv-2": "mmcv-lite==2.1.0 mmengine==0.10.7",
    "mmpose-0": "mmpose==0.29.0",
    "mmpose-1": "mmpose==1.3.2 mmpretrain==1.2.0",
}
REPOSITORIES = [
    "ZiyiZhang27/Dite-HRNet", "aim-uofa/Poseur", "fire717/movenet.pytorch", "leeyegy/SimCC", "leeyegy/TokenPose"]


def fetch(folder, packages=PACKAGES, repositories=REPOSITORIES):
    folder.mkdir(parents=True, exist_ok=True)
    # The set-up of mmcv 1 asks for pkg_resources.
    (folder / "constraints.txt").write_text("setuptools<70\n")
    for name in packages:
        if not (folder / name).exists():
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder / name]
            environment = os.environ | {"PIP_CONSTRAINT": str(folder / "constraints.txt")}
            subprocess.run([*command, *PACKAGES[name].split()], check=True, env=environment)
    for name in repositories:
        if not (folder / name.split("/")[1]).exists():
            command = ["git", "clone", "--quiet", "--depth=1", f"https://github.com/{name}", folder / name.split("/")[1]]
            subprocess.run(command, check=True)


# The recipe.


def numbers(name, count):
    """Hashes of 24 bits, as doubles."""
    import numpy as np

    start = 0xCBF29CE484222325
    for byte in name.encode():
        start = ((start ^ byte) * 0x100000001B3) % 2**64
    z = np.uint64(start) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(40)).astype(np.float64)


def recipe_input(shape, name="input", amplitude=2.0):
    import torch

    values = amplitude * (numbers(name, torch.Size(shape).numel()) / 2**23 - 1)
    return torch.from_numpy(values).float().reshape(shape).double()


def fill(network, norm_gain=1):
    """Gives a network the recipe's weights, but for the tables it was made with."""
    import numpy as np
    import torch

    tables = {"loc", "cov", "mask", "linspace_x", "linspace_y", "sigmas", "x_bins", "y_bins", "dim_t"}
    for name, tensor in network.state_dict().items():
        last = name.split(".")[-1]
        if not tensor.is_floating_point() or last in tables:
            continue
        hashes = numbers(name, tensor.numel())
        unit, signed = hashes / 2**24, hashes / 2**23 - 1
        if last == "running_mean":
            values = 0.1 * signed
        elif last == "running_var":
            values = 0.5 + unit
        elif tensor.dim() <= 1:
            values = 0.2 * signed if last == "bias" or last.endswith("_bias") else 0.75 + 0.5 * unit
        elif last == "weight" or last.endswith("_weight"):
            values = np.sqrt(3 / np.prod(tensor.shape[1:])) * signed
        else:
            values = 0.2 * signed
        values = torch.from_numpy(values).float()
        if tensor.dim() <= 1 and last == "weight":
            values *= norm_gain
        tensor.copy_(values.reshape(tensor.shape))


# The published code. Each function gives a network and what runs it: image to outputs, or to a loss.


class Nothing(type):
    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing(name, (), {})


class Absent(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands for packages that the published code imports for other purposes than networks."""

    names = {"xtcocotools", "cv2", "munkres", "json_tricks", "matplotlib", "torchvision", "scipy", "mmdet",
             "modelindex", "mat4py"}

    def find_spec(self, name, path=None, target=None):
        # Where MMDetection has no models, nothing is built on them.
        if (name.split(".")[0] in self.names or name == "mmcv._ext") and not name.startswith("mmdet.models"):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        module.__getattr__ = lambda name: getattr(Nothing("Absent", (), {}), name)
        return module

    def exec_module(self, module):
        module.__path__ = []


def without_synchronisation(configuration):
    """The same with plain batch norm, which runs on the CPU."""
    if isinstance(configuration, dict):
        for key, value in configuration.items():
            configuration[key] = "BN" if key == "type" and value == "SyncBN" else without_synchronisation(value)
    elif isinstance(configuration, list):
        configuration[:] = map(without_synchronisation, configuration)
    return configuration


def mmpose_0(published, path, code="mmpose-0", change=None):
    sys.path[:0] = [str(published / name) for name in [code, "mmcv-1"]]
    from mmcv import Config
    from mmpose.models import build_posenet

    folder = published / code
    if code == "mmpose-0":
        folder = folder / "mmpose/.mim"
    model = without_synchronisation(Config.fromfile(str(folder / "configs" / path)).model)
    model.pretrained = None
    network = build_posenet(model)
    return network, lambda image: network.forward_dummy(image)


def body_0(published, path):
    return mmpose_0(published, "body/2d_kpt_sview_rgb_img/" + path)


def dite_hrnet(published, path):
    # The repository's backbone registers itself with MMPose.
    sys.path[:0] = [str(published / name) for name in ["mmpose-0", "mmcv-1"]]
    import mmpose.models
    from mmcv import Config

    source = published / "Dite-HRNet/models/backbones/ditehrnet.py"
    exec(compile(source.read_text(), str(source), "exec"), {"__name__": "ditehrnet"})
    model = without_synchronisation(Config.fromfile(str(published / "Dite-HRNet/configs" / path)).model)
    model.pretrained = None
    network = mmpose.models.build_posenet(model)
    return network, lambda image: network.forward_dummy(image)


def rle(published, path):
    network, _ = body_0(published, path)

    def loss(image):
        output = network.forward_dummy(image)
        shape = (image.shape[0], 17, 2)
        return network.keypoint_head.loss(
            output, recipe_input(shape, "target", 0.5), recipe_input(shape, "target_weight", 1))

    return network, loss


def poseur(published, path):
    import torch

    network, _ = mmpose_0(published, "poseur/coco/" + path, code="Poseur")
    from mmpose.ops import multi_scale_deform_attn as attention

    # Off CUDA it is called with two arguments too many.
    on_cpu = attention.multi_scale_deformable_attn_pytorch
    attention.multi_scale_deformable_attn_pytorch = lambda value, shapes, starts, places, weights, step: on_cpu(
        value, shapes, places, weights)
    # Training repeats queries from places that it draws at random; this way it has those of the joints.
    network.keypoint_head.transformer.train = lambda mode=True: torch.nn.Module.train(
        network.keypoint_head.transformer, False)

    def run(image):
        first, layers = network.keypoint_head(network.neck(network.backbone(image)))
        logits = torch.logit
        all_layers = torch.cat([layers.pred_jts, logits(layers.sigma)], 3)
        return [all_layers[-1], torch.cat([first.pred_jts, logits(first.sigma)], 2), all_layers.transpose(0, 1)]

    return network, run


def mmpose_1(published, path):
    sys.path[:0] = [str(published / name) for name in ["mmpose-1", "mmcv-2"]]
    from mmengine.config import Config
    from mmengine.registry import init_default_scope
    from mmpose.registry import MODELS

    file = published / "mmpose-1/mmpose/.mim/configs/body_2d_keypoint" / path
    model = without_synchronisation(Config.fromfile(str(file)).model)
    model.backbone.init_cfg = None
    init_default_scope("mmpose")
    network = MODELS.build(model)

    def run(image):
        features = network.backbone(image)
        return network.head.forward(network.neck(features) if network.with_neck else features)

    return network, run


def yacs(published, repository, path, module):
    sys.path[:0] = [str(published / repository / "lib")]
    settings = importlib.import_module("config").cfg
    settings.merge_from_file(str(published / repository / "experiments/coco" / path))
    package = types.ModuleType("models")
    package.__path__ = [str(published / repository / "lib/models")]
    sys.modules["models"] = package
    network = importlib.import_module(f"models.{module}").get_pose_net(settings, is_train=False)
    return network, network


def simcc(published, path):
    return yacs(published, "SimCC", path, "pose_hrnet")


def tokenpose(published, path):
    return yacs(published, "TokenPose", "tokenpose/" + path, "pose_tokenpose_b")


def movenet(published, path):
    found = importlib.util.spec_from_file_location("movenet", published / "movenet.pytorch" / path)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    network = module.MoveNet()
    return network, network


def posefix(published, depth):
    import torch
    from torch import nn

    sys.path[:0] = [str(published / name) for name in ["mmpose-0", "mmcv-1"]]
    from mmpose.models.backbones import ResNet

    class Up(nn.Module):
        def __init__(self, channels):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(channels, 256, 4, 4))
            self.BatchNorm = nn.BatchNorm2d(256, eps=1e-9, momentum=0.01)

        def forward(self, x):
            return self.BatchNorm(nn.functional.conv_transpose2d(x, self.weight, stride=2, padding=1)).relu()

    class Head(nn.Module):
        def __init__(self):
            super().__init__()
            self.up1, self.up2, self.up3 = Up(2048), Up(256), Up(256)
            self.out = nn.Conv2d(256, 17, 1)

        def forward(self, x):
            logits = self.out(self.up3(self.up2(self.up1(x))))
            height, width = logits.shape[2:]
            maps = logits.flatten(2).softmax(2).reshape(logits.shape)
            columns, rows = [(torch.arange(extent) / extent).double() for extent in [width, height]]
            x, y = (maps * columns).sum((2, 3)), (maps * rows[:, None]).sum((2, 3))
            return [torch.stack([x, y], 2), logits]

    class PoseFix(nn.Module):
        def __init__(self):
            super().__init__()
            self.backbone = ResNet(depth, in_channels=20)
            self.keypoint_head = Head()
            for module in self.backbone.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eps, module.momentum = 1e-9, 0.01

        def forward(self, x):
            features = self.backbone(x)
            return self.keypoint_head(features[-1] if isinstance(features, tuple) else features)

    network = PoseFix()
    return network, network


# By configuration: the published code, its own configuration, and the input. It is small where the network takes any.
NETWORKS = {
    "deeppose_res50_coco_256x192": (body_0, "deeppose/coco/res50_coco_256x192.py", [4, 3, 96, 64]),
    "ditehrnet_18_coco_256x192": (dite_hrnet, "top_down/dite_hrnet/coco/ditehrnet_18_coco_256x192.py", [4, 3, 96, 64]),
    "higherhrnet_w32_coco_512x512": (
        body_0, "associative_embedding/coco/higherhrnet_w32_coco_512x512.py", [4, 3, 96, 64]),
    "hrformer_small_coco_256x192": (
        body_0, "topdown_heatmap/coco/hrformer_small_coco_256x192.py", [4, 3, 96, 64]),
    "hrnet_w32_coco_256x192": (body_0, "topdown_heatmap/coco/hrnet_w32_coco_256x192.py", [4, 3, 96, 64]),
    "hrnet_w32_ae_coco_512x512": (body_0, "associative_embedding/coco/hrnet_w32_coco_512x512.py", [4, 3, 96, 64]),
    "ipr_res50_dsnt_coco_256x256": (
        mmpose_1, "integral_regression/coco/ipr_res50_dsnt-8xb64-210e_coco-256x256.py", [2, 3, 256, 256]),
    "litehrnet_18_coco_256x192": (body_0, "topdown_heatmap/coco/litehrnet_18_coco_256x192.py", [4, 3, 96, 64]),
    "mobilenetv2_coco_256x192": (body_0, "topdown_heatmap/coco/mobilenetv2_coco_256x192.py", [4, 3, 96, 64]),
    "movenet_fire717_coco_192x192": (movenet, "lib/models/movenet_mobilenetv2.py", [4, 3, 64, 64]),
    "posefix_res50_coco_256x192": (posefix, 50, [4, 20, 96, 64]),
    "poseur_res50_coco_256x192": (poseur, "poseur_res50_coco_256x192.py", [2, 3, 256, 192]),
    "res50_coco_256x192": (body_0, "topdown_heatmap/coco/res50_coco_256x192.py", [4, 3, 96, 64]),
    "rle_res50_coco_256x192": (rle, "deeppose/coco/res50_coco_256x192_rle.py", [4, 3, 96, 64]),
    "rtmpose_t_coco_256x192": (mmpose_1, "rtmpose/coco/rtmpose-t_8xb256-420e_coco-256x192.py", [2, 3, 256, 192]),
    "shufflenetv2_coco_256x192": (body_0, "topdown_heatmap/coco/shufflenetv2_coco_256x192.py", [4, 3, 96, 64]),
    "simdr_hrnet_w32_coco_256x192": (simcc, "hrnet/simdr/nmt_w32_256x192_adam_lr1e-3.yaml", [2, 3, 256, 192]),
    "tokenpose_b_coco_256x192": (
        tokenpose, "tokenpose_b_256_192_patch43_dim192_depth12_heads8.yaml", [2, 3, 256, 192]),
    "vipnas_mbv3_coco_256x192": (body_0, "topdown_heatmap/coco/vipnas_mbv3_coco_256x192.py", [4, 3, 96, 64]),
    "vitpose_small_coco_256x192": (
        mmpose_1, "topdown_heatmap/coco/td-hm_ViTPose-small_8xb64-210e_coco-256x192.py", [2, 3, 256, 192]),
}


def with_float32_scalars(module):
    """Rounds the factors of attention, which are float32 in our graphs."""
    import functools
    import torch

    def rounded(number):
        return torch.tensor(number, dtype=torch.float32).item()

    if isinstance(getattr(module, "scale", None), float) and "Norm" not in type(module).__name__:
        module.scale = rounded(module.scale)
    if hasattr(module, "sqrt_s"):
        module.sqrt_s = 1 / rounded(1 / module.sqrt_s)
    if hasattr(module, "scaled_dot_product_attention"):
        module.scaled_dot_product_attention = functools.partial(
            torch.nn.functional.scaled_dot_product_attention, scale=rounded(module.head_dims**-0.5))


def gradients(name, published):
    sys.path[:0] = [str(published / "common")]
    warnings.simplefilter("ignore")
    import torch

    sys.meta_path.append(Absent())
    make, path, shape = NETWORKS[name]
    with contextlib.redirect_stdout(io.StringIO()):
        network, run = make(published, path)
    network.double().train()
    for module in network.modules():
        if "Drop" in type(module).__name__:
            module.eval()
        if hasattr(module, "drop_path_rate") or type(module).__name__ == "DropPath":
            module.drop_prob = 0.0
        with_float32_scalars(module)
    fill(network)
    loss = run(recipe_input(shape))
    if isinstance(loss, dict):
        loss = sum(value for key, value in loss.items() if "loss" in key)
    elif not isinstance(loss, torch.Tensor) or loss.dim() > 0:
        outputs = [loss] if isinstance(loss, torch.Tensor) else list(loss)
        assert all(output.dtype == torch.float64 for output in outputs)
        loss = sum((output * recipe_input(output.shape, f"output.{i}", 1)).mean() for i, output in enumerate(outputs))
    loss.backward()
    found = {}
    for parameter, tensor in network.named_parameters():
        if tensor.requires_grad and tensor.grad is not None:
            weights = recipe_input(tensor.shape, f"gradient.{parameter}", 1)
            found[parameter] = [float(f"{number:.11g}") for number in [tensor.grad.norm(), (tensor.grad * weights).sum()]]
    statistics = {name: tensor for name, tensor in network.named_buffers() if ".running_" in name}
    products = [(tensor * recipe_input(tensor.shape, f"statistics.{name}", 1)).sum() for name, tensor in statistics.items()]
    counters = [tensor for name, tensor in network.named_buffers() if name.endswith("num_batches_tracked")]
    return {
        "input": shape, "loss": loss.item(), "statistics": float(sum(products)), "updates": int(sum(counters)),
        "gradients": found,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="configuration")
    parser.add_argument("--published", type=pathlib.Path, default=PUBLISHED)
    parser.add_argument("--output", type=pathlib.Path, default=OUTPUT)
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in NETWORKS]
    if unknown:
        sys.exit(f"No network {unknown[0]}; there are {', '.join(NETWORKS)}")
    fetch(options.published)
    names = options.names or list(NETWORKS)
    if len(names) > 1:
        # MMPose's two versions do not fit in one process.
        for name in names:
            subprocess.run(
                [sys.executable, __file__, name, "--published", options.published, "--output", options.output], check=True)
        return
    result = gradients(names[0], options.published)
    lines = [f'  "{name}": {json.dumps(pair)}' for name, pair in result["gradients"].items()]
    rest = ", ".join(f'"{key}": {json.dumps(value)}' for key, value in result.items() if key != "gradients")
    text = f'{{{rest}, "gradients": {{\n'
    (options.output / f"{names[0]}.json").write_text(text + ",\n".join(lines) + "\n}}\n")
    print(f"{names[0]}: loss {result['loss']:.9g}, {len(lines)} gradients", flush=True)


if __name__ == "__main__":
    main()
