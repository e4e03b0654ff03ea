"""What is recorded after baseline beside the response: tolerability and adherence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tolerability:
    """A second response: stopping for adverse events.

    Parameters
    ----------
    column : str
    unfavourable : str
        The label that means stopped for adverse events; every other label means not.

    Examples
    --------
    >>> Tolerability("stopped", "1").describe()
    "stopped for adverse events: 'stopped' is '1'"
    """

    column: str
    unfavourable: str

    def describe(self) -> str:
        """Return the rule as one phrase."""
        return f"stopped for adverse events: '{self.column}' is '{self.unfavourable}'"


@dataclass(frozen=True, slots=True)
class Adherence:
    """How much of the drug a patient took.

    Parameters
    ----------
    column : str
        Shares, 0..1.
    at_least : float
        Share from which on a patient counts as treated.

    Examples
    --------
    >>> Adherence("days_taken").describe()
    "treated: 'days_taken' at least 0.8"
    """

    column: str
    at_least: float = 0.8

    def describe(self) -> str:
        """Return the rule as one phrase."""
        return f"treated: '{self.column}' at least {self.at_least:g}"


@dataclass(frozen=True, slots=True)
class Beside:
    """Tolerability and adherence, as far as a study declares them; never predictors.

    Parameters
    ----------
    tolerability : Tolerability, optional
    adherence : Adherence, optional

    Examples
    --------
    >>> beside = Beside(Tolerability("stopped", "1"), Adherence("days_taken"))
    >>> beside.columns
    {'stopped': 'the tolerability', 'days_taken': 'the adherence'}
    """

    tolerability: Tolerability | None = None
    adherence: Adherence | None = None

    @property
    def columns(self) -> dict[str, str]:
        """Column -> what it holds."""
        found = {"the tolerability": self.tolerability, "the adherence": self.adherence}
        return {rule.column: what for what, rule in found.items() if rule is not None}

    def describe(self) -> dict[str, str]:
        """Return the rules as phrases."""
        found = {"tolerability": self.tolerability, "adherence": self.adherence}
        return {name: rule.describe() for name, rule in found.items() if rule is not None}
