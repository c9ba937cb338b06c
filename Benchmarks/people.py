#!/usr/bin/env python3
"""Times several people in one picture, PoseEstimator.poses(in:boxes:), in two builds of the library, in turns.

    Benchmarks/people.py --baseline ../before      # eight people, on one thread and on more

Builds Benchmarks/People against this checkout and the other; the estimator is loaded and the picture decoded before
anything is timed. Both builds' keypoints are compared first. Prints a table in Markdown; the quotients are those of
times, below 1 where this checkout is faster.
"""

import argparse
import os
import pathlib
import subprocess
import sys

from contest import quantile, ratio
from report import machine, table

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILDS = ROOT / ".deps/bench/people"


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--baseline", type=pathlib.Path, required=True, help="the other checkout")
    parser.add_argument("--picture", type=pathlib.Path, default=ROOT / "Examples/person.png")
    parser.add_argument("--model", default="default", help="weights; those that come with pose unless given")
    parser.add_argument("--config", default="", help="the weights' configuration, where they do not tell")
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2, 4])
    parser.add_argument("--rounds", type=int, default=8, help="turns of each build")
    parser.add_argument("--calls", type=int, default=10, help="of each turn")
    parser.add_argument("--tolerance", type=float, default=0.01, help="of positions in pixels, and of scores")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="of the compiler")
    return parser.parse_args()


def built(checkout, name, jobs):
    """The program of Benchmarks/People, linked with a checkout's library."""
    command = [
        "swift", "build", "--package-path", ROOT / "Benchmarks/People", "--scratch-path", BUILDS / name,
        "-c", "release", "--jobs", jobs,
    ]
    if "struct ScoredBox" in "".join(path.read_text() for path in checkout.glob("Sources/PoseEstimation/*.swift")):
        command += ["-Xswiftc", "-DPOSE_OLD_API"]
    environment = os.environ | {"POSE_CHECKOUT": str(checkout.resolve())}
    subprocess.run(list(map(str, command)), check=True, env=environment, stdout=sys.stderr)
    return BUILDS / name / "release/People"


class Build:
    """A process that has loaded the estimator, and runs when told."""

    def __init__(self, program, arguments, threads):
        command = [program, arguments.picture, arguments.people, threads, arguments.model, arguments.config]
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.keypoints = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.process.args[0]} ended with {self.process.wait()}")
        return list(map(float, line.split()))

    def turn(self, calls):
        self.process.stdin.write(f"run {calls}\n")
        self.process.stdin.flush()
        return {"milliseconds": self.answer()}

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def clipped(keypoints):
    """Positions, and scores up to 1: they could be higher once."""
    return [min(value, 1) if index % 3 == 2 else value for index, value in enumerate(keypoints)]


def compared(programs, threads, arguments):
    """The turns of both builds."""
    builds = {name: Build(program, arguments, threads) for name, program in programs.items()}
    new, old = (clipped(build.keypoints) for build in builds.values())
    difference = max(abs(a - b) for a, b in zip(new, old)) if len(new) == len(old) else float("inf")
    if not difference <= arguments.tolerance:
        sys.exit(f"Keypoints differ by {difference:g}: the builds do not compute the same")
    turns = {name: [] for name in builds}
    for build in builds.values():
        build.turn(2)
    for number in range(arguments.rounds):
        # Another one goes first each time.
        for name in list(builds)[:: 1 if number % 2 else -1]:
            turns[name].append(builds[name].turn(arguments.calls))
    for build in builds.values():
        build.stop()
    return turns


def cell(turns):
    times = sorted(time for turn in turns for time in turn["milliseconds"])
    return f"{quantile(times, 0.5):.2f} ({times[0]:.2f})"


def main():
    arguments = options()
    checkouts = {"this checkout": ROOT, "baseline": arguments.baseline}
    programs = {name: built(path, name.replace(" ", "-"), arguments.jobs) for name, path in checkouts.items()}
    load = os.getloadavg()[0]
    rows = []
    for threads in arguments.threads:
        new, old = compared(programs, threads, arguments).values()
        quotients = ratio(new, old, is_crowded=False)
        rows.append([
            f"{arguments.people}", f"{threads}", cell(new), cell(old),
            f"{quotients['ratio']:.3f} ({quotients['least_ratio']:.3f})",
        ])
    print(f"{machine()}; load before the run {load:.1f}. `Benchmarks/people.py {' '.join(sys.argv[1:])}`\n")
    print("Milliseconds a call: median (least). Quotients: the rounds' median (of the least).\n")
    print(table(["people", "threads", "this checkout", "baseline", "this / baseline"], rows), end="")


if __name__ == "__main__":
    main()
