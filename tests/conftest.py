"""What several rooms share: a small trained model, and a small trial trained end to end."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

from nxpredict.bundle import MANIFEST, Bundle, make_background, make_ranges, save_bundle
from nxpredict.bundle._files import manifest_bytes
from nxpredict.cohort import PredictorSpec, Schema, read_batch
from nxpredict.models import make_model
from nxpredict.study import ArmSet

# What a loaded machine takes longer for is no failure.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

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
            "arms": ArmSet(
                arms, tuple(a.upper() for a in arms), arms[0], {arms[0]: {"dose": "50 mg a day"}}
            ),
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


@pytest.fixture(scope="session")
def saved(make_bundle: Callable[..., Bundle], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder, to be left as it is."""
    folder = tmp_path_factory.mktemp("models") / "model"
    save_bundle(make_bundle(), folder)
    return folder


@pytest.fixture
def saved_copy(saved: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copytree(saved, tmp_path / "model"))


@pytest.fixture(scope="session")
def reseal() -> Callable[..., None]:
    """Change parts and write sums that fit them, as somebody with bad intent would."""

    def write(folder: Path, **parts: bytes) -> None:
        content = {p.name: p.read_bytes() for p in folder.iterdir() if p.name != MANIFEST}
        content |= {name.replace("__", "."): data for name, data in parts.items()}
        for name, data in content.items():
            (folder / name).write_bytes(data)
        (folder / MANIFEST).write_bytes(manifest_bytes(content))

    return write


SENTINEL_ID = "SENTINEL-PT-"
SENTINEL_LABEL = "zanzibar-quarter"
SENTINEL_SITE = "SITE-QXZ"
SENTINEL_NUMBERS = (977.31, 981.73, 13.37)
STUDY_TEXT = """\
study: small
table: cohort.csv
design: {kind: parallel, allocation: randomised, id: patient_id, arm: arm, site: site}
arms: {naltrexone: NTX, nalmefene: NMF}
reference: naltrexone
response: {column: responder, favourable: 1}
predictors:
  ggt: {column: ggt, unit: U/L}
  sex: {column: gender, labels: {f: female, m: male}}
additional_predictors:
  centre_type: {column: centre_type, kind: categorical}
  marker: {column: marker, kind: continuous, unit: ng/mL}
evaluation: {folds: 2, repeats: 1, subgroups: [sex]}
tracking: {uri: "sqlite:///mlflow.db", experiment: small, register: small}
"""


def draw_cohort(n: int = 240, seed: int = 11) -> pd.DataFrame:
    """Draw a trial as a raw table, with a few patients whom nobody must recognise afterwards."""
    rng = np.random.default_rng(seed)
    arm = rng.permutation(np.repeat(["NTX", "NMF"], [n - n // 2, n // 2]))
    age = rng.normal(46, 10, n).round(1).clip(19, 80)
    marker = rng.lognormal(3, 0.4, n).round(2)
    centre = rng.choice(["town", "country", "coast"], n).astype(object)
    site = rng.choice(["S1", "S2"], n).astype(object)
    marker[[3, 17]] = SENTINEL_NUMBERS[:2]
    marker[29] = SENTINEL_NUMBERS[2] / 1000
    centre[[5, 20, 30]] = SENTINEL_LABEL
    site[[8, 21, 31]] = SENTINEL_SITE
    effect = 0.03 * (age - 46) + np.where(arm == "NMF", 0.03 * (age - 46) + 0.3, 0.0)
    table = pd.DataFrame(
        {
            "patient_id": [f"{SENTINEL_ID}{k:04d}" for k in range(n)],
            "arm": arm,
            "site": site,
            "age": age.astype(str),
            "gender": rng.choice(["f", "m"], n),
            "ggt": rng.lognormal(4, 0.6, n).round(1).clip(8, 900).astype(str),
            "audit_score": rng.integers(12, 36, n).astype(str),
            "centre_type": centre,
            "marker": marker.astype(str),
            "OPRM1_rs1799971": rng.choice(["A/A", "A/G", "G/G"], n, p=[0.7, 0.25, 0.05]),
            "current_opioid_use": rng.choice(["no", ""], n, p=[0.95, 0.05]),
            "responder": (rng.random(n) < 1 / (1 + np.exp(-effect))).astype(int).astype(str),
        },
        dtype="str",
    )
    for column in ("ggt", "audit_score", "OPRM1_rs1799971"):
        table.loc[rng.random(n) < 0.1, column] = ""
    return table


@dataclass(frozen=True)
class StudyFolder:
    """A study file and its table in a folder of their own."""

    folder: Path

    @property
    def study(self) -> Path:
        return self.folder / "study.yaml"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def names(self) -> set[str]:
        """Return what stands in the folder, hidden files too."""
        return {entry.name for entry in self.folder.iterdir()}


@pytest.fixture(scope="session")
def cohort_table() -> Callable[..., pd.DataFrame]:
    """Raw tables of a trial: `cohort_table(n, seed)`."""
    return draw_cohort


@pytest.fixture(scope="session")
def study_text() -> str:
    """The study file of `cohort_table`."""
    return STUDY_TEXT


@pytest.fixture
def make_study(tmp_path: Path) -> Callable[..., StudyFolder]:
    """Write a study: `make_study(table, text, name="study")`; the small trial by default."""

    def make(
        table: pd.DataFrame | bytes | None = None, text: str = STUDY_TEXT, name: str = "study"
    ) -> StudyFolder:
        folder = tmp_path / name
        folder.mkdir()
        if isinstance(table, bytes):
            (folder / "cohort.csv").write_bytes(table)
        else:
            (draw_cohort() if table is None else table).to_csv(folder / "cohort.csv", index=False)
        (folder / "study.yaml").write_text(text, encoding="utf-8")
        return StudyFolder(folder)

    return make


@pytest.fixture(scope="session")
def run_cli() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the installed command in a process of its own: `run_cli("train", path, cwd=...)`."""

    def run(*args: object, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "nxpredict", *map(str, args)],
            cwd=cwd,
            env=os.environ | {"OMP_NUM_THREADS": "1"} | env,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


@dataclass(frozen=True)
class Trained(StudyFolder):
    """The small trial after `nxpredict train --json`, with what the command printed."""

    stdout: str
    stderr: str


@pytest.fixture(scope="session")
def trained(
    tmp_path_factory: pytest.TempPathFactory,
    run_cli: Callable[..., subprocess.CompletedProcess[str]],
) -> Trained:
    """One training of the small trial by the command line, shared by every test that reads it."""
    folder = tmp_path_factory.mktemp("trained")
    draw_cohort().to_csv(folder / "cohort.csv", index=False)
    (folder / "study.yaml").write_text(STUDY_TEXT, encoding="utf-8")
    done = run_cli("train", "study.yaml", "--out", "out", "--jobs", "1", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    return Trained(folder, done.stdout, done.stderr)
