"""Stays fitted to observed curves: theory, blindness to what is held out, library numbers."""

import math
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

import forecasting as fc
from scenarios import cli
from scenarios.files import load_scenario, parse_scenario
from scenarios.problems import ScenarioError
from scenarios.stays import (
    FORMS,
    MIXTURE,
    arrivals_behind,
    expected_present,
    fit_stays,
    written_stay,
)
from simulation.distributions import Distribution

EPISODE = "docs/how-to/examples/hamdayet-2020.yaml"
DAYS = 60


def written(path):
    return yaml.load(Path(path).read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506


def exponential(mean):
    return Distribution("exponential", mean=mean)


def mixture(*parts):
    return Distribution("mixture", parts=parts)


@pytest.mark.parametrize(
    "stay",
    [
        Distribution("constant", mean=30.0),
        exponential(30.0),
        Distribution("lognormal", mean=30.0, sd=20.0),
        mixture((0.5, 10.0), (0.5, 50.0)),
    ],
    ids=lambda stay: stay.kind,
)
def test_steady_arrivals_give_rate_times_mean_stay(stay):
    present = expected_present(np.full(2000, 4.0), stay)
    assert present[-1] == pytest.approx(120.0, rel=0.01)
    assert present[-1] != pytest.approx(120.0 * 1.05, rel=0.01)


def test_those_there_at_first_have_a_random_part_of_their_stay_behind_them():
    nobody = np.zeros(12)
    present = expected_present(nobody, Distribution("constant", mean=10.0), stock=100.0)
    assert present == pytest.approx(np.maximum(90.0 - 10.0 * np.arange(12), 0.0), abs=0.1)
    # P(X V > t) of an exponential X and a uniform V, by hand: exp(-t) - t E1(t).
    t = 3.0
    left = expected_present(np.zeros(3), exponential(1.0), stock=1.0)[-1]
    assert left == pytest.approx(math.exp(-t) - t * 0.01304838, abs=5e-4)


def episode(observed, arrivals, fitted=30, what="present at the end of the day"):
    """A plan whose hall takes in so many a day, with an observed curve."""
    tree = written(EPISODE)
    tree["time"] |= {"start": "2030-01-01", "run_length": f"{len(arrivals)} days"}
    section = tree["forecast"]
    section |= {"reference_date": "2030-01-01", "horizon": f"{len(arrivals)} days"}
    section["counts"][0] |= {"first": "2030-01-01", "persons": [str(a) for a in arrivals]}
    tree["inflows"][0]["share"]["value"] = "100 %"
    tree["sites"][0] = {
        key: value for key, value in tree["sites"][0].items() if not key.startswith("onward")
    }
    del tree["transport"]
    days = np.datetime64("2030-01-01") + np.arange(len(arrivals))
    until = str(days[0] + max(fitted, 1))
    tree["observed"] = [
        {
            "name": "In the hall",
            "what": what,
            "of": ["transit"],
            "points": [
                {"on": str(day), "value": f"{round(value)} persons"}
                for day, value in zip(days, observed, strict=True)
            ],
            "fitted": [{"from": str(days[0]), "until": until}] if fitted else [],
            "source": "made up",
            "confidence": "none",
        }
    ]
    return parse_scenario(yaml.safe_dump(yaml.load(yaml.safe_dump(tree), yaml.BaseLoader)))  # noqa: S506


ARRIVALS = np.where(np.arange(DAYS) % 20 < 6, 900, 150)


def present(stay, taken=lambda hours: hours[:, -1]):
    return taken(expected_present(np.repeat(ARRIVALS / 24, 24), stay).reshape(-1, 24))


@pytest.mark.parametrize("form", FORMS)
def test_a_form_finds_the_mean_that_made_the_curve(form):
    found = fit_stays(episode(present(FORMS[form](120.0)), ARRIVALS)).set_index("form")
    assert found.loc[form, "mean_hours"] == pytest.approx(120.0, rel=0.01)
    assert found["scatter"].idxmin() in (form, MIXTURE)
    assert found.loc[form, "points_held_out"] == 30
    assert found.loc[form, "inside_90"] >= 27 or found.loc[form, "mae_held_out"] < 0.001


@pytest.mark.parametrize(
    ("what", "taken"),
    [("mean present", lambda hours: hours.mean(1)), ("most present", lambda hours: hours.max(1))],
)
def test_what_was_observed_of_a_day_is_what_is_fitted(what, taken):
    curve = present(exponential(20.0), taken)
    found = fit_stays(episode(curve, ARRIVALS, what=what)).set_index("form").loc["exponential"]
    assert found["mean_hours"] == pytest.approx(20.0, rel=0.01)
    at_the_end = fit_stays(episode(curve, ARRIVALS)).set_index("form").loc["exponential"]
    assert at_the_end["scatter"] > 10 * found["scatter"]


def test_a_mixture_is_found_and_beats_every_single_form():
    curve = present(mixture((0.6, 24.0), (0.4, 720.0)))
    found = fit_stays(episode(curve, ARRIVALS)).set_index("form")
    assert found["scatter"].idxmin() == MIXTURE
    assert found.loc[MIXTURE, "mae_held_out"] < 0.03
    assert found.loc["exponential", "scatter"] > 3 * found.loc[MIXTURE, "scatter"]


def test_the_share_that_comes_is_found_too():
    scenario = episode(0.7 * present(exponential(120.0)), ARRIVALS)
    found = fit_stays(scenario, share=True).set_index("form").loc["exponential"]
    assert found["passes"] == pytest.approx(0.7, rel=0.02)
    assert found["mean_hours"] == pytest.approx(120.0, rel=0.03)


def test_what_is_held_out_chooses_nothing():
    curve = present(exponential(120.0))
    other = np.where(np.arange(DAYS) < 30, curve, 3 * curve + 50)
    same = ["form", "stay", "mean_hours", "scatter", "mae_fitted"]
    first, second = (fit_stays(episode(one, ARRIVALS)) for one in (curve, other))
    assert first[same].equals(second[same])
    assert (second["mae_held_out"] > 0.3).all()


def test_a_mixture_needs_as_many_observations_as_it_has_numbers():
    curve = present(exponential(120.0))
    assert MIXTURE in set(fit_stays(episode(curve, ARRIVALS, fitted=3))["form"])
    assert MIXTURE not in set(fit_stays(episode(curve, ARRIVALS, fitted=2))["form"])
    assert MIXTURE not in set(fit_stays(episode(curve, ARRIVALS, fitted=3), share=True)["form"])


def stays_of(name, **options):
    return fit_stays(load_scenario(name), **options).set_index("form")


def test_numbers_of_the_library_are_those_that_are_fitted():
    """Sindh, New York: stays in the files are what the command gives, to within rounding."""
    sindh = stays_of("sindh-camps").loc["all alike", "mean_hours"]
    site = load_scenario("sindh-camps").sites[0]
    assert sindh == pytest.approx(site.length_of_stay.to_simulation().expected(), rel=0.005)
    for name, variant in (
        ("sindh-camps", "sindh-camps-exponential"),
        ("new-york-shelters", "new-york-exponential"),
    ):
        mean = load_scenario(variant).sites[0].length_of_stay.to_simulation().expected()
        assert stays_of(name).loc["exponential", "mean_hours"] == pytest.approx(mean, rel=0.05)
    mean = load_scenario("new-york-shelters").sites[0].length_of_stay.to_simulation().expected()
    assert stays_of("new-york-shelters").loc[MIXTURE, "mean_hours"] == pytest.approx(mean, rel=0.02)


def test_share_and_stay_of_sicily_are_those_of_the_best_form():
    found = stays_of("sicily-hotspots", share=True)
    best = found["scatter"].idxmin()
    assert best == "gamma, sd half the mean"
    scenario = load_scenario("sicily-hotspots")
    assert found.loc[best, "passes"] == pytest.approx(1.0, abs=0.01)
    stay = scenario.sites[0].length_of_stay.to_simulation()
    assert found.loc[best, "mean_hours"] == pytest.approx(stay.expected(), rel=0.01)
    assert found.loc[best, "scatter"] == pytest.approx(scenario.observed[0].scatter, abs=0.01)
    assert found.loc["exponential", "scatter"] > 1.05 * found.loc[best, "scatter"]


def test_arrivals_of_assam_are_worked_out_from_the_counts():
    """The mean stay is that of the fall of five days; arrivals are what the counts then need."""
    table = fc.load("assam_relief_camps")["relief_camp_inmates"]
    table = table.sum([dim for dim in table.dims if dim != "time"])
    counts = table.to_series().loc["2022-06-14":"2022-06-29"]
    stay = 5 / np.log(counts["2022-06-23"] / counts["2022-06-28"])
    scenario = load_scenario("assam-june-2022")
    mean = scenario.sites[0].length_of_stay.to_simulation().expected() / 24
    assert mean == pytest.approx(stay, rel=0.005)
    behind = arrivals_behind(counts.to_numpy(), 10.4)
    given = np.array(scenario.forecast.counts[0].persons)[: len(behind)]
    rising = given > 0
    assert behind[rising] == pytest.approx(given[rising], rel=0.02, abs=200)
    assert (given[~rising] == 0).all()


def test_what_cannot_be_fitted_is_told():
    with pytest.raises(ScenarioError, match="'pool'; stays are fitted to a 'replay'"):
        fit_stays(load_scenario("beledweyne-flood"))
    with pytest.raises(ScenarioError, match="no observed curve of people present in sites"):
        fit_stays(load_scenario(EPISODE))
    curve = present(exponential(120.0))
    with pytest.raises(ScenarioError, match="no observed curve of 'x' in sites; observed: 'In the"):
        fit_stays(episode(curve, ARRIVALS), "x")
    tree = written("scenarios/library/sindh-camps.yaml")
    tree["sites"][0]["returns_home"] = [{"from": "day 9", "mean": "9 days", "because": "x"}]
    with pytest.raises(ScenarioError, match="stays are fitted without 'returns_home'"):
        fit_stays(parse_scenario(yaml.safe_dump(tree)))
    with pytest.raises(ScenarioError, match="has no observation for fitting on a day whose"):
        fit_stays(episode(curve, ARRIVALS, fitted=0))


def test_stays_are_written_as_a_scenario_reads_them():
    for stay in (
        Distribution("constant", mean=30.0),
        exponential(3000.0),
        Distribution("gamma", mean=96.0, sd=48.0),
        mixture((0.25, 10.0), (0.75, 500.0)),
    ):
        tree = written(EPISODE)
        tree["sites"][0]["length_of_stay"] = yaml.load(written_stay(stay), yaml.BaseLoader)  # noqa: S506
        text = yaml.safe_dump(tree)
        read = parse_scenario(text).sites[0].length_of_stay.to_simulation()
        assert read.kind == stay.kind
        assert read.expected() == pytest.approx(stay.expected(), rel=0.01)


def test_the_command_tells_the_forms_and_writes_a_table(tmp_path):
    path = tmp_path / "stays.csv"
    result = CliRunner().invoke(cli.app, ["stays", "sindh-camps", "--csv", str(path)])
    assert result.exit_code == 0, result.output
    assert "56.4 days" in result.output
    assert "Fitted to 1 observations; 1 held out" in result.output
    assert path.read_text(encoding="utf-8").startswith("form,stay,mean_hours,passes")
    result = CliRunner().invoke(cli.app, ["stays", "beledweyne-flood"])
    assert result.exit_code == 2
    assert "stays are fitted to a 'replay'" in " ".join(result.output.split())
