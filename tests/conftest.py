"""One small trained model that the rooms above `models` share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nxpredict.bundle import Bundle, make_background, make_ranges
from nxpredict.cohort import PredictorSpec, Schema, read_batch
from nxpredict.models import make_model
from nxpredict.study import ArmSet

YES_NO = {"no": "no", "yes": "yes", "0": "no", "1": "yes"}
SPECS = (
    PredictorSpec("age", "Age", "clinical", "continuous", column="age", low=0, high=120),
    PredictorSpec("ggt", "GGT", "biomarker", "continuous", column="GGT", factor=60.0, low=0),
    PredictorSpec(
        "smoking", "Smoking", "clinical", "binary", column="smokes",
        levels=("no", "yes"), codes=YES_NO,
    ),
    PredictorSpec("OPRM1_rs1799971_G_dosage", "OPRM1", "genotype", "dosage", column="G", high=2),
    PredictorSpec(
        "centre_type", "Centre", "additional", "categorical", column="centre_type",
        levels=("town", "country"), codes={"town": "town", "country": "country"},
    ),
    PredictorSpec(
        "current_opioid_use", "Opioids now", "clinical", "binary", role="safety",
        column="opioids", levels=("no", "yes"), codes=YES_NO,
    ),
)  # fmt: skip
ANSWERS = {
    "average": {
        "nalmefene_vs_naltrexone": {
            "estimate": 0.01, "lower": -0.05, "upper": 0.07, "established": False
        }
    },
    "heterogeneity": {"nalmefene_vs_naltrexone": {"test": "blp", "p": 0.2, "established": False}},
    "verdict": {"level": "not supported", "reasons": ["no gain over one drug for all"]},
}  # fmt: skip


def draw_patients(n: int, seed: int) -> pd.DataFrame:
    """Draw a raw table of texts, as a CSV file gives it."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "patient_id": [f"P{k:06d}" for k in range(n)],
            "age": rng.normal(45, 10, n).round(1).clip(18, 80).astype(str),
            "GGT": rng.lognormal(0, 0.6, n).round(3).astype(str),
            "smokes": rng.choice(["no", "yes"], n),
            "G": rng.binomial(2, 0.2, n).astype(str),
            "centre_type": rng.choice(["town", "country"], n),
            "opioids": rng.choice(["no", ""], n, p=[0.9, 0.1]),
        },
        dtype="str",
    )
    for column in ("GGT", "G", "centre_type"):
        table.loc[rng.random(n) < 0.1, column] = ""
    return table


@pytest.fixture(scope="session")
def patients() -> Callable[[int, int], pd.DataFrame]:
    """Raw tables: `patients(n, seed)`."""
    return draw_patients


@pytest.fixture(scope="session")
def make_bundle() -> Callable[..., Bundle]:
    """Train once for each set of arms; `make_bundle(arms=..., **fields)` changes the rest."""
    trained: dict[tuple[str, ...], Any] = {}

    def build(*, arms: tuple[str, ...] = ("naltrexone", "nalmefene"), **changes: Any) -> Bundle:
        table = draw_patients(400, 7)
        schema = Schema("patient_id", SPECS)
        X = read_batch(table, schema).X
        inputs = [spec.name for spec in SPECS if spec.role == "predictor"]
        if "model" not in changes and arms not in trained:
            rng = np.random.default_rng(3)
            arm = rng.choice(arms, len(X))
            effect = np.where(arm == arms[-1], 0.05 * (X["age"] - 45), 0.0)
            y = (rng.random(len(X)) < 1 / (1 + np.exp(-effect))).astype(int)
            trained[arms] = make_model("default", random_state=1, arms=arms).fit(
                X[inputs], y, arm=arm
            )
        fields: dict[str, Any] = {
            "model": trained.get(arms),
            "schema": schema,
            "arms": ArmSet(arms, tuple(a.upper() for a in arms), arms[0]),
            "study": "small",
            "allocation": "randomised",
            "answers": ANSWERS,
            "preference": {"minimum_benefit": 0.05, "probability": 0.9},
            "eligibility": (),
            "ranges": make_ranges(X, schema),
            "background": make_background(X, schema, 50, rng=np.random.default_rng(0)),
            "training": {"n": len(X)},
            "catalog_version": "1.0.0+00000000",
            "fingerprint": "f" * 64,
        }
        return Bundle(**(fields | changes))

    return build
