#!/usr/bin/env python3
"""Times the whole way from a JPEG's bytes to poses on one core: swift-pose beside OpenCV and ONNX Runtime, in turns.

    make build
    python3 -m venv .deps/pipeline && .deps/pipeline/bin/pip install opencv-python-headless onnxruntime numpy
    .deps/pipeline/bin/python Benchmarks/person.py photo.jpg --box 280 44 218 346

The steps are those of the published code: decode the JPEG, cut the padded box out by an affine map, normalise, run the
network, take each heatmap's peak and move it a quarter of a pixel towards its higher neighbour, map it back into the
picture. Writes a table in Markdown, milliseconds, median and least; --phases adds what each of the other's steps takes.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

# Before the libraries start their threads.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import cv2
import numpy as np
import onnxruntime

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
PIXEL_STD = 200.0
PADDING = 1.25


ROOT = pathlib.Path(__file__).resolve().parent.parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="+", help="JPEG files")
    parser.add_argument("--model", help="weights that pose reads, with their configuration; the recipe's unless given")
    parser.add_argument("--config", default="litehrnet_18_coco_256x192")
    parser.add_argument(
        "--box", nargs=4, type=float, metavar=("X", "Y", "WIDTH", "HEIGHT"),
        help="a person in each picture, in pixels; the whole picture unless given")
    parser.add_argument("--rounds", type=int, default=8, help="turns of each")
    parser.add_argument("--seconds", type=float, default=0.5, help="of each turn")
    parser.add_argument("--core", type=int, default=0, help="the one processor to run on, where the system can pin")
    parser.add_argument("--phases", action="store_true", help="time each step by itself too")
    return parser.parse_args()


def padded(box, width, height):
    """Centre and scale of the crop around a box, with the network's aspect."""
    x, y, w, h = box
    aspect = width / height
    center = np.array([x + w * 0.5, y + h * 0.5], np.float32)
    if w > aspect * h:
        h = w / aspect
    elif w < aspect * h:
        w = h * aspect
    return center, np.array([w / PIXEL_STD, h / PIXEL_STD], np.float32) * np.float32(PADDING)


def crop_matrix(center, scale, width, height):
    """From the picture's pixels to the network's input."""
    above = center + np.array([0, -scale[0] * PIXEL_STD * 0.5], np.float32)
    middle = np.array([width * 0.5, height * 0.5], np.float32)
    top = middle + np.array([0, -width * 0.5], np.float32)

    def third(a, b):
        return b + np.array([b[1] - a[1], a[0] - b[0]], np.float32)

    return cv2.getAffineTransform(
        np.float32([center, above, third(center, above)]), np.float32([middle, top, third(middle, top)]))


def normalised(crop):
    """As torchvision's `to_tensor` and `normalize`, in one batch of planes."""
    planes = crop.astype(np.float32).transpose(2, 0, 1) / np.float32(255)
    return np.ascontiguousarray((planes - MEAN[:, None, None]) / DEVIATION[:, None, None])[None]


def decoded(heatmaps, center, scale):
    """Keypoints in the picture's pixels, K x (x, y, score), from K x h x w heatmaps."""
    joints, height, width = heatmaps.shape
    flat = heatmaps.reshape(joints, -1)
    best = flat.argmax(1)
    scores = flat[np.arange(joints), best]
    positions = np.stack([best % width, best // width], 1).astype(np.float32)
    positions[scores <= 0] = -1
    for joint, (x, y) in enumerate(positions.astype(int)):
        if 1 < x < width - 1 and 1 < y < height - 1:
            map = heatmaps[joint]
            slope = np.array([map[y, x + 1] - map[y, x - 1], map[y + 1, x] - map[y - 1, x]])
            positions[joint] += np.sign(slope) * 0.25
    size = scale * PIXEL_STD
    return np.concatenate([positions * (size / np.float32([width, height])) + center - size * 0.5, scores[:, None]], 1)


def timed(run, seconds):
    """The milliseconds of each run in this time."""
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        run()
        times.append(1000 * (time.perf_counter() - start))
    return times


class Pipeline:
    """OpenCV, NumPy and ONNX Runtime on one thread."""

    def __init__(self, network, box):
        cv2.setNumThreads(1)
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = 1
        settings.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(network, settings, providers=["CPUExecutionProvider"])
        self.name, self.box = self.session.get_inputs()[0].name, box
        self.height, self.width = self.session.get_inputs()[0].shape[2:4]

    def pose(self, file, lap=lambda phase: None):
        picture = cv2.imdecode(file, cv2.IMREAD_COLOR_RGB if hasattr(cv2, "IMREAD_COLOR_RGB") else cv2.IMREAD_COLOR)
        if not hasattr(cv2, "IMREAD_COLOR_RGB"):
            picture = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        lap("decode")
        box = self.box or (0, 0, picture.shape[1], picture.shape[0])
        center, scale = padded(box, self.width, self.height)
        matrix = crop_matrix(center, scale, self.width, self.height)
        crop = cv2.warpAffine(picture, matrix, (self.width, self.height), flags=cv2.INTER_LINEAR)
        lap("warp")
        planes = normalised(crop)
        lap("normalise")
        heatmaps = self.session.run(None, {self.name: planes})[0][0]
        lap("network")
        pose = decoded(heatmaps, center, scale)
        lap("heatmaps")
        return pose

    def turn(self, file, seconds):
        return timed(lambda: self.pose(file), seconds)

    def phases(self, file, runs=100):
        """Each step's median milliseconds."""
        laps = {}
        for _ in range(runs):
            last = time.perf_counter()

            def lap(phase):
                nonlocal last
                now = time.perf_counter()
                laps.setdefault(phase, []).append(1000 * (now - last))
                last = now

            self.pose(file, lap)
        return {phase: float(np.median(times)) for phase, times in laps.items()}


def pose(*command):
    return subprocess.run([ROOT / ".build/release/pose", *command], check=True, stdout=subprocess.PIPE, text=True).stdout


class Ours:
    """A process a turn, which times itself; it inherits the one core."""

    def __init__(self, source, folder, box):
        self.source, self.boxes = source, []
        if box:
            self.file = folder / "boxes.json"
            self.boxes = ["--boxes", str(self.file)]
            self.box = box

    def turn(self, path, seconds, decoding):
        if self.boxes:
            self.file.write_text(json.dumps([{"file_name": os.path.basename(path), "bbox": self.box, "score": 1}]))
        lines = pose(
            "bench", *self.source, "--picture", path, *self.boxes, "--decoding", decoding, "--threads", "1",
            "--seconds", str(seconds), "--runs")
        return list(map(float, lines.split()))


def main():
    options = arguments()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {options.core})
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        source = ["--config", options.config] + (["--model", options.model] if options.model else [])
        network = folder / "network.onnx"
        exported = [options.model, "--config", options.config] if options.model else [*source, "--weights", "recipe"]
        pose("export", *exported, "--format", "onnx", "--output", str(network))
        theirs, ours = Pipeline(str(network), options.box), Ours(source, folder, options.box)
        print("| picture | pose | pose, reduced decoding | OpenCV and ONNX Runtime | ratios |")
        print("| --- | --- | --- | --- | --- |")
        for path in options.pictures:
            file = np.fromfile(path, np.uint8)
            times = {"exact": [], "reduced": [], "theirs": []}
            theirs.turn(file, 0.2)
            for _ in range(options.rounds):
                for decoding in ("exact", "reduced"):
                    times[decoding] += ours.turn(path, options.seconds, decoding)
                times["theirs"] += theirs.turn(file, options.seconds)
            medians = {name: float(np.median(values)) for name, values in times.items()}
            cells = [f"{medians[name]:.2f} ({min(values):.2f})" for name, values in times.items()]
            ratios = ", ".join(f"{medians['theirs'] / medians[name]:.2f}" for name in ("exact", "reduced"))
            height, width = cv2.imdecode(file, cv2.IMREAD_COLOR).shape[:2]
            title = f"{width} x {height}, {file.size // 1000} kB"
            print(f"| {title} | {' | '.join(cells)} | {ratios} |", flush=True)
            if options.phases:
                print(", ".join(f"{phase} {time:.2f}" for phase, time in theirs.phases(file).items()))


if __name__ == "__main__":
    main()
