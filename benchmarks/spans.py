"""Whether months that agree with forecasts by quarter score better.

Somali regions, all causes, six months ahead from the first day of each of the last quarters:
``python -m benchmarks.spans``.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np

import forecasting as fc
from forecasting.hierarchy import spans_of
from scenarios.models import model_named
from scenarios.spans import agree_over_spans
from scenarios.subjects import Subject

if TYPE_CHECKING:
    import xarray as xr

HORIZON = 6
MODELS = ("adaptive-pool", "seasonal-climatology", "recent-climatology", "local-level")


def _crps(made: xr.DataArray, came: xr.DataArray) -> float:
    samples = made.transpose("sample", *came.dims).to_numpy()
    return float(fc.crps(observed=came.to_numpy(), samples=samples).mean())


def main() -> None:
    """Print the change of CRPS by months and by quarters, with a 90 % interval over cutoffs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cutoffs", type=int, default=12)
    parser.add_argument("--samples", type=int, default=300)
    given = parser.parse_args()
    flows = fc.load_somalia_displacement().sum("cause", keep_attrs=True)
    ends = [flows.sizes["time"] - HORIZON - 3 * back for back in range(given.cutoffs)]
    for model in MODELS:
        scores = []
        for end in ends:
            subject = Subject("somalia", flows.isel(time=slice(0, end)), None, model, HORIZON)
            fitted = model_named(model, HORIZON).fit(subject.flows)
            months = fitted.forecast(HORIZON, samples=given.samples, seed=1)
            agreed = agree_over_spans(subject, months, ["quarter"], seed=1)
            came = flows.isel(time=slice(end, end + HORIZON))
            scores.append(
                [
                    [_crps(spans_of(made, n), spans_of(came, n)) for n in (1, 3)]
                    for made in (months, agreed)
                ]
            )
        values = np.array(scores)
        generator = np.random.default_rng(1)
        picks = values[generator.integers(0, len(ends), (2000, len(ends)))].mean(axis=1)
        for at, name in enumerate(("months", "quarters")):
            before, after = values[:, :, at].mean(axis=0)
            low, high = np.quantile(picks[:, 1, at] / picks[:, 0, at] - 1, (0.05, 0.95))
            print(
                f"{model:22s} {name:8s} CRPS {before:8.0f} -> {after:8.0f} persons, "
                f"{after / before - 1:+.1%} ({low:+.1%} to {high:+.1%})"
            )


if __name__ == "__main__":
    main()
