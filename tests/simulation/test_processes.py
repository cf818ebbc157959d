"""Processes that meet the same tasks again."""

import os
import time

import numpy as np
import pytest
from joblib import delayed

from simulation.executors import begin
from simulation.processes import Processes

KEPT = []


def told(number):
    return number, os.getpid()


def endless(_number):
    time.sleep(3600.0)


def leaves_a_mark(path):
    path.touch()
    return path.name


def fails(number):
    msg = f"no {number}"
    raise ValueError(msg)


def run(function, numbers, processes=2):
    return list(Processes(processes)(delayed(function)(number) for number in numbers))


def test_results_are_in_order_and_every_process_meets_its_tasks_again():
    first, again = run(told, range(40)), run(told, range(40))
    assert [number for number, _ in first] == list(range(40))
    assert first == again
    whose = [process for _, process in first]
    assert len({*whose[::2]}) == len({*whose[1::2]}) == 1
    assert whose[0] != whose[1] != os.getpid()


def test_fewer_processes_are_some_of_the_same():
    both = {process for _, process in run(told, range(4))}
    assert {process for _, process in run(told, range(4), processes=1)} < both


def test_tasks_begin_before_the_first_result_is_asked_for(tmp_path):
    marks = [tmp_path / "one", tmp_path / "two"]
    begun = Processes(2)(delayed(leaves_a_mark)(mark) for mark in marks)
    while not all(mark.exists() for mark in marks):
        time.sleep(0.01)
    assert list(begun) == ["one", "two"]


def test_only_some_tasks_are_taken_ahead_of_the_results():
    taken = []

    def tasks():
        for number in range(100):
            taken.append(number)
            yield delayed(told)(number)

    results = Processes(2)(tasks())
    next(results)
    assert len(taken) < 20
    assert len(list(results)) == 99


def test_an_error_comes_when_its_turn_comes_and_the_next_experiment_runs():
    mixed = [delayed(told)(0), delayed(fails)(1), *[delayed(endless)(2)] * 4]
    results = Processes(2)(mixed)
    number, stopped = next(results)
    assert number == 0
    with pytest.raises(ValueError, match="no 1"):
        next(results)
    again = run(told, range(3))  # would wait for those without an end
    assert [number for number, _ in again] == [0, 1, 2]
    assert stopped not in {process for _, process in again}


def test_what_nobody_wants_any_more_is_stopped():
    results = Processes(2)([delayed(told)(0), *[delayed(endless)(1)] * 4])
    _, stopped = next(results)
    results.close()
    assert stopped not in {process for _, process in run(told, range(2))}


def test_no_tasks_have_no_results():
    assert run(told, []) == []


def grows(megabytes):
    """Hold so much memory from now on, long enough for loky to look at it."""
    KEPT.append(np.ones(megabytes * 2**17))
    time.sleep(1.1)
    return os.getpid()


def test_a_process_that_keeps_much_is_not_taken_for_leaking():
    pytest.importorskip("psutil", reason="only with psutil loky looks at the memory of processes")
    assert len({*run(grows, [1, 400, 1, 1], processes=1)}) == 1


def test_processes_may_begin_before_there_is_work():
    Processes(2).begin(os.getpid)
    whose = {process for _, process in run(told, range(4))}
    assert len(whose) == 2
    assert {process for _, process in run(told, range(4))} == whose
    begin(1, leaves_a_mark)  # this process needs no other
    begin(2, os.getpid)
    assert {process for _, process in run(told, range(4))} == whose
