"""How one column is turned into standardised numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nxpredict.study import SMALLEST_CELL

FloatArray = NDArray[np.float64]

STEP_SCALE_FLOOR = 0.25
"""A rare 0/1 column is not stretched: a unit stays at most four standard deviations."""

OUTLYING_SHARE = 0.01
OUTLYING_STRETCH = 1.5
OUTLYING_SEEN = 50
"""When without this share at either end, and in no fewer values, the spread is smaller by more than
this factor, it is learned without them: a wrong entry would flatten everybody else."""

SKEW_LIMIT = 2.0
WINSOR = 4.0
POOLED = "(other)"


@dataclass(frozen=True, slots=True)
class NumericColumn:
    """A numeric column: optionally log-shifted, then centred, scaled and cut off at 4 SD.

    Centre and SD are those of all values, or without the outlying ones.
    """

    name: str
    centre: float
    scale: float
    log_shift: float | None

    @property
    def outputs(self) -> tuple[str, ...]:
        return (self.name,)

    @classmethod
    def learn(cls, name: str, values: FloatArray) -> NumericColumn:
        seen = np.sort(values[~np.isnan(values)])
        if seen.size == 0 or seen[0] == seen[-1]:
            return cls(name, float(seen[0]) if seen.size else 0.0, 0.0, None)
        shift = _log_shift(seen)
        seen = _without_outlying(seen if shift is None else np.log(seen + shift))
        scale = float(seen.std())
        if np.unique(seen).size == 2 and seen[-1] - seen[0] == 1.0:
            scale = max(scale, STEP_SCALE_FLOOR)
        return cls(name, float(seen.mean()), scale, shift)

    def encode(self, values: FloatArray) -> FloatArray:
        if self.scale == 0.0:
            return np.where(np.isnan(values), np.nan, 0.0)[:, None]
        if self.log_shift is not None:
            values = np.log(np.maximum(values, 0.0) + self.log_shift)
        return np.clip((values - self.centre) / self.scale, -WINSOR, WINSOR)[:, None]

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": "numeric",
            "name": self.name,
            "centre": self.centre,
            "scale": self.scale,
            "log_shift": self.log_shift,
        }


def _without_outlying(ordered: FloatArray) -> FloatArray:
    """Return values without a few at either end, where these make up most of the spread.

    Of a column that mostly has one value nothing is outlying: what is rare is what it tells.
    """
    quarter, few = ordered.size // 4, int(np.ceil(OUTLYING_SHARE * ordered.size))
    if ordered.size < OUTLYING_SEEN or ordered[quarter] == ordered[-1 - quarter]:
        return ordered
    most = ordered[few:-few]
    return most if OUTLYING_STRETCH * most.std() < ordered.std() else ordered


def _log_shift(ordered: FloatArray) -> float | None:
    """Return the shift of a logarithm for a long right tail of non-negative values, else None."""
    if ordered[0] < 0 or ordered.size < 20:
        return None
    spread = ordered.std()
    if spread == 0:
        return None
    skew = float((((ordered - ordered.mean()) / spread) ** 3).mean())
    median = float(np.median(ordered))
    return median if skew > SKEW_LIMIT and median > 0 else None


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column of labels: one centred indicator a label, rare labels pooled."""

    name: str
    levels: tuple[str, ...]
    shares: tuple[float, ...]

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(f"{self.name}={level}" for level in self.levels)

    @classmethod
    def learn(cls, name: str, values: pd.Series[Any]) -> TextColumn:
        counts = values.value_counts()
        total = int(counts.sum())
        kept = sorted(str(k) for k, c in counts.items() if c >= SMALLEST_CELL)
        shares = {k: float(counts[k]) / total for k in kept}
        rest = 1.0 - sum(shares.values())
        if rest * total >= SMALLEST_CELL:
            kept.append(POOLED)
            shares[POOLED] = rest
        if len(kept) < 2:
            return cls(name, (), ())
        if len(kept) == 2:
            # One indicator says it all; the second label in sorted order is the 1.
            kept = kept[1:]
        return cls(name, tuple(kept), tuple(shares[k] for k in kept))

    def encode(self, values: pd.Series[Any]) -> FloatArray:
        named = [level for level in self.levels if level != POOLED]
        codes, labels = pd.factorize(values)
        # A label that is not named is the pooled one, or a row of no hits; missing is the last row.
        rows = [named.index(label) if label in named else len(named) for label in labels]
        found: FloatArray = self._lookup()[np.array([*rows, len(named) + 1])[codes]]
        return found

    def _lookup(self) -> FloatArray:
        """Return the encoded row of each level, of any other label, and of missing, in order."""
        shares = np.array(self.shares)
        scale = np.maximum(np.sqrt(shares * (1 - shares)), STEP_SCALE_FLOOR)
        hits = np.eye(len(self.levels))
        named = hits[[level != POOLED for level in self.levels]]
        other = np.array([[float(level == POOLED) for level in self.levels]])
        rows = (np.concatenate([named, other]) - shares) / scale
        return np.concatenate([rows, np.full((1, len(self.levels)), np.nan)])

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": "text",
            "name": self.name,
            "levels": list(self.levels),
            "shares": list(self.shares),
        }


Column = NumericColumn | TextColumn


def column_from_dict(state: dict[str, Any]) -> Column:
    """Rebuild a column from `to_dict`."""
    if state["kind"] == "numeric":
        shift = state["log_shift"]
        return NumericColumn(
            str(state["name"]),
            float(state["centre"]),
            float(state["scale"]),
            None if shift is None else float(shift),
        )
    return TextColumn(
        str(state["name"]),
        tuple(str(v) for v in state["levels"]),
        tuple(float(v) for v in state["shares"]),
    )
