"""Who is in the data: aggregates by arm, small cells suppressed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nxpredict.cohort import Cohort, PredictorSpec
from nxpredict.report._values import describe, family_title, label_of, unit_of
from nxpredict.study import SMALLEST_CELL, hidden_with_others, share_shown

"""Cells under this many patients are suppressed in cohort reports."""


def population_facts(cohort: Cohort) -> dict[str, Any]:
    """Summarise a cohort by arm and overall; in a crossover overall only, everybody having had all.

    Parameters
    ----------
    cohort : Cohort

    Returns
    -------
    dict
        `n` (patients), `groups` (arms, then all; `n` patients and, of yes or no in a
        parallel design, `responders`),
        `sequences` (the orders of the arms in a crossover, with their patients),
        `families` (predictors with a cell a group), `genotypes`
        (call rate and allele frequency) and `suppressed` (whether any cell was).
    """
    names = list(cohort.arms.names) if cohort.period is None else []
    arm = pd.Series(list(cohort.arm), dtype=object)
    rows_of = [(arm == name).to_numpy() for name in names]
    rows_of.append(np.ones(len(arm), dtype=bool))
    members = [_once(rows, cohort.groups) for rows in rows_of]
    counted = cohort.period is None and not cohort.scale.continuous
    everyone = members[-1]
    families: dict[str, list[dict[str, Any]]] = {}
    for spec in cohort.schema.predictors:
        if spec.name not in cohort.X.columns:
            continue
        column = cohort.X[spec.name]
        row = _predictor(spec, column[everyone], [column[m] for m in members])
        families.setdefault(spec.family, []).append(row)
    shown = [row for group in families.values() for row in group]
    return {
        "n": int(everyone.sum()),
        "groups": [
            {"name": name, "n": int(m.sum())}
            | ({"responders": int(cohort.y[rows].sum())} if counted else {})
            for name, m, rows in zip([*names, "all"], members, rows_of, strict=True)
        ],
        "sequences": _sequences(cohort),
        "families": [
            {"family": family, "title": family_title(family), "predictors": rows}
            for family, rows in families.items()
        ],
        "genotypes": [
            _genotype(spec, cohort.X.loc[everyone, spec.name])
            for spec in cohort.schema.predictors
            if spec.kind == "dosage" and spec.name in cohort.X.columns
        ],
        "suppressed": any(
            cell.get("suppressed")
            for row in shown
            for line in row["lines"]
            for cell in line["cells"]
        ),
    }


def _once(rows: NDArray[np.bool_], patient: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the first of the rows of each patient."""
    chosen = np.flatnonzero(rows)
    found = np.zeros_like(rows)
    found[chosen[np.unique(patient[chosen], return_index=True)[1]]] = True
    return found


def _sequences(cohort: Cohort) -> list[dict[str, Any]]:
    """Return the orders of the arms, the usual first; those of few patients together, unnamed."""
    if cohort.period is None:
        return []
    rows = pd.DataFrame({"who": cohort.groups, "when": cohort.period, "arm": list(cohort.arm)})
    orders = rows.sort_values("when", kind="stable").groupby("who")["arm"].agg(list)
    counts = Counter(sorted(tuple(order) for order in orders)).most_common()
    sizes = [n for _, n in counts]
    shown = sum(n >= SMALLEST_CELL for n in sizes)
    # What is left of the total must not be a small cell either.
    while shown and 0 < sum(sizes[shown:]) < SMALLEST_CELL:
        shown -= 1
    found = [{"arms": list(order), "n": n} for order, n in counts[:shown]]
    left = sum(sizes[shown:])
    return [*found, {"arms": [], "n": left}] if left else found


def _predictor(spec: PredictorSpec, whole: pd.Series, groups: list[pd.Series]) -> dict[str, Any]:
    row = {
        "name": spec.name,
        "label": label_of(spec, spec.name),
        "unit": unit_of(spec),
        "kind": spec.kind,
        "role": spec.role,
        "missing": share_shown(int(whole.isna().sum()), len(whole)),
    }
    if spec.kind == "continuous":
        return row | {"lines": [{"level": None, "cells": [_quartiles(g) for g in groups]}]}
    levels = sorted(whole.dropna().unique().tolist(), key=lambda v: (str(type(v)), v))
    if spec.kind == "binary":
        levels = levels[-1:]
    known = [int(group.notna().sum()) for group in groups]
    counts = [[int((group == level).sum()) for group in groups] for level in levels]
    cells = [[_share(n, of) for n, of in zip(line, known, strict=True)] for line in counts]
    _hide_what_sums_give_away(cells, counts)
    if any(0 < len(g) - of < SMALLEST_CELL for g, of in zip(groups, known, strict=True)):
        cells = [[_without_count(cell) for cell in line] for line in cells]
    names = [describe(spec, level) for level in levels]
    return row | {"lines": [{"level": n, "cells": c} for n, c in zip(names, cells, strict=True)]}


def _hide_what_sums_give_away(lines: list[list[dict[str, Any]]], counts: list[list[int]]) -> None:
    """Suppress more cells wherever subtraction would tell of a small one, or of some together."""
    for cells in lines:
        if any("suppressed" in cell for cell in cells[:-1]):
            cells[-1] = {"suppressed": True}
    for column in range(len(lines[0]) if len(lines) > 1 else 0):
        few = {str(k) for k, cells in enumerate(lines) if "suppressed" in cells[column]}
        sizes = {str(k): [line[column]] for k, line in enumerate(counts)}
        for k in hidden_with_others(few, sizes) - few:
            lines[int(k)][column] = lines[int(k)][-1] = {"suppressed": True}


def _quartiles(values: pd.Series) -> dict[str, Any]:
    given = values.dropna()
    if len(given) < SMALLEST_CELL:
        return {"suppressed": True}
    low, middle, high = given.quantile([0.25, 0.5, 0.75])
    return {"median": float(middle), "lower": float(low), "upper": float(high)}


def _share(n: int, known: int) -> dict[str, Any]:
    if share_shown(n, known) is None:
        return {"suppressed": True}
    return {"n": n, "share": n / known if known else None}


def _without_count(cell: dict[str, Any]) -> dict[str, Any]:
    """Return a share alone, too coarse to tell how few of a group have no value."""
    if "suppressed" in cell or cell["share"] is None:
        return cell
    return {"n": None, "share": round(cell["share"], 2)}


def _genotype(spec: PredictorSpec, values: pd.Series) -> dict[str, Any]:
    given = values.dropna()
    copies = float(given.sum())
    enough = len(given) >= SMALLEST_CELL and share_shown(copies, 2 * len(given)) is not None
    rate = share_shown(len(given), len(values))
    frequency = float(given.mean() / 2) if enough else None
    if frequency is not None and rate is None:
        # In full it would tell of how many it is a share.
        frequency = round(frequency, 2)
    return {
        "label": label_of(spec, spec.name),
        "called": None if rate is None else len(given),
        "call_rate": rate,
        "frequency": frequency,
        "suppressed": not enough,
    }
