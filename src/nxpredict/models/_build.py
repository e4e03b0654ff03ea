"""The one table of learner names."""

from __future__ import annotations

from typing import Any, Literal

from numpy.typing import NDArray

from nxpredict.models._base import ArmModel
from nxpredict.models._forest import XForest, XForestRegressor
from nxpredict.models._logistic import ShrunkenLinear, ShrunkenLogistic

Kind = type[ShrunkenLogistic | ShrunkenLinear | XForest | XForestRegressor]

SHRUNKEN: dict[str, Kind] = {"binary": ShrunkenLogistic, "continuous": ShrunkenLinear}
FORESTS: dict[str, Kind] = {"binary": XForest, "continuous": XForestRegressor}
LEARNERS: dict[str, tuple[dict[str, Kind], dict[str, Any]]] = {
    "average": (SHRUNKEN, {"structure": "average"}),
    "risk_based": (SHRUNKEN, {"structure": "risk", "max_pairs": 0}),
    "shrunken_interactions": (SHRUNKEN, {"structure": "interactions", "max_pairs": 0}),
    "x_forest": (FORESTS, {}),
    "default": (SHRUNKEN, {"structure": "interactions"}),
}


def make_model(
    name: str = "default",
    *,
    response: Literal["binary", "continuous"] = "binary",
    random_state: int | None = None,
    **params: Any,
) -> ArmModel:
    """Return an unfitted learner by its name.

    Parameters
    ----------
    name : str
        ``average``, ``risk_based``, ``shrunken_interactions``, ``x_forest`` or ``default``.
    response : {"binary", "continuous"}
        Whether the response is there or not, or a number of which more is better.
    random_state : int, optional
        Seed of everything random in the learner.
    **params
        Parameters of the learner, such as ``arms`` or ``nuisance``.

    Raises
    ------
    ValueError
        If no learner has this name, or no response is of this kind.

    Examples
    --------
    >>> make_model("risk_based", random_state=1)
    ShrunkenLogistic(max_pairs=0, random_state=1, structure='risk')
    >>> make_model("risk_based", response="continuous", random_state=1)
    ShrunkenLinear(max_pairs=0, random_state=1, structure='risk')
    """
    if name not in LEARNERS:
        raise ValueError(f"unknown learner {name!r}; known are {', '.join(LEARNERS)}")
    kinds, preset = LEARNERS[name]
    if response not in kinds:
        raise ValueError(f"unknown response {response!r}; known are {', '.join(kinds)}")
    return kinds[response](random_state=random_state, **{**preset, **params})


def accepts(name: str, parameter: str) -> bool:
    """Return whether a learner has a parameter.

    Parameters
    ----------
    name : str
        As of `make_model`.
    parameter : str

    Examples
    --------
    >>> accepts("default", "expected"), accepts("x_forest", "expected")
    (True, False)
    """
    kinds, _ = LEARNERS[name]
    return all(parameter in kind._get_param_names() for kind in kinds.values())


def model_from_state(state: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> ArmModel:
    """Rebuild a fitted learner from what its `to_state` returned.

    Parameters
    ----------
    state : dict
        Plain values; ``class`` names the learner.
    arrays : dict of str to ndarray

    Raises
    ------
    ValueError
        If the state names a learner that this version does not know.

    Examples
    --------
    >>> import numpy as np
    >>> model = make_model("average", random_state=1)
    >>> model = model.fit(np.eye(4), [0, 1, 1, 0], arm=["a", "b", "a", "b"])
    >>> again = model_from_state(*model.to_state())
    >>> again.predict_response(np.eye(4)).equals(model.predict_response(np.eye(4)))
    True
    """
    for known in (*SHRUNKEN.values(), *FORESTS.values()):
        if state.get("class") == known.__name__:
            return known.from_state(state, arrays)
    raise ValueError(f"unknown learner in the model file: {state.get('class')!r}")
