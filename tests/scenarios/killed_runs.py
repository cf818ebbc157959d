"""Runs of the command line that are stopped by kill -9 and go on, each in a process of its own.

All are forked from one that knows the modules already: loading them would be most of the time.
Their reports hold an empty picture for each.
"""

import hashlib
import json
import os
import shutil
import signal
import sys
import time
import traceback
from pathlib import Path

import forecasting  # noqa: F401 - loaded before the first fork
from scenarios.cli import app
from scenarios.report import contents, document, pictures  # noqa: F401

COMMAND = ["run", "small.yaml", "--out", "a", "--workers", "1", "--resume"]


def without_drawing(_drawings, names, _inside, **_options):
    """Return an empty picture for each name."""
    return dict.fromkeys(names, (b"", b"", b""))


def start():
    """Start the command in a process of its own."""
    child = os.fork()
    if child:
        return child
    try:
        app(COMMAND, standalone_mode=False)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def run():
    """Run the command to its end and return how long it takes."""
    began = time.monotonic()
    if os.waitpid(start(), 0)[1] != 0:
        sys.exit(1)
    return time.monotonic() - began


def kill(after):
    """Stop the command after so many seconds, unless it ends before."""
    began, child = time.monotonic(), start()
    while time.monotonic() - began < after:
        if os.waitpid(child, os.WNOHANG)[0]:
            return
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def main():
    """Stop a run at each moment, given as a share of its length, and write what came of it."""
    folder, log, *moments = sys.argv[1:]
    os.chdir(folder)
    pictures._images = without_drawing
    length, told = run(), []
    for moment in moments:
        shutil.rmtree("a")
        kill(float(moment) * length)
        kept = len(list(Path().rglob("*.block")))
        if not Path("a").exists():
            run()
        measures = hashlib.sha256(Path("a/measures.nc").read_bytes()).hexdigest()
        left = sorted(path.name for path in Path().iterdir())
        told.append({"kept": kept, "measures": measures, "left": left})
    Path(log).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
