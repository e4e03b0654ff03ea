"""How labels of one column become levels: from the catalogue, the study file or the column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nxpredict.cohort._cells import MISSING, read_labels
from nxpredict.cohort._missing_codes import warn_of_codes
from nxpredict.cohort._schema import fold_label
from nxpredict.errors import FaultLog, closest
from nxpredict.study import SMALLEST_CELL, AdditionalPredictor

POOLED = "other"
MANY_LEVELS = 20

_PAIRS = (("0", "1"), ("false", "true"), ("no", "yes"), ("n", "y"), ("f", "t"))


@dataclass(frozen=True, slots=True)
class Coding:
    """Levels in order, folded text -> level, and the level of texts never seen, if any."""

    levels: tuple[str, ...]
    codes: Mapping[str, str]
    pooled: str | None = None


def catalogue_coding(
    labels: Mapping[str, tuple[str, ...]],
    declared: Mapping[str, str],
    column: str,
    faults: FaultLog,
    file: str,
) -> Coding:
    """Return the catalogue's labels with the study file's own texts put before them."""
    accepted = {
        fold_label(text): level for level, texts in labels.items() for text in (level, *texts)
    }
    codes = dict(accepted)
    for text, level in declared.items():
        if fold_label(level) in MISSING:
            codes[fold_label(text)] = ""
        elif (canonical := accepted.get(fold_label(level))) is not None:
            codes[fold_label(text)] = canonical
        else:
            faults.error(
                "unknown-level",
                f"the study file maps a label to '{level}', which the catalogue does not know",
                closest(level, labels) or f"its labels are {', '.join(labels)}",
                file=file,
                column=column,
            )
    return Coding(tuple(labels), codes)


def without_no(coding: Coding, declared: Mapping[str, str]) -> Coding:
    """Return a binary coding whose no is no value, but for texts that the study file declares."""
    own = {fold_label(text) for text in declared}
    no = coding.levels[0]
    codes = {t: "" if v == no and t not in own else v for t, v in coding.codes.items()}
    return Coding(coding.levels, codes)


def number_coding(
    name: str, labels: Mapping[str, str], column: str, faults: FaultLog, file: str
) -> Coding:
    """Return the codes of a number: only texts that mean a missing value may be declared."""
    wrong = [text for text, level in labels.items() if fold_label(level) not in MISSING]
    if wrong:
        faults.error(
            "labels-of-number",
            f"'{name}' is a number, so its labels can only say which codes mean missing",
            "write `labels: {999: missing}`, or remove them",
            file=file,
            column=column,
        )
    return Coding((), {fold_label(text): "" for text in labels})


def additional_coding(
    predictor: AdditionalPredictor,
    column: pd.Series,
    ids: pd.Series | None,
    faults: FaultLog,
    file: str,
) -> Coding:
    """Return how an additional predictor's labels are read, from the file or from the column.

    Of the column's labels patients are counted; without `ids` each row is one.
    """
    if predictor.kind == "continuous":
        return number_coding(predictor.column, predictor.labels, predictor.column, faults, file)
    if predictor.labels or predictor.levels:
        return _declared(predictor)
    counts = _count_labels(column, ids)
    _warn_of_codes(predictor.column, counts, faults, file)
    if predictor.kind == "binary":
        return _two(predictor, counts, faults, file)
    if predictor.kind == "ordinal":
        return _ordered(predictor, counts, faults, file)
    return _free(predictor, counts, faults, file)


def _declared(predictor: AdditionalPredictor) -> Coding:
    named = [level for level in predictor.labels.values() if fold_label(level) not in MISSING]
    levels = tuple(
        level
        for level in dict.fromkeys((*predictor.levels, *named))
        if fold_label(level) not in MISSING
    )
    codes = {fold_label(level): level for level in levels}
    for text, level in predictor.labels.items():
        codes[fold_label(text)] = "" if fold_label(level) in MISSING else level
    return Coding(levels, codes)


def _count_labels(column: pd.Series, ids: pd.Series | None) -> dict[str, int]:
    """Return how many patients have each folded label of a column, in text order."""
    read = read_labels(column)
    folded = np.array([*map(fold_label, read.texts), ""], dtype=object)[read.positions]
    who = np.arange(len(column)) if ids is None else ids.to_numpy()
    found = pd.DataFrame({"label": folded, "who": who})[read.positions >= 0].drop_duplicates()
    return {str(label): int(n) for label, n in found["label"].value_counts().sort_index().items()}


def _warn_of_codes(column: str, counts: Mapping[str, int], faults: FaultLog, file: str) -> None:
    try:
        numbers = np.array([float(label) for label in counts], dtype=np.float64)
    except ValueError:
        return
    values = np.repeat(numbers, list(counts.values()))
    how = "`levels` and `labels: {CODE: missing}`"
    warn_of_codes(values, how, file=file, column=column, faults=faults, read_as="a label")


def _two(
    predictor: AdditionalPredictor, counts: Mapping[str, int], faults: FaultLog, file: str
) -> Coding:
    for pair in _PAIRS:
        if set(counts) <= set(pair):
            alternatives = {t: pair[i] for p in _PAIRS for i, t in enumerate(p)}
            return Coding(pair, alternatives)
    if len(counts) != 2:
        faults.error(
            "not-binary",
            f"declared binary, but it holds {len(counts)} different labels",
            "give `labels`, or declare it categorical",
            file=file,
            column=predictor.column,
        )
        return Coding((), dict.fromkeys(counts, ""))
    if _has_rare(predictor, counts, faults, file):
        return Coding((), dict.fromkeys(counts, ""))
    levels = tuple(counts)
    faults.note(
        "binary-order",
        f"two labels without declared order: '{levels[1]}' counts as 1",
        "give `labels` or `levels` to say otherwise",
        file=file,
        column=predictor.column,
    )
    return Coding(levels, {level: level for level in levels})


def _ordered(
    predictor: AdditionalPredictor, counts: Mapping[str, int], faults: FaultLog, file: str
) -> Coding:
    try:
        levels = tuple(sorted(counts, key=float))
    except ValueError:
        faults.error(
            "no-order",
            "declared ordinal, but its labels are words and their order is not given",
            "list them from lowest to highest: `levels: [none, mild, severe]`",
            file=file,
            column=predictor.column,
        )
        return Coding((), dict.fromkeys(counts, ""))
    if _has_rare(predictor, counts, faults, file):
        return Coding((), dict.fromkeys(counts, ""))
    return Coding(levels, {level: level for level in levels})


def _has_rare(
    predictor: AdditionalPredictor, counts: Mapping[str, int], faults: FaultLog, file: str
) -> bool:
    """Report labels of too few patients: what a model file names must be declared, not found."""
    rare = sum(n < SMALLEST_CELL for n in counts.values())
    if rare:
        faults.error(
            "rare-labels",
            f"{rare} of its {len(counts)} labels stand in fewer than {SMALLEST_CELL} patients, so "
            "they are not taken from the table",
            "list all labels that are meant: `levels: [...]`, lowest first, or `labels`",
            file=file,
            column=predictor.column,
        )
    return rare > 0


def _free(
    predictor: AdditionalPredictor, counts: Mapping[str, int], faults: FaultLog, file: str
) -> Coding:
    common = [label for label, n in counts.items() if n >= SMALLEST_CELL and label != POOLED]
    if len(common) > MANY_LEVELS or (len(counts) > MANY_LEVELS and not common):
        faults.error(
            "too-many-labels",
            f"declared categorical, but it holds {len(counts)} different labels",
            "group them by `labels`, declare it continuous, or leave it out if it identifies",
            file=file,
            column=predictor.column,
        )
        return Coding((), dict.fromkeys(counts, ""))
    codes = {label: label for label in common}
    pooled = len(counts) - len(common)
    if pooled:
        faults.note(
            "rare-labels",
            f"{pooled} labels of fewer than {SMALLEST_CELL} patients are read as '{POOLED}'",
            "group them by `labels` to say otherwise",
            file=file,
            column=predictor.column,
        )
    return Coding((*common, POOLED), codes, POOLED)
