"""What a cohort says about another population, given as a table or as aggregates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nxpredict.bundle import Bundle
from nxpredict.catalog import load_catalog
from nxpredict.cohort import PredictorSpec, read_batch, read_table, reread
from nxpredict.config import Document, Study, read_yaml
from nxpredict.errors import DataError, Fault, closest
from nxpredict.evaluation import target_answers, weight_to_target
from nxpredict.study import share_shown
from nxpredict.workflows._new_cohort import Floats, NewCohort

YAML_ENDINGS = (".yaml", ".yml")


def target_results(path: Path, here: NewCohort, p: Floats) -> dict[str, Any]:
    """Return what is predicted and the three answers, weighted to a target population.

    Parameters
    ----------
    path : Path
        A table of patients, or a YAML file: predictor to mean, or predictor to label to share.
    here : NewCohort
    p : array of float64, shape (n, arms)
        Predictions to choose by.

    Raises
    ------
    DataError
        When the target names what the cohort does not have.
    """
    study, model, cohort, X = here.study, here.model, here.cohort, here.X
    specs = {name: model.schema.spec(name) for name in model.inputs if X[name].notna().any()}
    goal = (
        target_of_yaml(path, specs)
        if path.suffix in YAML_ENDINGS
        else _of_table(path, study, model)
    )
    columns = {str(c): v for c, v in _characteristics(X[list(specs)], specs).items()}
    shared = [name for name in goal.index if name in columns and np.isfinite(goal[name])]
    if not shared:
        raise DataError(
            [
                Fault(
                    "empty-target",
                    "the target population and the cohort have no predictor in common",
                    "name predictors of the model",
                    file=path.name,
                )
            ]
        )
    found = weight_to_target(pd.DataFrame({n: columns[n] for n in shared}), goal[shared])
    answers = target_answers(
        here.as_if_held_out(p), here.comparison, found, random_state=study.model.seed
    )
    return {
        "file": path.name,
        "effective_n": found.effective_n,
        "reached": found.reached,
        "characteristics": _shown(found.table, columns),
        "predicted": {
            arm: None if found.few else float(cohort.scale.turned(found.weights @ p[:, a]))
            for a, arm in enumerate(cohort.arms.names)
        },
        "answers": answers,
    }


def _shown(table: pd.DataFrame, columns: dict[str, pd.Series]) -> list[dict[str, Any]]:
    """Return a row a characteristic, without the cohort's share of labels that few patients have.

    Where a predictor has such a label, the shares of its others would give it away.
    """
    labels = {name for name in columns if ": " in name}
    few = {
        name.split(": ")[0]
        for name in labels
        if share_shown(int(columns[name].sum()), int(columns[name].notna().sum())) is None
    }
    hidden = table["name"].isin({n for n in labels if n.split(": ")[0] in few})
    table = table.astype({"cohort": float, "difference_before": float})
    table.loc[hidden, ["cohort", "difference_before"]] = np.nan
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _characteristics(X: pd.DataFrame, specs: dict[str, PredictorSpec]) -> pd.DataFrame:
    """Return numbers as they are, and every label as a column of 0 and 1."""
    columns: dict[str, pd.Series] = {}
    for name, spec in specs.items():
        column = X[name]
        if spec.kind in ("continuous", "dosage"):
            columns[name] = column.astype("float64")
            continue
        coded = spec.kind != "categorical"
        for k, level in enumerate(spec.levels):
            hit = (column == (float(k) if coded else level)).astype("float64")
            columns[f"{name}: {level}"] = hit.mask(column.isna())
    return pd.DataFrame(columns)


def _of_table(path: Path, study: Study, model: Bundle) -> pd.Series:
    """Return the means of a table of patients, read by the names and codes of the study."""
    table = read_table(path, separator=study.table.separator, decimal=study.table.decimal)
    catalog, columns = load_catalog(), {str(name) for name in table.frame.columns}
    known = {found.name for name in columns if (found := catalog.match_column(name))}
    schema = reread(
        model.table_schema,
        table.frame,
        file=table.file,
        id_column=study.design.id,
        catalog=catalog,
        predictors={
            name: declared
            for name, declared in study.predictors.items()
            if (declared.column in columns if declared.column else name in known)
        },
        additional={k: v for k, v in study.additional.items() if v.column in columns},
        whole=table.decimal,
    )
    batch = read_batch(table.frame, schema, decimal=table.decimal, file=table.file)
    specs = {name: model.schema.spec(name) for name in model.inputs if batch.X[name].notna().any()}
    return _characteristics(batch.X[list(specs)], specs).mean()


def target_of_yaml(path: Path, specs: dict[str, PredictorSpec]) -> pd.Series:
    """Return means and shares as a YAML file gives them."""
    document = read_yaml(path)
    goal: dict[str, float] = {}
    for name, value in document.tree.items():
        spec = specs.get(name)
        if spec is None:
            document.refuse(
                (name,),
                f"the model and the cohort do not share a predictor '{name}'",
                closest(name, specs) or f"they share {', '.join(specs)}",
            )
        elif isinstance(value, dict):
            for label, share in value.items():
                number = _number(share)
                if label not in spec.levels or number is None or not 0 <= number <= 1:
                    document.refuse(
                        (name, label),
                        f"'{name}': expected the share, from 0 to 1, of one of its labels",
                        f"its labels are {', '.join(spec.levels)}" if spec.levels else "",
                    )
                else:
                    goal[f"{name}: {label}"] = number
            shares = [goal[f"{name}: {label}"] for label in value if f"{name}: {label}" in goal]
            if len(shares) == len(value):
                every = len(shares) == len(spec.levels)
                _check_total(document, name, shares, all_of_it=every)
        elif (number := _number(value)) is None or spec.levels:
            document.refuse(
                (name,),
                f"'{name}': expected " + ("shares by label" if spec.levels else "a number"),
                f"write {name}: {{{spec.levels[0]}: 0.4}}" if spec.levels else "",
            )
        else:
            goal[name] = number
    document.faults.raise_if_errors()
    return pd.Series(goal, dtype="float64")


def _check_total(
    document: Document, name: str, shares: Sequence[float], *, all_of_it: bool
) -> None:
    """Refuse shares of labels that no patients can have together; rounded ones pass."""
    total, rounding = sum(shares), 0.005 * len(shares) + 1e-9
    if total > 1 + rounding or (all_of_it and total < 1 - rounding):
        document.refuse(
            (name,),
            f"'{name}': the shares of its labels sum to {total:g}",
            "give each label its share of all patients, or leave a label out",
        )


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None
