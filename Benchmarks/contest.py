"""Times pose and other runtimes on the same networks, in turns, and writes RESULTS.md. `Benchmarks/run` sets it up.

Every runtime's output is compared with pose's first; one that differs is not timed. Then all take turns, so that what
disturbs the machine disturbs all: pose as a process of its own a turn, which times its runs itself, the others as
processes that stay.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

import numpy

from peers import PEERS
from report import report

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / ".deps/bench/work"

# What is timed, alone and with all processors: a row's title and a configuration's name.
NETWORKS = {
    "Lite-18 256x192": "litehrnet_18_coco_256x192",
    "Lite-30 256x192": "litehrnet_30_coco_256x192",
    "naive-18 256x192": "naive_litehrnet_18_coco_256x192",
    "wider-naive-18 256x192": "wider_naive_litehrnet_18_coco_256x192",
    "Lite-18 384x288": "litehrnet_18_coco_384x288",
    "Lite-30 384x288": "litehrnet_30_coco_384x288",
    "HRNet-W32 256x192": "hrnet_w32_coco_256x192",
    "ViTPose-S 256x192": "vitpose_small_coco_256x192",
    "TokenPose-B 256x192": "tokenpose_b_coco_256x192",
    "HRFormer-S 256x192": "hrformer_small_coco_256x192",
}
# What is also timed for pictures a second: callers at once with one thread each, and batches on all processors.
CROWDED = ["Lite-18 256x192"]
CALLERS, BATCH = 4, 8


def options():
    parser = argparse.ArgumentParser(
        prog="Benchmarks/run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS), metavar="ROW")
    parser.add_argument(
        "--peers", nargs="+", choices=PEERS, metavar="NAME",
        help="all that are installed unless given, PyTorch only with --with-torch",
    )
    parser.add_argument("--threads", nargs="+", type=int, default=[1, os.cpu_count()])
    parser.add_argument("--rounds", type=int, default=8, help="turns of each runtime")
    parser.add_argument("--seconds", type=float, default=0.3, help="of each turn")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="of outputs, relative to the largest value")
    parser.add_argument("--quick", action="store_true", help="one network, two short rounds, no file written")
    parser.add_argument("--with-torch", action="store_true", help="install PyTorch")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "Benchmarks/RESULTS.md")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.networks, arguments.rounds, arguments.seconds = arguments.networks[:1], 2, 0.2
    arguments.threads = sorted(set(arguments.threads))
    return arguments


def pose(*arguments):
    command = [ROOT / ".build/release/pose", *arguments]
    return subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True).stdout


class Ours:
    """A turn is a process of `pose bench`; starting it does not count."""

    def __init__(self, name, threads, batch, callers):
        self.arguments = ["bench", "--config", name, "--threads", threads, "--batch", batch, "--streams", callers]

    def turn(self, seconds):
        if "1 1" == f"{self.arguments[6]} {self.arguments[8]}":
            lines = pose(*self.arguments, "--seconds", seconds, "--runs").split()
            return {"milliseconds": list(map(float, lines))}
        result = json.loads(pose(*self.arguments, "--seconds", seconds, "--json"))
        return {"images_per_second": result["images_per_second"]}

    def stop(self):
        pass


class Theirs:
    """Processes that load a network once and run it when told."""

    def __init__(self, peer, folder, threads, batch, callers):
        processes, callers = (1, callers) if peer.shares_process else (callers, 1)
        self.output = folder / f"{peer.module}.npy"
        command = [
            sys.executable, ROOT / "Benchmarks/peers.py", peer.title, folder, threads, batch, callers,
            folder / f"x{batch}.npy", self.output,
        ]
        self.log = open(folder / f"{peer.module}.log", "w")
        self.processes = [
            subprocess.Popen(
                list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True
            )
            for _ in range(processes)
        ]

    def wait(self):
        if any(self.answer(process) != "ready" for process in self.processes):
            raise RuntimeError("no output")

    def answer(self, process):
        line = process.stdout.readline()
        if not line:
            lines = pathlib.Path(self.log.name).read_text().strip().splitlines()
            raise RuntimeError(f"ended: {lines[-1][:200] if lines else process.wait()}")
        return json.loads(line)

    def turn(self, seconds):
        for process in self.processes:
            process.stdin.write(f"{seconds}\n")
            process.stdin.flush()
        answers = [self.answer(process) for process in self.processes]
        return {
            "milliseconds": [time for answer in answers for time in answer["milliseconds"]],
            "images_per_second": sum(answer["images_per_second"] for answer in answers),
        }

    def stop(self):
        for process in self.processes:
            process.stdin.close()
            process.wait()
        self.log.close()


def prepare(name, peers, batches):
    """Exports a network, has every peer convert it, computes what comes out; returns which peers cannot, and why."""
    folder = WORK / name
    folder.mkdir(parents=True, exist_ok=True)
    source = ["--config", name, "--weights", "recipe"]
    # Without this factor the activations of the deepest networks would leave the range of float32.
    if "hrnet_30_" in name:
        source += ["--norm-gain", "0.5"]
    pose("export", *source, "--format", "onnx", "--output", folder / "network.onnx")
    height, width = (int(side) for side in name.rsplit("_", 1)[1].split("x"))
    failed = {}
    for batch in batches:
        x = numpy.random.default_rng(batch).standard_normal([batch, 3, height, width]).astype(numpy.float32)
        numpy.save(folder / f"x{batch}.npy", x)
        pose("forward", *source, "--input", folder / f"x{batch}.npy", "--output", folder / f"y{batch}.npy")
    for peer in peers:
        try:
            for batch in batches if peer.batches else [1]:
                peer.convert(folder, [batch, 3, height, width])
        except RuntimeError as error:
            failed[peer.title] = f"no conversion: {str(error).strip().splitlines()[-1][:200]}"
    return folder, failed


def contest(name, folder, peers, threads, batch, callers, arguments):
    """Turns of all contenders; a list of what each turn gave, or the reason why there is none, by contender."""
    results, running = {}, {}
    for peer in peers:
        running[peer.title] = Theirs(peer, folder, threads, batch, callers)
    expected = numpy.load(folder / f"y{batch}.npy")
    for title in list(running):
        try:
            running[title].wait()
            output = numpy.load(running[title].output)
            difference = abs(output - expected).max() / abs(expected).max() if output.shape == expected.shape else 1
            if not difference <= arguments.tolerance:
                raise RuntimeError(f"another output: {difference:.1e} of the largest value")
        except RuntimeError as error:
            results[title] = str(error)
            running.pop(title).stop()
    running["pose"] = Ours(name, threads, batch, callers)
    turns = {title: [] for title in running}
    for number in range(arguments.rounds):
        # Another one goes first each time.
        titles = list(running)
        for title in titles[number % len(titles) :] + titles[: number % len(titles)]:
            turns[title].append(running[title].turn(arguments.seconds))
    for contender in running.values():
        contender.stop()
    return results | turns


def summary(turns):
    """What tables show of a contender's turns."""
    if isinstance(turns, str):
        return {"failure": turns}
    times = numpy.concatenate([turn.get("milliseconds", []) for turn in turns])
    rates = [turn["images_per_second"] for turn in turns if "images_per_second" in turn]
    result = {}
    if len(times):
        least, tenth, median = numpy.quantile(times, [0, 0.1, 0.5]).tolist()
        result |= {"least": least, "tenth": tenth, "median": median, "runs": len(times)}
    if rates:
        result |= {"rate": float(numpy.median(rates)), "best_rate": max(rates)}
    return result


def most(peaks):
    return {key: max(peak[key] for peak in peaks) for key in peaks[0]}


def machine(threads):
    return {count: json.loads(pose("bench", "--machine", "--threads", count, "--json")) for count in threads}


def main():
    arguments = options()
    chosen = arguments.peers or [title for title in PEERS if title != "PyTorch" or arguments.with_torch]
    peers = [peer for title, peer in PEERS.items() if title in chosen and peer.is_installed()]
    load = os.getloadavg()[0]
    peaks = [machine(arguments.threads)]
    alone, crowded, counts = {}, {}, {}
    for row in arguments.networks:
        name = NETWORKS[row]
        print(row, file=sys.stderr, flush=True)
        folder, failed = prepare(name, peers, [1, BATCH] if row in CROWDED else [1])
        able = [peer for peer in peers if peer.title not in failed]
        counts[row] = json.loads(pose("summary", name, "--json"))["multiply_adds"]
        cases = [(f"{threads}", threads, 1, 1) for threads in arguments.threads]
        if row in CROWDED:
            cases += [("callers", 1, 1, CALLERS), ("batch", os.cpu_count(), BATCH, 1)]
        for case, threads, batch, callers in cases:
            ready = [peer for peer in able if batch == 1 or peer.batches]
            result = failed | contest(name, folder, ready, threads, batch, callers, arguments)
            table = crowded if case in ("callers", "batch") else alone
            table.setdefault(case, {})[row] = {title: summary(turns) for title, turns in result.items()}
            print(f"  {case}: {json.dumps(table[case][row])}", file=sys.stderr, flush=True)
    peaks.append(machine(arguments.threads))
    results = {
        "command": "Benchmarks/run " + " ".join(sys.argv[1:]),
        "load": load,
        "versions": {peer.title: peer.version() for peer in peers},
        "machine": {count: most([peak[count] for peak in peaks]) for count in arguments.threads},
        "multiply_adds": counts,
        "alone": alone,
        "crowded": crowded,
        "callers": CALLERS,
        "batch": BATCH,
        "rounds": arguments.rounds,
        "seconds": arguments.seconds,
        "tolerance": arguments.tolerance,
    }
    (WORK / "results.json").write_text(json.dumps(results, indent=1))
    text = report(results)
    print(text)
    if not arguments.quick:
        insert(text, arguments.output)


def insert(text, path):
    """Puts a text between the file's markers."""
    begin, end = "<!-- Benchmarks/run writes from here -->", "<!-- to here -->"
    before, rest = path.read_text().split(begin, 1)
    path.write_text(before + begin + "\n" + text + end + rest.split(end, 1)[1])


if __name__ == "__main__":
    main()
