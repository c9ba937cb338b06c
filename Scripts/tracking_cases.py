"""Makes random videos of tracked people and scores them with the published tools, TrackEval and poseval."""

import contextlib
import copy
import importlib
import io
import json
import logging
import pathlib
import sys
import tempfile
import types

import numpy
import scipy.optimize  # noqa: F401, before the names that TrackEval needs

POSETRACK_JOINTS = [
    "nose", "head_bottom", "head_top", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
]
# As poseval prints them.
POSETRACK_GROUPS = {
    "Head": ["head_top", "neck", "nose"], "Shoulder": ["right_shoulder", "left_shoulder"],
    "Elbow": ["right_elbow", "left_elbow"], "Wrist": ["right_wrist", "left_wrist"], "Hip": ["right_hip", "left_hip"],
    "Knee": ["right_knee", "left_knee"], "Ankle": ["right_ankle", "left_ankle"],
}
TRACKEVAL_NAMES = ("HOTA", "DetA", "AssA", "DetRe", "DetPr", "AssRe", "AssPr", "LocA")


# TrackEval


def trackeval_metrics(checkout):
    """TrackEval's metrics alone: its package imports more than they need."""
    # Names that numpy had when TrackEval was written.
    numpy.float, numpy.int = float, int
    for name in ("trackeval", "trackeval.metrics"):
        module = types.ModuleType(name)
        module.__path__ = [str(pathlib.Path(checkout, *name.split(".")))]
        sys.modules[name] = module
    identity = importlib.import_module("trackeval.metrics.identity").Identity
    return (
        importlib.import_module("trackeval.metrics.hota").HOTA(),
        identity({"PRINT_CONFIG": False, "THRESHOLD": 0.5}),
    )


def numbered(frames):
    """As TrackEval's datasets give a video to its metrics."""
    people, tracks = {}, {}
    data = {"gt_ids": [], "tracker_ids": [], "similarity_scores": []}
    for frame in frames:
        data["gt_ids"].append(numpy.array([people.setdefault(name, len(people)) for name in frame["people"]], int))
        data["tracker_ids"].append(numpy.array([tracks.setdefault(name, len(tracks)) for name in frame["tracks"]], int))
        shape = len(frame["people"]), len(frame["tracks"])
        data["similarity_scores"].append(numpy.array(frame["similarities"], float).reshape(shape))
    data["num_gt_ids"], data["num_tracker_ids"] = len(people), len(tracks)
    data["num_gt_dets"] = sum(map(len, data["gt_ids"]))
    data["num_tracker_dets"] = sum(map(len, data["tracker_ids"]))
    return data


def trackeval_numbers(metrics, videos):
    """TrackEval's numbers by name of videos whose frames have `people`, `tracks` and their `similarities`."""
    hota, identity = metrics
    data = [numbered(frames) for frames in videos]
    tracked = hota.combine_sequences({index: hota.eval_sequence(part) for index, part in enumerate(data)})
    known = identity.combine_sequences({index: identity.eval_sequence(part) for index, part in enumerate(data)})
    numbers = {name: float(numpy.mean(tracked[name])) for name in TRACKEVAL_NAMES}
    numbers.update({name: float(known[name]) for name in ("IDF1", "IDR", "IDP")})
    return numbers


# poseval


def poseval_modules(checkout):
    """poseval's two evaluations and what reads its files."""
    sys.path.insert(0, str(checkout))
    logging.disable(logging.WARNING)
    names = ("evaluateAP", "evaluateTracking", "eval_helpers")
    return [importlib.import_module("poseval." + name) for name in names]


def sequences(annotations, results):
    """The annotations and results of each video as files of their own, as poseval reads them."""
    parts = {}
    for image in annotations["images"]:
        parts.setdefault(pathlib.PurePath(image["file_name"]).parent.name, []).append(image)
    for name, images in parts.items():
        ids = {image["id"] for image in images}
        truth = [person for person in annotations["annotations"] if person["image_id"] in ids]
        found = [person for person in results["annotations"] if person["image_id"] in ids]
        yield name, [
            {"images": images, "annotations": people, "categories": annotations["categories"]} for people in (truth, found)
        ]


def poseval_numbers(modules, annotations, results):
    """poseval's numbers in percent: those of tracking by joint and in `total` ([MOTA, MOTP, precision, recall]), and the
    precision of joints by group. Those of tracking are None where no video has two frames with people."""
    precision, tracking, helpers = modules
    names = helpers.Joint().name
    joints = [names[index] for index in range(15)]

    def load(is_counted):
        with tempfile.TemporaryDirectory() as folder:
            for part in ("truth", "found"):
                pathlib.Path(folder, part).mkdir()
            for name, files in sequences(annotations, results):
                if is_counted(files[0]):
                    for part, file in zip(("truth", "found"), files):
                        pathlib.Path(folder, part, name + ".json").write_text(json.dumps(file))
            return helpers.load_data_dir(["", f"{folder}/truth/", f"{folder}/found/"])

    # poseval fails where a video has one frame, of which it would drop the last.
    def is_tracked(truth):
        return len({person["image_id"] for person in truth["annotations"]}) > 1

    with contextlib.redirect_stdout(io.StringIO()), numpy.errstate(all="ignore"):
        values, _, _ = precision.evaluateAP(*load(lambda _: True), "", False, False)
        by_joint = dict(zip(joints + ["Total"], values[:, 0]))
        groups = {name: float(numpy.mean([by_joint[joint] for joint in own])) for name, own in POSETRACK_GROUPS.items()}
        groups["Total"] = float(by_joint["Total"])
        if not any(is_tracked(files[0]) for _, files in sequences(annotations, results)):
            return None, groups
        measured = tracking.evaluateTracking(*load(is_tracked), "", False, False)
    scores = numpy.stack([measured[name][0] for name in ("mota", "motp", "pre", "rec")], 1)
    return {name: row.tolist() for name, row in zip(joints + ["total"], scores)}, groups


# PoseTrack's files


def posetrack_case(seed, videos=3, frames=8, people=3, decimals=3, score_decimals=6, is_clumsy=False):
    """PoseTrack 2018's annotations of several videos in one file, and results in the same form.

    People are hidden at times, and joints of theirs; frames are empty, or all in ignored regions; results are missing, wrong,
    double, and change their numbers. Clumsy ones lie on a coarse grid, so that distances are equal."""
    random = numpy.random.default_rng(seed)
    images, truth, found = [], [], []

    def rounded(value):
        return round(float(value) / 8) * 8 if is_clumsy else round(float(value), decimals)

    def keypoints(joints):
        return [number for joint in joints for number in (joint or (0, 0, 0))]

    for video in range(videos):
        length = frames if random.random() < 0.85 else int(random.integers(1, 3))
        everybody = list(range(int(random.integers(1, people + 1))))
        places = random.uniform(60, 300, (len(everybody), 2))
        shapes = random.uniform(-50, 50, (len(everybody), 17, 2))
        numbers, free = {person: person + int(random.integers(0, 3)) * 10 for person in everybody}, 100
        hardness = random.choice([3, 6, 12])
        for frame in range(length):
            image = {
                "id": 10000000000 + video * 10000 + frame, "vid_id": f"{video:06d}", "is_labeled": True,
                "file_name": f"images/val/{video:06d}_mpii_test/{frame:06d}.jpg", "frame_id": video * 10000 + frame,
            }
            if random.random() < 0.3:
                middle, size = random.uniform(0, 350, 2), random.choice([40, 100, 2000], p=[0.5, 0.4, 0.1])
                angles = numpy.sort(random.uniform(0, 2 * numpy.pi, 5))
                image["ignore_regions_x"] = [[round(float(x), 2) for x in middle[0] + size * numpy.cos(angles)]]
                image["ignore_regions_y"] = [[round(float(y), 2) for y in middle[1] + size * numpy.sin(angles)]]
            images.append(image)
            places += random.normal(0, 4, places.shape)
            present = [person for person in everybody if random.random() < 0.9]
            if random.random() < 0.08:
                present = []
            for person in present:
                if random.random() < 0.06:
                    numbers[person], free = free, free + 1
                if random.random() < 0.08 and len(everybody) > 1:
                    other = int(random.choice([other for other in everybody if other != person]))
                    numbers[person], numbers[other] = numbers[other], numbers[person]
            tracks, poses = [], []
            for person in present:
                joints = places[person] + shapes[person] + random.normal(0, 2, (17, 2))
                seen = random.random(17) < (0 if random.random() < 0.05 else 0.85)
                seen[3:5] = False
                size = float(random.integers(25, 45))
                truth.append({
                    "id": len(truth) + 1, "image_id": image["id"], "category_id": 1, "track_id": person, "scores": [],
                    "bbox_head": [round(float(places[person][0])), round(float(places[person][1])), size, size],
                    "keypoints": keypoints(
                        [[rounded(x), rounded(y), 1] if is_seen else None for (x, y), is_seen in zip(joints, seen)]),
                })
                for copies in range(int(random.choice([0, 1, 2], p=[0.15, 0.75, 0.1]))):
                    tracks.append(numbers[person] if copies == 0 else free)
                    free += copies
                    poses.append(joints + random.normal(0, hardness, (17, 2)))
            for _ in range(int(random.random() < 0.2)):
                tracks.append(free)
                free += 1
                poses.append(random.uniform(0, 350, 2) + random.uniform(-50, 50, (17, 2)))
            if random.random() < 0.1:
                tracks, poses = [], []
            for index in random.permutation(len(tracks)):
                is_there = random.random(17) < 0.9
                scores = [round(float(score), score_decimals) for score in random.random(17)]
                joints = [
                    [rounded(x), rounded(y), score] if there else None
                    for (x, y), score, there in zip(poses[index], scores, is_there)
                ]
                found.append({
                    "image_id": image["id"], "track_id": int(tracks[index]), "category_id": 1,
                    "keypoints": keypoints(joints), "scores": [joint[2] if joint else 0 for joint in joints],
                })
    categories = [{"id": 1, "name": "person", "supercategory": "person", "keypoints": POSETRACK_JOINTS}]
    return (
        {"images": images, "annotations": truth, "categories": categories},
        {"images": copy.deepcopy(images), "annotations": found, "categories": categories},
    )


def posetrack_sample(path):
    """A file of PoseTrack's annotations whose pictures are repeated to videos of five frames, with results made up by a rule
    that `PoseTrackMOTATests` has, too."""
    sample = json.loads(pathlib.Path(path).read_text())
    images, truth, found = [], [], []
    for image in sample["images"]:
        own = [person for person in sample["annotations"] if person["image_id"] == image["id"]]
        for frame in range(5):
            name = str(pathlib.PurePath(image["file_name"]).with_name(f"{frame:06d}.jpg"))
            images.append({**image, "id": image["id"] + frame, "file_name": name})
            for index, person in enumerate(own):
                truth.append({**person, "image_id": image["id"] + frame})
                if (index + frame) % 4 == 3:
                    continue
                joints = []
                for joint in range(17):
                    x, y, label = person["keypoints"][3 * joint : 3 * joint + 3]
                    far = 300 if index % 5 == 4 else 0
                    step = (7 * index + 5 * frame + 3 * joint) % 11 - 5
                    joints += [x + 2 * step + far, y - step, 1] if label else [0, 0, 0]
                track = 20 + (index if frame < 2 else index ^ 1)
                found.append({
                    "image_id": image["id"] + frame, "track_id": track, "category_id": 1, "keypoints": joints,
                    "scores": joints[2::3],
                })
    categories = sample["categories"]
    return (
        {"images": images, "annotations": truth, "categories": categories},
        {"images": images, "annotations": found, "categories": categories},
    )
