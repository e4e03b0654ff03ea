"""The linear predictor: arms, main effects, and arm-by-predictor interactions, in groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nxpredict.features import EncodedTable, TableEncoder

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Structure = Literal["average", "risk", "interactions"]

MAIN_ONLY = ("missing",)
"""That a value is missing may tell of the outlook; that it tells of the benefit is far-fetched."""


def arm_contrasts(n_arms: int) -> FloatArray:
    """Return orthonormal contrasts of the arms, shape (n_arms, n_arms - 1).

    With independent normal coefficients on these columns every pair of arms has the same
    prior, so that no arm is special and relabelling arms changes nothing.

    Examples
    --------
    >>> arm_contrasts(2).round(3)
    array([[ 0.707],
           [-0.707]])
    """
    basis = np.zeros((n_arms, n_arms - 1))
    for k in range(1, n_arms):
        basis[:k, k - 1] = 1.0
        basis[k, k - 1] = -k
        basis[:, k - 1] /= np.sqrt(k * (k + 1))
    return basis


def model_inputs(encoded: EncodedTable) -> FloatArray:
    """Return the columns that slopes belong to: values, curves, indicators, pairs."""
    return np.concatenate(input_parts(encoded), axis=1)


def input_parts(encoded: EncodedTable) -> list[FloatArray]:
    """Return the kinds of `model_inputs` in their order."""
    return [encoded.values, encoded.curves, encoded.indicators, encoded.pairs]


@dataclass(frozen=True, slots=True)
class Group:
    """Coefficients that share one prior scale; `family` says whose scales it resembles."""

    family: str
    columns: IntArray


@dataclass(frozen=True, slots=True)
class ArmDesign:
    """Layout of the coefficients, in groups that each have a prior scale of their own.

    Parameters
    ----------
    contrasts : ndarray, shape (A, A - 1)
        From `arm_contrasts`, or of arms that share drugs (`learn_contrasts`).
    kinds : tuple of (name, keys)
        The kinds of `model_inputs` in their order, and for each column the number of the
        group it belongs to: the columns of one predictor, or the column itself.
    structure : {"average", "risk", "interactions"}
        ``average`` has arms only, ``risk`` adds main effects, ``interactions`` adds
        arm-by-predictor terms.
    """

    contrasts: FloatArray
    kinds: tuple[tuple[str, IntArray], ...]
    structure: Structure

    @classmethod
    def of(cls, encoder: TableEncoder, contrasts: FloatArray, structure: Structure) -> ArmDesign:
        """Return the layout for what an encoder makes, and the contrasts of the arms."""
        source = encoder.source_codes_
        kinds = (
            ("value", source),
            ("curve", source[encoder.curves_.sources] if source.size else source),
            ("missing", np.arange(len(encoder.indicator_columns_))),
            ("pair", np.arange(encoder.pairs_.size)),
        )
        return cls(contrasts, kinds, structure)

    @property
    def n_arms(self) -> int:
        """Number of arms."""
        return len(self.contrasts)

    @property
    def n_inputs(self) -> int:
        """Columns of `model_inputs`."""
        return sum(len(keys) for _, keys in self.kinds)

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return sum(len(group.columns) for group in self.groups())

    def _blocks(self) -> list[tuple[str, slice, IntArray]]:
        """Return the kinds in their place among `model_inputs`."""
        found, start = [], 0
        for name, keys in self.kinds:
            found.append((name, slice(start, start + len(keys)), keys))
            start += len(keys)
        return found

    def _interacting(self) -> list[tuple[str, slice, IntArray]]:
        return [block for block in self._blocks() if block[0] not in MAIN_ONLY]

    def groups(self) -> list[Group]:
        """Return the groups of coefficients; together they are all columns of `matrix`."""
        contrasts = self.n_arms - 1
        found = [Group("intercept", np.array([0]))]
        if contrasts:
            found.append(Group("arm", np.arange(1, self.n_arms)))
        start = self.n_arms
        if self.structure != "average":
            for name, place, keys in self._blocks():
                found += _grouped(f"main_{name}", keys, start + place.start, 1)
            start += self.n_inputs
        if self.structure == "interactions" and contrasts:
            for name, _, keys in self._interacting():
                found += _grouped(f"interaction_{name}", keys, start, contrasts)
                start += len(keys) * contrasts
        return found

    def matrix(self, inputs: FloatArray, arm: NDArray[np.int64]) -> FloatArray:
        """Return the design matrix of `model_inputs` under `arm`, shape (n, coefficients)."""
        of_arm = self.contrasts[arm]
        parts = [np.ones((len(arm), 1)), of_arm]
        if self.structure != "average":
            parts.append(inputs)
        if self.structure == "interactions":
            for _, place, _ in self._interacting():
                parts += [inputs[:, place] * of_arm[:, [k]] for k in range(self.n_arms - 1)]
        return np.concatenate(parts, axis=1)

    def per_arm(self, coefficients: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return intercepts (..., A) and slopes (..., A, inputs) of the log-odds in each arm."""
        contrasts = self.contrasts
        lead = coefficients.shape[:-1]
        intercept = coefficients[..., :1] + coefficients[..., 1 : self.n_arms] @ contrasts.T
        slopes = np.zeros((*lead, self.n_arms, self.n_inputs))
        start = self.n_arms
        if self.structure != "average":
            slopes += coefficients[..., None, start : start + self.n_inputs]
            start += self.n_inputs
        if self.structure == "interactions":
            for _, place, keys in self._interacting():
                stop = start + len(keys) * (self.n_arms - 1)
                by_contrast = coefficients[..., start:stop].reshape(
                    *lead, self.n_arms - 1, len(keys)
                )
                slopes[..., place] += np.einsum("ac,...cd->...ad", contrasts, by_contrast)
                start = stop
        return intercept, slopes


def _grouped(family: str, keys: NDArray[Any], start: int, copies: int) -> list[Group]:
    """Return a group for each key; its columns appear once in each of `copies` blocks."""
    return [
        Group(
            family,
            np.concatenate(
                [start + copy * len(keys) + np.flatnonzero(keys == key) for copy in range(copies)]
            ),
        )
        for key in np.unique(keys)
    ]
