"""What the door understood, as plain values for ``nxpredict check`` and the report."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.cohort._coding import RARE
from nxpredict.cohort._leaks import Leak
from nxpredict.cohort._schema import PredictorSpec, Schema
from nxpredict.cohort._table import RawTable
from nxpredict.genotypes import CallsTable, GenotypeQc, genotype_qc
from nxpredict.study import ArmSet, Design, ResponseDefinition, ResponseScale, estimand


def cohort_facts(
    table: RawTable,
    schema: Schema,
    X: pd.DataFrame,
    y: npt.NDArray[np.float64],
    arm: npt.NDArray[np.object_],
    *,
    arms: ArmSet,
    design: Design,
    response: ResponseDefinition,
    eligibility: Sequence[str],
    automatic: Collection[str],
    unused: Sequence[str],
    leaks: Sequence[Leak],
    dropped: Mapping[str, int],
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
    return {
        "table": {
            "file": table.file,
            "rows": len(table.frame),
            "columns": int(table.frame.shape[1]),
        },
        "design": {
            "kind": design.kind,
            "allocation": design.allocation,
            "site": design.site,
            "eligibility": list(eligibility),
        },
        "response": {
            "definition": response.describe(),
            "missing": response.missing,
            **response.scale.to_dict(),
        },
        "estimand": estimand(arms, response, eligibility),
        "flow": [
            {"step": "rows read", "n": len(table.frame)},
            *({"step": f"left out: {why}", "n": n} for why, n in dropped.items() if n),
            {"step": "analysed", "n": len(y)},
        ],
        "arms": [
            _arm_facts(name, label, y[arm == name], arms, response.scale)
            for name, label in zip(arms.names, arms.labels, strict=True)
        ],
        "predictors": [
            _predictor_facts(spec, X[spec.name], arm, arms, spec.name in automatic)
            for spec in schema.predictors
        ],
        **_genotype_facts(calls, quality),
        "unused_columns": list(unused),
        "leaks": [leak.to_dict() for leak in leaks],
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
    """Return a share, None where fewer than ten patients, but not none, stand behind it."""
    count = int(flags.sum())
    return None if 0 < count < RARE else round(count / max(len(flags), 1), 4)


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
