"""Space, water and sanitation follow from how many people are in a site."""

import numpy as np
import pytest
from small_networks import fixed, network, population, site

from simulation.engine import simulate
from simulation.measures import dataset, measure
from simulation.network import NetworkError
from simulation.site_standards import SITE_STANDARDS

HOURS = 96.0


def result(persons=100, stay=48.0, **has):
    plan = network(HOURS, sites=(site(stay=fixed(stay), **has),))
    groups = np.full(persons // 4, 4)
    people = population(np.full(len(groups), 24.0), groups)
    return dataset([measure(simulate(plan, people), plan)], plan).isel(replication=0)


def below(values, word, name="days_below_standard"):
    chosen = [one.name for one in SITE_STANDARDS if one.name.startswith(word)]
    return values[name].sel(facility="site", site_standard=chosen).values.tolist()


@pytest.mark.parametrize(
    ("has", "word", "days"),
    [
        ({"area": 350.0}, "area", [0.0, 2.0]),
        ({"area": 349.0}, "area", [2.0, 2.0]),
        ({"area": 450.0}, "area", [0.0, 0.0]),
        ({"latrines": 2}, "latrines", [0.0, 2.0]),
        ({"latrines": 1}, "latrines", [2.0, 2.0]),
        ({"latrines": 5}, "latrines", [0.0, 0.0]),
        ({"taps": 1}, "taps", [0.0, 0.0]),
        ({"water": 1500.0}, "water", [0.0, 2.0]),
        ({"water": 2000.0}, "water", [0.0, 0.0]),
    ],
)
def test_hundred_persons_for_two_days(has, word, days):
    values = result(**has)
    assert below(values, word) == days
    assert below(values, word, "person_days_below_standard") == [100 * day for day in days]


def test_worst_ratios():
    values = result(area=400.0, latrines=4, taps=1, water=1000.0).sel(facility="site")
    assert float(values["most_per_latrine"]) == 25.0
    assert float(values["most_per_tap"]) == 100.0
    assert float(values["least_area"]) == 4.0
    assert float(values["least_water"]) == 10.0


def test_people_count_to_the_end_of_the_run_when_they_stay():
    assert below(result(stay=1000.0, latrines=1), "latrines") == [3.0, 3.0]


def test_a_site_that_says_nothing_has_no_number_and_an_empty_one_no_ratio():
    assert np.isnan(below(result(), "area")).all()
    values = result(persons=0, latrines=0, taps=1, area=10.0).sel(facility="site")
    assert below(result(persons=0, latrines=0), "latrines") == [0.0, 0.0]
    assert float(values["most_per_latrine"]) == 0
    assert np.isnan(float(values["least_area"]))


def test_people_without_any_latrine():
    values = result(latrines=0)
    assert below(values, "latrines") == [2.0, 2.0]
    assert float(values["most_per_latrine"].sel(facility="site")) == np.inf


def test_negative_numbers_are_refused():
    with pytest.raises(NetworkError, match=r"site.taps is -1; it cannot be negative"):
        network(sites=(site(taps=-1),))
