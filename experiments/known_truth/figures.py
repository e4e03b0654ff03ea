"""Two figures from results.csv: who chooses best, and whose intervals cover.

The interval score stands in brackets; the best is on top.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pandas as pd

mpl.use("svg")
mpl.rcParams |= {"svg.hashsalt": "known_truth", "svg.fonttype": "none", "font.size": 8}

import matplotlib.pyplot as plt  # noqa: E402  the backend comes first

OURS_COLOUR, PEER_COLOUR = "#b5472f", "#44606e"


def draw(table: pd.DataFrame, out: Path) -> None:
    """Write gain.svg and intervals.svg."""
    widest = {
        n: "together" if "together" in set(part["suite"]) else part["suite"].iloc[0]
        for n, part in table.groupby("n")
    }
    cells = [(n, table[(table["n"] == n) & (table["suite"] == s)]) for n, s in widest.items()]
    _gain(cells, out / "gain.svg")
    _intervals(cells, out / "intervals.svg")


def _colour(method: str) -> str:
    return OURS_COLOUR if method.startswith("nxpredict") else PEER_COLOUR


def _gain(cells: list[tuple[int, pd.DataFrame]], file: Path) -> None:
    figure, axes = plt.subplots(1, len(cells), figsize=(3.8 * len(cells), 3.6), squeeze=False)
    for axis, (n, part) in zip(axes[0], cells, strict=True):
        part = part.sort_values("gain")
        for height, (_, row) in enumerate(part.iterrows()):
            colour = _colour(row["method"])
            axis.errorbar(
                row["gain"], height, xerr=1.96 * row["gain_se"], fmt="o", ms=3, color=colour
            )
        axis.set_yticks(range(len(part)), part["method"].str.replace("_", " "))
        axis.axvline(0, color="grey", lw=0.8)
        axis.set(title=f"n = {n:,}", xlabel="gain captured, 95 % interval")
    _save(figure, file)


def _intervals(cells: list[tuple[int, pd.DataFrame]], file: Path) -> None:
    figure, axes = plt.subplots(1, len(cells), figsize=(3.8 * len(cells), 2.4), squeeze=False)
    for axis, (n, part) in zip(axes[0], cells, strict=True):
        part = part.dropna(subset=["coverage", "winkler"]).sort_values("winkler", ascending=False)
        for height, (_, row) in enumerate(part.iterrows()):
            colour = _colour(row["method"])
            axis.plot(row["coverage"], height, "o", ms=4, color=colour)
            axis.plot(row["coverage_largest"], height, "o", ms=4, color=colour, mfc="white")
        names = part["method"].str.replace("_", " ") + part["winkler"].map(" ({:.2f})".format)
        axis.set_yticks(range(len(part)), names)
        axis.axvline(0.90, color="grey", lw=0.8)
        axis.set(title=f"n = {n:,}", xlim=(0, 1.03), xlabel="coverage (open: top quarter)")
    _save(figure, file)


def _save(figure: plt.Figure, file: Path) -> None:
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)
