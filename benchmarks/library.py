"""Two hundred replications of every plan of the library, as a planner would run them.

The command ``safepassage run PLAN --replications 200 --workers 2`` in a process of its own: the
forecast, its test on the past, the simulation, tables, figures and the report. Nothing is kept from
an earlier run but what the compiled engine was compiled to. Plans that are derived from others take
as long as those and are left out. Run it with::

    python -m benchmarks.library --out benchmarks/results/library.json
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

from scenarios.files import list_library
from simulation.compiled.replication import compile_now

SECONDS = 60.0
"""What a plan may take on two cores."""


def base_plans() -> list[str]:
    """Names of the plans that are derived from no other."""
    folder = files("scenarios") / "library"
    texts = {name: (folder / f"{name}.yaml").read_text(encoding="utf-8") for name in list_library()}
    return [name for name, text in texts.items() if "\nbased_on:" not in f"\n{text}"]


def measured(plan: str, replications: int, workers: int, *more: str) -> dict[str, Any]:
    """Run a plan and return its times (s), the engine and the memory of all its processes (MB).

    Times of the processor are those of all processes together, so that other work on the machine
    counts little.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "results"
        command = [
            *(sys.executable, "-m", "scenarios.cli", "run", plan, "--out", str(out)),
            *("--replications", str(replications), "--workers", str(workers), *more),
        ]
        before = os.times()
        began = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - our own program
            command,
            env=os.environ | {"SAFEPASSAGE_CACHE": str(Path(folder) / "cache")},
            stdout=subprocess.DEVNULL,
        )
        largest = 0.0
        while process.poll() is None:
            largest = max(largest, memory(process.pid))
            time.sleep(1.0)  # looking takes time of its own
        seconds = time.perf_counter() - began
        after = os.times()
        if process.returncode:
            sys.exit(f"{plan} ended with status {process.returncode}")
        record = json.loads((out / "provenance.json").read_text(encoding="utf-8"))
    return {
        "plan": plan,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(
            after.children_user + after.children_system
            - before.children_user - before.children_system, 1,
        ),
        "megabytes": round(largest),
        "engine": record["engine"],
    }  # fmt: skip


def memory(pid: int) -> float:
    """Return the memory that a process, and those below it, hold now, MB (Linux; else 0).

    What processes share counts in parts, so that the sum is what they hold together.
    """
    try:
        maps = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    except OSError:  # it has ended, or this is no Linux
        return 0.0
    held = next((int(line.split()[1]) for line in maps.splitlines() if line[:4] == "Pss:"), 0)
    return held / 1000 + sum(memory(int(one)) for one in children)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--plan", action="append", help="only this plan; may be repeated")
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    given = parser.parse_args()
    compile_now()
    rows = []
    for plan in given.plan or base_plans():
        rows.append(measured(plan, given.replications, given.workers))
        sys.stdout.write(f"{rows[-1]}\n")
        sys.stdout.flush()
    result = {
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "replications": given.replications,
        "workers": given.workers,
        "goal_seconds": SECONDS,
        "rows": rows,
    }
    given.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
