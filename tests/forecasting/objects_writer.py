"""Processes that issue versions into an object store, at once or stopped one after the other.

The program itself never opens the store: a process that has done so must not be forked.
"""

import os
import signal
import sys
import time
import traceback
from pathlib import Path

import numpy as np
import obstore.store  # noqa: F401 - known to the writers before they are forked

from forecasting.registry.objects import StoredRegistry, open_store
from tests.forecasting.registry_writer import Package, write_package


def start(folder, address, writer, count):
    """Start a writer with a copy of its own; each seal is noted as soon as it is issued."""
    child = os.fork()
    if child:
        return child
    try:
        registry = StoredRegistry(folder / f"w{writer}", Package.read, open_store(address), address)
        for number in range(count):
            package = folder / "work" / f"{writer}-{number}"
            write_package(package, writer * 10_000 + number, size=20_000)
            entry = registry.issue(package, "test", note=f"{writer}-{number}")
            with (folder / "log.txt").open("a", encoding="utf-8") as file:
                file.write(f"{entry.seal}\n")
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main():
    """Run writers at once (``writers N COUNT``), or stop one after the other (``kills N SEED``)."""
    folder, address, kind = Path(sys.argv[1]), *sys.argv[2:4]
    first, second = map(int, sys.argv[4:])
    log = folder / "log.txt"
    if kind == "writers":
        children = [start(folder, address, writer, second) for writer in range(first)]
        sys.exit(sum(os.waitpid(child, 0)[1] != 0 for child in children))
    for writer, chance in enumerate(np.random.default_rng(second).random(first)):
        before = log.stat().st_size if log.is_file() else 0
        child = start(folder, address, writer % 3, 100_000)  # copies are used again after a kill
        deadline = time.monotonic() + 30
        while writer % 2 == 0 and not (log.is_file() and log.stat().st_size > before):
            assert time.monotonic() < deadline, "a writer issues nothing"
            time.sleep(0.002)  # every other writer is stopped after its first version
        time.sleep(0.3 * chance)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
