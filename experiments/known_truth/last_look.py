"""Generators kept for a last look: never run while a learner is being made.

Each is of another flavour than its relative in `development`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from patients import (
    BLOOD,
    Array,
    draw_patients,
    expit,
    missing_when_bad,
    two_arms,
    with_missing,
)

Drawn = tuple[pd.DataFrame, Array]


def crossing(rng: np.random.Generator, n: int) -> Drawn:
    """Equal on average, opposite at the two ends of a saturating modifier."""
    people = draw_patients(rng, n)
    z, goal = people.z, people.label["goal"]
    base = -0.1 + 0.4 * z["impulsivity"] - 0.3 * z["ggt"] - 0.3 * z["snp_c"]
    effect = 0.9 * np.tanh(1.5 * z["mcv"]) + 0.4 * z["female"] - 0.14
    effect += np.where(goal == "undecided", 0.5, -0.1)
    return people.frame(), two_arms(base, effect)


def window(rng: np.random.Generator, n: int) -> Drawn:
    """Two thresholds on one skewed value, and a rule with two conditions."""
    people = draw_patients(rng, n)
    z = people.z
    base = -0.2 - 0.4 * z["age"] + 0.3 * z["anxiety"]
    inside = (z["drinks"] > -0.6) & (z["drinks"] < 0.8)
    both = (z["smoker"] == 1) & (z["depression"] > 0)
    effect = -0.8 + 1.3 * inside - 0.9 * both
    return people.frame(), two_arms(base, effect)


def three_kinds(rng: np.random.Generator, n: int) -> Drawn:
    """Three kinds of patient behind weak markers, genotypes among them."""
    people = draw_patients(rng, n)
    z = people.z
    shares = np.array([0.4, 0.35, 0.25])
    kind = rng.choice(3, size=n, p=shares)
    logits = np.tile(np.log(shares), (n, 1))
    means = {
        "depression": (-0.6, 0.3, 0.6),
        "alt": (0.5, -0.6, 0.2),
        "mcv": (0.5, 0.2, -0.8),
        "impulsivity": (0.0, 0.7, -0.6),
        "age": (-0.4, -0.3, 0.9),
    }
    for name, centre in means.items():
        z[name] = rng.standard_normal(n) + np.array(centre)[kind]
        logits -= (z[name][:, None] - np.array(centre)) ** 2 / 2
    for name, frequency in {"snp_b": (0.25, 0.6, 0.45), "snp_c": (0.4, 0.15, 0.3)}.items():
        q = np.array(frequency)
        z[name] = rng.binomial(2, q[kind]).astype(float)
        logits += z[name][:, None] * np.log(q) + (2 - z[name][:, None]) * np.log(1 - q)
    share = np.exp(logits - logits.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    base = np.column_stack([np.full(n, level) for level in (-0.4, 0.2, -0.2)])
    base -= 0.4 * z["drinks"][:, None]
    arms = [two_arms(base[:, k], size) for k, size in enumerate((1.5, -1.4, 0.2))]
    return people.frame(), sum(share[:, [k]] * arms[k] for k in range(3))


def skewed_dose(rng: np.random.Generator, n: int) -> Drawn:
    """A dose-response on the raw scale of a skewed blood value, and a recessive genotype."""
    people = draw_patients(rng, n)
    z = people.z
    dose = np.exp(0.8 * z["ggt"])
    base = -0.1 - 0.4 * z["craving"] + 0.3 * z["early_onset"]
    effect = -0.7 + 2.2 * dose**2 / (1.5**2 + dose**2) + 0.9 * (z["snp_b"] == 2)
    return people.frame(), two_arms(base, effect)


def missing_steps(rng: np.random.Generator, n: int) -> Drawn:
    """Steps over blood values of which 40 to 60 % are missing, more in those who do badly."""
    people = draw_patients(rng, n)
    z = people.z
    base = -0.2 - 0.5 * z["alt"] + 0.4 * z["anxiety"] - 0.3 * z["prior_treatment"]
    effect = -0.5 + 1.4 * (z["alt"] > 0.2) - 0.8 * (z["cortisol"] > 0.5) + 0.5 * z["family_history"]
    p = two_arms(base, effect)
    chance = missing_when_bad(p, BLOOD, (0.4, 0.45, 0.6, 0.5))
    return with_missing(rng, people.frame(), chance), p


def many_weak(rng: np.random.Generator, n: int) -> Drawn:
    """Sixteen modifiers, none of them strong."""
    people = draw_patients(rng, n)
    z = people.z
    base = -0.2 - 0.3 * z["drinks"] + 0.3 * z["age"]
    straight = ("age", "craving", "drinks", "ggt", "alt", "mcv", "cortisol", "anxiety")
    sizes = (0.2, -0.22, 0.18, 0.2, -0.2, 0.22, 0.2, -0.2)
    effect = sum(size * z[name] for name, size in zip(straight, sizes, strict=True))
    binary = ("smoker", "family_history", "early_onset", "prior_treatment", "female")
    for name, size in zip(binary, (0.4, -0.35, 0.4, 0.35, -0.4), strict=True):
        effect = effect + size * (z[name] - 0.4)
    for name, size in {"snp_a": -0.4, "snp_b": 0.25, "snp_c": 0.3}.items():
        effect = effect + size * (z[name] - 0.6)
    return people.frame(), two_arms(base, effect)


def small_group(rng: np.random.Generator, n: int) -> Drawn:
    """One patient in six, known by a text label, gains a lot; 30 % respond; 2:1 allocation."""
    people = draw_patients(rng, n)
    z, goal = people.z, people.label["goal"]
    base = -1.0 - 0.4 * z["craving"] + 0.3 * z["female"]
    effect = -0.4 + 2.2 * (goal == "undecided") + 0.3 * z["age"]
    return people.frame(), two_arms(base, effect)


def one_difference(rng: np.random.Generator, n: int) -> Drawn:
    """One risk difference for all, whatever the baseline risk."""
    people = draw_patients(rng, n)
    z = people.z
    first = 0.1 + 0.7 * expit(-0.2 - 0.7 * z["drinks"] + 0.5 * z["age"] - 0.5 * z["smoker"])
    return people.frame(), np.column_stack([first, first + 0.08])
