from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from nxpredict.models import ExpectedEffect, make_model

RIGHT = (
    ExpectedEffect("naltrexone", "smoker", 0.6, equals=1.0),
    ExpectedEffect("naltrexone", "craving", 0.4, per_sd=True),
    ExpectedEffect("nalmefene", "copies", -0.5, at_least=1.0),
)
WRONG = tuple(
    ExpectedEffect(e.arm, e.column, -e.log_odds, e.per_sd, e.equals, e.at_least) for e in RIGHT
)


def patients(n: int, rng: np.random.Generator) -> pd.DataFrame:
    frame = pd.DataFrame(rng.standard_normal((n, 6))).add_prefix("noise")
    return frame.assign(
        smoker=(rng.random(n) < 0.4).astype(float),
        craving=rng.standard_normal(n),
        copies=rng.binomial(2, 0.3, n).astype(float),
    )


def probabilities(X: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "nalmefene": expit(-0.2 - 0.5 * (X["copies"] >= 1)),
            "naltrexone": expit(-0.5 + 0.6 * X["smoker"] + 0.4 * X["craving"]),
        }
    )


def error(expected: tuple[ExpectedEffect, ...], seed: int, n: int = 200) -> tuple[float, float]:
    """Return the mean squared error of the benefit and the trust that was learned."""
    rng = np.random.default_rng(seed)
    X, new = patients(n, rng), patients(1000, rng)
    arm = np.resize(["nalmefene", "naltrexone"], n)
    p = probabilities(X).to_numpy()[np.arange(n), np.arange(n) % 2]
    y = (rng.random(n) < p).astype(int)
    model = make_model("shrunken_interactions", random_state=0, n_draws=64, expected=expected)
    model.fit(X, y, arm=arm)
    truth = probabilities(new)
    found = model.predict_benefit(new, "naltrexone", "nalmefene")["benefit"]
    wrong = found.to_numpy() - (truth["naltrexone"] - truth["nalmefene"]).to_numpy()
    return float((wrong**2).mean()), model.trust_ or 0.0


def test_right_evidence_helps_and_wrong_evidence_is_not_believed() -> None:
    none, right, wrong = (
        np.array([error(expected, seed) for seed in range(12)]) for expected in ((), RIGHT, WRONG)
    )
    gained = none[:, 0] - right[:, 0]
    assert gained.mean() > 2 * gained.std(ddof=1) / np.sqrt(len(gained))
    lost = wrong[:, 0].mean() / none[:, 0].mean()
    assert lost < 1.15
    assert right[:, 1].mean() > 0.6
    assert wrong[:, 1].mean() < 0.2


def test_arms_and_columns_that_are_not_there_are_left_out(trial) -> None:
    strangers = (
        ExpectedEffect("placebo", "craving", 1.0),
        ExpectedEffect("naltrexone", "not_measured", 1.0),
    )
    model = make_model(random_state=1, expected=strangers).fit(trial.X, trial.y, arm=trial.arm)
    plain = make_model(random_state=1).fit(trial.X, trial.y, arm=trial.arm)
    difference = model.predict_response(trial.X) - plain.predict_response(trial.X)
    assert difference.abs().mean().max() < 0.03


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        (ExpectedEffect("a", "x", 2.0, equals="yes"), [1.0, -1.0, 0.0, 0.0]),
        (ExpectedEffect("a", "z", 3.0, at_least=2.0), [-2.0, 1.0, 1.0, 0.0]),
        (ExpectedEffect("a", "z", 3.0, below=2.0), [2.0, -1.0, -1.0, 0.0]),
        (ExpectedEffect("a", "z", 1.0), [-1.0, 0.0, 1.0, 0.0]),
        (ExpectedEffect("a", "z", 1.0, per_sd=True), [-(1.5**0.5), 0.0, 1.5**0.5, 0.0]),
    ],
)
def test_values_are_centred_and_zero_where_missing(effect, expected) -> None:
    frame = pd.DataFrame({"x": ["yes", "no", None, None], "z": [1.0, 2.0, 3.0, np.nan]})
    np.testing.assert_allclose(effect.values(frame[effect.column]), expected)
