from __future__ import annotations

import numpy as np
import pytest

from nxpredict.models import coefficients, make_model
from nxpredict.models._design import model_inputs


@pytest.mark.parametrize("learner", ["default", "risk_based", "average"])
def test_the_table_is_the_model(trial, learner):
    """Every term times its coefficient adds up to the mean log-odds of the draws."""
    model = make_model(learner, random_state=1).fit(trial.X, trial.y, arm=trial.arm)
    table = coefficients(model, reference="naltrexone")
    complete = trial.X.dropna().head(20)
    inputs = model_inputs(model.encoder_.encode(complete))
    assert table["kind"].iloc[0] == "intercept"
    assert (table["kind"] == "value").any() == (learner != "average")
    for a, arm in enumerate(model.arms_):
        constant, slopes = model.draws_.intercept[a].mean(), model.draws_.slopes[a].mean(axis=0)
        assert table[arm].sum() == pytest.approx(constant + slopes.sum())
        p = model.predict_draws(complete)[:, :, a]
        log_odds = np.log(p / (1 - p)).mean(axis=0)
        np.testing.assert_allclose(constant + inputs @ slopes, log_odds, atol=1e-3)
        assert (table[f"{arm}_lower"] <= table[f"{arm}_upper"]).all()
    assert len(table) == 1 + np.count_nonzero(np.abs(model.draws_.slopes).sum(axis=(0, 1)))
    gap = table["nalmefene"] - table["naltrexone"]
    np.testing.assert_allclose(table["nalmefene_vs_naltrexone"], gap, atol=1e-12)


def test_terms_are_named_by_predictor_label_and_shape(trial):
    model = make_model("default", random_state=1).fit(trial.X, trial.y, arm=trial.arm)
    table = coefficients(model)
    leading = table[table["kind"] == "value"].iloc[0]
    assert leading["predictor"] == "craving"
    assert set(table.loc[table["kind"] == "curve", "part"]) == {"bow", "kink", "step"}
    labels = table.loc[(table["kind"] == "value") & (table["predictor"] == "site"), "part"]
    assert set(labels) == {"east", "north", "west"}
    assert table.loc[table["kind"] == "missing", "predictor"].tolist() == ["snp"]
    assert (table.loc[table["kind"] == "product", "second"] != "").all()


def test_a_learner_of_trees_has_none(trial):
    model = make_model("x_forest", random_state=1).fit(trial.X, trial.y, arm=trial.arm)
    assert coefficients(model) is None
