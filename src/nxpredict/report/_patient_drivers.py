"""What moves one patient's differences and outlook, as facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nxpredict.explain import Contributions, Explanation
from nxpredict.report._cohort_drivers import NEGLIGIBLE
from nxpredict.report._phrases import named
from nxpredict.report._values import Specs, describe, family_title, label_of

SHOWN = 12
"""Contributions named where no interval tells which of them matter."""


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
