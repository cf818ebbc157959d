"""The chain of benchmarks/engines.py in cimba; runs where cimba is installed.

Reads the draws that benchmarks/chain.c reads, runs the chain some times and prints counts, sums of
waits and the processor time of the fastest run, without that of compiling. It writes down no
records, only these sums::

    python chain_cimba.py DRAWS RUNS
"""

# ruff: noqa: ANN001, ANN201, ANN202, D101, D102 - compiled from what the classes hold

import json
import sys
import time
from importlib.metadata import version

import cimba as cb
import numpy as np

FACILITIES = ("desks", "nurses", "clinicians", "beds")
HEAD = 8
GROUP, VISIT = 7, 8
OUT_OF_PATIENCE = 7

with open(sys.argv[1], "rb") as file:  # noqa: PTH123
    CONTENT = file.read()
COUNTS = np.frombuffer(CONTENT, dtype=np.int64, count=HEAD - 1)
UNTIL = float(np.frombuffer(CONTENT, dtype=np.float64, count=HEAD)[-1])
N_GROUPS, N_VISITS = int(COUNTS[0]), int(COUNTS[1])


def _table(offset, rows, columns, whole):
    """Read rows of 64-bit numbers as floats; some columns hold whole numbers."""
    raw = np.frombuffer(CONTENT, dtype=np.float64, count=rows * columns, offset=offset)
    table = raw.reshape(rows, columns).copy()
    for column in whole:
        table[:, column] = raw.view(np.int64).reshape(rows, columns)[:, column]
    return table


GROUPS = _table(8 * HEAD, N_GROUPS, GROUP, (5, 6))
VISITS = _table(8 * (HEAD + GROUP * N_GROUPS), N_VISITS, VISIT, (6, 7))


class Patient(cb.Model):
    chain: cb.Ref["Chain"]
    which: int

    @cb.process
    def visit(self):
        chain, drawn = self.chain, VISITS[self.which]
        asked = cb.now()
        chain.asked_triage += 1
        chain.nurses.acquire(1)
        chain.wait_triage += cb.now() - asked
        cb.hold(drawn[1])
        chain.nurses.release(1)
        chain.served_triage += 1
        # cimba serves higher numbers first; the order within a class is that of the requests.
        priority = 3 - int(drawn[6])
        asked = cb.now()
        chain.asked_care += 1
        me = cb.this_process()
        if drawn[3] == drawn[3]:  # NaN: waits as long as it takes
            me.timer_set(drawn[3], OUT_OF_PATIENCE)
        if chain.clinicians.acquire(1, priority) != 0:
            chain.left_care += 1
            cb.release(self)
        me.timers_clear()
        chain.wait_care += cb.now() - asked
        cb.hold(drawn[2])
        chain.clinicians.release(1)
        chain.served_care += 1
        if drawn[7] > 0:
            asked = cb.now()
            chain.asked_beds += 1
            if drawn[5] == drawn[5]:
                me.timer_set(drawn[5], OUT_OF_PATIENCE)
            if chain.beds.acquire(1, priority) != 0:
                chain.left_beds += 1
                cb.release(self)
            me.timers_clear()
            chain.wait_beds += cb.now() - asked
            cb.hold(drawn[4])
            chain.beds.release(1)
            chain.served_beds += 1
        cb.release(self)


class Household(cb.Model):
    chain: cb.Ref["Chain"]
    which: int
    here: int = 1

    @cb.process
    def way(self):
        chain, drawn = self.chain, GROUPS[self.which]
        asked = cb.now()
        chain.asked_desks += 1
        chain.desks.acquire(1)
        chain.wait_desks += cb.now() - asked
        cb.hold(drawn[1])
        chain.desks.release(1)
        chain.served_desks += 1
        cb.hold(drawn[2])
        self.here = 0

    @cb.process
    def care(self):
        drawn = GROUPS[self.which]
        number = int(drawn[6])
        cb.hold(drawn[3])
        while self.here > 0 and number < N_VISITS:
            cb.spawn(Patient, chain=self.chain, which=number)
            wait = VISITS[number, 0] / drawn[4]
            number += 1
            cb.hold(wait)


class Chain(cb.Model):
    desks: cb.Resource = cb.Resource(capacity=int(COUNTS[2]))
    nurses: cb.Resource = cb.Resource(capacity=int(COUNTS[3]))
    clinicians: cb.Resource = cb.Resource(capacity=int(COUNTS[4]))
    beds: cb.Resource = cb.Resource(capacity=int(COUNTS[5]))
    asked_desks: cb.Output[int] = 0
    served_desks: cb.Output[int] = 0
    wait_desks: cb.Output[float] = 0.0
    asked_triage: cb.Output[int] = 0
    served_triage: cb.Output[int] = 0
    wait_triage: cb.Output[float] = 0.0
    asked_care: cb.Output[int] = 0
    served_care: cb.Output[int] = 0
    left_care: cb.Output[int] = 0
    wait_care: cb.Output[float] = 0.0
    asked_beds: cb.Output[int] = 0
    served_beds: cb.Output[int] = 0
    left_beds: cb.Output[int] = 0
    wait_beds: cb.Output[float] = 0.0

    @cb.process
    def arrivals(self):
        for number in range(N_GROUPS):
            cb.hold(GROUPS[number, 0])
            cb.spawn(Household, chain=self, which=number)


def main() -> None:
    """Run and print."""
    chain = Chain()
    experiment = cb.Experiment(chain, replications=1, window=cb.Window(duration=UNTIL))
    experiment.run(workers=1)  # compiles
    fastest = float("inf")
    for _ in range(int(sys.argv[2])):
        began = time.process_time()
        results = experiment.run(workers=1)
        fastest = min(fastest, time.process_time() - began)
    made = results[chain]

    def of(name):
        return np.asarray(getattr(made, name, [0])).item()

    result = {"version": version("cimba"), "seconds": fastest}
    for code, name in enumerate(("desks", "triage", "care", "beds")):
        counts = [int(of(f"{what}_{name}")) for what in ("asked", "served")]
        left = int(of(f"left_{name}")) if name in ("care", "beds") else 0
        result[str(code)] = [*counts, left, of(f"wait_{name}")]
    print(json.dumps(result))


if __name__ == "__main__":
    main()
