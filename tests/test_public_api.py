"""What a notebook may use, and what it costs to ask for it."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

import nxpredict
from nxpredict import load_cohort, load_model, load_study
from nxpredict.models import make_model

PUBLIC = ["load_cohort", "load_model", "load_study", "score", "train", "validate"]
HEAVY = ("numpy", "pandas", "sklearn", "scipy", "shap", "mlflow", "matplotlib", "dask")


def modules_after(code: str) -> set[str]:
    """Return the top-level modules that a fresh process has loaded after some code."""
    script = (
        f"{code}\nimport sys, json\nprint(json.dumps(sorted(m.split('.')[0] for m in sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_public_names_are_those_of_the_design() -> None:
    assert sorted(nxpredict.__all__) == PUBLIC
    assert set(PUBLIC) <= set(dir(nxpredict))
    for name in PUBLIC:
        assert callable(getattr(nxpredict, name))
        assert getattr(nxpredict, name).__doc__
    with pytest.raises(AttributeError, match="nothing"):
        nxpredict.nothing  # noqa: B018


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert modules_after("import nxpredict").isdisjoint(HEAVY)


@pytest.mark.parametrize("args", [[], ["--help"], ["train", "--help"], ["--version"]], ids=" ".join)
def test_help_loads_nothing_heavy(args: list[str]) -> None:
    code = (
        "import sys, nxpredict.cli\n"
        f"sys.argv = ['nxpredict', *{args!r}]\n"
        "try:\n    nxpredict.cli.main()\nexcept SystemExit:\n    pass"
    )
    assert modules_after(code).isdisjoint(HEAVY)


def test_the_signatures_are_those_of_the_design() -> None:
    model = make_model("default", random_state=1)
    fit = inspect.signature(model.fit).parameters
    assert list(fit)[:2] == ["X", "y"]
    assert fit["arm"].kind is fit["propensity"].kind is inspect.Parameter.KEYWORD_ONLY
    assert fit["arm"].default is fit["propensity"].default is None
    benefit = inspect.signature(model.predict_benefit).parameters
    assert benefit["level"].default == 0.90
    assert benefit["minimum"].default == 0.0


def test_a_notebook_fits_a_learner_on_any_table() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "number": rng.normal(size=200),
            "flag": rng.random(200) < 0.5,
            "text": rng.choice(["a", "b"], 200),
            "category": pd.Categorical(rng.choice(["x", "y"], 200)),
        },
        index=[f"row {k}" for k in range(200)],
    )
    X.loc[X.index[:30], "number"] = np.nan
    y = (rng.random(200) < 0.5).astype(int)
    arm = rng.choice(["naltrexone", "nalmefene"], 200)
    model = make_model("default", random_state=1).fit(X, y, arm=arm)
    response = model.predict_response(X)
    assert response.index.equals(X.index)
    assert set(response.columns) == {"naltrexone", "nalmefene"}
    benefit = model.predict_benefit(X, arm="nalmefene", reference="naltrexone")
    assert list(benefit.columns) == ["benefit", "lower", "upper", "prob_better"]
    np.testing.assert_allclose(
        benefit["benefit"], response["nalmefene"] - response["naltrexone"], rtol=0, atol=1e-6
    )
    shuffled = model.predict_response(X[X.columns[::-1]])
    pd.testing.assert_frame_equal(shuffled, response)


def test_the_documented_attributes_of_a_cohort_are_there(trained: Any) -> None:
    cohort = load_cohort(load_study(trained.study))
    n = len(cohort)
    assert n == len(cohort.X) == len(cohort.y) == len(cohort.arm) == len(cohort.groups) == 240
    assert set(np.unique(cohort.y)) == {0, 1}
    assert set(cohort.arm) == {"naltrexone", "nalmefene"}
    assert len(cohort.fingerprint) == 64
    assert all(issue.severity != "error" for issue in cohort.issues)
    assert "SENTINEL" not in repr(cohort)


def test_a_loaded_model_predicts_from_raw_tables(trained: Any) -> None:
    model = load_model(trained.out / "model")
    table = pd.read_csv(trained.folder / "cohort.csv", dtype="str").iloc[:20]
    response = model.predict_response(table)
    benefit = model.predict_benefit(table, arm="nalmefene", reference="naltrexone", minimum=0.05)
    np.testing.assert_allclose(
        benefit["benefit"], response["nalmefene"] - response["naltrexone"], rtol=0, atol=1e-6
    )
    assert (benefit["lower"] <= benefit["benefit"]).all()
    assert (benefit["benefit"] <= benefit["upper"]).all()
    assert benefit["prob_better"].between(0, 1).all()
