#!/usr/bin/env python3
"""Times what swift-pose is compared with: OpenCV and ONNX Runtime on one core, from a JPEG's bytes to poses.

    pip install opencv-python-headless onnxruntime numpy
    python Benchmarks/pipeline.py network.onnx photo.jpg --box 280 44 218 346 --runs 300

The steps are those of the published code: decode the JPEG, cut the padded box out by an affine map, normalise, run the
network, take each heatmap's peak and move it a quarter of a pixel towards its higher neighbour, map it back into the
picture. Every step is timed by itself, in milliseconds, and the whole once more without the clock between the steps.
Prints JSON.
"""

import argparse
import json
import os
import platform
import sys
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


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", help="an ONNX file: N x 3 x H x W floats in, N x K x h x w heatmaps out")
    parser.add_argument("pictures", nargs="+", help="JPEG files")
    parser.add_argument(
        "--box", nargs=4, type=float, action="append", metavar=("X", "Y", "WIDTH", "HEIGHT"),
        help="a person in each picture, in pixels; may be repeated; the whole picture unless given")
    parser.add_argument("--warp", choices=["standard", "udp"], default="standard", help="how the crop's pixels are counted")
    parser.add_argument("--padding", type=float, default=1.25, help="how much larger than its box a crop is")
    parser.add_argument("--runs", type=int, default=200, help="timed runs for each picture")
    parser.add_argument("--warm-up", type=int, default=20, help="runs before those")
    parser.add_argument("--core", type=int, help="the one processor to run on, where the system can pin")
    parser.add_argument("--keypoints", action="store_true", help="print the keypoints too")
    return parser.parse_args()


def padded(box, width, height, padding):
    """Centre and scale of the crop around a box, with the network's aspect."""
    x, y, w, h = box
    aspect = width / height
    center = np.array([x + w * 0.5, y + h * 0.5], np.float32)
    if w > aspect * h:
        h = w / aspect
    elif w < aspect * h:
        w = h * aspect
    return center, np.array([w / PIXEL_STD, h / PIXEL_STD], np.float32) * np.float32(padding)


def crop_matrix(center, scale, width, height, warp):
    """From the picture's pixels to the network's input."""
    size = scale * PIXEL_STD
    if warp == "udp":
        x, y = (width - 1) / size[0], (height - 1) / size[1]
        return np.array(
            [[x, 0, x * (size[0] * 0.5 - center[0])], [0, y, y * (size[1] * 0.5 - center[1])]], np.float32)
    above = center + np.array([0, -size[0] * 0.5], np.float32)
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


def decoded(heatmaps, center, scale, warp):
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
    grid = np.array([width, height], np.float32) - (1 if warp == "udp" else 0)
    return np.concatenate([positions * (size / grid) + center - size * 0.5, scores[:, None]], 1)


class Pipeline:
    def __init__(self, options):
        cv2.setNumThreads(1)
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = 1
        settings.inter_op_num_threads = 1
        settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = onnxruntime.InferenceSession(options.network, settings, providers=["CPUExecutionProvider"])
        first = self.session.get_inputs()[0]
        self.name, self.options = first.name, options
        self.height, self.width = first.shape[2:4]
        if not isinstance(self.height, int) or not isinstance(self.width, int):
            sys.exit(f"{options.network}: the input {first.shape} has no fixed height and width")

    def poses(self, file, boxes, lap=lambda phase: None):
        picture = cv2.imdecode(file, cv2.IMREAD_COLOR_RGB if hasattr(cv2, "IMREAD_COLOR_RGB") else cv2.IMREAD_COLOR)
        if not hasattr(cv2, "IMREAD_COLOR_RGB"):
            picture = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        lap("decode")
        poses = []
        for box in boxes or [(0, 0, picture.shape[1], picture.shape[0])]:
            center, scale = padded(box, self.width, self.height, self.options.padding)
            matrix = crop_matrix(center, scale, self.width, self.height, self.options.warp)
            crop = cv2.warpAffine(picture, matrix, (self.width, self.height), flags=cv2.INTER_LINEAR)
            lap("warp")
            planes = normalised(crop)
            lap("normalise")
            heatmaps = self.session.run(None, {self.name: planes})[0][0]
            lap("network")
            poses.append(decoded(heatmaps, center, scale, self.options.warp))
            lap("heatmaps")
        return poses


class Laps:
    """Adds up the time since the last call, by phase."""

    def __init__(self):
        self.phases, self.last = {}, time.perf_counter()

    def __call__(self, phase):
        now = time.perf_counter()
        self.phases[phase] = self.phases.get(phase, 0) + now - self.last
        self.last = now


def summary(seconds):
    milliseconds = np.array(seconds) * 1000
    return {"median": round(float(np.median(milliseconds)), 4), "least": round(float(milliseconds.min()), 4)}


def measured(pipeline, path, options):
    file = np.fromfile(path, np.uint8)
    if cv2.imdecode(file, cv2.IMREAD_COLOR) is None:
        sys.exit(f"'{path}' is no picture that OpenCV reads")
    for _ in range(options.warm_up):
        pipeline.poses(file, options.box)
    wholes, phases = [], {}
    for _ in range(options.runs):
        start = time.perf_counter()
        poses = pipeline.poses(file, options.box)
        wholes.append(time.perf_counter() - start)
    for _ in range(options.runs):
        laps = Laps()
        pipeline.poses(file, options.box, laps)
        for phase, seconds in laps.phases.items():
            phases.setdefault(phase, []).append(seconds)
    result = {
        "picture": os.path.basename(path), "bytes": file.size, "boxes": len(options.box or [()]),
        "whole": summary(wholes), "phases": {phase: summary(seconds) for phase, seconds in phases.items()},
    }
    if options.keypoints:
        result["keypoints"] = [np.round(pose.astype(float), 4).tolist() for pose in poses]
    return result


def main():
    options = arguments()
    if options.runs < 1:
        sys.exit("--runs must be at least 1")
    if options.core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {options.core})
    pipeline = Pipeline(options)
    print(json.dumps({
        "opencv": cv2.__version__, "onnxruntime": onnxruntime.__version__, "numpy": np.__version__,
        "machine": platform.machine(), "threads": 1, "unit": "ms", "runs": options.runs,
        "input": [pipeline.height, pipeline.width], "network": os.path.basename(options.network),
        "pictures": [measured(pipeline, path, options) for path in options.pictures],
    }, indent=2))


if __name__ == "__main__":
    main()
