#!/usr/bin/env python3
"""Times the training pipeline beside the published one in OpenCV and NumPy: the same pictures, one processor, in turns.

    pip install opencv-python-headless numpy
    swift build -c release
    python Benchmarks/samples.py person_keypoints.json --images images/ --core 3

The published steps, a person a sample: read and decode the JPEG, mirror it every other time, take half of the body,
scale and rotate, cut the crop out by an affine map with its joints, make normalised float planes, write the targets
(a Gaussian of deviation 2 around each joint), and put 32 samples into a batch. `pose browse --time` does the same with
one thread. Every round times both, one after the other; ratios are of the same round. Prints JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import time

# Before the libraries start their threads.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import cv2
import numpy as np

MEAN = np.array([0.485, 0.456, 0.406], np.float32)[:, None, None]
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)[:, None, None]
WIDTH, HEIGHT, MAP_WIDTH, MAP_HEIGHT, SIGMA, JOINTS, BATCH = 192, 256, 48, 64, 2, 17, 32
FLIP_PAIRS = [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 12), (13, 14), (15, 16)]
UPPER_BODY = set(range(11))
ASPECT = WIDTH / HEIGHT


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("annotations", help="a dataset in COCO's form, with COCO's 17 joints")
    parser.add_argument("--images", required=True, help="the folder with the pictures")
    parser.add_argument("--pose", default=".build/release/pose", help="the command to time")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=4, help="how long pose is timed in a round")
    parser.add_argument("--core", type=int, help="the one processor to run on, where the system can pin")
    return parser.parse_args()


def people(path, folder):
    """Path, centre, scale, joints and visibility of each person with a labelled joint."""
    with open(path) as file:
        annotations = json.load(file)
    pictures = {picture["id"]: picture for picture in annotations["images"]}
    result = []
    for entry in annotations["annotations"]:
        if entry.get("iscrowd") or not any(entry.get("keypoints", [])[2::3]):
            continue
        picture = pictures[entry["image_id"]]
        x, y, w, h = entry["bbox"]
        x1, y1 = max(0, x), max(0, y)
        x2, y2 = min(picture["width"] - 1, x1 + w), min(picture["height"] - 1, y1 + h)
        if x2 <= x1 or y2 <= y1:
            continue
        w, h = x2 - x1, y2 - y1
        center = np.array([x1 + w * 0.5, y1 + h * 0.5], np.float32)
        if w > ASPECT * h:
            h = w / ASPECT
        else:
            w = h * ASPECT
        joints = np.array(entry["keypoints"], np.float32).reshape(JOINTS, 3)
        visible = np.minimum(joints[:, 2:], 1) * np.ones((1, 2), np.float32)
        joints[visible[:, 0] == 0] = 0
        scale = np.array([w, h], np.float32) / 200 * np.float32(1.25)
        result.append((os.path.join(folder, picture["file_name"]), center, scale, joints[:, :2], visible))
    return result


def half_body(joints, visible, random):
    """Centre and scale of the crop around half of the joints; None where there are too few."""
    upper = [joints[j] for j in range(JOINTS) if visible[j, 0] > 0 and j in UPPER_BODY]
    lower = [joints[j] for j in range(JOINTS) if visible[j, 0] > 0 and j not in UPPER_BODY]
    chosen = upper if random.randn() < 0.5 and len(upper) > 2 else lower if len(lower) > 2 else upper
    if len(chosen) < 2:
        return None
    chosen = np.array(chosen, np.float32)
    w, h = chosen.max(axis=0) - chosen.min(axis=0)
    if w > ASPECT * h:
        h = w / ASPECT
    else:
        w = h * ASPECT
    return chosen.mean(axis=0), np.array([w, h], np.float32) / 200 * np.float32(1.5)


def crop_matrix(center, scale, rotation):
    """From the picture's pixels to the network's input."""
    size = scale * 200
    angle = np.pi * rotation / 180
    up = size[0] * -0.5
    above = center + np.array([-up * np.sin(angle), up * np.cos(angle)], np.float32)
    middle = np.array([WIDTH * 0.5, HEIGHT * 0.5], np.float32)
    top = middle + np.array([0, WIDTH * -0.5], np.float32)

    def third(a, b):
        return b + np.array([b[1] - a[1], a[0] - b[0]], np.float32)

    return cv2.getAffineTransform(
        np.float32([center, above, third(center, above)]), np.float32([middle, top, third(middle, top)]))


def targets(joints, visible):
    """A Gaussian of three deviations around each joint's pixel, and which joints are to be learnt."""
    maps = np.zeros((JOINTS, MAP_HEIGHT, MAP_WIDTH), np.float32)
    weights = visible[:, :1].copy()
    reach = SIGMA * 3
    for joint in range(JOINTS):
        x = int(joints[joint, 0] / (WIDTH / MAP_WIDTH) + 0.5)
        y = int(joints[joint, 1] / (HEIGHT / MAP_HEIGHT) + 0.5)
        left, top, right, bottom = x - reach, y - reach, x + reach + 1, y + reach + 1
        if left >= MAP_WIDTH or top >= MAP_HEIGHT or right < 0 or bottom < 0:
            weights[joint] = 0
        if weights[joint] > 0.5:
            side = np.arange(0, 2 * reach + 1, 1, np.float32)
            patch = np.exp(-((side - reach) ** 2 + (side[:, None] - reach) ** 2) / (2 * SIGMA**2))
            columns, rows = (max(0, -left), min(right, MAP_WIDTH) - left), (max(0, -top), min(bottom, MAP_HEIGHT) - top)
            maps[joint, max(0, top) : min(bottom, MAP_HEIGHT), max(0, left) : min(right, MAP_WIDTH)] = patch[
                rows[0] : rows[1], columns[0] : columns[1]]
    return maps, weights


def sample(person, random):
    path, center, scale, joints, visible = person
    center, joints, visible = center.copy(), joints.copy(), visible.copy()
    with open(path, "rb") as file:
        bytes = np.frombuffer(file.read(), np.uint8)
    picture = cv2.cvtColor(cv2.imdecode(bytes, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    if random.rand() <= 0.5:
        picture = picture[:, ::-1, :]
        for a, b in FLIP_PAIRS:
            joints[[a, b]], visible[[a, b]] = joints[[b, a]], visible[[b, a]]
        joints[:, 0] = picture.shape[1] - 1 - joints[:, 0]
        joints *= visible
        center[0] = picture.shape[1] - center[0] - 1
    if visible[:, 0].sum() > 8 and random.rand() < 0.3:
        half = half_body(joints, visible, random)
        if half is not None:
            center, scale = half
    scale = scale * np.float32(np.clip(random.randn() * 0.25 + 1, 0.75, 1.25))
    rotation = np.clip(random.randn() * 30, -60, 60) if random.rand() <= 0.6 else 0
    matrix = crop_matrix(center, scale, rotation)
    crop = cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
    for joint in range(JOINTS):
        if visible[joint, 0] > 0:
            joints[joint] = matrix @ np.array([joints[joint, 0], joints[joint, 1], 1])
    planes = np.ascontiguousarray(crop.transpose(2, 0, 1)).astype(np.float32) / np.float32(255)
    planes = (planes - MEAN) / DEVIATION
    return (planes, *targets(joints, visible))


def published(samples, random):
    """Samples a second over the whole dataset once, in an order of its own."""
    order = random.permutation(len(samples))
    start = time.perf_counter()
    for first in range(0, len(order), BATCH):
        made = [sample(samples[index], random) for index in order[first : first + BATCH]]
        batch = [np.stack(parts) for parts in zip(*made)]
        assert len(batch[0]) == len(made)
    return len(order) / (time.perf_counter() - start)


def decoding(samples):
    """Milliseconds that OpenCV takes to read and decode a sample's picture."""
    start = time.perf_counter()
    for path, *_ in samples:
        with open(path, "rb") as file:
            cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_COLOR)
    return 1000 * (time.perf_counter() - start) / len(samples)


def ours(options, mode):
    command = [
        options.pose, "browse", options.annotations, "--images", options.images, "--time", "--json", "-", "--threads", "1",
        "--seconds", str(options.seconds), "--decoding", mode]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{result.stderr}")
    return json.loads(result.stdout)["samples_per_second"]


def spread(values, digits):
    return {
        "median": round(float(np.median(values)), digits), "least": round(min(values), digits),
        "most": round(max(values), digits)}


def main():
    options = arguments()
    if options.rounds < 1:
        sys.exit("--rounds must be at least 1")
    if options.core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {options.core})
    cv2.setNumThreads(1)
    samples = people(options.annotations, options.images)
    random = np.random.RandomState(0)
    published(samples, random)
    results = {"published": [], "exact": [], "reduced": []}
    decode = []
    for _ in range(options.rounds):
        # One after the other, so that what else the machine does meets all of them.
        results["published"].append(published(samples, random))
        results["exact"].append(ours(options, "exact"))
        results["reduced"].append(ours(options, "reduced"))
        decode.append(decoding(samples))
    ratios = {
        mode: [a / b for a, b in zip(results[mode], results["published"])] for mode in ("exact", "reduced")}
    print(json.dumps({
        "opencv": cv2.__version__, "numpy": np.__version__, "people": len(samples), "rounds": options.rounds,
        "samples_per_second": {name: spread(values, 1) for name, values in results.items()},
        "ratio": {mode: spread(values, 2) for mode, values in ratios.items()},
        "opencv_decode_ms": spread(decode, 3),
    }, indent=2))


if __name__ == "__main__":
    main()
