"""Plausible values for inputs that are missing, drawn anew in every posterior draw."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nxpredict.features import EncodedTable, TableEncoder

FloatArray = NDArray[np.float64]


def stand_ins(encoded: EncodedTable, n_draws: int, rng: np.random.Generator) -> FloatArray:
    """Return plausible standardised values for missing inputs, shape (n_draws, d).

    Drawn from the two or three values of a stepped column, or from a normal distribution of
    the column's spread: never a patient's own number.
    """
    columns = []
    for values, missing in zip(encoded.values.T, encoded.missing.T, strict=True):
        seen = values[~missing]
        levels, counts = np.unique(seen, return_counts=True)
        if seen.size == 0:
            columns.append(np.zeros(n_draws))
        elif levels.size <= 3:
            columns.append(rng.choice(levels, n_draws, p=counts / counts.sum()))
        else:
            columns.append(plausible(rng.standard_normal(n_draws)) * seen.std())
    return np.column_stack(columns) if columns else np.empty((n_draws, 0))


def gap_draws(
    encoded: EncodedTable, encoder: TableEncoder, n_draws: int, rng: np.random.Generator
) -> Callable[[FloatArray], FloatArray]:
    """Return what missing inputs might add in each draw, as a function of the slopes."""
    d, curves, q = encoded.values.shape[1], encoder.curves_, encoder.pairs_.size
    stand_in = stand_ins(encoded, n_draws, rng)
    bent = curves.evaluate(stand_in)
    noise = plausible(rng.standard_normal((n_draws, q)))

    def gaps(slopes: FloatArray) -> FloatArray:
        missing = slopes[:, :, :d] * stand_in
        for k, source in enumerate(curves.sources):
            missing[:, :, source] += slopes[:, :, d + k] * bent[:, k]
        products = slopes[:, :, slopes.shape[2] - q :] * noise
        return np.concatenate([missing, products], axis=2)

    return gaps


def plausible(noise: FloatArray) -> FloatArray:
    """Return standard normal noise within what patients show."""
    kept: FloatArray = np.clip(noise, -4.0, 4.0)
    return kept
