"""A process that issues versions into a registry, to be run many times at once or stopped."""

import os
import signal
import sys
import time
import traceback
from pathlib import Path

import numpy as np
import xarray as xr

from forecasting.registry import Registry


class Package:
    """Stands for a forecast: reading real ones would be most of the time."""

    @staticmethod
    def read(folder):
        text = (folder / "samples.txt").read_text(encoding="utf-8")
        return xr.DataArray(
            np.full((1, 1, 1), float(text.split()[0])),
            dims=("sample", "time", "location"),
            coords={
                "time": np.array(["2026-09-01"], dtype="datetime64[ns]"),
                "location": ["XA"],
                "reference_date": np.datetime64("2026-09-01", "ns"),
            },
            attrs={"period": "month"},
        )


def write_package(folder, number, size=200_000):
    """Write a package that says its number and is large enough to be caught half-copied."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "samples.txt").write_text(f"{number}\n" + "x" * size, encoding="utf-8")
    (folder / "datapackage.json").write_text("{}", encoding="utf-8")


def write_versions(root, work, writer, count, log):
    """Issue so many versions; the seal of each is noted as soon as it is issued."""
    registry = Registry(root, Package.read)
    for number in range(count):
        package = work / f"{writer}-{number}"
        write_package(package, writer * 10_000 + number)
        entry = registry.issue(package, "test", note=f"{writer}-{number}")
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{entry.seal} {entry.note}\n")


def start(*arguments):
    """Start a writer in a process of its own that knows all modules already."""
    child = os.fork()
    if child:
        return child
    try:
        write_versions(*arguments)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main():
    """Run writers at once (``writers N COUNT``), or stop one after the other (``kills N SEED``)."""
    folder, kind, first, second = sys.argv[1:]
    root, work, log = (Path(folder) / name for name in ("registry", "work", "log.txt"))
    if kind == "writers":
        children = [start(root, work, w, int(second), log) for w in range(int(first))]
        sys.exit(sum(os.waitpid(child, 0)[1] != 0 for child in children))
    chances = np.random.default_rng(int(second)).random(int(first))
    for writer, chance in enumerate(chances):
        before = log.stat().st_size if log.is_file() else 0
        child = start(root, work, writer, 100_000, log)
        while writer % 2 == 0 and not (log.is_file() and log.stat().st_size > before):
            time.sleep(0.002)  # every other writer is stopped after its first version
        time.sleep(0.3 * chance)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if log.is_file():
            Registry(root, Package.read).find("test")


if __name__ == "__main__":
    main()
