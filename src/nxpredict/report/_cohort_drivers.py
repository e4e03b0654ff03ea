"""Drivers over a cohort as facts: named only where the answers allow it, beside the literature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from nxpredict.bundle import Bundle
from nxpredict.catalog import Catalog
from nxpredict.explain import Drivers
from nxpredict.report._knowledge import evidence_facts, published_direction
from nxpredict.report._messages import every, first
from nxpredict.report._phrases import named
from nxpredict.report._values import Specs, compare, describe, family_title, label_of, span, unit_of
from nxpredict.study import SMALLEST_CELL

NEGLIGIBLE = 0.0005
"""A contribution of less than half a tenth of a point would be written as zero."""


def cohort_drivers(
    drivers: Drivers | None,
    facts: Mapping[str, Any],
    specs: Specs,
    catalog: Catalog,
    bundle: Bundle,
) -> dict[str, Any]:
    """Return the drivers of each difference and of the outlook, or why none is named."""
    why_no_difference = first("cohort", "no_difference_drivers", facts)
    why_no_outlook = first("cohort", "no_outlook_drivers", facts)
    differences = []
    if drivers is not None and why_no_difference is None:
        differences = [
            _difference(arm, reference, drivers, specs, catalog)
            for arm, reference in bundle.arms.contrasts
        ]
    outlook = None
    if drivers is not None and why_no_outlook is None:
        outlook = _swings(drivers.outlook, specs, _clear(drivers.outlook))
    return {
        "differences": differences,
        "outlook": outlook,
        "no_differences": why_no_difference,
        "no_outlook": why_no_outlook,
    }


def stability(drivers: Drivers | None) -> dict[str, Any]:
    """Return how often refits put the model's own leading predictor first, least over differences.

    Returns
    -------
    dict
        `refits` (their number) and `same_leader` (share, None without refits).
    """
    tables = [] if drivers is None else list(drivers.agreement.values())
    shares = [float(table["first"].iloc[0]) for table in tables if len(table)]
    return {"refits": drivers.refits if drivers else 0, "same_leader": min(shares, default=None)}


def _difference(
    arm: str, reference: str, drivers: Drivers, specs: Specs, catalog: Catalog
) -> dict[str, Any]:
    """Return the drivers of one difference, each by value and beside what was published."""
    table, profiles = drivers.contrasts[arm, reference], drivers.profiles[arm, reference]
    agreement = drivers.agreement.get((arm, reference))
    clear = _clear(table)
    part = _swings(table, specs, clear or _leading(table))
    for row in part["rows"]:
        name = row["name"]
        low, high = table.loc[name, "low"], table.loc[name, "high"]
        known = published_direction(catalog, arm, reference, name, low, high)
        agrees = known * row["swing"]["estimate"]
        row["published"] = "agrees" if agrees > 0 else "disagrees" if agrees < 0 else "unknown"
        row["evidence"] = evidence_facts(catalog, (arm, reference), name)
        row["unit"] = unit_of(specs[name])
        row["profile"] = _profile(profiles[profiles["predictor"] == name], specs, name)
        row["refits"] = None if agreement is None else agreement.loc[name].to_dict()
    part |= {
        "clear": bool(clear),
        "refits": drivers.refits,
        "leader": None if agreement is None else label_of(specs[agreement.index[0]], ""),
        "same_leader": None if agreement is None else agreement["first"].iloc[0],
        "interaction": _together(drivers.interactions.get((arm, reference)), specs),
    }
    return {
        "title": f"{named(arm)} versus {named(reference)}",
        "arm": named(arm),
        "reference": named(reference),
        "words": every("driver", "notes", part),
        **part,
    }


def _leading(table: pd.DataFrame) -> list[str]:
    """Return the predictor whose direction is surest, which is named though it is not clear."""
    certainty = table["certainty"][table["mean_absolute"] >= NEGLIGIBLE].dropna()
    return [str(certainty.idxmax())] if len(certainty) else []


def _clear(table: pd.DataFrame) -> list[str]:
    """Return the predictors that can be told from zero; without intervals all of them."""
    if table["distinguishable"].isna().all():
        return [str(name) for name in table.index]
    return [str(name) for name, sure in table["distinguishable"].items() if sure is True]


def _swings(table: pd.DataFrame, specs: Specs, wanted: list[str]) -> dict[str, Any]:
    """Return the drivers that are wanted and not negligible, and the names of the others."""
    rows: list[dict[str, Any]] = []
    others: list[str] = []
    for name, row in table.iterrows():
        spec = specs[str(name)]
        if name not in wanted or row["mean_absolute"] < NEGLIGIBLE:
            others.append(label_of(spec, str(name)))
            continue
        rows.append(
            {
                "name": name,
                "label": label_of(spec, str(name)),
                "family": family_title(spec.family),
                "size": {
                    "estimate": row["mean_absolute"],
                    "lower": row["mean_absolute_lower"],
                    "upper": row["mean_absolute_upper"],
                },
                "certainty": row["certainty"],
                "comparison": compare(spec, row["low"], row["high"]),
                "swing": {
                    "estimate": row["swing"],
                    "lower": row["lower"],
                    "upper": row["upper"],
                },
            }
        )
    return {"rows": rows, "others": others, "intervals": bool(table["lower"].notna().any())}


def _together(table: pd.DataFrame | None, specs: Specs) -> dict[str, Any] | None:
    """Return the mean predicted difference by the two strongest predictors, and their crossing."""
    if table is None:
        return None
    names = str(table.attrs["first"]), str(table.attrs["second"])
    rows = [
        {
            "first": describe(specs[names[0]], row["first"]),
            "second": describe(specs[names[1]], row["second"]),
            "estimate": {key: row[key] for key in ("estimate", "lower", "upper")},
        }
        for row in table.to_dict("records")
    ]
    return {
        "labels": [label_of(specs[name], name) for name in names],
        "cells": rows[:-1],
        "crossing": rows[-1]["estimate"],
    }


def _profile(groups: pd.DataFrame, specs: Specs, name: str) -> list[dict[str, Any]]:
    """Return the mean contribution by value, groups too small to show left out."""
    return [
        {
            "title": span(specs[name], group["low"], group["high"]),
            "middle": group["middle"] if specs[name].kind == "continuous" else None,
            "estimate": {
                "estimate": group["mean"],
                "lower": group["lower"],
                "upper": group["upper"],
            },
        }
        for group in groups[groups["n"] >= SMALLEST_CELL].to_dict("records")
    ]
