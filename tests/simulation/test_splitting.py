"""Tables of a run split into columns: machine code and the same lines in Python."""

import numpy as np
import pytest

from simulation.compiled import splitting
from simulation.compiled.tables import ROW, STATE


def made_up(dtype, count):
    table = np.zeros(count, dtype=dtype)
    for place, name in enumerate(dtype.names):
        table[name] = (np.arange(count) * (place + 3)) % 7
    return table


def in_python(function):
    return lambda rows, *others: function(rows.view(np.recarray), *others)


@pytest.fixture(params=["machine code", "Python"])
def how(request, monkeypatch):
    if request.param == "Python":
        monkeypatch.setattr(splitting, "machine_code", in_python)


@pytest.mark.usefixtures("how")
@pytest.mark.parametrize("count", [0, 1, 40])
def test_steps_that_are_kept_stay_in_order(count):
    rows = made_up(ROW, count)
    rows["kept"] = np.arange(count) % 3 != 1
    steps, paused = splitting.steps_of(rows)
    for name in ("group", "step", "acuity", "requested", "ended", "outcome"):
        np.testing.assert_array_equal(steps[name], rows[name][rows["kept"] == 1])
    assert paused == rows["paused"].any()
    assert len(steps) == rows["kept"].sum()


@pytest.mark.usefixtures("how")
@pytest.mark.parametrize("count", [0, 1, 40])
def test_states_are_by_facility_and_in_order_of_time(count):
    rows = made_up(STATE, count)
    rows["time"] = np.arange(count)
    states = splitting.states_of(rows, 8)
    order = np.lexsort((rows["time"], rows["facility"]))
    for name in ("facility", "time", "busy", "waiting", "capacity"):
        np.testing.assert_array_equal(states[name], rows[name][order])
