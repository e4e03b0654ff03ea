"""A small cohort with fixed numbers, and everything the facts are made from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nxpredict.bundle import make_similar
from nxpredict.catalog import Catalog, load_catalog
from nxpredict.cohort import PredictorSpec, Schema
from nxpredict.explain import Drivers, Explanation, summarise_drivers
from nxpredict.report import cohort_facts, patient_facts
from nxpredict.scoring import NextTests
from nxpredict.study import ArmSet, ColumnResponse, ResponseScale, estimand

EVALUATED = json.loads((Path(__file__).parent / "given" / "evaluation.json").read_text("utf-8"))
CURVES = ("gates", "toc", "decision")


def estimate(value: float, half: float = 0.05) -> dict[str, float]:
    return {"estimate": value, "lower": value - half, "upper": value + half}


class World:
    """Builds facts for any verdict and any number of arms."""

    def __init__(
        self,
        level: str = "supported",
        arms: tuple[str, ...] = ("naltrexone", "nalmefene"),
        better: str | None = None,
        allocation: str = "randomised",
        n: int = 240,
        study: str = "naltrexone-vs-nalmefene",
        label: str = "Current smoker",
        site: bool = True,
        noise: float = 0.01,
        leads: float = 0.35,
    ) -> None:
        self.noise, self.leads = noise, leads
        self.catalog: Catalog = load_catalog()
        self.arms = ArmSet(arms, tuple(a.upper() for a in arms), arms[0])
        rng = np.random.default_rng(3)
        self.schema = Schema("patient_id", self._specs(label))
        self.X = self._patients(n, rng)
        arm = np.resize(np.array(arms, dtype=object), n)
        self.cohort = SimpleNamespace(
            X=self.X,
            y=np.resize([0, 1, 1, 0, 1], n),
            arm=arm,
            groups=np.arange(len(arm)),
            arms=self.arms,
            schema=self.schema,
            site=np.resize(["a", "b"], n) if site else None,
            period=None,
            facts={"estimand": estimand(self.arms, ColumnResponse("abstinent", "1"), ())},
            issues=(),
            scale=ResponseScale(),
        )
        self.level, self.better = level, better
        self.contrasts = [f"{a}_vs_{arms[0]}" for a in arms[1:]]
        self.answers = self._answers()
        self.bundle = SimpleNamespace(
            schema=self.schema,
            arms=self.arms,
            study=study,
            allocation=allocation,
            answers=self.answers,
            preference={"minimum_benefit": 0.05, "probability": 0.9},
            eligibility=("not_pregnant",),
            ranges={"age": (21.0, 68.0), "ggt": (15.0, 320.0)},
            inputs=[s.name for s in self.schema.predictors if s.role == "predictor"],
            training=self.training(),
            model_id="0123456789abcdef",
            scale=ResponseScale(),
            fingerprint="f" * 64,
            catalog_version="1.0.0+00000000",
            versions={"python": "3.11.0", "nxpredict": "0.1.0"},
        )

    def training(self, lower: float = 0.55) -> dict[str, Any]:
        auc = {"estimate": 0.6, "lower": lower, "upper": 0.65}
        rng = np.random.default_rng(5)
        prediction = rng.uniform(0.2, 0.8, (len(self.X), len(self.arms.names)))
        names, reference = self.arms.names, self.arms.reference
        return {
            "per_arm": {arm: {"auc": auc} for arm in names},
            "similar": make_similar(
                prediction, self.cohort.y, self.cohort.arm, arms=names, reference=reference
            ),
        }

    def _specs(self, label: str) -> tuple[PredictorSpec, ...]:
        found = []
        for name in ("sex", "age", "ggt", "smoker", "OPRM1_rs1799971_G_dosage", "serotonin"):
            p = self.catalog.predictors[name]
            shown = label if name == "smoker" else p.label
            found.append(
                PredictorSpec(
                    name, shown, p.family, p.kind, unit=p.unit or None, levels=tuple(p.labels)
                )
            )
        return (*found, PredictorSpec("centre", "Centre", "additional", "categorical"))

    def _patients(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        X = pd.DataFrame(
            {
                "sex": np.resize([0.0, 1.0, 1.0], n),
                "age": np.round(rng.normal(45, 10, n), 1),
                "ggt": np.round(np.exp(rng.normal(4, 0.5, n)), 0),
                "smoker": np.resize([0.0, 1.0], n),
                "OPRM1_rs1799971_G_dosage": np.resize([0.0, 0.0, 1.0, np.nan], n),
                "serotonin": np.full(n, np.nan),
                "centre": np.where(np.arange(n) < 4, "tiny", "large"),
            }
        )
        return X.astype({"centre": "str"})

    def _answers(self) -> dict[str, Any]:
        shift = 0.0 if self.better is None else 0.2
        return {
            "average": {
                name: {**estimate(shift), "established": bool(self.better), "better": self.better}
                for name in self.contrasts
            },
            "heterogeneity": {
                name: {"test": "score test", "p": 0.01, "established": self.level == "supported"}
                for name in self.contrasts
            },
            "verdict": {
                "level": self.level,
                "reasons": ["The first reason.", "The second reason."],
                "gain": estimate(0.06),
                "switched": 0.4,
            },
        }

    @property
    def evaluation(self) -> dict[str, Any]:
        per_arm = {
            arm: {"n": int((self.cohort.arm == arm).sum()), **EVALUATED["per_arm"]}
            for arm in self.arms.names
        }
        groups = [
            {
                "subgroup": "sex",
                "group": group,
                "n": n,
                "suppressed": n is None,
                "arms": {},
                "contrasts": dict.fromkeys(self.contrasts, estimate(0.1)),
            }
            for group, n in (("female", 80), ("male", 160), ("not known", None))
        ]
        assessed = [] if self.level == "not assessable" else self.contrasts
        return {
            "design": {"kind": "parallel"},
            "n": len(self.X),
            "arms": list(self.arms.names),
            **self.answers,
            "per_arm": per_arm,
            "contrasts": {name: self._contrast(name) for name in assessed},
            "subgroups": groups,
            "model": {"learner": "default", "seed": 1, "prior_scales": {"main_value": 0.1}},
            "warnings": ["A warning of the evaluation."],
        }

    @staticmethod
    def _contrast(name: str) -> dict[str, Any]:
        found, arm = EVALUATED["contrast"], name.partition("_vs_")[0]
        gains = {k.replace("ARM", arm): v for k, v in found["policy_value"].items()}
        return found | {"policy_value": gains}

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        def copies(name: str, key: str, values: Sequence[str]) -> pd.DataFrame:
            table = pd.DataFrame(EVALUATED[name])
            return pd.concat([table.assign(**{key: value}) for value in values])

        return {
            "calibration": copies("calibration", "arm", self.arms.names),
            **{name: copies(name, "contrast", self.contrasts) for name in CURVES},
            "sites": copies("sites", "about", self.contrasts[:1]),
            "coefficients": self._coefficients(),
        }

    def _coefficients(self) -> pd.DataFrame:
        terms = [
            ("intercept", "", "", "", ""),
            ("value", "sex", "", "", ""),
            ("curve", "age", "bow", "", ""),
            ("missing", "serotonin", "", "", ""),
            ("product", "smoker", "", "centre", "tiny"),
        ]
        table = pd.DataFrame(terms, columns=["kind", "predictor", "part", "second", "second_part"])
        for name in (*self.arms.names, *self.contrasts):
            table[name], table[f"{name}_lower"], table[f"{name}_upper"] = 0.3, 0.1, 0.5
        return table

    def explanation(self, n: int) -> Explanation:
        X = self.X.head(n)
        size = (len(X), len(self.arms.names), len(self.bundle.inputs))
        values = np.zeros(size)
        values[:, 1, 3] = np.where(X["smoker"] == 1, -0.08, 0.08)
        values[:, :, 1] = ((X["age"] - 45) / 200).to_numpy()[:, None]
        rng = np.random.default_rng(0)
        draws = values[None] + rng.normal(0, self.noise, (20, *size)) * (values != 0)
        return Explanation(
            arms=self.arms.names,
            names=tuple(self.bundle.inputs),
            values=values,
            base=np.full(len(self.arms.names), 0.5),
            method="permutation",
            error=0.0004,
            draws=draws,
        )

    def drivers(self) -> Drivers:
        found = summarise_drivers(self.explanation(len(self.X)), self.X, self.arms.contrasts)
        shares = {"first": self.leads, "among_three": 0.8, "same_direction": 0.95}
        together = pd.DataFrame(
            {
                "first": [0.0, 0.0, 1.0, 1.0, None],
                "second": [38.0, 52.0, 38.0, 52.0, None],
                "estimate": [0.1, 0.05, -0.02, -0.04, 0.03],
                "lower": [0.05, 0.0, -0.07, -0.09, -0.02],
                "upper": [0.15, 0.1, 0.03, 0.01, 0.08],
            }
        )
        together.attrs = {"first": "smoker", "second": "age"}
        return replace(
            found,
            refits=20,
            agreement={c: pd.DataFrame(shares, index=t.index) for c, t in found.contrasts.items()},
            interactions=dict.fromkeys(found.contrasts, together),
        )

    def cohort_page(self, *, explained: bool = True, **changes: Any) -> dict[str, Any]:
        given = {
            "cohort": self.cohort,
            "evaluation": self.evaluation,
            "tables": self.tables,
            "bundle": self.bundle,
            "catalog": self.catalog,
            "drivers": self.drivers() if explained else None,
            "run": {"command": "nxpredict train study.yaml --out run", "seed": 1},
        }
        return cohort_facts(**{**given, **changes})

    def score(self, **changes: Any) -> dict[str, Any]:
        row: dict[str, Any] = {"patient_id": "0012", "status": "scored", "reasons": ""}
        for arm in self.arms.names:
            row |= {f"p_{arm}": 0.42, f"p_{arm}_lower": 0.33, f"p_{arm}_upper": 0.51}
        for arm in self.arms.others:
            name = f"benefit_{arm}_vs_{self.arms.reference}"
            row |= {name: 0.08, f"{name}_lower": -0.02, f"{name}_upper": 0.18}
            row[f"prob_{arm}_better"] = 0.91
        row |= {"preferred": "no preference", "missing": "serotonin"}
        empty = ("basis", "cautions", "cautions_not_assessed", "outside_training_range")
        return row | dict.fromkeys(empty, "") | changes

    def patient_page(
        self, *, explained: bool = True, tests: NextTests | None = None, **changes: Any
    ) -> dict[str, Any]:
        return patient_facts(
            score=self.score(**changes),
            inputs=self.X.iloc[2].to_dict(),
            row=3,
            bundle=self.bundle,
            catalog=self.catalog,
            explanation=self.explanation(5) if explained else None,
            tests=self.tests() if tests is None else tests,
            index=2,
        )

    def tests(self, gain: float = 0.02, idle: float = 0.0) -> NextTests:
        gains = np.full((5, 2), np.nan)
        if self.level == "supported":
            gains[2] = gain, idle
        half = np.where(np.isnan(gains), np.nan, 0.5)
        names = ("serotonin", "OPRM1_rs1799971_G_dosage")
        return NextTests(names, gains, half, np.full(5, 0.7), half + 0.3)


@pytest.fixture(scope="session")
def world() -> type[World]:
    return World


@pytest.fixture(scope="session")
def hostile() -> str:
    return "<script>alert('x')</script>"
