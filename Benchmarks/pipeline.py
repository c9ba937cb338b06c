#!/usr/bin/env python3
"""Times pictures' bytes to everybody's poses: swift-pose beside OpenCV and ONNX Runtime, with the same two networks.

    make build
    python3 -m venv .deps/pipeline && .deps/pipeline/bin/pip install opencv-python-headless onnxruntime numpy
    .deps/pipeline/bin/python Benchmarks/pipeline.py --detector rtmdet_nano_person.onnx --model weights.pth a.jpg b.jpg
    .deps/pipeline/bin/python Benchmarks/pipeline.py --detector rtmdet_nano_person.onnx --model weights.pth --folder photos

The detector is an RTMDet file with its suppression inside, as MMDeploy writes it. The others' steps are those of the
published code: decode, enlarge or shrink to the detector's input and pad, find boxes of a score of .3, cut each person
out, run the network on all of them in one batch, decode the heatmaps. A picture is timed with everything loaded, in
turns. A folder is timed as a whole: ours is `pose predict`, with its start and what it loads, theirs the loop alone, in
the faster of two forms: one picture after the other on all processors, or as many threads as there are processors with
a session of one thread each. Writes tables in Markdown; quotients are their time over ours.
"""

import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import tempfile
import time

import cv2
import numpy as np
import onnxruntime

from person import crop_matrix, decoded, normalised, padded, timed

ROOT = pathlib.Path(__file__).resolve().parent.parent
DETECTOR_MEAN = np.array([103.53, 116.28, 123.675], np.float32)
DETECTOR_DEVIATION = np.array([57.375, 57.12, 58.395], np.float32)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", nargs="*", help="JPEG files")
    parser.add_argument("--folder", type=pathlib.Path, help="a folder of JPEG files, timed as a whole")
    parser.add_argument("--detector", required=True, help="RTMDet as an ONNX file")
    parser.add_argument("--model", required=True, help="weights of a network with heatmaps, which pose reads")
    parser.add_argument("--input", type=int, default=320, help="the side of the detector's input")
    parser.add_argument("--rounds", type=int, default=8, help="turns of each")
    parser.add_argument("--seconds", type=float, default=0.5, help="of each turn")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, os.cpu_count()])
    return parser.parse_args()


def session(path, threads):
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = threads
    settings.inter_op_num_threads = 1
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    settings.add_session_config_entry("session.set_denormal_as_zero", "1")
    settings.log_severity_level = 3
    return onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])


class Theirs:
    """OpenCV, NumPy and ONNX Runtime."""

    def __init__(self, detector, network, side, threads):
        self.detector, self.network, self.side = session(detector, threads), session(network, threads), side
        self.height, self.width = self.network.get_inputs()[0].shape[2:4]

    def boxes(self, picture):
        height, width = picture.shape[:2]
        scale = min(self.side / height, self.side / width)
        size = (int(width * scale + 0.5), int(height * scale + 0.5))
        padded = np.full((self.side, self.side, 3), 114, np.uint8)
        padded[: size[1], : size[0]] = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
        planes = (padded.astype(np.float32) - DETECTOR_MEAN) / DETECTOR_DEVIATION
        planes = np.ascontiguousarray(planes.transpose(2, 0, 1))[None]
        found = self.detector.run(None, {self.detector.get_inputs()[0].name: planes})
        found = found[0][0][found[0][0][:, 4] >= 0.3, :4] / scale
        return [(x0, y0, x1 - x0, y1 - y0) for x0, y0, x1, y1 in found]

    def poses(self, file):
        picture = cv2.imdecode(file, cv2.IMREAD_COLOR)
        return self.poses_in(picture, self.boxes(picture))

    def poses_in(self, picture, boxes):
        if not boxes:
            return []
        crops = [padded(box, self.width, self.height) for box in boxes]
        planes = []
        for center, scale in crops:
            matrix = crop_matrix(center, scale, self.width, self.height)
            crop = cv2.warpAffine(picture, matrix, (self.width, self.height), flags=cv2.INTER_LINEAR)
            planes.append(normalised(cv2.cvtColor(crop, cv2.COLOR_BGR2RGB)))
        name = self.network.get_inputs()[0].name
        heatmaps = self.network.run(None, {name: np.concatenate(planes)})[0]
        return [decoded(maps, center, scale) for maps, (center, scale) in zip(heatmaps, crops)]


def pose(*command, **options):
    return subprocess.run(
        list(map(str, [ROOT / ".build/release/pose", *command])), check=True, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True, **options).stdout


def time_pictures(options, network):
    print("| picture | people | threads | pose, ms | OpenCV and ONNX Runtime, ms | quotient |")
    print("| --- | --- | --- | --- | --- | --- |")
    for threads in options.threads:
        cv2.setNumThreads(threads)
        theirs = Theirs(options.detector, network, options.input, threads)
        for path in options.pictures:
            file = np.fromfile(path, np.uint8)
            people = len(theirs.poses(file))
            times = {"ours": [], "theirs": []}
            timed(lambda: theirs.poses(file), 0.3)
            for _ in range(options.rounds):
                lines = pose(
                    "bench", "--model", options.model, "--picture", path, "--detector", options.detector,
                    "--threads", threads, "--seconds", options.seconds, "--runs")
                times["ours"] += map(float, lines.split())
                times["theirs"] += timed(lambda: theirs.poses(file), options.seconds)
            cells = [f"{np.median(values):.1f} ({min(values):.1f})" for values in times.values()]
            quotient = np.median(times["theirs"]) / np.median(times["ours"])
            least = min(times["theirs"]) / min(times["ours"])
            print(
                f"| {os.path.basename(path)} | {people} | {threads} | {' | '.join(cells)} "
                f"| {quotient:.2f} ({least:.2f}) |", flush=True)


def loop(files, detector, network, side, threads, sessions):
    """Seconds of a folder."""
    cv2.setNumThreads(threads)
    every = [Theirs(detector, network, side, threads) for _ in range(sessions)]
    for one in every:
        one.poses(np.fromfile(files[0], np.uint8))
    start = time.perf_counter()
    if sessions == 1:
        for path in files:
            every[0].poses(np.fromfile(path, np.uint8))
    else:
        def part(number):
            for path in files[number::sessions]:
                every[number].poses(np.fromfile(path, np.uint8))

        with concurrent.futures.ThreadPoolExecutor(sessions) as pool:
            list(pool.map(part, range(sessions)))
    return time.perf_counter() - start


def time_folder(options, network):
    files = sorted(options.folder.glob("*.jpg"))
    print(f"\n{len(files)} pictures of a folder, seconds:\n")
    print("| threads | pose predict | use of the processors | OpenCV and ONNX Runtime | quotient |")
    print("| --- | --- | --- | --- | --- |")
    for threads in options.threads:
        ours, use, theirs = [], [], []
        for _ in range(max(options.rounds // 3, 2)):
            before, start = os.times(), time.perf_counter()
            pose(
                "predict", options.folder, "--model", options.model, "--detector", options.detector,
                "--threads", threads, "--json", os.devnull)
            ours.append(time.perf_counter() - start)
            after = os.times()
            spent = after.children_user - before.children_user + after.children_system - before.children_system
            use.append(spent / ours[-1] / threads)
            forms = [(threads, 1)] + ([(1, threads)] if threads > 1 else [])
            theirs.append(min(loop(files, options.detector, network, options.input, *form) for form in forms))
        print(
            f"| {threads} | {np.median(ours):.2f} ({min(ours):.2f}) | {100 * np.median(use):.0f}% "
            f"| {np.median(theirs):.2f} ({min(theirs):.2f}) | {np.median(theirs) / np.median(ours):.2f} |", flush=True)


def main():
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        network = str(pathlib.Path(folder) / "network.onnx")
        pose("export", options.model, "--format", "onnx", "--output", network)
        if options.pictures:
            time_pictures(options, network)
        if options.folder:
            time_folder(options, network)


if __name__ == "__main__":
    main()
