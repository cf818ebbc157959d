"""The peer's side of benchmarks/reconciliation.py; runs where hierarchicalforecast is installed.

Reads summing matrix, mean forecasts and in-sample values of all nodes, and writes what the peer
makes of them: means with and without the constraint, and bootstrap samples.
"""

import sys
import time
from importlib.metadata import version

import numpy as np
from hierarchicalforecast.methods import BottomUp, MinTrace

SAMPLES = 300


def main() -> None:
    """Reconcile the numbers of the first file into the second."""
    source, target = sys.argv[1:]
    given = np.load(source)
    summing = given["summing"]
    means = given["means"].T
    observed = given["insample"].T[:, 1:]
    fitted = observed - given["residuals"].T
    result = {"version": np.array(version("hierarchicalforecast"))}
    kinds = [("BottomUp", None), *((f"MinTrace {m}", m) for m in METHODS)]
    for name, method in kinds:
        for kind in ("free", "non_negative"):
            if method is None:
                if kind == "non_negative":
                    continue
                made = BottomUp().fit_predict(S=summing, y_hat=means)
            else:
                made = MinTrace(method, nonnegative=kind == "non_negative").fit_predict(
                    S=summing, y_hat=means, y_insample=observed, y_hat_insample=fitted
                )
            result[f"{name} {kind}"] = made["mean"].T
        model = BottomUp() if method is None else MinTrace(method)
        start = time.perf_counter()
        model.fit(
            S=summing,
            y_hat=means,
            y_insample=observed,
            y_hat_insample=fitted,
            intervals_method="bootstrap",
            num_samples=SAMPLES,
            seed=1,
        )
        drawn = model.sample(SAMPLES)  # (node, horizon, sample)
        result[f"{name} seconds"] = np.array(time.perf_counter() - start)
        result[f"{name} samples"] = np.moveaxis(drawn, (0, 1, 2), (2, 1, 0))
    np.savez(target, **result)


METHODS = ("ols", "wls_struct", "wls_var", "mint_shrink")

if __name__ == "__main__":
    main()
