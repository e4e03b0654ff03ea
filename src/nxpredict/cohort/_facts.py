"""What the door understood, as plain values for ``nxpredict check`` and the report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.cohort._analysed import TableRead
from nxpredict.cohort._cohort import NEXT_TO_NOTHING
from nxpredict.cohort._declared import Declared
from nxpredict.cohort._leaks import Leak
from nxpredict.cohort._schema import PredictorSpec
from nxpredict.genotypes import CallsTable, GenotypeQc, genotype_qc
from nxpredict.study import (
    ArmSet,
    CrossoverDesign,
    Design,
    ResponseScale,
    estimand,
    share_of,
)


def cohort_facts(
    read: TableRead,
    told: Declared,
    *,
    leaks: Sequence[Leak],
    calls: CallsTable | None,
    quality: GenotypeQc | None,
) -> dict[str, Any]:
    """Return the facts of a cohort; counts of 1 to 9 in a cell by arm are None.

    Returns
    -------
    dict
        ``table, design, response, estimand, flow, arms, predictors, genotypes, genotype_quality,
        unused_columns, leaks``, all plain values, for JSON.
    """
    table, rows, arms, response = read.table, read.rows, told.arms, told.response
    arm = rows.arm(arms)
    return {
        "table": {
            "file": table.file,
            "rows": len(table.frame),
            "columns": int(table.frame.shape[1]),
        },
        "design": {
            "kind": told.design.kind,
            "allocation": told.design.allocation,
            "site": told.design.site,
            "eligibility": list(told.eligibility),
            **_period_facts(read, told.design),
        },
        "response": {
            "definition": response.describe(),
            "missing": response.missing,
            **response.scale.to_dict(),
            **told.beside.describe(),
        },
        "estimand": estimand(
            arms,
            response,
            told.eligibility,
            compared=told.design.allocation != "pooled-indirect",
        ),
        "flow": [
            {"step": "rows read", "n": len(table.frame)},
            *({"step": f"left out: {why}", "n": n} for why, n in read.dropped.items() if n),
            {"step": "analysed", "n": len(rows.y)},
        ],
        "arms": [
            _arm_facts(name, label, rows.y[arm == name], arms, response.scale)
            for name, label in zip(arms.names, arms.labels, strict=True)
        ],
        "predictors": [
            _predictor_facts(
                spec, rows.X[spec.name], arm, arms, spec.name in read.matching.automatic
            )
            for spec in read.schema.predictors
        ],
        **_genotype_facts(calls, quality),
        "unused_columns": [c for c in read.matching.unused if c not in response.columns],
        "leaks": [leak.to_dict() for leak in leaks],
    }


def _period_facts(read: TableRead, design: Design) -> dict[str, Any]:
    """Return what is said of the periods of a crossover; nothing of other designs."""
    rows = read.rows
    if rows.period is None or not isinstance(design, CrossoverDesign):
        return {}
    return {
        "patients": len(rows.first),
        "periods": len(np.unique(rows.period)),
        "wash_out_days": design.wash_out_days,
        "carry_over": read.carried > NEXT_TO_NOTHING,
        "carried": round(read.carried, 4),
    }


def _arm_facts(
    name: str, label: str, y: npt.NDArray[np.float64], arms: ArmSet, scale: ResponseScale
) -> dict[str, Any]:
    return {
        "arm": name,
        "label": label,
        "components": name.split("+"),
        "regimen": arms.regimen(name) or None,
        "reference": name == arms.reference,
        "n": len(y),
        scale.average: round(float(scale.turned(y.mean())), 4),
    }


def _predictor_facts(
    spec: PredictorSpec,
    column: pd.Series,
    arm: npt.NDArray[np.object_],
    arms: ArmSet,
    automatic: bool,
) -> dict[str, Any]:
    missing = np.asarray(column.isna())
    return {
        "name": spec.name,
        "label": spec.label,
        "family": spec.family,
        "kind": spec.kind,
        "role": spec.role,
        "column": spec.column,
        "locus": spec.locus,
        "found_by_name": automatic,
        "unit": spec.unit,
        "source_unit": spec.source_unit,
        "factor": spec.factor,
        "levels": list(spec.levels),
        "missing": _share(missing),
        "missing_by_arm": {name: _share(missing[arm == name]) for name in arms.names},
    }


def _share(flags: npt.NDArray[np.bool_]) -> float | None:
    share = share_of(flags)
    return None if share is None else round(share, 4)


def genotype_quality(
    calls: CallsTable, X: pd.DataFrame, site: npt.NDArray[np.object_] | None
) -> GenotypeQc:
    """Return call rates by site, and frequencies and equilibrium within ancestry where known."""
    ancestry = X["ancestry"].tolist() if "ancestry" in X else None
    return genotype_qc(calls, site=None if site is None else site.tolist(), ancestry=ancestry)


def _genotype_facts(calls: CallsTable | None, quality: GenotypeQc | None) -> dict[str, Any]:
    """Return what is known of each locus, and the quality tables."""
    if calls is None or quality is None:
        return {"genotypes": [], "genotype_quality": {}}
    rates = quality.call_rate.query("site == 'all'").set_index("locus").call_rate
    loci = [
        {"locus": name, "call_rate": round(float(rates[name]), 4), **counts}
        for name, counts in calls.counts().items()
    ]
    return {"genotypes": loci, "genotype_quality": quality.to_dict()}
