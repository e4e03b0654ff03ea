"""Predictions averaged over what was adjusted for and no new patient has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nxpredict.features import TableEncoder
from nxpredict.models._draws import ArmDraws

FloatArray = NDArray[np.float64]

ATTENUATION = (16 * np.sqrt(3) / (15 * np.pi)) ** 2
"""Log-odds shrink by sqrt(1 + this * variance) when averaged over what differs normally."""


def hidden_inputs(encoder: TableEncoder, nuisance: Sequence[str]) -> NDArray[np.int64]:
    """Return which of the `model_inputs` are made of columns that no new patient has."""
    values = np.array(encoder.sources_, dtype=str)
    made_of = [*values, *values[encoder.curves_.sources], *encoder.indicator_columns_]
    return np.flatnonzero(np.isin(made_of, list(nuisance)))


def averaged_out(
    draws: ArmDraws,
    inputs: NDArray[np.float32],
    hidden: NDArray[np.int64],
    beside: FloatArray,
) -> ArmDraws:
    """Return draws of the log-odds averaged over what differs between patients out of sight.

    Parameters
    ----------
    draws : ArmDraws
        Of the log-odds at the mean of what is hidden.
    inputs : ndarray, shape (n, k)
        `draw_inputs` of the training.
    hidden : ndarray of int64
        The `model_inputs` that are set to their mean in predictions.
    beside : ndarray of float64, shape (n, S)
        What else each draw adds to the training patients' log-odds.

    Notes
    -----
    With h of variance v over patients, the mean of expit(x + h) is nearly
    expit(x / sqrt(1 + c v)), c = (16 sqrt(3) / (15 pi))^2 (Zeger, Liang and Albert 1988,
    Biometrics 44:1049).
    """
    if not hidden.size and not beside.any():
        return draws
    known = inputs[:, 1 + hidden].astype(np.float64)
    unseen = np.einsum("nk,ask->ans", known, draws.slopes[:, :, hidden]) + beside
    shrunk = 1 / np.sqrt(1 + ATTENUATION * unseen.var(axis=1))
    return replace(
        draws,
        intercept=draws.intercept * shrunk,
        slopes=draws.slopes * shrunk[:, :, None],
    )
