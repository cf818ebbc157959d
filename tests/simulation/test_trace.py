"""The story of a group is that of the records, in order of time."""

import numpy as np
import pytest
from small_networks import desk, fixed, network, poisson_population, population, reception, site

from simulation.engine import simulate
from simulation.trace import TraceError, at_the_busiest_time, longest_wait, trace

PLAN = network(72.0, receptions=(reception(desk(1, fixed(2.5))),), sites=(site(stay=fixed(10.0)),))


def test_a_group_is_followed_from_arrival_to_the_end():
    records = simulate(PLAN, population([1.0, 1.5], [1, 4]))
    story = trace(records, PLAN, 1)
    assert [(f"{m.time:%d %H:%M}", m.step, m.text) for m in story] == [
        ("01 01:30", "arrival", "a family (4 persons, 0 below 18): people"),
        ("01 01:30", "registration", "asks for registration"),
        ("01 03:30", "registration", "registration begins"),
        ("01 06:00", "registration", "registration ends: served"),
        ("01 06:00", "placement", "asks for placement"),
        ("01 06:00", "placement", "placement begins"),
        ("01 16:00", "placement", "placement ends: served"),
        ("01 16:00", "end", "at the end of the story: returned home"),
    ]
    assert [m.waited for m in story if m.text.endswith("begins")] == [2.0, 0.0]
    assert story[2].facility == "registration desks"


def test_what_is_open_is_told_as_such():
    closed = network(24.0, receptions=(reception(desk(0)),))
    story = trace(simulate(closed, population([1.0])), closed, 0)
    assert f"{story[-1].time:%Y-%m-%d %H:%M}" == "2022-07-02 00:00"
    assert story[-1].text.endswith("in screening or registration")
    assert np.isnan(story[1].waited)


def test_those_who_leave_have_waited_too():
    full = network(60.0, receptions=(reception(gives_up_after=fixed(30.0)),), sites=(site(0),))
    story = trace(simulate(full, population([1.0])), full, 0)
    assert (story[-2].text, story[-2].waited) == ("placement ends: left without service", 30.0)


def test_telling_groups_are_found():
    records = simulate(PLAN, population([0.0, 0.1, 0.2, 30.0]))
    assert longest_wait(records) == 2
    assert at_the_busiest_time(records, PLAN, "registration desks") == 2
    assert at_the_busiest_time(records, PLAN, "site") in {0, 1, 2}


def test_every_story_is_in_order_of_time():
    records = simulate(PLAN, poisson_population(0.3, 60.0, 1))
    for group in range(len(records.groups)):
        times = [moment.time for moment in trace(records, PLAN, group)]
        assert times == sorted(times)


def test_what_is_not_there_is_said():
    records = simulate(PLAN, population([0.0]))
    with pytest.raises(TraceError, match="no group 1; this future has the groups 0 to 0"):
        trace(records, PLAN, 1)
    with pytest.raises(TraceError, match="no facility 'tea'; known: registration desks, site"):
        at_the_busiest_time(records, PLAN, "tea")
    nobody = simulate(PLAN, population([]))
    assert longest_wait(nobody) == at_the_busiest_time(nobody, PLAN, "site") == -1
    with pytest.raises(TraceError, match="nobody asks"):
        trace(nobody, PLAN, 0)
