"""Patients who had one arm after another: their periods, and what must hold of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.catalog import Catalog
from nxpredict.cohort._batch import read_ids
from nxpredict.cohort._cohort import HALF_LIVES
from nxpredict.cohort._outcome import outcome_numbers, refuse_rows
from nxpredict.cohort._rows import count_rows, row_numbers
from nxpredict.cohort._table import RawTable
from nxpredict.errors import FaultLog, counted
from nxpredict.study import ArmSet, CrossoverDesign

Codes = npt.NDArray[np.intp]
Periods = npt.NDArray[np.int64]

NO_DRUG = "placebo"
"""An arm of this name leaves nothing to the next period."""
_HINT = "number the periods of each patient 1, 2 and so on, one row each"


def read_periods(
    table: RawTable, design: CrossoverDesign, ids: pd.Series, faults: FaultLog
) -> Periods | None:
    """Return each row's period; None when a period is missing, no number or given twice."""
    values = outcome_numbers(table, design.period, _HINT, faults)
    where = (table, design.period, faults)
    missing = np.isnan(values)
    empty = missing & read_ids(table.frame, design.period).isna().to_numpy()
    _refuse(*where, empty, "missing-period", "no period")
    odd = ~missing & ((values != np.round(values)) | (values < 1))
    _refuse(*where, odd, "odd-period", "a period that is not 1, 2 and so on")
    if missing.any() or odd.any():
        return None
    twice = pd.DataFrame({"id": ids, "period": values}).duplicated(keep=False).to_numpy()
    twice = twice & ids.notna().to_numpy()
    _refuse(*where, twice, "overlapping-periods", "the same patient and period more than once")
    return None if twice.any() else values.astype(np.int64)


def _refuse(
    table: RawTable,
    column: str,
    faults: FaultLog,
    bad: npt.NDArray[np.bool_],
    code: str,
    message: str,
) -> None:
    refuse_rows(table, bad, column, faults, code, message, _HINT)


def check_orders(
    table: RawTable,
    design: CrossoverDesign,
    ids: pd.Series,
    period: Periods,
    codes: Codes,
    analysed: npt.NDArray[np.bool_],
    faults: FaultLog,
) -> None:
    """Report orders of the arms from which nothing, or less than hoped for, can be learned.

    Only rows that are analysed tell anything; a sequence is that of all rows with an arm.
    """
    every = pd.DataFrame({"id": ids, "period": period, "arm": codes, "used": analysed})
    every = every[codes >= 0].dropna().sort_values(["id", "period"], kind="stable")
    rows = every[every["used"]]
    by_patient = rows.groupby("id")
    if len(rows) and by_patient["arm"].nunique().max() == 1:
        faults.error(
            "no-crossover",
            "no patient has more than one arm"
            + ("" if len(rows) == len(every) else " with a response"),
            "declare `kind: parallel`, with one row a patient",
            file=table.file,
            column=design.arm,
        )
    elif len(rows) and rows.groupby("period")["arm"].nunique().max() == 1:
        faults.error(
            "arm-is-period",
            "everybody had the same arm in the same period, so arms cannot be told from time",
            "a crossover needs patients with different orders; check the columns of arm and period",
            file=table.file,
            column=design.arm,
        )
    single = int((by_patient.size() == 1).sum())
    if single:
        faults.warn(
            "single-period",
            f"one period only for {single} of {len(by_patient)} patients, who are used, and "
            "compared with other patients, not with themselves",
            "add the other periods if they were observed",
            file=table.file,
            column=design.arm,
        )
    gaps = _gaps(rows)
    if gaps:
        faults.warn(
            "skipped-period",
            f"{counted(gaps, 'row follows', 'rows follow')} on a period that is not there or was "
            "left out: nothing carried over from it is assumed",
            "add the periods that are not there",
            file=table.file,
            column=design.period,
        )
    if design.sequence is not None and design.sequence in table.frame:
        _check_sequences(table, design.sequence, every, faults)


def _gaps(rows: pd.DataFrame) -> int:
    """Return how many rows, sorted by patient and period, have no row one period before."""
    step = rows.groupby("id")["period"].diff()
    # Before the first period that anybody had there was none to carry over from.
    step = step.fillna(rows["period"] - rows["period"].min() + 1)
    return int((step > 1).sum())


def _check_sequences(table: RawTable, column: str, rows: pd.DataFrame, faults: FaultLog) -> None:
    """Report patients of two sequences, and those with another arm than most of their sequence."""
    labels = read_ids(table.frame, column).fillna("").reindex(rows.index)
    changing = (labels.groupby(rows["id"]).transform("nunique") > 1).to_numpy()
    usual = rows.groupby([labels, rows["period"]])["arm"].transform(lambda arms: arms.mode()[0])
    other = (rows["arm"] != usual).to_numpy()
    for where, code, what, hint in (
        (
            changing,
            "changing-sequence",
            "a patient's rows name more than one sequence",
            "give all rows of a patient the same label; the arm is what counts here",
        ),
        (
            other,
            "broken-sequence",
            "another arm than the sequence says",
            "correct the label or the arm; the arm is what counts here",
        ),
    ):
        if where.any():
            numbers = row_numbers(table.frame)[np.sort(np.asarray(rows.index)[where])]
            told, row = f"{what} in {count_rows(numbers)}", int(numbers[0])
            faults.warn(code, told, hint, file=table.file, row=row, column=column)


def values_of_patients(
    X: pd.DataFrame, ids: pd.Series, period: Periods, file: str, faults: FaultLog
) -> pd.DataFrame:
    """Return predictors that do not change within a patient: the first value that was recorded."""
    order = np.argsort(period, kind="stable")
    who = ids.fillna("").to_numpy(dtype=object)[order]
    ordered = X.iloc[order]
    first = ordered.groupby(who, sort=False).transform("first")
    changing = [
        name for name in X if (ordered[name].notna() & (ordered[name] != first[name])).any()
    ]
    if changing:
        faults.warn(
            "changing-predictor",
            f"these change between the periods of a patient: {', '.join(map(str, changing))}; the "
            "value of the first period counts, as one known before any arm",
            "give every row of a patient the value at the start of the study",
            file=file,
        )
    return first.iloc[np.argsort(order, kind="stable")].astype(X.dtypes.to_dict())


def check_wash_out(
    design: CrossoverDesign, arms: ArmSet, catalog: Catalog, faults: FaultLog
) -> float:
    """Return what share of an arm the wash-out may leave, and warn where it is more than little.

    Where it is not known, all of it may be left.
    """
    half_lives, others = _half_lives(arms, catalog)
    given = design.wash_out_days
    consequence = "what is carried over is estimated, which costs precision"
    if given is None:
        faults.warn(
            "wash-out-not-declared",
            f"the study does not say how long the wash-out was: {consequence}",
            "write design.wash_out_days, the days without any arm between two periods",
        )
        return 1.0
    if others or not half_lives:
        faults.warn(
            "wash-out-not-judged",
            f"the catalogue knows no half-life of {' or of '.join(others) or 'these arms'}: "
            f"{consequence}",
            "read an effect of the arm before in the report",
        )
        return 1.0
    _name_unknown(list(half_lives), arms, catalog, faults)
    slowest = max(half_lives, key=lambda drug: half_lives[drug])
    passed = 24 * given / half_lives[slowest]
    left = float(0.5**passed)
    if passed >= HALF_LIVES:
        return left
    needed = HALF_LIVES * half_lives[slowest] / 24
    faults.warn(
        "short-wash-out",
        f"the wash-out (days: {given:g}) is shorter than {HALF_LIVES} half-lives of the effect of "
        f"{slowest} ({needed:.1f} days): {consequence}",
        "prefer the result of the first period where the two differ",
    )
    return left


def _name_unknown(judged: list[str], arms: ArmSet, catalog: Catalog, faults: FaultLog) -> None:
    """Say which drugs the wash-out was not judged by."""
    parts = {part for arm in arms.names for part in arm.split("+")} - {NO_DRUG}
    if unknown := sorted(part for part in parts if not catalog.drugs_in(part)):
        faults.note(
            "wash-out-partly-judged",
            f"the wash-out is judged by {' and '.join(judged)}: the catalogue knows no half-life "
            f"of {' and '.join(unknown)}",
            "leave design.wash_out_days out where that may last longer",
        )


def _half_lives(arms: ArmSet, catalog: Catalog) -> tuple[dict[str, float], list[str]]:
    """Return the hours by drug, and the drugs in another formulation than these are known for."""
    found: dict[str, float] = {}
    others = []
    for arm in arms.names:
        formulation = arms.regimens.get(arm, {}).get("formulation")
        for drug in catalog.drugs_in(arm):
            hours = catalog.drugs[drug].half_life(formulation)
            if hours is not None:
                found[drug] = hours
            elif catalog.drugs[drug].half_life_hours is not None:
                others.append(f"{drug} as '{formulation}'")
    return found, others
