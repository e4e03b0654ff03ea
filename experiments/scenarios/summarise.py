"""Pool results.csv over cohorts: python experiments/scenarios/summarise.py."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent


def summary(found: pd.DataFrame) -> dict[str, object]:
    """Return what the cohorts of one scenario and size say together."""
    better = found[["value_naltrexone", "value_nalmefene"]].max(axis=1)
    gain = found["value_rule"] - better
    return {
        "cohorts": len(found),
        "supported": int((found["verdict"] == "supported").sum()),
        "suggestive": int((found["verdict"] == "suggestive").sum()),
        "cohorts_with_a_preference": int((found["stated"] > 0).sum()),
        "preferences": int(found["stated"].sum()),
        "right_sign": int(found["stated_right"].sum()),
        "slope": found["covariance"].sum() / found["variance"].sum(),
        "coverage": found["coverage"].mean(),
        "coverage_se": found["coverage"].sem(),
        "coverage_largest_quarter": found["coverage_largest_quarter"].mean(),
        "width": found["width"].mean(),
        "gain_over_better_arm": gain.mean(),
        "gain_se": gain.sem(),
        "worst_gain": gain.min(),
        "oracle_gain": (found["value_oracle"] - better).mean(),
    }


def main() -> None:
    found = pd.read_csv(HERE / "results.csv")
    groups = found.groupby(["scenario", "n"])
    table = pd.DataFrame({key: summary(group) for key, group in groups}).T
    table.index.names = ["scenario", "n"]
    table.to_csv(HERE / "summary.csv", float_format="%.4g")
    print(table.T.to_string())


if __name__ == "__main__":
    main()
