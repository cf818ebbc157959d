"""The chain of benchmarks/engines.py in plain C and in cimba, on the draws of our engines."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from simulation.compiled import draws
from simulation.compiled.kinds import SERVED
from simulation.distributions import UNIT_EXPONENTIAL
from simulation.records import STEPS
from simulation.streams import of_visit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from simulation.arrivals import Population
    from simulation.network import Network
    from simulation.records import Records

_HERE: Final = Path(__file__).resolve().parent
_STEPS: Final = ("registration", "triage", "consultation", "ward", "placement")
"""Steps in the order of the facilities of chain.c."""
_GROUP: Final = np.dtype(
    [(name, "f8") for name in ("gap", "desk", "stay", "due", "rate")]
    + [(name, "i8") for name in ("persons", "first_visit")]
)
_VISIT: Final = np.dtype(
    [
        (name, "f8")
        for name in (
            "gap",
            "triage_time",
            "consultation_time",
            "patience",
            "ward_time",
            "refers_after",
        )
    ]
    + [(name, "i8") for name in ("acuity", "is_referred")]
)


def write_draws(network: Network, people: Population, records: Records, path: Path) -> None:
    """Write the draws of the chain, as chain.c reads them.

    Parameters
    ----------
    network : Network
        From :func:`benchmarks.engines.chain`.
    people : Population
    records : Records
        Of the same people; they say how many visits each group comes to.
    path : pathlib.Path

    """
    count = len(people)
    reception = np.zeros(count, dtype=np.int64)
    rate = draws.care_rates(network, people, reception)
    desks = [(0, network.receptions[0].desks[0], 1)]
    groups = np.zeros(count, dtype=_GROUP)
    groups["gap"] = people.gaps
    groups["desk"] = draws.desk_times(people, desks, reception)[0]
    groups["stay"] = draws.lengths_of_stay(network, people, reception, reception)[0]
    groups["due"] = _gaps(people, np.arange(count), np.ones(count, dtype=np.int64)) / rate
    groups["rate"] = rate
    groups["persons"] = people.persons
    triage = records.steps["step"].to_numpy() == STEPS.index("triage")
    came = np.bincount(records.steps["group"].to_numpy()[triage], minlength=count)
    groups["first_visit"] = np.cumsum(came) - came
    comer = np.repeat(np.arange(count), came)
    number = np.arange(len(comer)) - groups["first_visit"][comer] + 1
    gap = _gaps(people, comer, number + 1)
    drawn = draws.visits(network, people, reception, number, comer, gap)
    visits = np.zeros(len(comer), dtype=_VISIT)
    for name in _VISIT.names or ():
        visits[name] = drawn[name]
    post, ward, site = network.health_posts[0], network.wards[0], network.sites[0]
    calendars = (
        network.receptions[0].desks[0].desks,
        post.triage_nurses,
        post.clinicians,
        ward.beds,
        site.places,
    )
    head = np.array([count, len(visits), *(one.values[0] for one in calendars)], dtype=np.int64)
    until = np.array([network.run_length])
    path.write_bytes(b"".join(part.tobytes() for part in (head, until, groups, visits)))


def _gaps(
    people: Population, groups: NDArray[np.int64], visit: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return how long groups wait before visits, in visits (mean 1)."""
    index = of_visit(people.key[groups], visit)
    return people.streams.draw("health.gap", UNIT_EXPONENTIAL, index)


def sums(records: Records) -> dict[str, list[float]]:
    """Return asked, served, left and the sum of waits in hours, by facility of chain.c."""
    table = records.steps
    result = {}
    for code, name in enumerate(_STEPS):
        rows = table[table["step"] == STEPS.index(name)]
        waits = (rows["started"] - rows["requested"]).dropna()
        left = rows["started"].isna() & rows["ended"].notna()
        counts = [len(rows), int((rows["outcome"] == SERVED).sum()), int(left.sum())]
        result[str(code)] = [*counts, math.fsum(waits)]
    return result


def check(peer: str, theirs: dict[str, Any], ours: dict[str, list[float]]) -> None:
    """Raise unless a peer counted the same people and the same waits."""
    for code, mine in ours.items():
        if code not in theirs:
            continue
        same = theirs[code][:3] == mine[:3]
        if not same or not math.isclose(theirs[code][3], mine[3], rel_tol=1e-9, abs_tol=1e-6):
            msg = f"{peer} and our engine differ at {_STEPS[int(code)]}: {theirs[code]}, {mine}."
            raise AssertionError(msg)


def beside_peers(
    network: Network, people: Population, records: Records, times: int, cimba: Path | None
) -> dict[str, Any]:
    """Run the chain in C, where there is a compiler, and in cimba, where its Python is given.

    Parameters
    ----------
    network : Network
    people : Population
    records : Records
        What our engines made of them.
    times : int
        Runs; the best counts.
    cimba : pathlib.Path or None
        A Python that can import cimba.

    Returns
    -------
    dict of str to Any
        Processor time of the fastest run, s, or the reason why there is none.

    """
    ours = sums(records)
    result: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        drawn = Path(folder) / "draws"
        write_draws(network, people, records, drawn)
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            result["c_skipped"] = "no C compiler (cc or gcc) was found"
        else:
            program = Path(folder) / "chain"
            source = str(_HERE / "chain.c")
            _said([compiler, "-O2", "-o", str(program), source, "-lm"])
            made = json.loads(_said([str(program), str(drawn), str(times)]))
            check("chain.c", made, ours)
            if made["states"] != len(records.states):
                msg = f"chain.c wrote {made['states']} states, our engine {len(records.states)}."
                raise AssertionError(msg)
            result["c_seconds"] = made["seconds"]
        if cimba is None:
            result["cimba_skipped"] = "no Python with cimba was named (--cimba)"
        else:
            peer = str(_HERE / "chain_cimba.py")
            made = json.loads(_said([str(cimba), peer, str(drawn), str(times)]))
            check("cimba", made, ours)
            result |= {"cimba_seconds": made["seconds"], "cimba_version": made["version"]}
    return result


def _said(command: Sequence[str]) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return done.stdout
