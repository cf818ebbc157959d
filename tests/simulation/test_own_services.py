"""A service of the user's own is recorded, measured, changed and repeated like any other."""

import importlib.util
import types

import pytest
from small_networks import (
    fixed,
    inflow,
    network,
    population,
    reception,
    rows_of,
    site,
    states_of,
    story,
    trigger,
)

from simulation.calendars import Steps
from simulation.engine import simulate
from simulation.measures import dataset, measure
from simulation.network import NetworkError
from simulation.parts import OwnService


def half_an_hour_each(tent):
    def serve(group):
        row = tent.asks(group)
        with tent.servers.request(row.persons) as turn:
            yield turn
            if not tent.is_present(group):
                row.end(tent.env.now, "left_without_service")
                return
            row.start(tent.env.now)
            yield tent.env.timeout(0.5 * row.persons)
            row.end(tent.env.now)

    tent.for_every_group_received(serve)


def tent(teams=1, name="tent", **changed):
    values = {
        "name": name,
        "servers": Steps.constant(teams),
        "unit": "teams",
        "standard": 1.0,
        "opens": half_an_hour_each,
    }
    return OwnService(**(values | changed))


def test_queue_of_the_tent_hour_by_hour():
    plan = network(own=(tent(),), sites=(site(stay=fixed(100.0)),))
    rows = [row for row in story(plan, population([1.0, 1.5], [2, 3])) if row[1] == "own_service"]
    assert rows == [
        (0, "own_service", "tent", 1.0, 1.0, 2.0, "served"),
        (1, "own_service", "tent", 1.5, 2.0, 3.5, "served"),
    ]
    records = simulate(plan, population([1.0, 1.5], [2, 3]))
    assert states_of(records, plan, "tent")[1:] == [
        (1.0, 1, 0, 1),
        (1.5, 1, 3, 1),
        (2.0, 1, 0, 1),
        (3.5, 0, 0, 1),
    ]


def loaded(path, source):
    """The function of a module as another process would have it."""
    path.write_text(source)
    spec = importlib.util.spec_from_file_location("tents", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.opens


def test_the_same_service_is_the_same_plan_in_every_process(tmp_path):
    source = "def opens(tent):\n    tent.for_every_group_received({})\n"
    first, again, changed = (
        repr(tent(opens=loaded(tmp_path / f"{number}.py", source.format(text))))
        for number, text in enumerate(("print", "print", "repr"))
    )
    assert first == again != changed
    assert "name='tent'" in first
    # What a function holds, or one without a source does, is not known: always another plan.
    assert "0x" in repr(tent(opens=lambda _tent: first))
    typed = types.FunctionType(compile("1", "typed in", "eval"), {})
    assert "0x" in repr(tent(opens=typed))


def test_the_tent_is_measured():
    plan = network(own=(tent(),), sites=(site(stay=fixed(100.0)),))
    people = population([1.0] * 4)
    values = dataset([measure(simulate(plan, people), plan)], plan).isel(replication=0)
    assert float(values["requests"].sel(facility="tent", day=0)) == 4
    assert float(values["late"].sel(facility="tent", day=0)) == 1
    assert float(values["persons_late"].sel(step="own_service")) == 1
    assert values["facility_service"].sel(facility="tent").item() == "own"


def test_who_has_gone_is_not_served():
    plan = network(own=(tent(),), sites=(site(stay=fixed(0.2)),))
    rows = rows_of(simulate(plan, population([1.0] * 3)), "own_service")
    assert rows["started"].notna().tolist() == [True, False, False]


def test_trigger_adds_teams():
    more = trigger("tent", facility="tent", when={"above": 3.0}, added=Steps.constant(2))
    plan = network(own=(tent(),), sites=(site(stay=fixed(100.0)),), triggers=(more,))
    states = states_of(simulate(plan, population([1.0] * 20)), plan, "tent")
    assert max(capacity for _, _, _, capacity in states) == 3


def test_the_tent_changes_nothing_else():
    people = population([1.0, 2.0], 3)
    plan = network(receptions=(reception(),), inflows=(inflow(),))
    before = story(plan, people)
    after = story(network(own=(tent(),)), people)
    assert [row for row in after if row[1] != "own_service"] == before


def test_two_services_need_two_names():
    with pytest.raises(NetworkError, match=r"the name 'tent' is used 2 times"):
        network(own=(tent(), tent()))
