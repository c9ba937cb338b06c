"""Reads the sources of this repository as text: which files there are, whose they are, and what in them is code."""

import io
import os
import pathlib
import re
import subprocess
import tarfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
# The packages of the repository whose targets have a layer.
PACKAGES = ["", "Training/", "Video/", "Serving/"]

SWIFT = (".swift",)
C = (".c", ".h", ".inc", ".cpp", ".hpp", ".m", ".mm")

# Strings and comments, in one expression because either may hold what looks like the other.
TOKEN = re.compile(
    r'(?P<string>(?P<hashes>#*)"""[\s\S]*?"""(?P=hashes)|(?P<marks>#+)"[^\n]*?"(?P=marks)|"(?:\\.|[^"\\\n])*"'
    r"|'(?:\\.|[^'\\\n])*')"
    r"|(?P<comment>//[^\n]*|/\*[\s\S]*?\*/)"
)


def code(text, strings=True):
    """The text without comments, and without what strings hold unless asked for; every line keeps its number."""

    def replacement(match):
        token = match.group()
        if match.group("string") and strings:
            return token
        return '"' + "\n" * token.count("\n") + '"' if match.group("string") else "\n" * token.count("\n")

    return TOKEN.sub(replacement, text)


def files(source):
    """Path and text of all Swift and C files of a checkout, or of a revision of this repository."""
    folder = pathlib.Path(source)
    if folder.is_dir():
        return dict(files_in(folder))
    archive = subprocess.run(["git", "archive", "--format=tar", source], cwd=ROOT, stdout=subprocess.PIPE)
    if archive.returncode:
        raise SystemExit(f"{source} is neither a folder nor a revision.")
    texts = {}
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        for member in tar:
            if member.isfile() and member.name.endswith(SWIFT + C):
                texts[member.name] = tar.extractfile(member).read().decode(errors="replace")
    return texts


def files_in(folder):
    for parent, folders, names in os.walk(folder):
        # Build products and dependencies lie in folders with a dot.
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith(SWIFT + C):
                path = pathlib.Path(parent, name)
                yield str(path.relative_to(folder)), path.read_text(errors="replace")
