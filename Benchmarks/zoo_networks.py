"""What the checks of exported networks share: which networks to take, their weights, and how to call pose."""

import json
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
POSE = ROOT / ".build/release/pose"
# How the names of a part's sizes end.
SIZE = r"_(w?\d+|nano|tiny|small|medium|base|large|[tsmlx])$"
# Networks whose recipe weights need a smaller gain. The activations of the deepest would leave the range of float32, and those
# of HRNet-W48 and SimDR the range of float16. Those that sample at offsets which they compute, or that end in a sigmoid, would
# turn the rounding of an activation of many thousands into another pixel and another probability, and PoseFix with ResNet-152
# would pile up that of float16.
SMALLER_GAIN = r"(hrnet_|litehr)30_|^(adaptive_pose|cid|dekr|(higher)?hrnet_w48|ocrnet|posefix_res152|poseur|simdr_hrnet)_"


def run(pose, *arguments):
    subprocess.run([pose, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def recipe(name):
    return ["--weights", "recipe"] + (["--norm-gain", "0.5"] if re.search(SMALLER_GAIN, name or "") else [])


def every():
    """The names of all configurations."""
    return sorted(path.stem for path in (ROOT / "configs").glob("*.yaml"))


def smallest(pose):
    """For each family of backbones and each head the configuration with the fewest multiply-adds: the sizes of a family,
    such as ResNet's three depths, are made by the same code."""
    models = json.loads(subprocess.run([pose, "models", "--json", "-"], stdout=subprocess.PIPE, check=True).stdout)
    chosen = {}
    for model in sorted(models, key=lambda model: -model["multiply_adds"]):
        family, neck = (re.sub(SIZE, "", model.get(part) or "") for part in ("backbone", "neck"))
        chosen[family, neck, model["head"]] = model["name"]
    return sorted(chosen.values())
