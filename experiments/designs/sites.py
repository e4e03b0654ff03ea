"""Are the sites of a parallel trial what was sampled when an existing model is validated on it?

    python sites.py [--cohorts 200]

The model is right on average over all sites, or its predictions are too extreme. A cohort of 400
patients of some of them is judged by `advise_recalibration`, patients or sites as units. A
line a cell in sites.csv: how often the closed test rejects the model and a change is recommended,
and what the recommended change gains in expected log likelihood a thousand new patients, from the
same sites and from others.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from nxpredict.evaluation import Advice, advise_recalibration

RESULTS = Path(__file__).parent / "sites.csv"
N, NEW = 400, 4000
CELLS = [
    (sites, spread, slope)
    for spread, slope in ((0.0, 1.0), (0.3, 1.0), (0.3, 0.6))
    for sites in (4, 10, 40)
]
"""Sites, standard deviation of their log-odds, and slope of the truth on the prediction."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cohorts", type=int, default=200)
    cohorts = parser.parse_args().cohorts
    rows = []
    for sites, spread, slope in CELLS:
        found = pd.DataFrame([r for k in range(cohorts) for r in _cohort(sites, spread, slope, k)])
        for unit, told in found.groupby("unit"):
            errors = told[["same_sites", "other_sites"]].sem().add_suffix("_se")
            means = told.drop(columns="unit").mean()
            rows.append({"sites": sites, "spread": spread, "slope": slope, "unit": unit})
            rows[-1] |= {"cohorts": cohorts} | dict(means.round(3)) | dict(errors.round(3))
    table = pd.DataFrame(rows)
    table.to_csv(RESULTS, index=False)
    print(table.to_string())


def _cohort(sites: int, spread: float, slope: float, seed: int) -> list[dict[str, object]]:
    rng = np.random.default_rng([sites, int(10 * spread), seed])
    level = rng.normal(0, spread, sites)
    others = rng.normal(0, spread, NEW)
    predictor, where, arm = _patients(rng, N, sites)
    own = np.arange(N)
    y = (rng.random(N) < expit(slope * predictor[own, arm] + level[where])).astype(float)
    fresh, place, given = _patients(rng, NEW, sites)
    found = []
    for unit, clusters in (("patient", None), ("site", where)):
        advice = advise_recalibration(expit(predictor), y, arm, clusters=clusters)
        found.append(
            {
                "unit": unit,
                "rejected": float(advice.tested != "none"),
                "recommended": float(advice.step != "none"),
                "same_sites": _gain(advice, fresh, given, slope, level[place]),
                "other_sites": _gain(advice, fresh, given, slope, others),
            }
        )
    return found


def _patients(
    rng: np.random.Generator, n: int, sites: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return log-odds under two arms, sites and arms of patients."""
    risk, benefit = rng.normal(-0.2, 0.8, n), rng.normal(0.2, 0.3, n)
    predictor = np.column_stack([risk, risk + benefit])
    return predictor, rng.permutation(np.arange(n) % sites), rng.integers(0, 2, n)


def _gain(
    advice: Advice, predictor: np.ndarray, arm: np.ndarray, slope: float, level: np.ndarray
) -> float:
    """Return the expected gain in log likelihood of 1,000 patients."""
    own = np.arange(len(arm))
    before, after = predictor[own, arm], advice.change.apply(predictor)[own, arm]
    truth = expit(slope * before + level)
    gain = truth * (after - before) - np.logaddexp(0, after) + np.logaddexp(0, before)
    return 1000 * float(gain.mean())


if __name__ == "__main__":
    main()
