"""What a response is measured in, and which of its ends is the better one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeVar, cast

Kind = Literal["binary", "continuous"]
Favourable = Literal["higher", "lower"]
Change = Literal["absolute", "relative"]
T = TypeVar("T")


def figures(value: float, sign: str = "") -> str:
    """Write a number with three figures, without an exponent and without cutting whole ones.

    Parameters
    ----------
    value : float
    sign : {"", "+"}
        Whether a plus is written, too.

    Examples
    --------
    >>> figures(1234.5), figures(7.25, "+"), figures(0.01234)
    ('1234', '+7.25', '0.0123')
    """
    return f"{value:{sign}z.{'0f' if abs(value) >= 100 else '3g'}}"


@dataclass(frozen=True, slots=True)
class ResponseScale:
    """The scale of a response: a probability, or a number with a unit.

    Inside nxpredict more of a response is always better, so that a benefit is a difference and
    nothing else. The door turns a response of which less is better, and whoever shows a mean to
    people turns it back; differences between arms stay improvements. This is the one place that
    knows the sign.

    Parameters
    ----------
    unit : str, optional
        Of a continuous response, as in the table; None for a response that is there or not.
    favourable : {"higher", "lower"}
    change : {"absolute", "relative"}, optional
        Of a number that is the change from the baseline, in its unit or in percent of it.

    Examples
    --------
    >>> days = ResponseScale("days", "lower")
    >>> days.turned(4.0), days.turned(days.turned(4.0)), days.prefix
    (-4.0, 4.0, 'mean')
    """

    unit: str | None = None
    favourable: Favourable = "higher"
    change: Change | None = None

    @property
    def continuous(self) -> bool:
        """Whether the response is a number."""
        return self.unit is not None

    @property
    def kind(self) -> Kind:
        """What learners are asked for."""
        return "continuous" if self.continuous else "binary"

    @property
    def prefix(self) -> str:
        """How the columns of scores begin: ``p_<arm>`` or ``mean_<arm>``."""
        return "mean" if self.continuous else "p"

    def turned(self, values: T) -> T:
        """Return numbers of the table as inside nxpredict, or the reverse."""
        # From zero, so that no response of 0 becomes -0.
        return values if self.favourable == "higher" else cast("T", 0.0 - cast("Any", values))

    def interval(self, estimate: T, lower: T, upper: T) -> tuple[T, T, T]:
        """Return `turned` numbers with the lower end before the upper one."""
        low, high = (lower, upper) if self.favourable == "higher" else (upper, lower)
        return self.turned(estimate), self.turned(low), self.turned(high)

    @property
    def average(self) -> str:
        """What the average over patients is called in files."""
        return "mean_response" if self.continuous else "response_rate"

    def text(self, value: float) -> str:
        """Write an average of responses, as in the table.

        Examples
        --------
        >>> ResponseScale().text(0.481), ResponseScale("days", "lower").text(7.25)
        ('48.1%', '7.25 days')
        """
        return f"{figures(value)} {self.unit}" if self.continuous else f"{value:.1%}"

    @property
    def steps(self) -> str:
        """What differences between arms are counted in."""
        return self.unit or "points of response"

    @property
    def measured(self) -> str:
        """What a number is, with its unit.

        Examples
        --------
        >>> ResponseScale("days", "lower").measured
        'in days'
        >>> ResponseScale("%", "lower", "relative").measured
        'change from baseline in % of it'
        """
        if self.change is None:
            return f"in {self.unit}"
        return f"change from baseline in {self.unit}" + " of it" * (self.change == "relative")

    @property
    def mean(self) -> str:
        """What is averaged of a number.

        Examples
        --------
        >>> ResponseScale("days", "lower").mean
        'mean response in days'
        """
        return f"mean {'' if self.change else 'response '}{self.measured}"

    @property
    def described(self) -> str:
        """What kind of response it is, for a sentence.

        Examples
        --------
        >>> ResponseScale().described, ResponseScale("days", "lower").described
        ('a response that is there or not', 'a number in days of which lower is better')
        """
        if not self.continuous:
            return "a response that is there or not"
        what = "number " if self.change is None else ""
        return f"a {what}{self.measured} of which {self.favourable} is better"

    def difference(self, value: float, sign: str = "") -> str:
        """Write a difference between arms in `steps`, positive where it is an improvement.

        With "+" for `sign` also a plus is written.

        Examples
        --------
        >>> ResponseScale().difference(0.061), ResponseScale("days", "lower").difference(1.5, "+")
        ('6.1', '+1.5')
        """
        return figures(value, sign) if self.continuous else f"{100 * value:{sign}z.1f}"

    def to_dict(self) -> dict[str, Any]:
        """Return the scale as plain values."""
        found = {"kind": self.kind, **asdict(self)}
        return {key: value for key, value in found.items() if key != "change" or value is not None}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ResponseScale:
        """Rebuild a scale from `to_dict`.

        Raises
        ------
        ValueError
            When it is no scale.
        """
        unit, favourable, change = data["unit"], data["favourable"], data.get("change")
        if favourable not in ("higher", "lower") or not isinstance(unit, str | None):
            raise ValueError("not the scale of a response")
        if change not in (None, "absolute", "relative"):
            raise ValueError("not the scale of a response")
        return cls(unit, favourable, change)
