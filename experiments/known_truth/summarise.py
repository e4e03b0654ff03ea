"""Pool the raw lines: results.csv, by_generator.csv, paired.csv, summary.md and figures.

    python experiments/known_truth/summarise.py [--raw FOLDER ...] [--on METHOD] [--out FOLDER]

`--on` keeps the cohorts that METHOD has been run on, so that all rows speak of the same cohorts.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
from pooling import COHORT, check, paired, summary

HERE = Path(__file__).parent
OURS = "nxpredict_default"
SHOWN = {
    "cohorts": "cohorts",
    "gain": "gain",
    "harm": "harm",
    "pehe_ratio": "PEHE / sd",
    "slope": "slope",
    "slope_right": "slope 0.67-1.5",
    "mean_error": "error of mean",
    "coverage": "coverage",
    "coverage_largest": "top quarter",
    "width": "width",
    "winkler": "interval score",
    "arm_rmse": "arm error",
    "right_sign": "right sign",
    "fit_seconds": "fit s",
    "predict_seconds": "predict s",
}
WITH_SE = ("gain", "harm", "pehe_ratio", "slope", "coverage")
PAIRED = ("gain_difference", "harm_difference", "pehe_quotient", "winkler_quotient")


def read(folders: list[Path], on: str | None) -> pd.DataFrame:
    """Return all lines of some folders, checked."""
    files = sorted(file for folder in folders for file in folder.glob("*.jsonl"))
    lines = check(pd.concat([pd.read_json(file, lines=True) for file in files]))
    if on is None:
        return lines
    return lines.merge(lines.loc[lines["method"] == on, COHORT], on=COHORT)


def cells(lines: pd.DataFrame) -> dict[tuple[int, str], pd.DataFrame]:
    """Return the lines by size and suite; `together` where both fixed suites were run."""
    found: dict[tuple[int, str], pd.DataFrame] = {}
    for n, part in lines.groupby("n"):
        suites = dict(tuple(part.groupby("suite")))
        fixed = part[part["suite"] != "drawn"]
        if fixed["suite"].nunique() > 1:
            suites["together"] = fixed
        found |= {(int(n), suite): suites[suite] for suite in suites}
    return found


def results(lines: pd.DataFrame) -> pd.DataFrame:
    """Return one row per size, suite and method; the best gain first."""
    rows = [
        {"n": n, "suite": suite, "method": method} | summary(part)
        for (n, suite), cell in cells(lines).items()
        for method, part in cell.groupby("method")
    ]
    table = pd.DataFrame(rows)
    return table.sort_values(["n", "suite", "gain"], ascending=[True, True, False])


def by_generator(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the main measures for each generator."""
    kept = [
        "gain",
        "regret",
        "harm",
        "pehe",
        "pehe_ratio",
        "slope",
        "coverage",
        "winkler",
        "stated",
    ]
    rows = []
    for key, part in lines.groupby(["n", "suite", "generator", "method"]):
        found = summary(part)
        row = dict(zip(("n", "suite", "generator", "method"), key, strict=True))
        rows.append(row | {"cohorts": len(part)} | {name: found[name] for name in kept})
    return pd.DataFrame(rows)


def comparisons(lines: pd.DataFrame) -> pd.DataFrame:
    """Return our default against every other method, cohort by cohort."""
    rows = []
    for (n, suite), cell in cells(lines).items():
        methods = dict(tuple(cell.groupby("method")))
        ours = methods.pop(OURS, None)
        if ours is None:
            continue
        rows += [
            {"n": n, "suite": suite, "against": name} | paired(ours, peer)
            for name, peer in methods.items()
            if len(ours.merge(peer[COHORT], on=COHORT))
        ]
    return pd.DataFrame(rows)


def page(table: pd.DataFrame, against: pd.DataFrame) -> str:
    """Return the tables as Markdown."""
    text = [
        "# Known truth: results",
        "",
        (
            "Made by `summarise.py` from `raw/`; measures and their formulas are in `README.md`. "
            "Numbers after ± are Monte Carlo standard errors. Seconds are CPU seconds, "
            "prediction of 2,000 patients. `paired.csv` has the comparisons, "
            "`by_generator.csv` every generator."
        ),
    ]
    for (n, suite), part in table.groupby(["n", "suite"]):
        text += ["", f"## n = {n:,}, {suite.replace('_', ' ')}", "", *_table(part, SHOWN, "method")]
        if against.empty:
            continue
        pairs = against[(against["n"] == n) & (against["suite"] == suite)]
        if len(pairs):
            heads = {name: name.replace("_", " ") for name in ("cohorts", *PAIRED)}
            text += ["", f"`{OURS}` against each:", "", *_table(pairs, heads, "against")]
    return "\n".join(text) + "\n"


def _table(part: pd.DataFrame, heads: dict[str, str], first: str) -> list[str]:
    lines = [f"| {first} | {' | '.join(heads.values())} |", "|---" * (len(heads) + 1) + "|"]
    for _, row in part.iterrows():
        shown = " | ".join(_number(row, name) for name in heads)
        lines.append(f"| {row[first].replace('_', ' ', 1)} | {shown} |")
    return lines


def _number(row: pd.Series, name: str) -> str:
    if name == "cohorts":
        return f"{int(row[name])}"
    if pd.isna(row[name]):
        return "-"
    digits = 3 if name in ("mean_error", "arm_rmse") else 2
    text = f"{row[name]:.{digits}f}"
    if name in (*WITH_SE, *PAIRED) and pd.notna(row[f"{name}_se"]):
        text += f" ± {row[f'{name}_se']:.{digits}f}"
    return text


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--raw", type=Path, nargs="+", default=[HERE / "raw"])
    parser.add_argument("--on", help="keep the cohorts that this method has been run on")
    parser.add_argument(
        "--suite", choices=["development", "last_look", "drawn"], help="one suite only"
    )
    parser.add_argument("--out", type=Path, default=HERE)
    args = parser.parse_args()
    lines = read(args.raw, args.on)
    if args.suite:
        lines = lines[lines["suite"] == args.suite]
    args.out.mkdir(parents=True, exist_ok=True)
    table, against = results(lines), comparisons(lines)
    table.to_csv(args.out / "results.csv", index=False, float_format="%.4g")
    against.to_csv(args.out / "paired.csv", index=False, float_format="%.4g")
    by_generator(lines).to_csv(args.out / "by_generator.csv", index=False, float_format="%.4g")
    text = page(table, against)
    (args.out / "summary.md").write_text(text)
    print(text)
    from figures import draw

    draw(table, args.out)


if __name__ == "__main__":
    main()
