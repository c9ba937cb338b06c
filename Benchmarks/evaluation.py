#!/usr/bin/env python3
"""Times `pose evaluate` beside pycocotools and faster-coco-eval on a case that is made up from a seed.

    python3 -m venv .deps/evaluation
    .deps/evaluation/bin/pip install pycocotools faster-coco-eval
    .deps/evaluation/bin/python Benchmarks/evaluation.py --pose .build/release/pose

Each run is a process of its own that starts, loads both files and prints the ten numbers, turn by turn so that
whatever else the machine does hits all alike. The numbers must be equal to the last bit. pose is timed with everything
from its start, pycocotools and faster-coco-eval without Python's and their modules' start.
"""

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time

NAMES = ["AP", "AP50", "AP75", "APM", "APL", "AR", "AR50", "AR75", "ARM", "ARL"]

PEERS = {
    "pycocotools": ("from pycocotools.coco import COCO", "from pycocotools.cocoeval import COCOeval"),
    "faster-coco-eval": ("from faster_coco_eval import COCO", "from faster_coco_eval import COCOeval_faster as COCOeval"),
}

PROGRAM = """
import contextlib, io, json, sys, time
{imports}
start = time.perf_counter()
with contextlib.redirect_stdout(io.StringIO()):
    truth = COCO(sys.argv[1])
    evaluation = COCOeval(truth, truth.loadRes(sys.argv[2]), "keypoints")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
seconds = time.perf_counter() - start
print(json.dumps({{"seconds": seconds, "values": [float(value) for value in evaluation.stats[:10]]}}))
"""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pose", default=".build/release/pose", help="the command")
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--results", type=int, default=20, help="for each image")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", help="where the case lies or will lie; a temporary one unless given")
    parser.add_argument("--python", default=sys.executable, help="the Python that has the peers")
    return parser.parse_args()


def written(folder, options):
    """People as in COCO: about two an image, crowds, people without keypoints; results near them and elsewhere."""
    name = f"{options.images}x{options.results}-{options.seed}"
    paths = [os.path.join(folder, f"{name}-{kind}.json") for kind in ("annotations", "results")]
    if all(os.path.exists(path) for path in paths):
        return paths
    chance = random.Random(options.seed)
    images, people, results = [], [], []
    for index in range(options.images):
        identifier = 1000 + 3 * index
        images.append({"id": identifier, "width": 640, "height": 480, "file_name": f"{identifier:012}.jpg"})
        here = [person(chance) for _ in range(chance.choice([0, 1, 1, 2, 2, 3, 4, 6]))]
        for truth in here:
            people.append({"id": len(people) + 1, "image_id": identifier, "category_id": 1, **truth})
        for _ in range(options.results):
            results.append({
                "image_id": identifier, "category_id": 1, "keypoints": found(chance, here),
                "score": chance.random(),
            })
    categories = [{"id": 1, "name": "person", "keypoints": [f"joint{joint}" for joint in range(17)], "skeleton": []}]
    for path, content in zip(paths, [{"images": images, "annotations": people, "categories": categories}, results]):
        with open(path, "w") as file:
            json.dump(content, file)
    return paths


def person(chance):
    width, height = chance.uniform(15, 250), chance.uniform(25, 400)
    x, y = chance.uniform(0, 640 - width), chance.uniform(0, 480 - height)
    labelled = 0 if chance.random() < 0.1 else chance.randint(1, 17)
    keypoints = []
    for joint in range(17):
        if joint < labelled:
            keypoints += [round(x + chance.random() * width), round(y + chance.random() * height), chance.randint(1, 2)]
        else:
            keypoints += [0, 0, 0]
    return {
        "keypoints": keypoints, "num_keypoints": labelled, "iscrowd": int(chance.random() < 0.02),
        "bbox": [round(value, 2) for value in (x, y, width, height)], "area": width * height * 0.6,
    }


def found(chance, people):
    noise = chance.choice([1, 3, 8, 20])
    if people and chance.random() < 0.5:
        keypoints = chance.choice(people)["keypoints"]
        centres = zip(keypoints[::3], keypoints[1::3])
    else:
        x, y = chance.uniform(0, 640), chance.uniform(0, 480)
        centres = [(x + chance.uniform(-40, 40), y + chance.uniform(-90, 90)) for _ in range(17)]
    return [
        value for x, y in centres for value in (x + chance.gauss(0, noise), y + chance.gauss(0, noise), chance.random())
    ]


def ours(options, paths):
    command = [options.pose, "evaluate", "--annotations", paths[0], "--results", paths[1], "--metric", "coco", "--json", "-"]
    start = time.perf_counter()
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds = time.perf_counter() - start
    values = json.loads(output)
    return seconds, [values[name] for name in NAMES]


def peer(options, name, paths):
    program = PROGRAM.format(imports="\n".join(PEERS[name]))
    output = subprocess.run(
        [options.python, "-c", program, *paths], check=True, capture_output=True, text=True).stdout
    result = json.loads(output)
    return result["seconds"], result["values"]


def compared(options, folder):
    paths = written(folder, options)
    times, expected = {}, None
    for run in range(options.runs + 1):
        for name in ["pose", *PEERS]:
            seconds, values = ours(options, paths) if name == "pose" else peer(options, name, paths)
            expected = expected or values
            if values != expected:
                sys.exit(f"{name} gives {values}, but pose {expected}")
            # The first round warms the disk's cache.
            if run > 0:
                times.setdefault(name, []).append(seconds)
    return paths, times, expected


def main():
    options = arguments()
    if options.runs < 1:
        sys.exit("--runs must be at least 1")
    with tempfile.TemporaryDirectory() as temporary:
        paths, times, values = compared(options, options.folder or temporary)
        sizes = [os.path.getsize(path) / 1e6 for path in paths]
    print(f"{options.images} images, {options.images * options.results} results, {sizes[0]:.1f} and {sizes[1]:.1f} MB, "
          f"{os.cpu_count()} processors, {platform.machine()}; the ten numbers are equal:")
    print(" ".join(f"{name} {value}" for name, value in zip(NAMES, values)), "\n")
    print("| tool | seconds, median (least) | pose is faster by |\n| --- | --- | --- |")
    for name, seconds in times.items():
        ratio = statistics.median(seconds) / statistics.median(times["pose"])
        faster = "" if name == "pose" else f"{ratio:.1f}"
        print(f"| {name} | {statistics.median(seconds):.3f} ({min(seconds):.3f}) | {faster} |")


if __name__ == "__main__":
    main()
