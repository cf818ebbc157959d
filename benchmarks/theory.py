"""What the engine gives beside what queueing and search theory says, for the table in the docs.

Each row is a mean over replications with its 99 % interval, beside the closed form. Run it with::

    python benchmarks/theory.py --out benchmarks/results/theory.json
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import math
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from simulation import Distribution, Network, Steps, Streams, simulate, theory
from simulation.arrivals import Population
from simulation.parts import (
    AcuityClass,
    Composition,
    Desk,
    HealthPost,
    Inflow,
    Outbreak,
    Reception,
    Site,
    SiteOption,
    Ward,
)
from simulation.records import STEP_OUTCOMES, STEPS

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

MANY = 10**7
NEVER = 10.0**7
HOURS, WARM_UP, TAIL = 2000.0, 100.0, 60.0
REPLICATIONS = 25


def exponential(mean: float) -> Distribution:
    """Return an exponential time."""
    return Distribution("exponential", mean=mean)


def constant(mean: float) -> Distribution:
    """Return a fixed time."""
    return Distribution("constant", mean=mean)


def network(
    hours: float = HOURS,
    desks: tuple[Desk, ...] = (),
    stay: Distribution | None = None,
    **parts: Any,
) -> Network:
    """Return a reception with one site that has room for everybody."""
    inflow = Inflow(
        name="people",
        locations=("here",),
        causes=(),
        share=1.0,
        cut_off=0.0,
        group_size=constant(1.0),
        hours=(1.0,) * 24,
        onset_days=0.0,
        composition=Composition(0.5, 0.5, 0.2, 0.05, 0.1, 0.1, 0.02, 0.1),
        reception="reception",
        rescue=None,
    )
    reception = Reception(
        name="reception",
        location="here",
        desks=desks,
        sites=(SiteOption("site", 0.0),),
        gives_up_after=constant(NEVER),
        splits_after=math.inf,
        first_that_fits=False,
        standard=24.0,
        health_post="post" if "health_posts" in parts else None,
    )
    site = Site(
        name="site",
        location="here",
        places=Steps.constant(MANY),
        over_capacity=0,
        evacuated_when_lost=True,
        length_of_stay=stay or constant(NEVER),
        onward=None,
        onward_share=0.0,
        starting_stock=0,
    )
    return Network(
        start=dt.date(2022, 7, 1),
        run_length=hours,
        inflows=(inflow,),
        receptions=(reception,),
        sites=(site,),
        **parts,
    )


def people(arrived: np.ndarray, streams: Streams, persons: int = 1) -> Population:
    """Return groups that arrive at given times."""
    count = len(arrived)
    values: dict[str, Any] = {
        field.name: np.zeros(count, dtype=np.int64)
        for field in fields(Population)
        if field.name not in {"streams", "key"}
    }
    values |= {
        "arrived": np.cumsum(np.diff(arrived, prepend=0.0)),
        "persons": np.full(count, persons),
        "site": np.full(count, -1),
        "boat": np.full(count, -1),
        "unaccompanied": np.zeros(count, dtype=np.bool_),
        "cut_off": np.zeros(count, dtype=np.bool_),
    }
    return Population(streams=streams, key=np.arange(count, dtype=np.uint64), **values)


def at_random(rate: float, replication: int, hours: float = HOURS) -> Population:
    """Return single persons who arrive at random."""
    streams = Streams(20261124, replication)
    index = np.arange(int(rate * hours * 1.3) + 50, dtype=np.uint64)
    times = np.cumsum(streams.draw("arrivals", exponential(1 / rate), index))
    return people(times[times < hours], streams)


def residents(count: int, replication: int, persons: int = 1) -> Population:
    """Return groups who are there from hour 0 and do not leave."""
    return people(np.zeros(count), Streams(20261124, replication), persons)


def desk(number: int, time: Distribution) -> tuple[Desk, ...]:
    """Return desks that register one person after the other."""
    one = Desk(
        name="desks",
        kind="registration",
        desks=Steps.constant(number),
        service_time=time,
        per="group",
        standard=4.0,
    )
    return (one,)


def post(rate: float, clinicians: int, time: Distribution, **changed: Any) -> HealthPost:
    """Return a health post that 400 residents visit at a rate per hour."""
    values: dict[str, Any] = {
        "name": "post",
        "location": "here",
        "visits_per_person_day": 24 * rate / 400,
        "triage_nurses": Steps.constant(MANY),
        "triage_time": constant(0.0),
        "triage_standard": 0.5,
        "clinicians": Steps.constant(clinicians),
        "consultation_time": time,
        "classes": (acuity("all", 1.0),),
        "ward": None,
    }
    return HealthPost(**(values | changed))


def acuity(name: str, share: float, **changed: Any) -> AcuityClass:
    """Return a class."""
    values: dict[str, Any] = {"standard": 1.0, "leaves_after": None, "referral": 0.0}
    return AcuityClass(name=name, share=share, **(values | changed))


def ward(beds: int, stay: Distribution, patience: float) -> Ward:
    """Return a ward."""
    return Ward("ward", "here", Steps.constant(beds), stay, patience, 2.0)


def rows(plan: Network, who: Population, step: str) -> pd.DataFrame:
    """Return the rows of a step after the warm-up whose end can be known."""
    table = simulate(plan, who).steps
    known = (table["requested"] > WARM_UP) & (table["requested"] < plan.run_length - TAIL)
    mine = table[(table["step"] == STEPS.index(step)) & known]
    return mine.assign(wait=mine["started"] - mine["requested"])


def comparisons() -> dict[str, tuple[str, float, Callable[[int], float]]]:
    """Return unit, theory and one replication for everything that is compared."""
    three = network(desks=desk(3, exponential(1.0)))
    one = network(desks=desk(1, Distribution("lognormal", mean=1.0, sd=0.7)))
    full = network(
        health_posts=(
            post(
                1.0, MANY, constant(0.0), classes=(acuity("all", 1.0, referral=1.0),), ward="ward"
            ),
        ),
        wards=(ward(5, Distribution("lognormal", mean=4.0, sd=4.0), 0.0),),
    )
    two = (acuity("urgent", 0.4), acuity("other", 0.6))
    ordered = network(health_posts=(post(1.6, 2, exponential(1.0), classes=two),))
    row = network(
        health_posts=(
            post(
                1.8,
                2,
                exponential(0.8),
                triage_nurses=Steps.constant(1),
                triage_time=exponential(0.4),
                classes=(acuity("all", 1.0, referral=0.4),),
                ward="ward",
            ),
        ),
        wards=(ward(4, exponential(4.0), NEVER),),
    )
    roomy = network(400.0, stay=Distribution("lognormal", mean=20.0, sd=20.0))
    ill = network(
        144.0,
        health_posts=(post(0.0, MANY, constant(0.0)),),
        outbreaks=(
            Outbreak("outbreak", "post", 0.0, math.inf, 0.1, 0.0, 3.5, 1.0, (("all", 1.0),)),
        ),
    )
    hazard = (acuity("all", 1.0, deaths_per_day=0.5, leaves_after=constant(24.0)),)
    unseen = network(400.0, health_posts=(post(2.0, 0, constant(0.0), classes=hazard),))
    priorities = theory.mean_waits_by_priority(
        arrival_rates=(0.64, 0.96), service_mean=1.0, service_sd=1.0, servers=2
    )
    jackson = theory.mean_waits_jackson(
        arrival_rates=[1.8, 0.0, 0.0],
        routing=[[0.0, 1.0, 0.0], [0.0, 0.0, 0.4], [0.0, 0.0, 0.0]],
        service_rates=[2.5, 1.25, 0.25],
        servers=[1, 2, 4],
    )

    def share(plan: Network, who: Population, step: str, outcome: str) -> float:
        return float((rows(plan, who, step)["outcome"] == STEP_OUTCOMES.index(outcome)).mean())

    def present(number: int) -> float:
        table = rows_at(simulate(roomy, at_random(2.0, number, 400.0)).steps, 300.0)
        return float(table)

    return {
        "Three desks, M/M/3: mean wait": (
            "h",
            theory.mean_wait_markov(arrival_rate=1.8, service_rate=1.0, servers=3),
            lambda n: rows(three, at_random(1.8, n), "registration")["wait"].mean(),
        ),
        "One desk, lognormal times, M/G/1: mean wait": (
            "h",
            theory.mean_wait_pollaczek_khinchine(
                arrival_rate=0.5, service_mean=1.0, service_sd=0.7
            ),
            lambda n: rows(one, at_random(0.5, n), "registration")["wait"].mean(),
        ),
        "Five beds, lognormal stays, Erlang B: sent elsewhere": (
            "share",
            theory.erlang_b(offered_load=4.0, servers=5),
            lambda n: share(full, residents(400, n), "ward", "transferred"),
        ),
        **{
            f"Two clinicians, {name} patients, Cobham: mean wait": (
                "h",
                priorities[number],
                lambda n, number=number: (
                    rows(ordered, residents(400, n), "consultation")
                    .query("acuity == @number", local_dict={"number": number})["wait"]
                    .mean()
                ),
            )
            for number, name in enumerate(("urgent", "other"))
        },
        **{
            f"Triage, clinicians, ward, Jackson: mean wait for {step}": (
                "h",
                jackson[number],
                lambda n, step=step: rows(row, residents(400, n), step)["wait"].mean(),
            )
            for number, step in enumerate(("triage", "consultation", "ward"))
        },
        "Site with room for all, M/G/infinity: present": ("persons", 40.0, present),
        "Outbreak, 0.1 per person and day: ill after 6 days": (
            "share",
            -math.expm1(-0.6),
            lambda n: len(simulate(ill, residents(500, n, 4)).cases) / 2000,
        ),
        "No clinician, hazard 0.5 per day: died within 24 hours": (
            "share",
            -math.expm1(-0.5),
            lambda n: share(unseen, residents(400, n), "consultation", "died"),
        ),
    }


def rows_at(steps: pd.DataFrame, time: float) -> int:
    """Count the groups that have a place at a time."""
    mine = steps[steps["step"] == STEPS.index("placement")]
    return int(((mine["started"] <= time) & ~(mine["ended"] <= time)).sum())


def main() -> None:
    """Compare and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    out = parser.parse_args().out
    table = []
    for name, (unit, expected, replicate) in comparisons().items():
        values = [float(replicate(number)) for number in range(REPLICATIONS)]
        low, high = stats.t.interval(0.99, len(values) - 1, np.mean(values), stats.sem(values))
        table.append(
            {
                "what": name,
                "unit": unit,
                "theory": expected,
                "simulated": float(np.mean(values)),
                "low": float(low),
                "high": float(high),
            }
        )
        print(f"{name}: theory {expected:.4f}, simulated {low:.4f} to {high:.4f} {unit}")
    out.parent.mkdir(parents=True, exist_ok=True)
    found = {"replications": REPLICATIONS, "rows": table}
    out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
