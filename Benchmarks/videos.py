#!/usr/bin/env python3
"""Times videos to everybody's poses: pose track beside OpenCV, ONNX Runtime and a tracker in Python, with the same two networks.

    make video
    python3 -m venv .deps/pipeline && .deps/pipeline/bin/pip install opencv-python-headless onnxruntime numpy scipy
    .deps/pipeline/bin/python Benchmarks/videos.py walk.mp4 --detector rtmdet_nano_person.onnx --threads 1 2

From the file to JSON lines, without drawing. Ours is `pose track` as a whole, with its start and what it loads; theirs is the
loop alone, with everything loaded: frames of cv2.VideoCapture, the detector in each frame or in each eighth, between which people are
followed by the box around their joints, all of a frame's crops in one batch, heatmaps decoded by NumPy, and people matched
to those of the frame before by the least sum of 1 - intersection over union. One processor: both are bound to it. In turns;
writes a table in Markdown, frames a second with the middle of the rounds, and the quotients of the rounds.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment

from pipeline import Theirs, pose
from report import machine

ROOT = pathlib.Path(__file__).resolve().parent.parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video")
    parser.add_argument("--detector", required=True, help="RTMDet as an ONNX file")
    parser.add_argument("--model", default="default", help="weights of a network with heatmaps, which pose reads")
    parser.add_argument("--input", type=int, default=320, help="the side of the detector's input")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, os.cpu_count()])
    return parser.parse_args()


def overlaps(first, second):
    """Intersection over union of each pair of boxes (x, y, width, height)."""
    a, b = np.array(first, float)[:, None], np.array(second, float)[None]
    sides = np.minimum(a[..., :2] + a[..., 2:], b[..., :2] + b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    common = np.prod(np.maximum(sides, 0), axis=-1)
    return common / (np.prod(a[..., 2:], axis=-1) + np.prod(b[..., 2:], axis=-1) - common)


class Followed:
    """The frames of a video with people who keep their numbers."""

    def __init__(self, detector, network, side, threads, every):
        cv2.setNumThreads(threads)
        self.networks, self.every = Theirs(detector, network, side, threads), every

    def run(self, video, output):
        capture, known, count, frame = cv2.VideoCapture(video), [], 0, 0
        with open(output, "w") as lines:
            while True:
                there, picture = capture.read()
                if not there:
                    return frame
                boxes = self.networks.boxes(picture) if frame % self.every == 0 or not known else [b for _, b in known]
                poses = self.networks.poses_in(picture, boxes)
                around = [self.around(keypoints) for keypoints in poses]
                numbers = [None] * len(poses)
                if known and poses:
                    values = overlaps(around, [box for _, box in known])
                    for row, column in zip(*linear_sum_assignment(-values)):
                        if values[row, column] > 0.2:
                            numbers[row] = known[column][0]
                for index, number in enumerate(numbers):
                    if number is None:
                        count += 1
                        numbers[index] = count
                known = list(zip(numbers, around))
                people = [
                    {"track": number, "keypoints": np.round(keypoints, 2).tolist()}
                    for number, keypoints in zip(numbers, poses)
                ]
                lines.write(json.dumps({"frame": frame, "time": frame / 30, "poses": people}) + "\n")
                frame += 1

    @staticmethod
    def around(keypoints):
        """The box that a person with these joints fills."""
        seen = keypoints[keypoints[:, 2] >= 0.3, :2] if (keypoints[:, 2] >= 0.3).sum() > 4 else keypoints[:, :2]
        (left, top), (right, bottom) = seen.min(0), seen.max(0)
        width, height = right - left, bottom - top
        return (left - 0.1 * width, top - 0.12 * height, 1.2 * width, 1.19 * height)


def ours(options, threads, every, folder):
    start = time.perf_counter()
    command = [ROOT / ".build/release/pose-track", options.video, "--json", folder / "ours.jsonl"]
    command += ["--threads", threads, "--detect-every", every]
    if options.model != "default":
        command += ["--model", options.model]
    subprocess.run(list(map(str, command)), check=True, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def main():
    options = arguments()
    everything = os.sched_getaffinity(0)
    print(f"{machine()}\n")
    print("| processors | people looked for in | pose track, frames a second | OpenCV and ONNX Runtime | quotient |")
    print("| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        network = str(folder / "network.onnx")
        pose("export", *([options.model] if options.model != "default" else []), "--output", network)
        for threads in options.threads:
            os.sched_setaffinity(0, set(sorted(everything)[:threads]))
            for every, title in (("auto", "each eighth frame"), ("1", "each frame")):
                theirs = Followed(options.detector, network, options.input, threads, 1 if every == "1" else 8)
                frames = theirs.run(options.video, folder / "theirs.jsonl")
                turns = []
                for _ in range(options.rounds):
                    mine = ours(options, threads, every, folder)
                    start = time.perf_counter()
                    theirs.run(options.video, folder / "theirs.jsonl")
                    turns.append((frames / mine, frames / (time.perf_counter() - start)))
                quotients = sorted(mine / other for mine, other in turns)
                cells = [f"{statistics.median(rates):.0f}" for rates in zip(*turns)]
                print(
                    f"| {threads} | {title} | {' | '.join(cells)} | {statistics.median(quotients):.1f} "
                    f"({quotients[0]:.1f} to {quotients[-1]:.1f}) |", flush=True)


if __name__ == "__main__":
    main()
