"""Arms and sites of the patients analysed: whether there are enough of each, and as declared."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.errors import FaultLog, counted
from nxpredict.study import ArmSet, ResponseScale

FEWEST_IN_ARM, FEW_IN_ARM = 20, 40
FEWEST_OF_RESPONSE = 5

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]


def check_sizes(
    codes: Codes,
    y: Floats,
    patient: Codes,
    arms: ArmSet,
    scale: ResponseScale,
    faults: FaultLog,
    *,
    file: str,
    column: str,
) -> None:
    """Report arms with too few patients or too few of either response, or different numbers.

    Parameters
    ----------
    codes : ndarray of int, shape (n,)
        Position among the arms.
    y : ndarray of 0 and 1, or of numbers, shape (n,)
    patient : ndarray of int, shape (n,)
        Who a row belongs to: a patient counts once in an arm.
    arms : ArmSet
    scale : ResponseScale
    faults : FaultLog
    file, column : str
        Where the arms stand.

    Examples
    --------
    >>> arms, faults = ArmSet.of({"naltrexone": "N", "nalmefene": "M"}), FaultLog()
    >>> codes, y = np.repeat([0, 1], [30, 10]), np.tile([0.0, 1.0], 20)
    >>> where = {"file": "cohort.csv", "column": "drug"}
    >>> check_sizes(codes, y, np.arange(40), arms, ResponseScale(), faults, **where)
    >>> [(fault.code, fault.severity) for fault in faults]
    [('small-arm', 'warning'), ('small-arm', 'error')]
    """
    constant = len(y) > 0 and bool((y == y[0]).all())
    if constant:
        word = "a response" if y[0] == 1 else "no response"
        word = "the same number" if scale.continuous else word
        faults.error(
            "constant-response",
            f"every patient has {word}",
            "check `response` in the study file: column, favourable label or bounds",
            file=file,
        )
    for i, arm in enumerate(arms):
        own = codes == i
        n = len(np.unique(patient[own]))
        named = f"arm '{arm.name}' (label '{arm.label}')"
        found = _size_of_arm(n, named)
        if found is None and not constant:
            found = _variety(y[own], patient[own], named, scale)
        if found is not None:
            faults.error(*found, file=file, column=column)
        elif n <= FEW_IN_ARM:
            faults.warn("small-arm", f"{named} has only {n} patients", file=file, column=column)


def _size_of_arm(n: int, named: str) -> tuple[str, str, str] | None:
    """Return code, message and hint when an arm has too few patients."""
    if n == 0:
        hint = (
            "write the label under `arms` as it stands in the table, check why responses are "
            "missing if they are, or leave the arm out"
        )
        return "absent-arm", f"no patient with a response has {named}", hint
    if n < FEWEST_IN_ARM:
        hint = "check the label and whose response is missing, or leave the arm out of both files"
        few = f"{named} has {counted(n, 'patient')}; {FEWEST_IN_ARM} or more are needed"
        return "small-arm", few, hint
    return None


def _variety(
    y: Floats, patient: Codes, named: str, scale: ResponseScale
) -> tuple[str, str, str] | None:
    """Return the same when its responses are too much alike."""
    if scale.continuous:
        fewest, what = len(np.unique(y)), "different numbers"
        hint = "remove `kind: continuous` if the response is there or not"
    else:
        fewest = min(len(np.unique(patient[y == value])) for value in (0, 1))
        what = "patients of one response"
        hint = "nothing can be learned of this arm; check the response's definition"
    if fewest >= FEWEST_OF_RESPONSE:
        return None
    return "few-responses", f"{named} has fewer than {FEWEST_OF_RESPONSE} {what}", hint


def check_sites(
    codes: Codes, site: npt.NDArray[np.object_], faults: FaultLog, *, file: str, column: str
) -> None:
    """Report a study in which the site alone decides the arm: nothing can tell them apart."""
    arms_of = pd.Series(codes).groupby(site).nunique()
    if len(codes) < 2 * len(arms_of) and len(arms_of) > 1:
        faults.warn(
            "tiny-sites",
            f"{len(arms_of)} sites for {len(codes)} patients, too few in each to compare arms",
            "check that `design.site` names the column of the site, or leave it out",
            file=file,
            column=column,
        )
    if len(arms_of) > 1 and len(np.unique(codes)) > 1 and int(arms_of.max()) == 1:
        faults.error(
            "arm-is-site",
            "every site gave one arm only, so arms cannot be told from sites",
            "declare `allocation: pooled-indirect`, which claims no difference between arms",
            file=file,
            column=column,
        )


def check_probabilities(
    codes: Codes,
    arms: ArmSet,
    declared: Mapping[str, float],
    faults: FaultLog,
    file: str,
    column: str,
) -> None:
    """Say when the shares of the arms are more than four standard errors from those declared."""
    n = len(codes)
    off = [
        name
        for i, name in enumerate(arms.names)
        for p in [declared[name]]
        if 0 < p < 1 and abs(np.mean(codes == i) - p) > 4 * float(np.sqrt(p * (1 - p) / n))
    ]
    if off:
        faults.warn(
            "other-probabilities",
            f"the share of {' and of '.join(off)} is not what the declared probabilities give, "
            "beyond chance",
            "check `design.probabilities`, or leave them out to use the shares observed",
            file=file,
            column=column,
        )
