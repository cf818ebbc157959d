"""States reduced by day: the machine code, the same lines in Python, and a plain reckoning."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation import daily_states
from simulation.daily_states import DAILY_STATES, cut_states

DAYS = 3
ONE_STATE = st.tuples(
    st.sampled_from([0.0, 0.5, 12.0, 23.5, 24.0, 30.0, 48.0, 60.0]),
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(0, 4),
)


def plainly(table, until):
    """Reckon one facility: for each day the state at midnight, then its changes."""
    made = {name: np.zeros(DAYS) for name in DAILY_STATES}
    for day in range(DAYS):
        begins, ends = day * 24.0, min((day + 1) * 24.0, until)
        opening = [state for state in table if state[0] <= begins][-1:]
        changes = [state for state in table if begins < state[0] < (day + 1) * 24.0]
        seen = [(begins, *opening[0][1:]), *changes]
        busy, waiting, capacity = np.array([state[1:] for state in seen], dtype=float).T
        times = np.array([*(state[0] for state in seen), ends])
        made["peak_busy"][day] = busy.max()
        made["peak_waiting"][day] = waiting.max()
        made["peak_demand"][day] = (busy + waiting).max()
        made["capacity_in_place"][day] = capacity.max()
        made["busy_at_day_end"][day] = busy[-1]
        made["mean_busy"][day] = (busy * np.diff(times)).sum() / (ends - begins)
    return made


@pytest.mark.parametrize("machine_code", [True, False])
@given(
    tables=st.lists(st.lists(ONE_STATE, max_size=8), min_size=1, max_size=3),
    until=st.sampled_from([60.5, 72.0]),
)
def test_days_are_those_of_a_plain_reckoning(machine_code, tables, until):
    tables = [[(0.0, 1, 2, 3), *sorted(table, key=lambda one: one[0])] for table in tables]
    rows = [(number, *state) for number, table in enumerate(tables) for state in table]
    facility, time, *states = (np.array(column) for column in zip(*rows, strict=True))
    with pytest.MonkeyPatch.context() as patch:
        if not machine_code:
            patch.setattr(daily_states, "machine_code", lambda function: function)
        made = cut_states(facility, time, tuple(states), (len(tables) + 1, DAYS), until)
    for number, table in enumerate(tables):
        for name, values in plainly(table, until).items():
            np.testing.assert_allclose(made[name][number], values, rtol=1e-12, err_msg=name)
    assert not any(values[-1].any() for values in made.values())  # a facility without states
