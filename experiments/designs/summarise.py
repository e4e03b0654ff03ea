"""Turn results.csv into the table of README.md: python experiments/designs/summarise.py."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

RESULTS = Path(__file__).parent / "results.csv"


def mean(values: pd.Series, digits: int = 1) -> str:
    """Write a mean and its standard error over trials, in percentage points."""
    error = values.std() / len(values) ** 0.5
    return f"{100 * values.mean():.{digits}f} ({100 * error:.{digits}f})"


def main() -> None:
    """Print one line an analysis."""
    table = pd.read_csv(RESULTS)
    parallel = table[table["analysis"] == "parallel"].set_index("seed")["error"]
    for name, found in table.groupby("analysis", sort=False):
        gap = found.set_index("seed")["error"] - parallel
        reach = (found["average_upper"] - found["average_lower"]) / (2 * 1.959964)
        print(
            f"| {name} | {len(found)} | {mean(found['error'])} | {mean(gap.dropna())} | "
            f"{mean(found['held'])} | {mean(found['held_largest'])} | {mean(found['width'])} | "
            f"{mean(found['right_side'])} | {mean(reach)} | {100 * found['average'].std():.1f} |"
        )


if __name__ == "__main__":
    main()
