#!/usr/bin/env python3
"""Times `pose evaluate` beside pycocotools and faster-coco-eval on a case that is made up from a seed.

    python3 -m venv .deps/evaluation
    .deps/evaluation/bin/pip install pycocotools faster-coco-eval
    .deps/evaluation/bin/python Benchmarks/evaluation.py --pose .build/release/pose
    .deps/evaluation/bin/python Benchmarks/evaluation.py --pose .build/release/pose --metric bbox --results 100

Each run is a process of its own that starts, loads both files and prints the numbers, turn by turn so that
whatever else the machine does hits all alike. The numbers must be equal to the last bit. pose is timed with everything
from its start, pycocotools and faster-coco-eval without Python's and their modules' start. Memory is the largest that a
process took, Python's own included.
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

NAMES = {
    "coco": ["AP", "AP50", "AP75", "APM", "APL", "AR", "AR50", "AR75", "ARM", "ARL"],
    "bbox": ["AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"],
}

# COCO's categories, in which boxes are.
CATEGORIES = range(1, 81)

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
    evaluation = COCOeval(truth, truth.loadRes(sys.argv[2]), sys.argv[3])
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
seconds = time.perf_counter() - start
print(json.dumps({{"seconds": seconds, "values": [float(value) for value in evaluation.stats[:int(sys.argv[4])]]}}))
"""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pose", default=".build/release/pose", help="the command")
    parser.add_argument("--metric", choices=list(NAMES), default="coco")
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--results", type=int, default=20, help="for each image")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", help="where the case lies or will lie; a temporary one unless given")
    parser.add_argument("--python", default=sys.executable, help="the Python that has the peers")
    return parser.parse_args()


def written(folder, options):
    """People as in COCO: about two an image, crowds, people without keypoints; results near them and elsewhere."""
    name = f"{options.metric}-{options.images}x{options.results}-{options.seed}"
    paths = [os.path.join(folder, f"{name}-{kind}.json") for kind in ("annotations", "results")]
    if all(os.path.exists(path) for path in paths):
        return paths
    chance = random.Random(options.seed)
    images, people, results = [], [], []
    make, find = (person, found) if options.metric == "coco" else (thing, box)
    for index in range(options.images):
        identifier = 1000 + 3 * index
        images.append({"id": identifier, "width": 640, "height": 480, "file_name": f"{identifier:012}.jpg"})
        here = [make(chance) for _ in range(chance.choice([0, 1, 1, 2, 2, 3, 4, 6]) * (1 if make == person else 3))]
        for truth in here:
            people.append({"id": len(people) + 1, "image_id": identifier, **truth})
        for _ in range(options.results):
            results.append({"image_id": identifier, **find(chance, here), "score": chance.random()})
    categories = (
        [{"id": 1, "name": "person", "keypoints": [f"joint{joint}" for joint in range(17)], "skeleton": []}]
        if options.metric == "coco" else [{"id": number, "name": f"thing{number}"} for number in CATEGORIES])
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
        "category_id": 1, "keypoints": keypoints, "num_keypoints": labelled, "iscrowd": int(chance.random() < 0.02),
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
    return {"category_id": 1, "keypoints": [
        value for x, y in centres for value in (x + chance.gauss(0, noise), y + chance.gauss(0, noise), chance.random())
    ]}


def thing(chance):
    width, height = chance.uniform(5, 250), chance.uniform(5, 300)
    return {
        # A third of COCO's objects are people.
        "category_id": 1 if chance.random() < 0.3 else chance.choice(CATEGORIES),
        "iscrowd": int(chance.random() < 0.02), "area": width * height * 0.6,
        "bbox": [round(value, 2) for value in (chance.uniform(0, 640 - width), chance.uniform(0, 480 - height), width, height)],
    }


def box(chance, things):
    if not things or chance.random() < 0.5:
        return {name: value for name, value in thing(chance).items() if name in ("category_id", "bbox")}
    truth, noise = chance.choice(things), chance.choice([0.02, 0.1, 0.3])
    x, y, width, height = truth["bbox"]
    return {"category_id": truth["category_id"], "bbox": [
        x + chance.gauss(0, noise) * width, y + chance.gauss(0, noise) * height,
        width * chance.uniform(1 - noise, 1 + noise), height * chance.uniform(1 - noise, 1 + noise)]}


def measured(command):
    """What a command prints, the seconds until it ends, and the most memory that it took, in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    output, errors = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{command[0]} ended with {os.waitstatus_to_exitcode(status)}: {errors}")
    return output, seconds, usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def ours(options, paths):
    output, seconds, memory = measured([
        options.pose, "evaluate", "--annotations", paths[0], "--results", paths[1], "--metric", options.metric, "--json", "-",
    ])
    values = json.loads(output)
    return seconds, memory, [values[name] for name in NAMES[options.metric]]


def peer(options, name, paths):
    program = PROGRAM.format(imports="\n".join(PEERS[name]))
    kind = "keypoints" if options.metric == "coco" else "bbox"
    output, _, memory = measured([options.python, "-c", program, *paths, kind, str(len(NAMES[options.metric]))])
    result = json.loads(output)
    return result["seconds"], memory, result["values"]


def compared(options, folder):
    paths = written(folder, options)
    times, memories, expected = {}, {}, None
    for run in range(options.runs + 1):
        for name in ["pose", *PEERS]:
            seconds, memory, values = ours(options, paths) if name == "pose" else peer(options, name, paths)
            expected = expected or values
            if values != expected:
                sys.exit(f"{name} gives {values}, but pose {expected}")
            # The first round warms the disk's cache.
            if run > 0:
                times.setdefault(name, []).append(seconds)
                memories[name] = max(memory, memories.get(name, 0))
    return paths, times, memories, expected


def main():
    options = arguments()
    if options.runs < 1:
        sys.exit("--runs must be at least 1")
    with tempfile.TemporaryDirectory() as temporary:
        paths, times, memories, values = compared(options, options.folder or temporary)
        sizes = [os.path.getsize(path) / 1e6 for path in paths]
    print(f"{options.images} images, {options.images * options.results} results, {sizes[0]:.1f} and {sizes[1]:.1f} MB, "
          f"{os.cpu_count()} processors, {platform.machine()}; the numbers are equal:")
    print(" ".join(f"{name} {value}" for name, value in zip(NAMES[options.metric], values)), "\n")
    print("| tool | seconds, median (least) | pose is faster by | MB |\n| --- | --- | --- | --- |")
    for name, seconds in times.items():
        ratio = statistics.median(seconds) / statistics.median(times["pose"])
        faster = "" if name == "pose" else f"{ratio:.1f}"
        print(f"| {name} | {statistics.median(seconds):.3f} ({min(seconds):.3f}) | {faster} | {memories[name]:.0f} |")


if __name__ == "__main__":
    main()
