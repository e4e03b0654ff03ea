"""The one table of learner names."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from nxpredict.models._base import ArmModel
from nxpredict.models._forest import XForest
from nxpredict.models._logistic import ShrunkenLogistic

LEARNERS: dict[str, tuple[type[ShrunkenLogistic | XForest], dict[str, Any]]] = {
    "average": (ShrunkenLogistic, {"structure": "average"}),
    "risk_based": (ShrunkenLogistic, {"structure": "risk", "max_pairs": 0}),
    "shrunken_interactions": (ShrunkenLogistic, {"structure": "interactions", "max_pairs": 0}),
    "x_forest": (XForest, {}),
    "default": (ShrunkenLogistic, {"structure": "interactions"}),
}


def make_model(
    name: str = "default", *, random_state: int | None = None, **params: Any
) -> ArmModel:
    """Return an unfitted learner by its name.

    Parameters
    ----------
    name : str
        ``average``, ``risk_based``, ``shrunken_interactions``, ``x_forest`` or ``default``.
    random_state : int, optional
        Seed of everything random in the learner.
    **params
        Parameters of the learner, such as ``arms`` or ``nuisance``.

    Raises
    ------
    ValueError
        If no learner has this name.

    Examples
    --------
    >>> make_model("risk_based", random_state=1)
    ShrunkenLogistic(max_pairs=0, random_state=1, structure='risk')
    """
    if name not in LEARNERS:
        raise ValueError(f"unknown learner {name!r}; known are {', '.join(LEARNERS)}")
    kind, preset = LEARNERS[name]
    return kind(random_state=random_state, **{**preset, **params})


def model_from_state(state: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> ArmModel:
    """Rebuild a fitted learner from what its `to_state` returned.

    Raises
    ------
    ValueError
        If the state names a learner that this version does not know.
    """
    for known in (ShrunkenLogistic, XForest):
        if state.get("class") == known.__name__:
            return known.from_state(state, arrays)
    raise ValueError(f"unknown learner in the model file: {state.get('class')!r}")
