"""Patients with 20 predictors, in a file of any size, and a model that was trained on some."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from nxpredict.bundle import Bundle, make_background, make_distributions, make_ranges, save_bundle
from nxpredict.cohort import PredictorSpec, Schema, read_batch
from nxpredict.models import make_model
from nxpredict.study import ArmSet

NUMBERS = [f"marker_{k:02d}" for k in range(14)]
YES_NO = [f"history_{k}" for k in range(4)]
PIECE = 1 << 18
CODES = {"no": "no", "yes": "yes", "0": "no", "1": "yes"}


def schema() -> Schema:
    """Return how the 20 predictors are read: 14 numbers, 4 yes or no, a dosage and a label."""
    towns = ("coast", "country", "town")
    specs = [PredictorSpec(n, n, "additional", "continuous", column=n, high=500) for n in NUMBERS]
    specs += [
        PredictorSpec(n, n, "additional", "binary", column=n, levels=("no", "yes"), codes=CODES)
        for n in YES_NO
    ]
    specs += [
        PredictorSpec("dosage", "Dosage", "genotype", "dosage", column="dosage", low=0, high=2),
        PredictorSpec(
            "place", "Place", "additional", "categorical", column="place",
            levels=towns, codes={t: t for t in towns},
        ),
    ]  # fmt: skip
    return Schema("patient_id", tuple(specs))


def draw(n: int, first: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw patients; one number in twenty is missing."""
    columns = {"patient_id": pd.Series(np.arange(first, first + n)).astype("str").radd("P")}
    for k, name in enumerate(NUMBERS):
        values = rng.lognormal(size=n) if k % 3 == 0 else rng.normal(size=n)
        columns[name] = np.where(rng.random(n) < 0.05, np.nan, values)
    columns |= {name: rng.integers(0, 2, n) for name in YES_NO}
    columns["dosage"] = rng.binomial(2, 0.2, n).astype(float)
    columns["place"] = rng.choice(["coast", "country", "town"], n)
    return pd.DataFrame(columns)


def write(path: Path, n: int, seed: int) -> None:
    """Write n patients as Parquet, a piece at a time."""
    rng = np.random.default_rng(seed)
    writer = None
    for first in range(0, n, PIECE):
        table = pa.Table.from_pandas(draw(min(PIECE, n - first), first, rng), preserve_index=False)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    writer.close()


def cohort(n: int = 2000) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return a trial's raw table, its arms and its responses."""
    rng = np.random.default_rng(1)
    table = draw(n, 0, rng)
    arm = rng.choice(["naltrexone", "nalmefene"], n)
    gain = 0.5 * table["marker_02"].fillna(0) - 0.4 * table["history_0"]
    odds = 0.6 * table["marker_01"].fillna(0) + np.where(arm == "nalmefene", gain, 0.0)
    return table, arm, (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(int)


def save_model(folder: Path) -> None:
    """Train the default learner on the trial and save the model, its verdict `supported`."""
    table, arm, y = cohort()
    reading = schema()
    X = read_batch(table, reading).X
    arms = ("naltrexone", "nalmefene")
    answers = {"average": {}, "heterogeneity": {}, "verdict": {"level": "supported", "reasons": []}}
    bundle = Bundle(
        model=make_model("default", random_state=1, arms=arms).fit(X, y, arm=arm),
        schema=reading,
        arms=ArmSet(arms, ("NTX", "NMF"), "naltrexone"),
        study="scoring-speed",
        allocation="randomised",
        answers=answers,
        preference={"minimum_benefit": 0.05, "probability": 0.90},
        eligibility=(),
        ranges=make_ranges(X, reading),
        background=make_background(X, reading, 50, rng=np.random.default_rng(0)),
        training={
            "n": len(X),
            "missing": {k: round(float(v), 4) for k, v in X.isna().mean().items()},
            "distributions": make_distributions(X, reading),
        },
        catalog_version="0",
        fingerprint="0" * 64,
    )
    save_bundle(bundle, folder)


def as_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Return the predictors as other programs need them: numbers without gaps."""
    numbers = table.drop(columns="patient_id")
    return numbers.assign(place=numbers["place"].astype("category").cat.codes).fillna(0.0)
