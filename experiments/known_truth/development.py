"""Generators that may be looked at while a learner is being made.

Each takes a random generator and n, and returns the table and P(response) under each arm.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from patients import (
    BLOOD,
    GENES,
    Array,
    draw_patients,
    expit,
    missing_when_bad,
    two_arms,
    with_missing,
)

Drawn = tuple[pd.DataFrame, Array]


def linear(rng: np.random.Generator, n: int) -> Drawn:
    """Five modifiers, each straight on the log odds."""
    people = draw_patients(rng, n)
    z = people.z
    base = -0.2 - 0.4 * z["drinks"] + 0.3 * z["age"] - 0.4 * z["prior_treatment"]
    effect = 0.15 + 0.4 * z["craving"] - 0.35 * z["depression"] + 0.3 * z["impulsivity"]
    effect += 0.6 * (z["smoker"] - 0.37) + 0.35 * (z["snp_b"] - 0.9)
    return people.frame(), two_arms(base, effect)


def threshold(rng: np.random.Generator, n: int) -> Drawn:
    """Two steps: high craving, and older patients."""
    people = draw_patients(rng, n)
    z = people.z
    base = -0.1 - 0.5 * z["depression"] + 0.3 * z["female"] - 0.3 * (z["ggt"] > 0.5)
    effect = -0.3 + 1.5 * (z["craving"] > 0.4) - 0.9 * (z["age"] > 0.6)
    return people.frame(), two_arms(base, effect)


def switch(rng: np.random.Generator, n: int) -> Drawn:
    """One strong modifier among all: carriers of one allele."""
    people = draw_patients(rng, n)
    z = people.z
    base = 0.1 - 0.4 * z["drinks"] - 0.3 * z["anxiety"] + 0.4 * z["family_history"]
    effect = -0.35 + 1.7 * (z["snp_a"] > 0)
    return people.frame(), two_arms(base, effect)


def u_shape(rng: np.random.Generator, n: int) -> Drawn:
    """A U over anxiety, and craving that turns with smoking."""
    people = draw_patients(rng, n)
    z = people.z
    base = -0.2 + 0.4 * z["age"] - 0.3 * z["drinks"]
    effect = 0.1 + 0.45 * (z["anxiety"] ** 2 - 1).clip(max=4)
    effect += 0.6 * z["craving"] * (2 * z["smoker"] - 1)
    return people.frame(), two_arms(base, effect)


def latent_kinds(rng: np.random.Generator, n: int) -> Drawn:
    """Two kinds of patient, each better on another arm, seen only through nine weak markers."""
    people = draw_patients(rng, n)
    z = people.z
    kind = rng.random(n) < 0.45
    markers = ("age", "craving", "drinks", "ggt", "cortisol", "anxiety", "impulsivity")
    logit = np.full(n, np.log(0.45 / 0.55))
    for name, shift in zip(markers, (0.6, -0.7, 0.6, -0.5, 0.7, 0.5, -0.6), strict=True):
        z[name] = rng.standard_normal(n) + shift * (kind - 0.45)
        logit += shift * (z[name] - shift * 0.05)  # log of two normal densities, sd 1
    for name, low, high in (("smoker", 0.25, 0.5), ("early_onset", 0.3, 0.55)):
        z[name] = (rng.random(n) < np.where(kind, high, low)).astype(float)
        ones, zeros = np.log(high / low), np.log((1 - high) / (1 - low))
        logit += np.where(z[name] == 1, ones, zeros)
    share = expit(logit)[:, None]
    base = -0.2 + 0.3 * z["female"] - 0.4 * z["depression"]
    p = share * two_arms(base, np.full(n, 1.6)) + (1 - share) * two_arms(base, np.full(n, -1.3))
    return people.frame(), p


def consensus(rng: np.random.Generator, n: int) -> Drawn:
    """Differences as small as the evidence on the two drugs supports."""
    people = draw_patients(rng, n)
    z = people.z
    base = -0.1 - 0.4 * z["drinks"] - 0.2 * z["depression"] + 0.2 * z["age"]
    effect = -0.2 + 0.30 * z["smoker"] + 0.15 * z["family_history"] + 0.15 * z["early_onset"]
    effect += 0.10 * z["snp_a"] + 0.03 * z["craving"] - 0.20 * (z["drinks"] > 0)
    effect += 0.15 * (z["age"] > 1.7)
    return people.frame(), two_arms(base, effect)


def equal(rng: np.random.Generator, n: int) -> Drawn:
    """Arms equal for everyone."""
    people = draw_patients(rng, n)
    z = people.z
    base = -0.1 - 0.5 * z["drinks"] + 0.4 * z["age"] - 0.4 * z["smoker"] + 0.3 * z["snp_b"]
    return people.frame(), two_arms(base, 0.0)


def one_odds_ratio(rng: np.random.Generator, n: int) -> Drawn:
    """One odds ratio for all: the difference varies only through the baseline risk."""
    people = draw_patients(rng, n)
    z = people.z
    base = -0.9 - 0.8 * z["drinks"] - 0.6 * z["depression"] + 0.6 * z["age"]
    return people.frame(), two_arms(base, 0.8)


def rare_response(rng: np.random.Generator, n: int) -> Drawn:
    """A fifth respond; a step, a slope and an allele modify."""
    people = draw_patients(rng, n)
    z = people.z
    base = -1.75 - 0.4 * z["drinks"] + 0.3 * z["age"]
    effect = 0.4 + 0.7 * z["impulsivity"] + 1.2 * (z["ggt"] > 0.3) - 0.7 * z["snp_c"]
    return people.frame(), two_arms(base, effect)


def two_to_one(rng: np.random.Generator, n: int) -> Drawn:
    """Twice as many on the second arm; a saturating blood value and the patient's goal modify."""
    people = draw_patients(rng, n)
    z, goal = people.z, people.label["goal"]
    base = -0.3 - 0.4 * z["craving"] + 0.3 * z["prior_treatment"]
    effect = 0.1 + 0.8 * np.tanh(1.5 * z["ggt"]) - 0.3 * z["anxiety"]
    effect += np.select([goal == "abstinence", goal == "reduction"], [0.4, -0.5], -0.2)
    return people.frame(), two_arms(base, effect)


def sites(rng: np.random.Generator, n: int) -> Drawn:
    """Eight sites that differ in response, not in benefit."""
    people = draw_patients(rng, n)
    z = people.z
    levels = np.array([-0.9, -0.5, -0.3, 0.0, 0.1, 0.3, 0.6, 0.9])
    site = rng.choice(8, size=n, p=np.array([6, 5, 4, 3, 3, 2, 2, 1]) / 26)
    base = -0.1 + levels[site] - 0.3 * z["drinks"]
    effect = 0.35 + 0.5 * z["anxiety"] - 0.4 * z["age"] + 0.5 * (z["early_onset"] - 0.4)
    frame = people.frame().assign(site=np.array([f"site {k}" for k in "ABCDEFGH"])[site])
    return frame, two_arms(base, effect)


def ancestry_allele(rng: np.random.Generator, n: int) -> Drawn:
    """An allele common in one ancestry only marks it; other predictors modify."""
    people = draw_patients(rng, n)
    z = people.z
    second = rng.random(n) < 0.35
    z["snp_b"] = rng.binomial(2, np.where(second, 0.65, 0.06)).astype(float)
    base = 0.2 - 0.9 * second - 0.4 * z["drinks"]
    effect = -0.35 + 0.5 * z["depression"] + 0.7 * (z["smoker"] - 0.37)
    frame = people.frame().assign(ancestry=np.where(second, "second", "first"))
    return frame, two_arms(base, effect)


def missing_blood(rng: np.random.Generator, n: int) -> Drawn:
    """Blood values modify, and 30 to 60 % are missing, more in those who do badly."""
    people = draw_patients(rng, n)
    z = people.z
    base = -0.1 - 0.5 * z["drinks"] - 0.5 * z["ggt"] + 0.3 * z["age"]
    effect = 0.3 + 0.6 * z["cortisol"] - 0.4 * z["mcv"] + 0.7 * (z["smoker"] - 0.37)
    p = two_arms(base, effect)
    chance = missing_when_bad(p, BLOOD, (0.35, 0.5, 0.4, 0.5))
    return with_missing(rng, people.frame(), chance), p


def missing_genes(rng: np.random.Generator, n: int) -> Drawn:
    """Half of the patients were not genotyped and a third gave no blood, by chance."""
    people = draw_patients(rng, n)
    z = people.z
    base = -0.1 - 0.4 * z["craving"] + 0.3 * z["female"] - 0.3 * z["alt"]
    effect = -0.1 + 0.9 * (z["snp_b"] - 0.9) - 0.8 * (z["snp_c"] > 0) + 0.4 * z["impulsivity"]
    chance = {GENES: 0.5, BLOOD: 0.33}
    return with_missing(rng, people.frame(), chance), two_arms(base, effect)
