"""Compares `pose evaluate --metric posetrack18` and `--metric tracking` with poseval and TrackEval on random videos.

    python3 -m venv .deps/tracking && .deps/tracking/bin/pip install numpy scipy motmetrics shapely click tqdm
    .deps/tracking/bin/python Benchmarks/check_tracking.py                # clones both into .deps
    .deps/tracking/bin/python Benchmarks/check_tracking.py --seed 7 --cases 100
    .deps/tracking/bin/python Benchmarks/check_tracking.py --poseval CHECKOUT --trackeval CHECKOUT

Prints the largest difference; ends with code 1 where a number differs by more than 1e-9.
"""

import argparse
import json
import math
import pathlib
import subprocess
import sys
import tempfile

import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Scripts"))

import tracking_cases  # noqa: E402

SOURCES = {
    "poseval": "https://github.com/leonid-pishchulin/poseval",
    "TrackEval": "https://github.com/JonathonLuiten/TrackEval",
}
# COCO's constants of similarity.
SIGMAS = numpy.array([26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89]) / 1000


def checkout(name, path):
    """The folder of a tool's sources, cloned unless it is there."""
    folder = pathlib.Path(path or ROOT / ".deps" / name)
    if path is None and not folder.exists():
        run = subprocess.run(["git", "clone", "--quiet", "--depth", "1", SOURCES[name], folder])
        if run.returncode != 0:
            sys.exit(f"cannot clone {SOURCES[name]}: give a checkout with --{name.lower()}")
    return folder


def evaluate(pose, metric, annotations, results):
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder, name) for name in ("annotations.json", "results.json")]
        for path, content in zip(paths, (annotations, results)):
            path.write_text(json.dumps(content))
        command = [pose, "evaluate", "--metric", metric, "--annotations", paths[0], "--results", paths[1], "--json", "-"]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def expected_posetrack(modules, annotations, results):
    """poseval's numbers under the names of `pose evaluate`; without a tracked video those of joints alone."""
    scores, precision = tracking_cases.poseval_numbers(modules, annotations, results)
    numbers = dict(precision)
    if scores:
        for group, joints in tracking_cases.POSETRACK_GROUPS.items():
            numbers["MOTA " + group] = float(numpy.mean([scores[joint][0] for joint in joints]))
        names = ("MOTA Total", "MOTP", "Precision", "Recall")
        numbers.update(zip(names, scores["total"]))
    return numbers


def coco_case(seed):
    """COCO's annotations and results of two videos with a `track_id` for everybody."""
    random = numpy.random.default_rng(seed)
    images, truth, found = [], [], []
    for video in range(2):
        people = int(random.integers(1, 6))
        places, shapes = random.uniform(50, 400, (people, 2)), random.uniform(-40, 40, (people, 17, 2))
        numbers, free = {person: person + 10 for person in range(people)}, 100
        for frame in range(15):
            image = {"id": 1000 * video + frame + 1, "file_name": f"{video}/{frame}.jpg", "width": 500, "height": 500}
            images.append(image)
            places += random.normal(0, 5, places.shape)
            for person in range(people):
                if random.random() < 0.05:
                    numbers[person], free = free, free + 1
                if random.random() < 0.05:
                    other = int(random.integers(people))
                    numbers[person], numbers[other] = numbers[other], numbers[person]
            for person in range(people):
                if random.random() < 0.1:
                    continue
                joints = places[person] + shapes[person]
                seen = random.random(17) < (0 if random.random() < 0.05 else 0.8)
                truth.append({
                    "id": len(truth) + 1, "image_id": image["id"], "category_id": 1, "track_id": person, "iscrowd": 0,
                    "bbox": [*(places[person] - 40), 80, 80], "area": float(random.uniform(2000, 5000)),
                    "num_keypoints": int(seen.sum()),
                    "keypoints": numpy.column_stack([joints, 2 * seen]).ravel().tolist(),
                })
                if random.random() < 0.85:
                    noise = random.normal(0, random.choice([1, 4, 12]), (17, 2))
                    found.append({
                        "image_id": image["id"], "category_id": 1, "track_id": numbers[person],
                        "score": float(random.random()),
                        "keypoints": numpy.column_stack([joints + noise, random.random(17)]).ravel().tolist(),
                    })
    categories = [{"id": 1, "name": "person"}]
    return {"images": images, "annotations": truth, "categories": categories}, found


def similarity(person, result):
    """COCO's similarity of two poses."""
    truth, found = (numpy.array(pose["keypoints"]).reshape(17, 3) for pose in (person, result))
    seen = truth[:, 2] > 0
    squares = ((truth - found)[:, :2] ** 2).sum(1) / (2 * SIGMAS) ** 2 / (person["area"] + numpy.spacing(1)) / 2
    return float(numpy.exp(-squares[seen]).mean())


def expected_tracking(metrics, annotations, results):
    """TrackEval's numbers. People without a labeled joint take no part."""
    videos = {}
    for image in annotations["images"]:
        people = [p for p in annotations["annotations"] if p["image_id"] == image["id"] and p["num_keypoints"] > 0]
        found = [result for result in results if result["image_id"] == image["id"]]
        videos.setdefault(image["file_name"].split("/")[0], []).append({
            "people": [person["track_id"] for person in people], "tracks": [result["track_id"] for result in found],
            "similarities": [[similarity(person, result) for result in found] for person in people],
        })
    return tracking_cases.trackeval_numbers(metrics, list(videos.values()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pose", default=ROOT / ".build/release/pose", help="the command")
    parser.add_argument("--poseval", metavar="CHECKOUT", help="of github.com/leonid-pishchulin/poseval")
    parser.add_argument("--trackeval", metavar="CHECKOUT", help="of github.com/JonathonLuiten/TrackEval")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cases", type=int, default=12, help="of each metric")
    options = parser.parse_args()

    modules = tracking_cases.poseval_modules(checkout("poseval", options.poseval))
    metrics = tracking_cases.trackeval_metrics(checkout("TrackEval", options.trackeval))
    failed = 0
    for metric in ("posetrack18", "tracking"):
        worst, count = 0.0, 0
        for seed in range(options.seed, options.seed + options.cases):
            if metric == "posetrack18":
                # Every third has equal distances, which poseval's order decides.
                case = tracking_cases.posetrack_case(seed, frames=12, people=5, is_clumsy=seed % 3 == 2)
                expected = expected_posetrack(modules, *case)
            else:
                case = coco_case(seed)
                expected = expected_tracking(metrics, *case)
            numbers = evaluate(options.pose, metric, *case)
            for name, value in expected.items():
                ours = numbers[name]
                # JSON has no NaN.
                difference = 0.0 if ours is None and math.isnan(value) else math.inf if ours is None else abs(ours - value)
                # A difference from NaN is none of these.
                if not difference <= 1e-9:
                    failed += 1
                    print(f"{metric}, seed {seed}: {name} is {ours}, but the published tool says {value}")
                worst, count = max(worst, difference), count + 1
        print(f"{metric}: {count} numbers of {options.cases} cases, largest difference {worst:.1e}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
