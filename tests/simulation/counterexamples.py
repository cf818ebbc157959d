"""Stored cases on which two engines once differed, or easily would: networks and people as JSON.

A file holds ``about`` (one sentence), ``at_least`` (rows that tables of the records must have, so
that the case still shows what it is for), ``network``, ``people`` and ``decisions``. Parts are
objects with their class under ``is`` and the fields that differ from their defaults; columns of
people that are equal for all are one number.
"""

import dataclasses
import datetime as dt
import json
import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd

import simulation.parts
from simulation.arrivals import Population
from simulation.calendars import Steps
from simulation.compiled import simulate_compiled
from simulation.distributions import Distribution
from simulation.engine import simulate
from simulation.network import Network
from simulation.resources import ServerRequest
from simulation.streams import Streams

STORED = Path(__file__).parent / "counterexamples"
TABLES = ("steps", "states", "groups", "events", "incidents", "trips", "cases", "interruptions")
_CLASSES = {cls.__name__: cls for cls in (Network, Steps, Distribution)} | {
    name: getattr(simulation.parts, name)
    for name in simulation.parts.__all__
    if dataclasses.is_dataclass(getattr(simulation.parts, name))
}
_FLAGS = ("unaccompanied", "cut_off")


@dataclass(frozen=True)
class Counterexample:
    """One case and what it is for."""

    about: str
    network: Network
    people: Population
    decisions: tuple[tuple[float, ...], ...]
    at_least: dict[str, int]


def assert_equal_records(plan, people, decisions=()):
    """Both engines write the same tables, bit for bit; returns those of the reference."""
    reference = simulate(plan, people, decisions)
    compiled = simulate_compiled(plan, people, decisions)
    for name in TABLES:
        pd.testing.assert_frame_equal(
            getattr(compiled, name), getattr(reference, name), check_exact=True, obj=name
        )
    assert compiled.until == reference.until
    return reference


def _encoded(value):
    if isinstance(value, tuple):
        return [_encoded(one) for one in value]
    if isinstance(value, dt.date):
        return {"is": "date", "day": value.isoformat()}
    if dataclasses.is_dataclass(value):
        given = {
            field.name: _encoded(getattr(value, field.name))
            for field in fields(value)
            if field.default is dataclasses.MISSING or getattr(value, field.name) != field.default
        }
        return {"is": type(value).__name__, **given}
    return value.item() if isinstance(value, np.generic) else value


def _decoded(value):
    if isinstance(value, list):
        return tuple(_decoded(one) for one in value)
    if isinstance(value, dict):
        kind, given = value["is"], {k: _decoded(v) for k, v in value.items() if k != "is"}
        return dt.date.fromisoformat(given["day"]) if kind == "date" else _CLASSES[kind](**given)
    return value


def _columns(people):
    columns = {"seed": people.streams.seed, "replication": people.streams.replication}
    for field in fields(Population):
        if field.name == "streams":
            continue
        values = getattr(people, field.name).tolist()
        columns[field.name] = values[0] if len(set(values)) == 1 else values
    return {"groups": len(people), **columns}


def _population(columns):
    count = columns["groups"]

    def column(name):
        dtype = {"key": np.uint64, "arrived": np.float64}.get(name, np.int64)
        dtype = np.bool_ if name in _FLAGS else dtype
        return np.broadcast_to(np.array(columns[name], dtype=dtype), (count,)).copy()

    return Population(
        streams=Streams(columns["seed"], columns["replication"]),
        **{field.name: column(field.name) for field in fields(Population) if field.name in columns},
    )


def write(path, case):
    """Write a case, one part or column in each line."""
    network = _encoded(case.network)
    lines = []
    for name, value in network.items():
        if isinstance(value, list):
            parts = ",\n  ".join(json.dumps(part) for part in value)
            lines.append(f'  "{name}": [\n  {parts}\n  ]')
        else:
            lines.append(f'  "{name}": {json.dumps(value)}')
    people = [f'  "{name}": {json.dumps(value)}' for name, value in _columns(case.people).items()]
    blocks = {
        "about": json.dumps(case.about),
        "at_least": json.dumps(case.at_least),
        "decisions": json.dumps(case.decisions),
        "network": "{\n" + ",\n".join(lines) + "\n }",
        "people": "{\n" + ",\n".join(people) + "\n }",
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    text = ",\n".join(f' "{name}": {block}' for name, block in blocks.items())
    path.write_text("{\n" + text + "\n}\n", encoding="utf-8")


def read(path):
    """Read a case."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return Counterexample(
        about=content["about"],
        network=_decoded(content["network"]),
        people=_population(content["people"]),
        decisions=_decoded(content["decisions"]),
        at_least=content["at_least"],
    )


def found_folder():
    """Where a generated case that fails is written: COUNTEREXAMPLES, or a temporary folder."""
    given = os.environ.get("COUNTEREXAMPLES")
    return Path(given) if given else Path(tempfile.gettempdir()) / "safepassage-counterexamples"


@contextmanager
def stored_when_different(test, network, people, decisions=()):
    """Write the case when what is done with it fails, and name the file in the message.

    hypothesis runs the minimal case last, so that is the one that stays in the file.
    """
    try:
        yield
    except Exception as error:
        path = found_folder() / f"{test}.json"
        about = f"{test}: {str(error).splitlines()[0]}"
        write(path, Counterexample(about, network, people, decisions, {}))
        error.add_note(f"The case is in {path}; move it to {STORED}, say there what it is about.")
        raise


def serves_at_once(self, request):
    """Break tie rule 3: a release serves the queue itself."""
    if not request.triggered:
        self.put_queue.remove(request)
    elif request.usage_since is not None:
        self.busy -= 1
        request.usage_since = None
        self._at_work.pop(request, None)
    self._trigger_put(None)
    self._note()


def last_first(self, persons=1, priority=0):
    """Break the order of the queue."""
    self._asked -= 1
    return ServerRequest(self, persons, priority, self._asked)


def first_gives_way(self):
    """Break the rule who is interrupted or hands over: not the latest of the class."""
    return max(self._at_work, key=lambda one: (one.priority, -one.order))
