#!/usr/bin/env python3
"""Times every network of the zoo, and sets the time beside the published accuracy.

    make benchmarks                       # six minutes: the table of RESULTS.md, and zoo.png
    Benchmarks/zoo.py --only litehrnet    # some of them; writes nothing

Networks have the recipe's weights: their time does not depend on what they have learnt. Configurations of one network
share one measurement. Multiply-adds and accuracies come from `pose models --json`.
"""
import argparse
import datetime
import json
import os
import pathlib
import subprocess
import sys

import report

ROOT = pathlib.Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".deps/bench/plot"
RESULTS = ROOT / "Benchmarks/RESULTS.md"
PLOT = ROOT / "Benchmarks/zoo.png"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pose", type=pathlib.Path, default=ROOT / ".build/release/pose")
    parser.add_argument("--seconds", type=float, default=2, help="for each network and count of threads")
    parser.add_argument("--only", help="networks whose name contains this; writes nothing")
    parser.add_argument("--plot", action="store_true", help="draw what the table of RESULTS.md says, measure nothing")
    return parser.parse_args()


def zoo(pose):
    return json.loads(subprocess.run([pose, "models", "--json", "-"], stdout=subprocess.PIPE, check=True).stdout)


def measure(options, models):
    """For each model the milliseconds on one thread and on all, median and least."""
    times, seen = {}, {}
    for index, model in enumerate(models):
        network = tuple(model[key] for key in ["backbone", "head", "joints", "input"])
        if network not in seen:
            print(f"{index + 1}/{len(models)} {model['name']}", file=sys.stderr, flush=True)
            seen[network] = [bench(options, model["name"], threads) for threads in [1, os.cpu_count()]]
        times[model["name"]] = seen[network]
    return times


def bench(options, name, threads):
    command = [options.pose, "bench", "--config", name, "--threads", threads, "--seconds", options.seconds, "--json", "-"]
    result = json.loads(subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, check=True).stdout)
    return result["median_ms"], result["min_ms"]


# The table.


NAMES = {"pckh": "PCKh", "miou": "mIoU"}


def accuracy(model):
    published = model.get("published")
    if not published:
        return ""
    kind = next(kind for kind in ["ap", "pckh", "pck", "auc", "nme", "miou"] if kind in published)
    digits = 2 if kind in ["auc", "nme"] else 1
    text = f"{NAMES.get(kind, kind.upper())} {published[kind]:.{digits}f}"
    # What is not measured as the others are says how it is.
    if published["split"] not in ["val2017", "val"]:
        text += f" ({published['split']})"
    return text


def rows(models, times):
    def row(model):
        one, all_threads = times[model["name"]]
        return [
            model["name"], f"{model['parameters'] / 1e6:.2f}", f"{model['multiply_adds'] / 1e6:,.0f}", accuracy(model),
            f"{one[0]:.2f} ({one[1]:.2f})", f"{all_threads[0]:.2f} ({all_threads[1]:.2f})",
        ]

    return [row(model) for model in sorted(models, key=lambda m: (times[m["name"]][0][0], m["name"]))]


def text(options, models, times):
    header = [
        "network", "M parameters", "M multiply-adds", "published", "1 thread, ms", f"{os.cpu_count()} threads, ms",
    ]
    load = os.getloadavg()[0]
    return (
        f"\n{report.machine()}; load after the run {load:.1f}. {datetime.date.today()}, "
        f"{options.seconds:g} s a network and count of threads; median (least).\n\n"
        "![Accuracy against measured time](zoo.png)\n\n"
        + report.table(header, rows(models, times))
    )


def insert(text):
    begin, end = "<!-- Benchmarks/zoo.py writes from here -->", "<!-- Benchmarks/zoo.py writes to here -->"
    before, rest = RESULTS.read_text().split(begin, 1)
    RESULTS.write_text(before + begin + "\n" + text + end + rest.split(end, 1)[1])


def measured():
    """The times that the table has."""
    times = {}
    for line in RESULTS.read_text().split("<!-- Benchmarks/zoo.py writes from here -->", 1)[1].splitlines():
        cells = [cell.strip() for cell in line.strip("| \n").split(" | ")]
        if len(cells) == 6 and cells[4][:1].isdigit():
            times[cells[0]] = [tuple(map(float, cell.rstrip(")").split(" ("))) for cell in cells[4:]]
    return times


# The plot.

KINDS = {
    "Lite-HRNet": ("#c2410c", ["lite_hrnet", "naive_lite_hrnet", "wider_naive_lite_hrnet"]),
    "small convolutional": ("#0f766e", ["mobilenet", "shufflenet", "vipnas"]),
    "heatmaps: HRNet, ResNet": ("#1d4ed8", []),
    "transformers": ("#7e22ce", ["hrformer", "vitpose", "tokenpose", "poseur"]),
    "classes or coordinates": ("#64748b", ["simcc", "simdr", "rtmpose", "rle", "deeppose", "ipr", "td-reg"]),
}


def kind(model):
    name = model["name"].replace("litehrnet", "lite_hrnet")
    for title in ["Lite-HRNet", "classes or coordinates", "transformers", "small convolutional"]:
        if any(word in name for word in KINDS[title][1]):
            return title
    return "heatmaps: HRNet, ResNet"


def draw(models, times):
    """Accuracy against measured time; every network that was published on COCO's val2017."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    # PaddleDetection measured with annotated boxes, which give a few points more than a detector's.
    def has_own_boxes(model):
        return any(file.get("source", "").startswith("PaddlePaddle/") for file in model["weights"])

    points = [
        (times[m["name"]][0][0], m["published"]["ap"], m) for m in models
        if m.get("published", {}).get("split") == "val2017" and not m["refines_poses"] and m["name"] in times
        and not has_own_boxes(m)
    ]
    figure, axes = pyplot.subplots(figsize=(13, 9), dpi=120)
    axes.set_xscale("log")
    axes.set_xlabel("milliseconds a picture on one thread, float32 (logarithmic)")
    axes.set_ylabel("published AP on COCO val2017, in percent")
    axes.set_title("Published accuracy against measured time")
    axes.grid(True, which="both", color="#e5e7eb", linewidth=0.6)
    axes.set_axisbelow(True)
    for title, (color, _) in KINDS.items():
        for large in [False, True]:
            own = [p for p in points if kind(p[2]) == title and is_large(p[2]) == large]
            axes.scatter(
                [p[0] for p in own], [p[1] for p in own], s=34, c=color, marker="^" if large else "o",
                label=None if large else title, edgecolors="white", linewidths=0.5, zorder=3)
    axes.scatter([], [], s=34, c="#111827", marker="^", label="triangles: 384x288, else about 256x192")
    best = frontier(points)
    axes.plot([p[0] for p in best], [p[1] for p in best], color="#9ca3af", linewidth=1, zorder=1,
              label="nothing is both faster and better")
    axes.legend(loc="lower right", frameon=True)
    times_shown = [p[0] for p in points]
    axes.set_xlim(min(times_shown) / 1.25, max(times_shown) * 1.6)
    ticks = [t for t in [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000] if axes.get_xlim()[0] < t < axes.get_xlim()[1]]
    axes.set_xticks(ticks, [f"{tick}" for tick in ticks])
    axes.xaxis.set_minor_formatter(matplotlib.ticker.NullFormatter())
    label(figure, axes, points)
    figure.tight_layout()
    figure.savefig(PLOT)


def is_large(model):
    return model["input"] == "384x288"


def frontier(points):
    best = []
    for point in sorted(points, key=lambda p: (p[0], -p[1])):
        if not best or point[1] > best[-1][1]:
            best.append(point)
    return best


def label(figure, axes, points):
    """Writes every name beside its point, where no other name or point is."""
    figure.tight_layout()
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    pixels = [tuple(axes.transData.transform(p[:2])) for p in points]
    taken = [(x - 5, y - 5, x + 5, y + 5) for x, y in pixels]
    taken.append(tuple(axes.get_legend().get_window_extent(renderer).extents))
    bounds = axes.get_window_extent(renderer).extents
    places = [(dx * r, dy * r) for r in [1, 1.8, 2.8, 4, 5.5, 7.5] for dx, dy in
              [(7, 0), (-7, 0), (0, 8), (0, -8), (6, 7), (6, -7), (-6, 7), (-6, -7)]]
    order = sorted(range(len(points)), key=lambda i: (kind(points[i][2]) != "Lite-HRNet", pixels[i]))
    for index in order:
        model = points[index][2]
        name = model["name"].replace("_coco", "").replace("_" + model["input"], "")
        color = KINDS[kind(model)][0]
        text = axes.text(0, 0, name, fontsize=6.5, color=color)
        width, height = text.get_window_extent(renderer).width, text.get_window_extent(renderer).height
        text.remove()
        x, y = pixels[index]
        for dx, dy in places:
            left = x + dx if dx > 0 else x + dx - width if dx < 0 else x - width / 2
            bottom = y + dy - height / 2
            box = (left, bottom, left + width, bottom + height)
            inside = box[0] > bounds[0] and box[1] > bounds[1] and box[2] < bounds[2] and box[3] < bounds[3]
            if inside and not any(overlap(box, other) for other in taken):
                taken.append(box)
                place = axes.transData.inverted().transform((left, bottom))
                axes.text(*place, name, fontsize=6.5, color=color, va="bottom", zorder=4)
                if max(abs(dx), abs(dy)) > 14:
                    end = axes.transData.inverted().transform((min(max(x, box[0]), box[2]), bottom + height / 2))
                    axes.plot([points[index][0], end[0]], [points[index][1], end[1]], color=color, linewidth=0.4, zorder=2)
                break


def overlap(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def main():
    options = arguments()
    python = ENVIRONMENT / "bin/python"
    if pathlib.Path(sys.prefix) != ENVIRONMENT:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", "matplotlib"], check=True)
        os.execv(python, [python, *sys.argv])
    if not options.pose.exists():
        sys.exit(f"There is no {options.pose}: run make build")
    models = zoo(options.pose)
    if options.plot:
        return draw(models, measured())
    if options.only:
        models = [model for model in models if options.only in model["name"]]
        return print(text(options, models, measure(options, models)))
    times = measure(options, models)
    insert(text(options, models, times))
    draw(models, times)


if __name__ == "__main__":
    main()
