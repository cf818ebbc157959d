"""How much narrower intervals are when plans meet the same people in the same futures.

The comparison of the flagship with common random numbers, with other people in the same futures,
and with other futures as well. Run it with::

    python -m benchmarks.paired_plans --out benchmarks/results/paired-plans.json
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.comparison import mean_interval, outcomes
from scenarios.files import load_scenario
from scenarios.forecasts import make_outlook
from scenarios.labels import measure_label
from scenarios.runner import simulate_plan

if TYPE_CHECKING:
    import numpy as np

PLANS = ("beledweyne-flood", "beledweyne-losses")
MEASURES = (
    "total_nights_without_place",
    "persons_left_without_place",
    "patients_left_unseen",
    "days_over_capacity",
)


def compared(many: int) -> dict[str, Any]:
    """Return how wide the intervals are in each design, over so many replications.

    Raises
    ------
    SystemExit
        If there are not twice as many samples as replications.

    """
    present, other = (load_scenario(name) for name in PLANS)
    forecast = make_outlook(present).forecast
    if 2 * many > forecast.sizes["sample"]:
        sys.exit(f"--replications is at most half of the {forecast.sizes['sample']} samples")
    seed = present.experiment.seed

    def simulated(plan: str, seed: int, apart: int = 0) -> dict[str, np.ndarray]:
        """Return outcomes of a plan; ``apart`` shifts which futures it meets."""
        futures = forecast.roll(sample=apart)
        scenario = present if plan == PLANS[0] else other
        measures = simulate_plan(scenario, futures, replications=many, seed=seed, engine="compiled")
        table = outcomes(measures)
        return {name: table[name].to_numpy(dtype=float) for name in MEASURES}

    base = simulated(PLANS[0], seed)
    same = simulated(PLANS[1], seed)
    own_seed = simulated(PLANS[1], seed + 1)
    own_future = simulated(PLANS[1], seed + 1, apart=forecast.sizes["sample"] // 2)
    rows = []
    for name in MEASURES:
        limits = {
            design: mean_interval(plan[name] - base[name])
            for design, plan in (
                ("paired", same),
                ("other_people", own_seed),
                ("other_futures", own_future),
            )
        }
        low, high = limits["paired"]
        wider = {design: (b - a) / (high - low) for design, (a, b) in limits.items()}
        mean = float((same[name] - base[name]).mean())
        rows.append(
            {
                "measure": name,
                "unit": measure_label(name).unit,
                "difference": mean,
                "low": low,
                "high": high,
                "times_as_wide": wider,
            }
        )
        print(
            f"{name}: {mean:+.1f} ({low:+.1f} to {high:+.1f}); other people "
            f"{wider['other_people']:.1f}, other futures {wider['other_futures']:.1f} times as wide"
        )
    return {"plans": PLANS, "replications": many, "rows": rows}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=400)
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    given = parser.parse_args()
    content = compared(given.replications)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
