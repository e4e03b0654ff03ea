"""Turn results.csv into the table and the figure of README.md."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd

from nxpredict.evaluation import response_rate

mpl.use("svg")
mpl.rcParams |= {"svg.hashsalt": "sample_size", "svg.fonttype": "none", "font.size": 8}

import matplotlib.pyplot as plt  # noqa: E402  the backend comes first

HERE = Path(__file__).parent
COLOURS = {"no_difference": "#44606e", "consensus": "#8a6d1f", "published": "#b5472f"}
QUESTIONS = {"differs": "The benefit differs (p < 0.05)", "supported": "Choosing is supported"}


def main() -> None:
    """Print the table and write supported.svg."""
    table = pd.read_csv(HERE / "results.csv")
    figure, axes = plt.subplots(1, 2, figsize=(7.2, 2.8), sharey=True)
    for scenario, found in table.groupby("scenario", sort=False):
        for n, part in found.groupby("n"):
            counts = ", ".join(f"{key} {part[key].sum()}" for key in QUESTIONS)
            gain = part.loc[part["supported"] == 1, "gain"]
            said = "" if gain.empty else f", true gain where supported {100 * gain.mean():.1f}"
            print(f"{scenario}, n = {n}: {counts} of {len(part)}{said}")
        for axis, key in zip(axes, QUESTIONS, strict=True):
            _curve(axis, found, key, scenario)
    for axis, title in zip(axes, QUESTIONS.values(), strict=True):
        axis.set(xscale="log", xlabel="patients in both arms", ylim=(-0.02, 1.02), title=title)
        axis.set_xticks(sorted(table["n"].unique()), sorted(table["n"].unique()), minor=False)
        axis.minorticks_off()
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("share of trials, 95 % interval")
    axes[1].legend(frameon=False)
    figure.tight_layout()
    figure.savefig(HERE / "supported.svg", metadata={"Date": None})


def _curve(axis: plt.Axes, found: pd.DataFrame, key: str, scenario: str) -> None:
    sizes = np.array(sorted(found["n"].unique()))
    rates = [response_rate(found.loc[found["n"] == n, key].to_numpy(float)) for n in sizes]
    middle = np.array([rate.estimate for rate in rates])
    reach = np.array([[r.estimate - r.lower, r.upper - r.estimate] for r in rates]).T
    aside = 1 + 0.03 * (list(COLOURS).index(scenario) - 1)
    axis.errorbar(
        sizes * aside, middle, yerr=reach, fmt="o-", ms=3, lw=1, color=COLOURS[scenario],
        label=scenario.replace("_", " "),
    )  # fmt: skip


if __name__ == "__main__":
    main()
