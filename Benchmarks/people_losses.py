#!/usr/bin/env python3
"""Writes what the published code's losses are for networks that find everybody: YOLOX-Pose and RTMO.

MMPose 1.3.2 runs each network in training mode and double precision, from recipe weights (`WeightRecipe`) on one recipe
batch of two pictures, whose people the file has as `PersonRow` says. There is a case for each stage of the published
training: the loss at the beginning, and that of the last epochs. A file has for each case the terms of the loss, the
places that are to find someone, the product of the batch norms' running statistics with recipe numbers, how often these
moved, and for each parameter the gradient's norm and its product with recipe numbers.

    Benchmarks/people_losses.py                 # all, into Training/Tests/PoseTorchTests/PublishedDetection

The first run fetches what is missing of the published code, as gradients.py does and to the same place.
"""
import argparse
import contextlib
import io
import json
import pathlib
import sys
import warnings

import gradients as recipe

OUTPUT = recipe.ROOT / "Training/Tests/PoseTorchTests/PublishedDetection"
INPUT = [2, 3, 320, 320]
JOINTS = 17

# Left, top, right and bottom, area, and how far joints are from the center, as shares of the box. Areas are larger than the
# boxes', so that people take several places although the weights have learnt nothing.
PEOPLE = [
    [([40, 30, 200, 280], 90000, 0.15), ([90, 60, 250, 300], 120000, 0.12), ([210, 20, 300, 120], 60000, 0.3)],
    [([20, 100, 180, 310], 100000, 0.2), ([150, 40, 290, 200], 80000, 0.25)],
]
# The picture and the number of a person whose joints have no labels.
WITHOUT_JOINTS = (1, 1)

# By configuration: the published one, the factor on norm weights, and what the head is told in each stage.
NETWORKS = {
    "yoloxpose_tiny_coco_416x416": (
        "yoloxpose/coco/yoloxpose_tiny_4xb64-300e_coco-416.py", 1.3, {"first": {}, "last": {"use_aux_loss": True}}),
    "rtmo_t_body7_416x416": (
        "rtmo/body7/rtmo-t_8xb32-600e_body7-416x416.py", 1.22, {
            "first": {},
            "last": {"proxy_target_cc": True, "loss_mle.loss_weight": 5.0, "loss_oks.loss_weight": 10.0,
                     "use_aux_loss": True},
        }),
}


def rows():
    """For each picture its people, as `PersonRow` has them."""
    pictures = []
    for picture, people in enumerate(PEOPLE):
        pictures.append([])
        for number, (box, area, spread) in enumerate(people):
            left, top, right, bottom = box
            row = [*box, 0, area]
            offsets = recipe.recipe_input([JOINTS, 2], f"people.{picture}.{number}", spread).tolist()
            for joint, (x, y) in enumerate(offsets):
                seen = 0 if (picture, number) == WITHOUT_JOINTS or joint == 3 + number else 1 + joint % 2
                x, y = (left + right) / 2 + x * (right - left), (top + bottom) / 2 + y * (bottom - top)
                row += [round(x, 2), round(y, 2), seen] if seen else [0, 0, 0]
            pictures[-1].append(row)
    return pictures


def samples(pictures):
    """The same as MMPose's training pipeline gives it."""
    import torch
    from mmengine.structures import InstanceData
    from mmpose.structures import PoseDataSample

    found = []
    for people in pictures:
        # Batches are of float32.
        people = torch.tensor(people).float().double()
        joints = people[:, 6:].reshape(len(people), JOINTS, 3)
        sample = PoseDataSample()
        sample.gt_instance_labels = InstanceData(
            bboxes=people[:, :4], labels=people[:, 4].long(), areas=people[:, 5], keypoints=joints[..., :2],
            keypoints_visible=joints[..., 2].clip(max=1))
        found.append(sample)
    return found


def build(published, path, norm_gain):
    import numpy as np
    import torch
    from mmengine.config import Config
    from mmengine.registry import init_default_scope
    from mmpose.models.heads.hybrid_heads import rtmo_head
    from mmpose.registry import MODELS

    # MMDetection's, which is the identity in one process.
    rtmo_head.reduce_mean = lambda number: number
    # What its softmax adds to sums that are at least 1. It changes terms by 1e-8, and gives biases that softmax ignores
    # gradients of 1e-8.
    rtmo_head.EPS = 0
    file = published / "mmpose-1/mmpose/.mim/configs/body_2d_keypoint" / path
    model = recipe.without_synchronisation(Config.fromfile(str(file)).model)
    model.backbone.init_cfg = None
    del model["data_preprocessor"]
    init_default_scope("mmpose")
    network = MODELS.build(model).double().train()
    for module in network.modules():
        recipe.with_float32_scalars(module)
    recipe.fill(network, norm_gain)
    for name, table in network.named_buffers():
        # The published tables are computed in float32; ours are rounded once.
        if name.endswith("_bins"):
            table.copy_(torch.from_numpy(np.float32(np.arange(len(table)) / (len(table) - 1) - 0.5)))
        elif name.endswith("spe.dim_t"):
            table.copy_(torch.from_numpy(np.float32(300 ** (np.arange(len(table)) / len(table)))))
    return network


def watch(assigner):
    """Keeps what is assigned, and how near that is to being assigned otherwise."""
    import torch

    assigned, margins = [], []
    assign, match = assigner.assign, assigner.dynamic_k_matching

    def watched_match(cost, overlaps, count, valid):
        sums = overlaps.topk(min(assigner.candidate_topk, len(overlaps)), dim=0).values.sum(0)
        margins.extend(float((number - number.round()).abs()) for number in sums if number > 1)
        claims = torch.zeros(len(cost))
        for person, number in enumerate(sums.int().clamp(min=1)):
            order = cost[:, person].sort()
            margins.append(float(order.values[number] - order.values[number - 1]))
            claims[order.indices[:number]] += 1
        two = cost[claims > 1].sort(dim=1).values
        margins.extend((two[:, 1] - two[:, 0]).tolist())
        return match(cost, overlaps, count, valid)

    def watched_assign(*args, **named):
        result = assign(*args, **named)
        places = (result["gt_inds"] > 0).nonzero()[:, 0].tolist()
        assigned.append(
            [[place, int(result["gt_inds"][place]) - 1, float(result["max_overlaps"][place])] for place in places])
        return result

    assigner.assign, assigner.dynamic_k_matching = watched_assign, watched_match
    return assigned, margins


def case(published, path, norm_gain, settings):
    import torch

    network = build(published, path, norm_gain)
    for key, value in settings.items():
        owner, _, name = key.rpartition(".")
        setattr(network.head if owner == "" else getattr(network.head, owner), name, value)
    assigned, margins = watch(network.head.assigner)
    losses = network.head.loss(network.extract_feat(recipe.recipe_input(INPUT)), samples(rows()))
    terms = {name: value.mean() for name, value in losses.items() if "loss" in name}
    sum(terms.values()).backward()
    assert min(margins) > 1e-3, f"a place is as good as another: {min(margins)}"
    found = {}
    for parameter, tensor in network.named_parameters():
        if tensor.grad is not None:
            weights = recipe.recipe_input(tensor.shape, f"gradient.{parameter}", 1)
            found[parameter] = [
                float(f"{number:.11g}") for number in [tensor.grad.norm(), (tensor.grad * weights).sum()]]
    statistics = sum(
        float((tensor * recipe.recipe_input(tensor.shape, f"statistics.{name}", 1)).sum())
        for name, tensor in network.named_buffers() if ".running_" in name)
    updates = sum(int(tensor) for name, tensor in network.named_buffers() if name.endswith("num_batches_tracked"))
    return {
        "terms": {name: value.item() for name, value in terms.items()}, "assigned": assigned, "statistics": statistics,
        "updates": updates, "gradients": found,
    }


def text(name, norm_gain, cases):
    """JSON, a line a parameter."""
    parts = []
    for stage, result in cases.items():
        lines = [f'    "{name}": {json.dumps(pair)}' for name, pair in result["gradients"].items()]
        rest = ", ".join(f'"{key}": {json.dumps(value)}' for key, value in result.items() if key != "gradients")
        parts.append(f'  "{stage}": {{{rest}, "gradients": {{\n' + ",\n".join(lines) + "\n  }}")
    start = f'{{"input": {INPUT}, "normGain": {norm_gain}, "people": {json.dumps(rows())}, "cases": {{\n'
    return start + ",\n".join(parts) + "\n}}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="configuration")
    parser.add_argument("--published", type=pathlib.Path, default=recipe.PUBLISHED)
    parser.add_argument("--output", type=pathlib.Path, default=OUTPUT)
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in NETWORKS]
    if unknown:
        sys.exit(f"No network {unknown[0]}; there are {', '.join(NETWORKS)}")
    packages = ["common", "mmcv-2", "mmpose-1"]
    recipe.fetch(options.published, packages, [])
    sys.path[:0] = [str(options.published / name) for name in reversed(packages)]
    warnings.simplefilter("ignore")
    sys.meta_path.append(recipe.Absent())
    for name in options.names or NETWORKS:
        path, norm_gain, stages = NETWORKS[name]
        with contextlib.redirect_stdout(io.StringIO()):
            cases = {
                stage: case(options.published, path, norm_gain, settings) for stage, settings in stages.items()}
        (options.output / f"{name}.json").write_text(text(name, norm_gain, cases))
        for stage, result in cases.items():
            found = [len(places) for places in result["assigned"]]
            print(f"{name}, {stage}: {result['terms']}, places {found}", flush=True)


if __name__ == "__main__":
    main()
