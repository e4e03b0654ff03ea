"""What has been published about who responds to which drug, and how much of it to believe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from nxpredict.catalog._conditions import Condition
from nxpredict.catalog._predictors import Predictor

Replication = Literal["replicated", "mixed", "failed", "unreplicated", "not applicable"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One published result on a moderator of one drug; negative studies count the same.

    Parameters
    ----------
    name : str
        Short name of the study and its moderator.
    drug : str
    predictors : tuple of str
        Catalogue predictors that it speaks of (two or more: their combination, or a set of which
        the paper does not say more).
    population, design : str
    species : {"human", "mouse", "rat"}
    n : int, optional
        Patients analysed, as far as known.
    effect : str
        What was found, in words and numbers.
    direction : {"more", "less", "none", "unclear"}
        Whether the predictor (as worded in `effect`) went with more or less benefit of the drug.
    log_odds : float, optional
        The effect on the log-odds scale, where it can be derived; positive is more benefit.
    log_odds_kind : str
        How `log_odds` was derived; empty without one.
    replication : str
        Status over all studies known.
    reference : str
        DOI, PMID or trial number.
    certainty : str
        Provenance tag.
    """

    name: str
    drug: str
    predictors: tuple[str, ...]
    population: str
    species: Literal["human", "mouse", "rat"]
    design: str
    effect: str
    direction: Literal["more", "less", "none", "unclear"]
    replication: Replication
    reference: str
    certainty: str
    n: int | None = None
    log_odds: float | None = None
    log_odds_kind: str = ""

    @classmethod
    def read(cls, table: Mapping[str, Any]) -> Evidence:
        """Read one TOML table."""
        return cls(**table)


@dataclass(frozen=True, slots=True)
class Prior:
    """What to expect of one moderator of one drug against placebo, on the log-odds scale.

    Positive is more benefit. ``consensus_mean`` and ``consensus_sd`` are sceptical; ``published``
    is as optimistic as single studies.

    Parameters
    ----------
    drug, predictor : str
    scale : {"condition", "sd", "copy"}
        What one unit is: the condition met, one standard deviation, one allele copy.
    condition : Condition, optional
        For ``scale="condition"``.
    times : str, optional
        Second predictor, standardised, that the first is multiplied by.
    """

    drug: str
    predictor: str
    scale: Literal["condition", "sd", "copy"]
    published: float
    consensus_mean: float
    consensus_sd: float
    certainty: str
    source: str
    condition: Condition | None = None
    times: str | None = None

    @classmethod
    def read(cls, table: Mapping[str, Any], predictors: Mapping[str, Predictor]) -> Prior:
        """Read one TOML table."""
        entry = dict(table)
        condition = entry.pop("condition", None)
        if condition is not None:
            condition = Condition.read(condition, predictors[table["predictor"]])
        return cls(condition=condition, **entry)
