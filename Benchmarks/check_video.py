#!/usr/bin/env python3
"""Compares `pose track` with FFmpeg's own programs and with a browser.

    make check-video

- Makes the files of Scripts/make-video-goldens anew, runs `pose track FILE --json -` on each, and compares frames, times (to a
  microsecond) and sizes with what ffprobe says.
- Writes a drawn video, plays it in Chromium without a window, seeks to known times, and compares the pictures with those that
  FFmpeg decodes. The browser's pictures stay in `.deps/check-video`.
- Kills `pose track` while it writes, and compares what lies there then.

Prints a line for each, and exits with 1 where something differs.
"""

import argparse
import base64
import http.server
import json
import pathlib
import queue
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".deps/check-video"
WIDTH, HEIGHT, RATE, SECONDS = 640, 360, 10, 6
# How far a color of the browser's picture may be from FFmpeg's in the mean, of 255.
LARGEST_DIFFERENCE = 4

PAGE = """<!doctype html><canvas id=c width=WIDTH height=HEIGHT></canvas><video id=v muted src="data:video/mp4;base64,VIDEO">
</video><script>
const video = document.getElementById("v")
const send = text => fetch("/", { method: "POST", body: text })
video.addEventListener("loadeddata", () => { video.currentTime = TIME })
video.addEventListener("seeked", () => {
  const canvas = document.getElementById("c")
  canvas.getContext("2d").drawImage(video, 0, 0)
  send(canvas.toDataURL("image/png"))
})
video.addEventListener("error", () => send("error: " + video.error.message))
</script>"""


class Checks:
    def __init__(self):
        self.failures = 0

    def __call__(self, name, problem):
        """Prints what is wrong, or that nothing is."""
        print(f"{'differs' if problem else 'equal  '}  {name}{': ' + problem if problem else ''}", flush=True)
        self.failures += bool(problem)


def rows(path, pose):
    """The frames that pose track finds in a file, and what it says about an error."""
    run = subprocess.run([*pose, "track", str(path), "--json", "-"], capture_output=True, text=True)
    return [json.loads(line) for line in run.stdout.splitlines()], run


def compare_with_ffprobe(check, pose):
    """Frames and times of each kind of file."""
    folder = FOLDER / "files"
    subprocess.run([ROOT / "Scripts/make-video-goldens", folder], check=True)
    for name, probe in json.loads((folder / "ffprobe.json").read_text()).items():
        found, run = rows(folder / name, pose)
        times = [None if stamp is None else stamp / probe["timeScale"] for stamp in probe["times"]]
        if run.returncode not in (0, 65):
            check(name, f"pose track ends with {run.returncode}: {run.stderr.strip()}")
        elif name.startswith("damaged"):
            strange = [row["time"] for row in found if all(abs(row["time"] - time) > 1e-6 for time in times if time)]
            check(name, f"times {strange} are not ffprobe's" if strange or not found else "")
        elif len(found) != len(times):
            check(name, f"{len(found)} frames are {len(times)} for ffprobe; {run.stderr.strip()}")
        else:
            wrong = [
                (row["time"], time) for row, time in zip(found, times) if time is not None and abs(row["time"] - time) > 1e-6
            ]
            check(f"{name}, {len(found)} frames", f"times {wrong[:3]}" if wrong else "")


def moving_people():
    """The examples' picture of people, past which the camera moves, as a video with sound."""
    path = FOLDER / "people.mp4"
    pan = f"crop={WIDTH}:{HEIGHT}:x='40+60*t':y=70"
    picture = ["-loop", "1", "-framerate", str(RATE), "-t", str(SECONDS), "-i", str(ROOT / "Examples/people.jpg")]
    tone = ["-f", "lavfi", "-t", str(SECONDS), "-i", "sine=frequency=440"]
    coding = ["-vf", pan, "-pix_fmt", "yuv420p", "-crf", "18", "-c:a", "aac"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *picture, *tone, *coding, str(path)], check=True)
    return path


def decoded(path, moment):
    """The pixels of the frame that FFmpeg shows at a time."""
    select = f"select='gte(t,{moment - 0.5 / RATE})'"
    raw = ["-vf", select, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    run = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), *raw], capture_output=True, check=True)
    return run.stdout


def answer(page):
    """What a page sends back when Chromium shows it."""
    answers = queue.Queue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def reply(self, body=b""):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            self.reply(page.encode() if self.path == "/" else b"")

        def do_POST(self):
            answers.put(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.reply()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", f"--user-data-dir={FOLDER}/profile"]
    address = f"http://127.0.0.1:{server.server_port}/"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    browser = subprocess.Popen(["chromium", *flags, address], **quiet)
    try:
        return answers.get(timeout=120)
    except queue.Empty:
        return "error: Chromium does not answer"
    finally:
        browser.terminate()
        browser.wait()
        server.shutdown()


def played(path, moment, picture):
    """The pixels that Chromium shows at a time, or what it says is wrong; keeps the picture."""
    page = PAGE.replace("WIDTH", str(WIDTH)).replace("HEIGHT", str(HEIGHT)).replace("TIME", str(moment))
    said = answer(page.replace("VIDEO", base64.b64encode(path.read_bytes()).decode()))
    start = "data:image/png;base64,"
    if not said.startswith(start):
        return None, said
    picture.write_bytes(base64.b64decode(said[len(start) :]))
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    run = subprocess.run(["ffmpeg", "-v", "error", "-i", str(picture), *raw], capture_output=True, check=True)
    return run.stdout, ""


def play(check, path, name, moments):
    """Compares what a browser shows with what FFmpeg decodes."""
    for moment in moments:
        shown, problem = played(path, moment + 0.5 / RATE, FOLDER / f"{name}-{moment}.png")
        if shown is None:
            check(f"{name} at {moment} s in Chromium", problem)
            continue
        frame, other = decoded(path, moment), decoded(path, moment + 1)
        if not len(shown) == len(frame) == len(other):
            check(f"{name} at {moment} s in Chromium", "the pictures' sizes differ")
            continue
        difference = sum(abs(a - b) for a, b in zip(shown, frame)) / len(frame)
        moved = sum(abs(a - b) for a, b in zip(shown, other)) / len(frame)
        problem = f"{difference:.2f} in the mean" if difference > min(LARGEST_DIFFERENCE, moved / 2) else ""
        check(f"{name} at {moment} s in Chromium, {difference:.2f} of 255 off, {moved:.1f} a second later", problem)


def interrupt(check, video, pose_track):
    """Kills the program while it writes, and looks at what is there."""
    path = FOLDER / "killed.mp4"
    path.unlink(missing_ok=True)
    longer = FOLDER / "longer.mp4"
    repeat = ["ffmpeg", "-v", "error", "-y", "-stream_loop", "5", "-i", str(video), "-c", "copy", str(longer)]
    subprocess.run(repeat, check=True)
    run = subprocess.Popen([*pose_track, str(longer), "--output", str(path)], stderr=subprocess.DEVNULL)
    end = time.time() + 120
    while run.poll() is None and time.time() < end and (not path.exists() or path.stat().st_size < 400_000):
        time.sleep(0.05)
    if run.poll() is not None:
        return check("killed while writing", "pose track was done before")
    run.send_signal(signal.SIGKILL)
    run.wait()
    probe = ["ffprobe", "-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries", "stream=nb_read_frames"]
    said = subprocess.run([*probe, "-of", "csv=p=0", str(path)], capture_output=True, text=True).stdout.strip()
    frames = int(said) if said.isdigit() else 0
    check(f"killed while writing: {frames} frames can be read", "" if frames > RATE else "too few frames")
    if frames > RATE:
        play(check, path, "killed", [0.5])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pose", default=ROOT / ".build/release/pose", help="the program")
    parser.add_argument("--pose-track", default=ROOT / ".build/release/pose-track", help="the program that it hands over to")
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    check = Checks()
    compare_with_ffprobe(check, [str(options.pose)])
    video, drawn = moving_people(), FOLDER / "drawn.mp4"
    subprocess.run([str(options.pose), "track", str(video), "--output", str(drawn)], check=True, capture_output=True)
    play(check, drawn, "drawn", [0.5, 2.0, 4.5])
    interrupt(check, video, [str(options.pose_track)])
    print(f"{check.failures} differ" if check.failures else "all equal")
    sys.exit(1 if check.failures else 0)


if __name__ == "__main__":
    main()
