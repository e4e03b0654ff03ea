"""The probability of each arm for each patient, where the design gives it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.study import ArmSet, ParallelDesign

PSEUDO_PATIENTS = 20
"""Patients with the overall shares that are added to each site, so small sites borrow from all."""


def allocation_probabilities(
    design: ParallelDesign,
    arms: ArmSet,
    arm: npt.NDArray[np.object_],
    site: npt.NDArray[np.object_] | None,
) -> pd.DataFrame | None:
    """Return P(arm) per patient of a randomised study, None for other allocations.

    Declared probabilities are used as they stand. Otherwise the shares observed within the
    site, shrunken to the overall shares: ``(n_site,arm + 20 p_arm) / (n_site + 20)``.

    Parameters
    ----------
    design : ParallelDesign
    arms : ArmSet
    arm : ndarray of str, shape (n,)
        Arm names.
    site : ndarray of str, shape (n,), optional

    Returns
    -------
    DataFrame, shape (n, n_arms), or None
        Rows sum to 1.

    Examples
    --------
    >>> arms = ArmSet.of({"a": "A", "b": "B"})
    >>> design = ParallelDesign("id", "arm", "randomised")
    >>> given = np.array(["a", "b", "b", "b"])
    >>> allocation_probabilities(design, arms, given, None).iloc[0].tolist()
    [0.25, 0.75]
    """
    if design.allocation != "randomised":
        return None
    names = list(arms.names)
    index = pd.RangeIndex(len(arm))
    if design.probabilities is not None:
        known = [design.probabilities[name] for name in names]
        return pd.DataFrame(np.tile(known, (len(arm), 1)), index=index, columns=names)
    own = pd.DataFrame({name: (arm == name).astype(np.float64) for name in names}, index=index)
    overall = own.mean()
    if site is None:
        return pd.DataFrame(np.tile(overall, (len(arm), 1)), index=index, columns=names)
    by_site = own.groupby(site)
    shrunken = by_site.transform("sum") + PSEUDO_PATIENTS * overall
    return shrunken.div(shrunken.sum(axis=1), axis=0)
