"""Drivers as facts: named only where the answers allow it, with what was published of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from nxpredict.bundle import Bundle
from nxpredict.catalog import Catalog
from nxpredict.explain import Contributions, Drivers, Explanation
from nxpredict.report._format import named
from nxpredict.report._knowledge import evidence_facts, published_direction
from nxpredict.report._messages import first
from nxpredict.report._values import Specs, compare, describe, family_title, label_of

SHOWN = 12
"""Contributions named on a patient's page where no interval tells which of them matter."""

_SWING = {"estimate": "swing", "lower": "lower", "upper": "upper"}

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
    arms = bundle.arms.names
    differences = []
    if drivers is not None and why_no_difference is None:
        differences = [
            {
                "title": f"{named(arm)} versus {named(reference)}",
                "arm": named(arm),
                "reference": named(reference),
                **_compared(_swings(table, specs, catalog, arms), table, catalog, arm, reference),
            }
            for (arm, reference), table in drivers.contrasts.items()
        ]
    outlook = None
    if drivers is not None and why_no_outlook is None:
        outlook = _swings(drivers.outlook, specs, catalog, arms)
    return {
        "differences": differences,
        "outlook": outlook,
        "no_differences": why_no_difference,
        "no_outlook": why_no_outlook,
    }


def _swings(
    table: pd.DataFrame, specs: Specs, catalog: Catalog, arms: tuple[str, ...]
) -> dict[str, Any]:
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
                "swing": {key: row[end] for key, end in _SWING.items()},
                "evidence": evidence_facts(catalog, arms, str(name)),
            }
        )
    return {"rows": rows, "others": others, "intervals": bool(table["lower"].notna().any())}


def _compared(
    part: dict[str, Any], table: pd.DataFrame, catalog: Catalog, arm: str, reference: str
) -> dict[str, Any]:
    """Say of each driver of a difference whether its direction is the published one."""
    for row in part["rows"]:
        low, high = table.loc[row["name"], "low"], table.loc[row["name"], "high"]
        known = published_direction(catalog, arm, reference, row["name"], low, high)
        agrees = known * row["swing"]["estimate"]
        row["published"] = "agrees" if agrees > 0 else "disagrees" if agrees < 0 else "unknown"
    return part


def patient_drivers(
    explanation: Explanation,
    index: int,
    inputs: Mapping[str, Any],
    specs: Specs,
    contrasts: list[tuple[str, str]],
) -> dict[str, Any]:
    """Return the contributions to one patient's differences and outlook, in probability."""
    one = explanation.take(slice(index, index + 1))
    return {
        "differences": [
            {
                "title": f"{named(arm)} versus {named(reference)}",
                "arm": named(arm),
                "reference": named(reference),
                **_parts(one.contrast(arm, reference), inputs, specs),
            }
            for arm, reference in contrasts
        ],
        "outlook": _parts(one.outlook(), inputs, specs),
        "method": explanation.method,
        "error": explanation.error,
    }


def _parts(parts: Contributions, inputs: Mapping[str, Any], specs: Specs) -> dict[str, Any]:
    sure = parts.distinguishable
    rows: list[dict[str, Any]] = [
        {
            "name": name,
            "label": label_of(specs[name], name),
            "family": specs[name].family,
            "given": describe(specs[name], inputs.get(name)),
            "value": float(parts.values[0, j]),
            "lower": None if parts.lower is None else float(parts.lower[0, j]),
            "upper": None if parts.upper is None else float(parts.upper[0, j]),
            "distinguishable": None if sure is None else bool(sure[0, j]),
        }
        for j, name in enumerate(parts.names)
    ]
    rows.sort(key=lambda row: -abs(row["value"]))
    clear = [r for r in rows if r["distinguishable"] is not False and abs(r["value"]) >= NEGLIGIBLE]
    shown = clear if sure is not None else clear[:SHOWN]
    rest = [row for row in rows if row not in shown]
    families = dict.fromkeys(row["family"] for row in shown)
    return {
        "base": parts.base,
        "total": parts.base + float(parts.values[0].sum()),
        "intervals": sure is not None,
        "families": [
            {"title": family_title(f), "rows": [row for row in shown if row["family"] == f]}
            for f in families
        ],
        "rest": {"rows": rest, "value": sum(row["value"] for row in rest)},
        "by_family": [
            {"title": family_title(f), "value": sum(r["value"] for r in rows if r["family"] == f)}
            for f in dict.fromkeys(row["family"] for row in rows)
        ],
    }
