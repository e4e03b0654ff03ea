"""Turn results.csv into the table of README.md: python experiments/confounding/summarise.py."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

RESULTS = Path(__file__).parent / "results.csv"


def points(values: pd.Series) -> str:
    """Write a mean and its standard error over registries, in percentage points."""
    return f"{100 * values.mean():+.2f} ({100 * values.std() / len(values) ** 0.5:.2f})"


def main() -> None:
    """Print one line a measure, with both settings side by side."""
    for setting, found in pd.read_csv(RESULTS).groupby("setting", sort=False):
        bias, naive = found["estimate"] - found["luck"], found["naive"] - found["luck"]
        holds = (found["lower"] <= 0) & (found["upper"] >= 0)
        print(f"{setting}, {len(found)} registries")
        print(f"  naive bias           {points(naive)}")
        print(f"  adjusted bias        {points(bias)}")
        print(f"  the same with luck   {points(found['estimate'])}")
        print(f"  intervals hold 0     {holds.sum()}")
        print(f"  bounds (1.5) hold 0  {found['bounds_1.5_hold_0'].sum()}")
        print(f"  AUC of the drug      {found['overlap_auc'].mean():.2f}")


if __name__ == "__main__":
    main()
