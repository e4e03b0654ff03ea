"""The generators by name, and one cohort of each: training patients, new patients, the truth."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import development
import drawn
import last_look
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from patients import Array

ARMS = ("first", "second")
NEW_PATIENTS = 2000
FIXED: dict[str, tuple[Callable[..., tuple[pd.DataFrame, Array]], ...]] = {
    "development": (
        development.linear,
        development.threshold,
        development.switch,
        development.u_shape,
        development.latent_kinds,
        development.consensus,
        development.equal,
        development.one_odds_ratio,
        development.rare_response,
        development.two_to_one,
        development.sites,
        development.ancestry_allele,
        development.missing_blood,
        development.missing_genes,
    ),
    "last_look": (
        last_look.crossing,
        last_look.window,
        last_look.three_kinds,
        last_look.skewed_dose,
        last_look.missing_steps,
        last_look.many_weak,
        last_look.small_group,
        last_look.one_difference,
    ),
}
GENERATORS = {draw.__name__: draw for suite in FIXED.values() for draw in suite}
SUITES = {suite: [draw.__name__ for draw in draws] for suite, draws in FIXED.items()}
SUITES |= {"drawn": list(drawn.SPREADS)}
SUITE_OF = {name: suite for suite, names in SUITES.items() for name in names}
SHARE_SECOND = {"two_to_one": 2 / 3, "small_group": 2 / 3}  # elsewhere a half, or drawn


@dataclass(frozen=True)
class Training:
    """What a method may learn from.

    Attributes
    ----------
    X : DataFrame, shape (n, about 21)
    y : array of 0/1, shape (n,)
    arm : array of 0/1, shape (n,)
        1 is the second arm; the benefit is second minus first.
    share_second : float
        Known probability of being given the second arm.
    seed : int
        For everything random in a method.
    """

    X: pd.DataFrame
    y: NDArray[np.int64]
    arm: NDArray[np.int64]
    share_second: float
    seed: int


@dataclass(frozen=True)
class Cohort:
    """Training patients, and new patients with their P(response) under each arm, shape (n, 2)."""

    training: Training
    X_new: pd.DataFrame
    p_new: Array


def draw_cohort(generator: str, n: int, repetition: int) -> Cohort:
    """Draw one cohort; the same three arguments give the same cohort everywhere."""
    root = np.random.SeedSequence([zlib.crc32(generator.encode()), n, repetition])
    for_training, for_new, for_method, for_truth = (np.random.default_rng(s) for s in root.spawn(4))
    if generator in drawn.SPREADS:
        truth = drawn.Truth.of(drawn.SPREADS[generator], for_truth)
        draw, share = truth.draw, truth.share_second
    else:
        draw, share = GENERATORS[generator], SHARE_SECOND.get(generator, 0.5)
    X, p = draw(for_training, n)
    arm = np.zeros(n, dtype=np.int64)
    arm[for_training.permutation(n)[: round(share * n)]] = 1
    y = (for_training.random(n) < p[np.arange(n), arm]).astype(np.int64)
    X_new, p_new = draw(for_new, NEW_PATIENTS)
    seed = int(for_method.integers(2**31 - 1))
    return Cohort(Training(X, y, arm, share, seed), X_new, p_new)
