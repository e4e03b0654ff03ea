"""Drivers over a cohort as facts: named only where the answers allow it, beside the literature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from nxpredict.bundle import Bundle
from nxpredict.catalog import Catalog
from nxpredict.explain import Drivers
from nxpredict.report._format import named
from nxpredict.report._knowledge import evidence_facts, published_direction
from nxpredict.report._messages import first
from nxpredict.report._population import MINIMUM_CELL
from nxpredict.report._values import Specs, compare, family_title, label_of, span

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
        outlook = _swings(drivers.outlook, specs)
    return {
        "differences": differences,
        "outlook": outlook,
        "no_differences": why_no_difference,
        "no_outlook": why_no_outlook,
    }


def _difference(
    arm: str, reference: str, drivers: Drivers, specs: Specs, catalog: Catalog
) -> dict[str, Any]:
    """Return the drivers of one difference, each by value and beside what was published."""
    table, profiles = drivers.contrasts[arm, reference], drivers.profiles[arm, reference]
    part = _swings(table, specs)
    for row in part["rows"]:
        name = row["name"]
        low, high = table.loc[name, "low"], table.loc[name, "high"]
        known = published_direction(catalog, arm, reference, name, low, high)
        agrees = known * row["swing"]["estimate"]
        row["published"] = "agrees" if agrees > 0 else "disagrees" if agrees < 0 else "unknown"
        row["evidence"] = evidence_facts(catalog, (arm, reference), name)
        row["profile"] = _profile(profiles[profiles["predictor"] == name], specs, name)
    return {
        "title": f"{named(arm)} versus {named(reference)}",
        "arm": named(arm),
        "reference": named(reference),
        **part,
    }


def _swings(table: pd.DataFrame, specs: Specs) -> dict[str, Any]:
    """Return the drivers that can be told from zero, and the names of the others."""
    rows: list[dict[str, Any]] = []
    others: list[str] = []
    for name, row in table.iterrows():
        spec = specs[str(name)]
        sure = row["distinguishable"]
        unsure = pd.notna(sure) and not sure
        if unsure or row["mean_absolute"] < NEGLIGIBLE:
            others.append(label_of(spec, str(name)))
            continue
        rows.append(
            {
                "name": name,
                "label": label_of(spec, str(name)),
                "family": family_title(spec.family),
                "mean_absolute": row["mean_absolute"],
                "comparison": compare(spec, row["low"], row["high"]),
                "swing": {
                    "estimate": row["swing"],
                    "lower": row["lower"],
                    "upper": row["upper"],
                },
            }
        )
    return {"rows": rows, "others": others, "intervals": bool(table["lower"].notna().any())}


def _profile(groups: pd.DataFrame, specs: Specs, name: str) -> list[dict[str, Any]]:
    """Return the mean contribution by value, groups too small to show left out."""
    return [
        {
            "title": span(specs[name], group["low"], group["high"]),
            "estimate": {
                "estimate": group["mean"],
                "lower": group["lower"],
                "upper": group["upper"],
            },
        }
        for group in groups[groups["n"] >= MINIMUM_CELL].to_dict("records")
    ]
