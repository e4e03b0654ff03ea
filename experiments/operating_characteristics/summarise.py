"""Turn the raw files into results.csv: one row a plan, scenario and size.

    python summarise.py [--older]

Files of other code than the present are left alone and named, so that nothing old passes for new.
With `--older` the longest of them stands in for a plan that the present code was not measured on;
the column `code` says which code every row is of.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from cohorts import SCENARIOS
from run import PLANS, RAW, level_of, raw_file

HERE = Path(__file__).parent
FEWEST = 20
"""Cells with fewer cohorts are not reported."""

NORMAL_95 = 1.959963984540054
NORMAL_80_ONE_SIDED = 0.8416212335729143


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--older", action="store_true")
    older = parser.parse_args().older
    current = {name: _file(name, older) for name in PLANS}
    others = {*current.values(), *RAW.glob("several-arms-*.csv")}
    for path in sorted(set(RAW.glob("*.csv")) - others):
        print(f"not used, measured with other code: {path.name}")
    rows = []
    for name, path in current.items():
        if not path.exists():
            continue
        raw = pd.read_csv(path)
        raw["scenario"] = pd.Categorical(raw["scenario"], list(SCENARIOS), ordered=True)
        for (scenario, n), cohorts in raw.groupby(["scenario", "n"], observed=True, sort=True):
            if len(cohorts) >= FEWEST:
                row = {"plan": name, "scenario": scenario, "n": n} | _row(cohorts)
                rows.append(row | {"code": path.stem.rpartition("-")[2]})
    table = pd.DataFrame(rows).round(4)
    table.to_csv(HERE / "results.csv", index=False)
    print(table.to_string())


def _file(name: str, older: bool) -> Path:
    """Return the raw file of a plan: of the present code, or what may stand in for it."""
    present = raw_file(name)
    found = sorted(RAW.glob(f"{name}-??????????.csv"), key=lambda path: path.stat().st_size)
    return found[-1] if older and found and not present.exists() else present


def _row(cohorts: pd.DataFrame) -> dict[str, float]:
    row: dict[str, float] = {"cohorts": len(cohorts)}
    row |= _share("heterogeneity_established", cohorts["p"] < 0.05)
    if "level" not in cohorts:
        return row
    row["fitted"] = int(cohorts["fitted"].notna().sum())
    level = cohorts.apply(level_of, axis=1)
    supported = level == "supported"
    row |= _share("supported", supported)
    row |= _share("suggestive", level == "suggestive")
    row |= _share("average_established", cohorts["average_established"].astype(bool))
    row |= _share("any_preference_at_most", supported | cohorts["average_better"].notna())
    row["not_assessable"] = (level == "not assessable").mean()
    return row | (_ranking(cohorts) if row["fitted"] == len(cohorts) else {})


def _ranking(cohorts: pd.DataFrame) -> dict[str, float]:
    """Return what needs every cohort's predictions, not only those that the test picked out."""
    slope = cohorts[cohorts["slope_error"] > 0]
    z = (slope["slope"] - slope["true_slope"]) / slope["slope_error"]
    row = _share("slope_covered", z.abs() < NORMAL_95)
    autoc = (cohorts["autoc"] / cohorts["autoc_error"]).abs()
    row |= _share("autoc_rejected", autoc > NORMAL_95)
    row |= _share("autoc_rejected_without_factor", autoc * np.sqrt(2) > NORMAL_95)
    moved = cohorts[cohorts["gain_error"] > 0]
    error = (moved["gain"] - moved["true_gain"]) / moved["gain_error"]
    row["gain_error_mean"], row["gain_error_sd"] = error.mean(), error.std()
    row |= _share("gain_bound_too_high", error > NORMAL_80_ONE_SIDED)
    for name in ("switched", "true_spread", "true_gain", "possible_gain"):
        row[name] = cohorts[name].mean()
    return row


def _share(name: str, happened: pd.Series) -> dict[str, float]:
    share = happened.mean()
    return {name: share, f"{name}_se": np.sqrt(share * (1 - share) / max(len(happened), 1))}


if __name__ == "__main__":
    main()
