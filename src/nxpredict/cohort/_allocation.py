"""The probability of each arm for each patient, where the design gives it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.study import ArmSet, Design

PSEUDO_PATIENTS = 20
"""Patients with the overall shares that are added to each stratum; small ones borrow from all."""


def allocation_probabilities(
    design: Design,
    arms: ArmSet,
    arm: npt.NDArray[np.object_],
    stratum: npt.NDArray[Any] | None,
) -> pd.DataFrame | None:
    """Return P(arm) per patient of a randomised study, None for other allocations.

    Declared probabilities are used as they stand, otherwise the `observed_shares`.

    Parameters
    ----------
    design : Design
    arms : ArmSet
    arm : ndarray of str, shape (n,)
        Arm names.
    stratum : ndarray, shape (n,), optional
        The site; the period in a crossover, where that decides how far the shares are from even.

    Returns
    -------
    DataFrame, shape (n, n_arms), or None
        Rows sum to 1.

    Examples
    --------
    >>> arms = ArmSet.of({"a": "A", "b": "B"})
    >>> design = Design("id", "arm", "randomised")
    >>> given = np.array(["a", "b", "b", "b"])
    >>> allocation_probabilities(design, arms, given, None).iloc[0].tolist()
    [0.25, 0.75]
    """
    if design.allocation != "randomised":
        return None
    names = list(arms.names)
    if design.probabilities is not None:
        known = [design.probabilities[name] for name in names]
        return pd.DataFrame(np.tile(known, (len(arm), 1)), columns=names)
    return observed_shares(arm, names, stratum)


def observed_shares(
    arm: npt.NDArray[Any],
    arms: Sequence[str],
    stratum: Sequence[Any] | npt.NDArray[Any] | pd.Series | None,
) -> pd.DataFrame:
    """Return the share of each arm within the stratum, shrunken to the overall shares.

    ``(n_stratum,arm + 20 p_arm) / (n_stratum + 20)``

    Parameters
    ----------
    arm : ndarray of str, shape (n,)
    arms : sequence of str
        The columns of the result.
    stratum : sequence, length n, optional
        A stratum that is not known counts as one.

    Returns
    -------
    DataFrame, shape (n, n_arms)
        Rows sum to 1.

    Examples
    --------
    >>> observed_shares(np.array(["a", "b", "b", "b"]), ["a", "b"], None).iloc[0].tolist()
    [0.25, 0.75]
    """
    own = pd.DataFrame({name: (arm == name).astype(np.float64) for name in arms})
    overall = own.mean()
    if stratum is None:
        return pd.DataFrame(np.tile(overall, (len(arm), 1)), columns=list(arms))
    within = own.groupby(pd.factorize(np.asarray(stratum, dtype=object))[0])
    shrunken = within.transform("sum") + PSEUDO_PATIENTS * overall
    return shrunken.div(shrunken.sum(axis=1), axis=0)
