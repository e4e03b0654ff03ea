"""The coefficients of a fitted learner in words and numbers, for people who read models."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nxpredict.features import TableEncoder
from nxpredict.models._base import ArmModel
from nxpredict.models._regression import ShrunkenRegression

Term = tuple[str, str, str, str, str]


def coefficients(
    model: ArmModel, *, reference: str | None = None, level: float = 0.95
) -> pd.DataFrame | None:
    """Return every coefficient of the linear predictor as deployed, recalibration included.

    Parameters
    ----------
    model : ArmModel
        Fitted.
    reference : str, optional
        The arm that differences are taken against; by default the first.
    level : float in (0, 1)
        Probability content of the intervals, which are quantiles of the posterior draws.

    Returns
    -------
    DataFrame or None
        None for a learner that has none. Else the intercept, then a row a term, the largest
        first: ``kind`` (``intercept``, ``value``, ``curve``, ``missing``, ``product``),
        ``predictor``, ``part`` (its label or shape), ``second`` and ``second_part`` (of a
        product); posterior mean, ``_lower`` and ``_upper`` under each arm and of each
        ``<arm>_vs_<reference>``, per standard deviation of the encoded column.

    Examples
    --------
    >>> from nxpredict.models import ShrunkenLogistic
    >>> rng = np.random.default_rng(0)
    >>> X, arm = pd.DataFrame({"craving": rng.normal(size=300)}), rng.choice(["a", "b"], 300)
    >>> y = rng.random(300) < 1 / (1 + np.exp(-2 * X["craving"]))
    >>> found = coefficients(ShrunkenLogistic(random_state=1).fit(X, y, arm=arm))
    >>> found.loc[1, ["kind", "predictor"]].tolist(), bool(found.loc[1, "a_lower"] > 0)
    (['value', 'craving'], True)
    """
    if not isinstance(model, ShrunkenRegression):
        return None
    arms = [str(arm) for arm in model.arms_]
    by_name = dict(zip(arms, model.coefficient_draws(), strict=True))
    against = arms[0] if reference is None else reference
    for arm in arms:
        if arm != against:
            by_name[f"{arm}_vs_{against}"] = by_name[arm] - by_name[against]
    terms = [("intercept", "", "", "", ""), *_terms(model.encoder_)]
    table = pd.DataFrame(terms, columns=["kind", "predictor", "part", "second", "second_part"])
    size = np.max([np.abs(values).mean(axis=0) for values in by_name.values()], axis=0)
    for name, values in by_name.items():
        table[name] = values.mean(axis=0)
        ends = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=0)
        table[f"{name}_lower"], table[f"{name}_upper"] = ends
    return _largest_first(table, list(by_name), size > 0)


def _largest_first(table: pd.DataFrame, names: list[str], used: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the terms that the model has, by the largest coefficient."""
    largest = table[names].abs().max(axis=1).where(table["kind"] != "intercept", np.inf)
    order = np.argsort(-largest.to_numpy(), kind="stable")
    return table.iloc[order[used[order]]].reset_index(drop=True)


def _terms(encoder: TableEncoder) -> Iterator[Term]:
    """Yield what each column of `model_inputs` is made of, in their order."""
    values = [
        (name, output.removeprefix(name).removeprefix("="))
        for name, output in zip(encoder.sources_, encoder.outputs_, strict=True)
    ]
    for name, part in values:
        yield "value", name, part, "", ""
    for column, shape in zip(encoder.curves_.sources, encoder.curves_.shapes, strict=True):
        yield "curve", values[column][0], shape, "", ""
    for name in encoder.indicator_columns_:
        yield "missing", name, "", "", ""
    for left, right in zip(encoder.pairs_.left, encoder.pairs_.right, strict=True):
        yield "product", *values[left], *values[right]
