"""Truths drawn at random: how large effects are, who has them and how they look is never the same.

The other suites fix their generators, and with them by how much benefits differ. Here every cohort
has a truth of its own: its predictors (8 to 35, of five kinds, correlated or not, a third of every
second one missing in every third truth), who responds, one to ten modifiers (straight, stepped,
curved, products), which arm is better on average, and the allocation. Only the standard deviation
of the benefit is given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from patients import Array
from scipy.optimize import brentq
from scipy.special import expit

SPREADS = {f"drawn_{round(100 * spread):02d}": spread for spread in (0, 0.05, 0.1, 0.15, 0.2, 0.25)}
"""Standard deviations of the benefit that are aimed at."""
LARGE = 20_000
LARGEST_STRENGTH = 30.0
LEVELS = np.array(["red", "blue", "green"])


@dataclass(frozen=True)
class Truth:
    """One way in which predictors, responses and benefits may hang together.

    Attributes
    ----------
    kinds : array of str, shape (d,)
        Of each predictor: normal, skewed, yes_no, allele or label.
    shared, missing : float
        Correlation of what is beneath the predictors; share missing in every second of them.
    cut : array, shape (d,)
        Where a yes or no is cut, and the allele's frequency.
    base, average : float
        Log-odds of response, and what the second arm adds to them, on average.
    main, main_weight, modifiers, partners, shapes, weight : arrays
        Who bears on the response, and who on the benefit, how and by how much.
    share_second : float
    spread : float
        Standard deviation of the benefit that is aimed at.
    """

    kinds: NDArray[np.str_]
    shared: float
    missing: float
    cut: Array
    base: float
    average: float
    main: NDArray[np.int64]
    main_weight: Array
    modifiers: NDArray[np.int64]
    partners: NDArray[np.int64]
    shapes: NDArray[np.str_]
    weight: Array
    share_second: float
    spread: float

    @classmethod
    def of(cls, spread: float, rng: np.random.Generator) -> Truth:
        """Draw a truth whose benefits differ by this standard deviation."""
        d = int(rng.integers(8, 36))
        kinds = rng.choice(
            ["normal", "skewed", "yes_no", "allele", "label"], d, p=[0.5, 0.1, 0.15, 0.2, 0.05]
        )
        k = min(int(rng.choice([1, 2, 3, 5, 10])), d)
        main = rng.choice(d, min(4, d), replace=False)
        return cls(
            kinds=kinds,
            shared=float(rng.choice([0.0, 0.2, 0.5])),
            missing=float(rng.choice([0.0, 0.0, 0.3])),
            cut=np.where(kinds == "allele", rng.uniform(0.1, 0.45, d), 0.7 * rng.normal(size=d)),
            base=float(rng.choice([-1.2, -0.4, 0.0, 0.5])),
            average=float(rng.choice([0.0, 0.0, 0.25, -0.3])),
            main=main,
            main_weight=0.4 * rng.normal(size=len(main)),
            modifiers=rng.choice(d, k, replace=False),
            partners=rng.choice(d, k),
            shapes=rng.choice(["straight", "step", "u", "product"], k, p=[0.5, 0.25, 0.1, 0.15]),
            weight=rng.choice([-1, 1], k) * rng.uniform(0.5, 1.5, k),
            share_second=float(rng.choice([0.5, 0.5, 2 / 3])),
            spread=spread,
        )

    def draw(self, rng: np.random.Generator, n: int) -> tuple[pd.DataFrame, Array]:
        """Draw patients and their probabilities of response, shape (n, 2)."""
        large, _ = self._patients(np.random.default_rng(1), LARGE)
        values, shown = self._patients(rng, n)
        middle, scale = large.mean(axis=0), large.std(axis=0) + 1e-9
        unit = [(part - middle) / scale for part in (large, values)]
        usual, own = (self._modified(part) for part in unit)
        strength = self._strength(unit[0], usual - usual.mean())
        return shown, self._probabilities(unit[1], strength * (own - usual.mean()))

    def _patients(self, rng: np.random.Generator, n: int) -> tuple[Array, pd.DataFrame]:
        """Return the predictors as numbers, and as they are seen."""
        d = len(self.kinds)
        beneath = np.sqrt(1 - self.shared) * rng.normal(size=(n, d))
        beneath += np.sqrt(self.shared) * rng.normal(size=(n, 1))
        values, shown = beneath.copy(), {}
        for j, kind in enumerate(self.kinds):
            if kind == "yes_no":
                values[:, j] = beneath[:, j] > self.cut[j]
            elif kind == "allele":
                values[:, j] = rng.binomial(2, self.cut[j], n)
            elif kind == "label":
                values[:, j] = np.digitize(beneath[:, j], [-0.6, 0.6])
            seen = np.exp(values[:, j]) if kind == "skewed" else values[:, j]
            shown[f"v{j}"] = LEVELS[values[:, j].astype(int)] if kind == "label" else seen
        lacking = rng.random((n, d)) < self.missing * (np.arange(d) % 2)
        frame = pd.DataFrame(shown)
        return values, frame.mask(pd.DataFrame(lacking, columns=frame.columns))

    def _modified(self, unit: Array) -> Array:
        found = np.zeros(len(unit))
        for j, other, shape, weight in zip(
            self.modifiers, self.partners, self.shapes, self.weight, strict=True
        ):
            x = unit[:, j]
            forms = {"straight": x, "step": 2.0 * (x > 0.3), "u": x**2 - 1}
            found += weight * forms.get(shape, x * unit[:, other])
        return np.clip(found, -4, 4)

    def _probabilities(self, unit: Array, moved: Array) -> Array:
        base = self.base + unit[:, self.main] @ self.main_weight
        half = (self.average + moved) / 2
        return np.column_stack([expit(base - half), expit(base + half)])

    def _strength(self, unit: Array, moved: Array) -> float:
        """Return what makes the benefit's standard deviation the one aimed at, or nearly."""

        def lacking(strength: float) -> float:
            p = self._probabilities(unit, strength * moved)
            return float((p[:, 1] - p[:, 0]).std()) - self.spread

        if self.spread == 0 or lacking(0.0) >= 0:
            return 0.0
        if lacking(LARGEST_STRENGTH) <= 0:
            return LARGEST_STRENGTH
        return float(brentq(lacking, 0.0, LARGEST_STRENGTH))
