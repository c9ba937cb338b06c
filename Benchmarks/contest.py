"""Times pose, other runtimes and another build of pose on the same networks, in turns. `Benchmarks/run` sets it up.

Each contender's output is compared with pose's first; one that differs is not timed. Then all take turns, each after a
short rest, so that what disturbs the machine disturbs all. A turn of pose is a process that times its runs itself. The
other runtimes load a network once; their processes are stopped while they wait for their turn, because idle threads of
some of them spin.

A contest of all networks is written to RESULTS.md. With --networks, --quick, --no-peers, --baseline or --no-pause it is
only printed.
"""

import argparse
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import time
import zipfile

import arrays
from peers import PEERS
from report import report

ROOT = pathlib.Path(__file__).resolve().parent.parent
POSE = ROOT / ".build/release/pose"
WORK = ROOT / ".deps/bench/work"

# What is timed, alone and with all processors: a row's title, which ends with the input's size, and a configuration.
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
    "RTMDet-nano 320x320": "rtmdet_nano_person",
    "RTMO-s 640x640": "rtmo_s_coco_640x640",
    "YOLO-Pose-s6 640x640": "yolo_pose_s6_coco_640x640",
    "DEKR-W32 512x512": "dekr_hrnet_w32_coco_512x512",
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
    parser.add_argument("--no-peers", action="store_true", help="time pose alone, which needs nothing to be installed")
    parser.add_argument(
        "--baseline", type=pathlib.Path, metavar="PATH",
        help="another build to compare with: its pose, or the checkout where it is built",
    )
    parser.add_argument("--threads", nargs="+", type=int, default=[1, os.cpu_count()])
    parser.add_argument("--rounds", type=int, default=8, help="turns of each runtime")
    parser.add_argument("--seconds", type=float, default=0.3, help="of each turn")
    parser.add_argument("--rest", type=float, default=0.3, help="seconds before each turn in which nothing runs")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="of outputs, relative to the largest value")
    parser.add_argument("--quick", action="store_true", help="one network, two short rounds")
    parser.add_argument("--with-torch", action="store_true", help="install PyTorch")
    parser.add_argument(
        "--no-pause", action="store_true",
        help="let waiting processes run; what their idle threads take of processors is in results.json",
    )
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "Benchmarks/RESULTS.md")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.networks, arguments.rounds, arguments.seconds = arguments.networks[:1], 2, 0.2
    arguments.threads = sorted(set(arguments.threads))
    if arguments.baseline:
        if arguments.baseline.is_dir():
            arguments.baseline /= ".build/release/pose"
        if not os.access(arguments.baseline, os.X_OK):
            parser.error(f"--baseline: there is no program {arguments.baseline}; build it there with make build")
        arguments.baseline = arguments.baseline.absolute()
    return arguments


def pose(*arguments, program=POSE):
    command = [program, *arguments]
    return subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True).stdout


class Ours:
    """A turn is a process of `pose bench`; starting it does not count."""

    def __init__(self, program, name, threads, batch, callers):
        self.program, self.pictures = program, batch * callers
        self.arguments = ["bench", "--config", name, "--threads", threads, "--batch", batch, "--streams", callers]

    def turn(self, seconds):
        lines = pose(*self.arguments, "--seconds", seconds, "--runs", program=self.program).split()
        times = list(map(float, lines))
        return {"milliseconds": times, "images_per_second": 1000 * self.pictures * len(times) / sum(times)}

    def wait(self):
        pass

    def stop(self):
        pass


class Theirs:
    """Processes that load a network once and run it when told. Between turns they are stopped."""

    def __init__(self, peer, folder, threads, batch, callers, pauses):
        self.pauses = pauses
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
        self.pause()
        self.processor_time = self.processor_seconds()

    def pause(self):
        if self.pauses:
            for process in self.processes:
                process.send_signal(signal.SIGSTOP)
            for process in self.processes:
                # Until all its threads stand still.
                os.waitpid(process.pid, os.WUNTRACED)

    def resume(self):
        for process in self.processes:
            process.send_signal(signal.SIGCONT)

    def answer(self, process):
        line = process.stdout.readline()
        if not line:
            lines = pathlib.Path(self.log.name).read_text().strip().splitlines()
            raise RuntimeError(f"ended: {lines[-1][:200] if lines else process.wait()}")
        return json.loads(line)

    def processor_seconds(self):
        """What all its threads have had of processors so far, where the system says so."""
        files = [pathlib.Path(f"/proc/{process.pid}/stat") for process in self.processes]
        ticks = [file.read_text().rsplit(")", 1)[1].split()[11:13] for file in files if file.exists()]
        return sum(map(int, sum(ticks, []))) / os.sysconf("SC_CLK_TCK")

    def turn(self, seconds):
        idle = self.processor_seconds() - self.processor_time
        self.resume()
        for process in self.processes:
            process.stdin.write(f"{seconds}\n")
            process.stdin.flush()
        answers = [self.answer(process) for process in self.processes]
        self.pause()
        self.processor_time = self.processor_seconds()
        return {
            "idle": idle,
            "milliseconds": [time for answer in answers for time in answer["milliseconds"]],
            "images_per_second": sum(answer["images_per_second"] for answer in answers),
        }

    def stop(self):
        self.resume()
        for process in self.processes:
            process.stdin.close()
            process.wait()
        self.log.close()


def forward(program, source, folder, batch, target):
    """Runs the network; of several outputs the first is kept. Returns the names of all."""
    outputs = folder / "outputs.npz"
    pose("forward", *source, "--input", folder / f"x{batch}.npy", "--output", outputs, program=program)
    with zipfile.ZipFile(outputs) as archive:
        names = archive.namelist()
        target.write_bytes(archive.read(names[0]))
    return [name.removesuffix(".npy") for name in names]


def prepare(row, peers, baseline, batches):
    """Exports a network, has every peer convert it, computes what comes out; returns which peers cannot, and why."""
    name = NETWORKS[row]
    folder = WORK / name
    folder.mkdir(parents=True, exist_ok=True)
    source = ["--config", name, "--weights", "recipe"]
    # Without this factor the activations of the deepest networks would leave the range of float32.
    if "hrnet_30_" in name:
        source += ["--norm-gain", "0.5"]
    pose("export", *source, "--format", "onnx", "--output", folder / "network.onnx")
    height, width = (int(side) for side in row.rsplit(" ", 1)[1].split("x"))
    failed = {}
    for batch in batches:
        arrays.save_normal(folder / f"x{batch}.npy", [batch, 3, height, width], seed=batch)
        names = forward(POSE, source, folder, batch, folder / f"y{batch}.npy")
        (folder / "outputs.json").write_text(json.dumps(names))
        if baseline:
            forward(baseline, source, folder, batch, folder / f"baseline{batch}.npy")
    for peer in peers:
        try:
            for batch in batches if peer.batches else [1]:
                peer.convert(folder, [batch, 3, height, width])
        except RuntimeError as error:
            failed[peer.title] = f"no conversion: {str(error).strip().splitlines()[-1][:200]}"
    return folder, failed


def contest(name, folder, peers, threads, batch, callers, arguments):
    """Turns of all contenders; a list of what each turn gave, or the reason why there is none, by contender."""
    results, running, outputs = {}, {}, {}
    try:
        for peer in peers:
            running[peer.title] = Theirs(peer, folder, threads, batch, callers, not arguments.no_pause)
            outputs[peer.title] = running[peer.title].output
        if arguments.baseline:
            running["baseline"] = Ours(arguments.baseline, name, threads, batch, callers)
            outputs["baseline"] = folder / f"baseline{batch}.npy"
        for title in list(running):
            try:
                running[title].wait()
                difference = arrays.difference(outputs[title], folder / f"y{batch}.npy")
                if not difference <= arguments.tolerance:
                    raise RuntimeError(f"another output: {difference:.1e} of the largest value")
            except RuntimeError as error:
                results[title] = str(error)
                running.pop(title).stop()
        running["pose"] = Ours(POSE, name, threads, batch, callers)
        turns = {title: [] for title in running}
        for number in range(arguments.rounds):
            # Another one goes first each time.
            titles = list(running)
            for title in titles[number % len(titles) :] + titles[: number % len(titles)]:
                time.sleep(arguments.rest)
                turns[title].append(running[title].turn(arguments.seconds))
    finally:
        for contender in running.values():
            contender.stop()
    return results | turns


def summary(turns):
    """What tables show of a contender's turns."""
    if isinstance(turns, str):
        return {"failure": turns}
    times = sorted(time for turn in turns for time in turn["milliseconds"])
    rates = [turn["images_per_second"] for turn in turns]
    return {
        "least": times[0], "tenth": quantile(times, 0.1), "median": quantile(times, 0.5), "runs": len(times),
        "rate": statistics.median(rates), "best_rate": max(rates),
        # Seconds of processors between two turns.
        "idle": max(turn.get("idle", 0) for turn in turns),
    }


def quantile(ascending, share):
    position = share * (len(ascending) - 1)
    lower = int(position)
    upper = min(lower + 1, len(ascending) - 1)
    return ascending[lower] + (position - lower) * (ascending[upper] - ascending[lower])


def ratio(new, old, is_crowded):
    """Time by time of the baseline: of the least, and the median of the rounds' ratios; below 1 pose is faster."""
    if isinstance(old, str):
        return {}
    if is_crowded:
        times = [[[1 / turn["images_per_second"]] for turn in turns] for turns in (new, old)]
    else:
        times = [[turn["milliseconds"] for turn in turns] for turns in (new, old)]
    least = [min(map(min, turns)) for turns in times]
    medians = [[statistics.median(turn) for turn in turns] for turns in times]
    rounds = [a / b for a, b in zip(*medians)]
    return {"ratio": statistics.median(rounds), "least_ratio": least[0] / least[1]}


def most(peaks):
    return {key: max(peak[key] for peak in peaks) for key in peaks[0]}


def machine(threads):
    return {count: json.loads(pose("bench", "--machine", "--threads", count, "--json", "-")) for count in threads}


def main():
    arguments = options()
    # So that a contest that is ended ends its processes, stopped ones among them.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    chosen = arguments.peers or [title for title in PEERS if title != "PyTorch" or arguments.with_torch]
    peers = [peer for title, peer in PEERS.items() if title in chosen and peer.is_installed()]
    if arguments.no_peers:
        peers = []
    load = os.getloadavg()[0]
    peaks = [machine(arguments.threads)]
    alone, crowded, counts = {}, {}, {}
    for row in arguments.networks:
        name = NETWORKS[row]
        print(row, file=sys.stderr, flush=True)
        folder, failed = prepare(row, peers, arguments.baseline, [1, BATCH] if row in CROWDED else [1])
        able = [peer for peer in peers if peer.title not in failed]
        counts[row] = json.loads(pose("summary", name, "--json", "-"))["multiply_adds"]
        cases = [(f"{threads}", threads, 1, 1) for threads in arguments.threads]
        if row in CROWDED:
            cases += [("callers", 1, 1, CALLERS), ("batch", os.cpu_count(), BATCH, 1)]
        for case, threads, batch, callers in cases:
            ready = [peer for peer in able if batch == 1 or peer.batches]
            result = failed | contest(name, folder, ready, threads, batch, callers, arguments)
            is_crowded = case in ("callers", "batch")
            table = crowded if is_crowded else alone
            table.setdefault(case, {})[row] = {title: summary(turns) for title, turns in result.items()}
            if "baseline" in result:
                table[case][row]["pose"] |= ratio(result["pose"], result["baseline"], is_crowded)
            print(f"  {case}: {json.dumps(table[case][row])}", file=sys.stderr, flush=True)
    peaks.append(machine(arguments.threads))
    results = {
        "command": "Benchmarks/run " + " ".join(sys.argv[1:]),
        "load": load,
        "baseline": str(arguments.baseline or ""),
        "versions": {peer.title: peer.version() for peer in peers},
        "machine": {count: most([peak[count] for peak in peaks]) for count in arguments.threads},
        "multiply_adds": counts,
        "alone": alone,
        "crowded": crowded,
        "callers": CALLERS,
        "batch": BATCH,
        "rounds": arguments.rounds,
        "seconds": arguments.seconds,
        "rest": arguments.rest,
        "tolerance": arguments.tolerance,
        "pauses": not arguments.no_pause,
    }
    (WORK / "results.json").write_text(json.dumps(results, indent=1))
    text = report(results)
    print(text)
    is_whole = arguments.networks == list(NETWORKS) and not arguments.no_peers
    if is_whole and not arguments.baseline and not arguments.no_pause:
        insert(text, arguments.output)


def insert(text, path):
    """Puts a text between the file's markers."""
    begin, end = "<!-- Benchmarks/run writes from here -->", "<!-- to here -->"
    before, rest = path.read_text().split(begin, 1)
    path.write_text(before + begin + "\n" + text + end + rest.split(end, 1)[1])


if __name__ == "__main__":
    main()
