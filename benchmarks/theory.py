"""What the engine gives beside what queueing and search theory says, for the table in the docs.

Each row is a mean over replications with its 99 % interval, beside the closed form. Run it with::

    python -m benchmarks.theory --out benchmarks/results/theory.json
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from benchmarks.networks import MANY, NEVER, constant, desk, exponential, groups, one_site
from simulation import Distribution, Steps, Streams, simulate, theory
from simulation.parts import AcuityClass, HealthPost, Outbreak, Ward
from simulation.records import STEP_OUTCOMES, STEPS

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from simulation import Network
    from simulation.arrivals import Population

HOURS, WARM_UP, TAIL = 2000.0, 100.0, 60.0
REPLICATIONS = 25


def at_random(rate: float, replication: int, hours: float = HOURS) -> Population:
    """Return single persons who arrive at random."""
    streams = Streams(20261124, replication)
    index = np.arange(int(rate * hours * 1.3) + 50, dtype=np.uint64)
    times = np.cumsum(streams.draw("arrivals", exponential(1 / rate), index))
    return groups(times[times < hours], streams)


def residents(count: int, replication: int, persons: int = 1) -> Population:
    """Return groups who are there from hour 0 and do not leave."""
    return groups(np.zeros(count), Streams(20261124, replication), persons)


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
    three = one_site(HOURS, desks=desk(3, exponential(1.0)))
    one = one_site(HOURS, desks=desk(1, Distribution("lognormal", mean=1.0, sd=0.7)))
    full = one_site(
        HOURS,
        health_posts=(
            post(
                1.0, MANY, constant(0.0), classes=(acuity("all", 1.0, referral=1.0),), ward="ward"
            ),
        ),
        wards=(ward(5, Distribution("lognormal", mean=4.0, sd=4.0), 0.0),),
    )
    two = (acuity("urgent", 0.4), acuity("other", 0.6))
    ordered = one_site(HOURS, health_posts=(post(1.6, 2, exponential(1.0), classes=two),))
    first = (acuity("urgent", 0.5, interrupts=True), acuity("other", 0.5))
    interrupted = one_site(HOURS, health_posts=(post(0.6, 1, exponential(1.0), classes=first),))
    row = one_site(
        HOURS,
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
    roomy = one_site(400.0, stay=Distribution("lognormal", mean=20.0, sd=20.0))
    ill = one_site(
        144.0,
        health_posts=(post(0.0, MANY, constant(0.0)),),
        outbreaks=(
            Outbreak("outbreak", "post", 0.0, math.inf, 0.1, 0.0, 3.5, 1.0, (("all", 1.0),)),
        ),
    )
    hazard = (acuity("all", 1.0, deaths_per_day=0.5, leaves_after=constant(24.0)),)
    unseen = one_site(400.0, health_posts=(post(2.0, 0, constant(0.0), classes=hazard),))
    priorities = theory.mean_waits_by_priority(
        arrival_rates=(0.64, 0.96), service_mean=1.0, service_sd=1.0, servers=2
    )
    preemptive = theory.mean_times_preemptive(
        arrival_rates=(0.3, 0.3), service_mean=1.0, service_sd=1.0
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
            f"Clinician interrupted by the urgent, {name} patients, preemptive resume: mean time": (
                "h",
                preemptive[number],
                lambda n, number=number: (
                    rows(interrupted, residents(400, n), "consultation")
                    .query("acuity == @number", local_dict={"number": number})
                    .eval("ended - requested")
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
