"""The tables of a contest in Markdown."""

import datetime
import os
import pathlib
import platform
import subprocess


def machine():
    """The machine and its system in a line."""
    processor = platform.processor() or platform.machine()
    information = pathlib.Path("/proc/cpuinfo")
    if information.exists():
        names = [line.split(":", 1)[1].strip() for line in information.open() if line.startswith("model name")]
        processor = names[0] if names else processor
    elif platform.system() == "Darwin":
        processor = output("sysctl", "-n", "machdep.cpu.brand_string")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    release = getattr(platform, "freedesktop_os_release", lambda: {})() if platform.system() == "Linux" else {}
    system = release.get("PRETTY_NAME", f"{platform.system()} {platform.release()}")
    swift = output("swift", "--version").split("(")[0].replace("version ", "").strip()
    return f"{processor}, {os.cpu_count()} processors, {memory:.0f} GiB, {system}, {swift}"


def output(*command):
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()
    except OSError:
        return ""


def row(cells):
    return "| " + " | ".join(cells) + " |\n"


def table(header, rows):
    return row(header) + row(["---"] * len(header)) + "".join(map(row, rows)) + "\n"


def times(result):
    if not result:
        return "none"
    if "failure" in result:
        return result["failure"].replace("|", "/")
    return f"{result['median']:.2f} ({result['tenth']:.2f}, {result['least']:.2f})"


def titles_of(results):
    return ["pose", *["baseline"] * bool(results["baseline"]), *results["versions"]]


def against_baseline(contenders):
    """Time by the baseline's time, the rounds' median and the least; below 1 pose is faster."""
    ours = contenders["pose"]
    return f"{ours['ratio']:.3f} ({ours['least_ratio']:.3f})" if "ratio" in ours else ""


def latencies(results, threads, rows):
    titles = titles_of(results)
    peak = results["machine"][int(threads)]["multiply_adds_per_second"]
    lines = []
    for name, contenders in rows.items():
        line = [name, *(times(contenders.get(title)) for title in titles)]
        if results["baseline"]:
            line.append(against_baseline(contenders))
        if results["versions"]:
            peers = {t: contenders[t]["tenth"] for t in results["versions"] if "tenth" in contenders.get(t, {})}
            best = min(peers, key=peers.get, default=None)
            line.append(f"{peers[best] / contenders['pose']['tenth']:.2f} ({best})" if best else "")
        lines.append([*line, f"{1000 * results['multiply_adds'][name] / peak:.2f}"])
    header = ["network", *titles, *["pose / baseline"] * bool(results["baseline"])]
    return table([*header, *["nearest / pose"] * bool(results["versions"]), "floor"], lines)


def rates(results):
    titles = titles_of(results)
    kinds = {
        "callers": f"{results['callers']} callers at once, a thread each",
        "batch": f"batches of {results['batch']}, all processors",
    }
    lines = []
    for kind, rows in results["crowded"].items():
        for name, contenders in rows.items():
            cells = [f"{name}, {kinds[kind]}"]
            for title in titles:
                result = contenders.get(title) or {"failure": "none"}
                cells.append(
                    result["failure"].replace("|", "/")
                    if "failure" in result
                    else f"{result['rate']:.0f} ({result['best_rate']:.0f})"
                )
            lines.append(cells + [against_baseline(contenders)] * bool(results["baseline"]))
    return table(["pictures a second", *titles, *["pose / baseline"] * bool(results["baseline"])], lines)


def report(results):
    versions = ", ".join(f"{title} {version}" for title, version in results["versions"].items())
    text = f"""
{machine()}; load before the run {results["load"]:.1f}.
{f"{versions}. " if versions else ""}{datetime.date.today()}, `{results["command"].strip()}`.

Networks with the recipe's weights, float32, from the input tensor to the heatmaps. Every output equals pose's to
{results["tolerance"]:g} of the largest value. Contenders take turns, {results["rounds"]} of {results["seconds"]:g} s each, after a rest of
{results["rest"]:g} s{"" if results["pauses"] else ", with the others' idle threads left running"}.
Milliseconds: median (fastest tenth, least). The floor is the multiply-adds alone at the machine's peak.
"""
    if versions:
        text += """"Nearest / pose" compares the fastest tenths of the fastest other runtime and of pose.
"""
        if results["pauses"]:
            text += "Processes that wait for their turn are stopped: no idle thread of theirs takes a processor.\n"
    if results["baseline"]:
        text += f"""The baseline is {results["baseline"]}.
"Pose / baseline" is the quotient of times, below 1 where pose is faster: the rounds' median (of the least times).
"""
    text += "\n"
    for threads, rows in results["alone"].items():
        peak = results["machine"][int(threads)]
        multiply_adds, read, copied = (
            f"{peak[key] / 1e9:.0f} G"
            for key in ("multiply_adds_per_second", "read_bytes_per_second", "copied_bytes_per_second")
        )
        text += f"### {threads} {'thread' if threads == '1' else 'threads'}\n\n"
        text += f"The machine: {multiply_adds} multiply-adds a second, reads {read}B/s, copies {copied}B/s.\n\n"
        text += latencies(results, threads, rows)
    if results["crowded"]:
        text += "### Many pictures\n\nMedian of the turns (best).\n\n" + rates(results)
    return text
