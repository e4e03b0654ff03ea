"""How numbers are written: the only place. Facts hold numbers; pages and sentences use these."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from nxpredict.evaluation import p_text
from nxpredict.report._measured import as_written, continuous, steps
from nxpredict.report._phrases import capital, lower_first, named, sequence, spoken

Number = float | int | None
Estimate = Mapping[str, Number]

MINUS = "\u2212"
NO_BREAK = "\u00a0"
ABSENT = "not estimated"


def _absent(value: Number) -> bool:
    return value is None or not math.isfinite(value)


def signs(text: str) -> str:
    """Write the numbers of a sentence as pages do: minus signs, percent and p values unbroken.

    Examples
    --------
    >>> signs("-0.5 points, one-sided 80 % bound -1.8")
    '−0.5 points, one-sided 80% bound −1.8'
    """
    text = re.sub(r"\bp ([<=>]) (?=\d)", rf"p{NO_BREAK}\1{NO_BREAK}", text)
    return re.sub(r"(?<=\d) %", "%", re.sub(r"(?<![\w-])-(?=\d)", MINUS, text))


def number(value: Number, digits: int = 2) -> str:
    """Write a plain number.

    Examples
    --------
    >>> number(0.12345), number(None)
    ('0.12', 'not estimated')
    """
    if value is None or not math.isfinite(value):
        return ABSENT
    return f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", MINUS)


def quantity(value: Number, among: Iterable[Number] = ()) -> str:
    """Write a measured value with three significant digits and no needless zeros.

    In a column, `among` the values that it holds, with as many digits as the largest has.

    Examples
    --------
    >>> quantity(85.0), quantity(0.7346), quantity(1234.6), quantity(6.4, [-7.87, 0.25])
    ('85', '0.735', '1,235', '6.40')
    """
    if value is None or not math.isfinite(value):
        return ABSENT
    sizes = [abs(v) for v in among if v is not None and math.isfinite(v)]
    if sizes:
        return number(value, _digits(max(sizes)))
    form = ",.0f" if abs(value) >= 100 or value == round(value) else ".3g"
    return f"{value:{form}}".replace("-", MINUS)


def alike(values: Sequence[Number]) -> list[str]:
    """Write the quantities of one row with equal digits: three figures of the largest, or fewer.

    Examples
    --------
    >>> alike([0.85, 0.7234, None]), alike([45.0, 38.0]), alike([8.5, 10.5])
    (['0.850', '0.723', 'not estimated'], ['45', '38'], ['8.5', '10.5'])
    """
    known = [v for v in values if v is not None and math.isfinite(v)]
    digits = _digits(max(map(abs, known), default=0.0))
    while digits and all(round(v, digits) == round(v, digits - 1) for v in known):
        digits -= 1
    return [number(v, digits) for v in values]


def _digits(size: float) -> int:
    """Return the digits behind the mark that show three figures of a number of this size."""
    return max(0, 2 - math.floor(math.log10(size))) if size else 0


def whole(value: Number) -> str:
    """Write a count: 1,200."""
    return number(value, 0)


def percent(value: Number, digits: int = 0) -> str:
    """Write a share of 1 as percent: 46%."""
    return ABSENT if _absent(value) else number(100 * float(value or 0), digits) + "%"


def chance(value: Number) -> str:
    """Write a probability that is itself a degree of belief: never certain.

    Examples
    --------
    >>> chance(0.9991), chance(0.67), chance(0.001)
    ('over 99%', '67%', 'under 1%')
    """
    if value is None or not math.isfinite(value):
        return ABSENT
    if value > 0.99:
        return "over 99%"
    return "under 1%" if value < 0.01 else percent(value)


def response(value: Number, among: Iterable[Number] = ()) -> str:
    """Write an average response, or a predicted one, beside a heading that has its unit.

    Examples
    --------
    >>> response(0.456)
    '46%'
    """
    return quantity(value, among) if continuous() else percent(value)


def amount(value: Number, digits: int = 0) -> str:
    """Write a response, or a difference to speak of, with its unit.

    Examples
    --------
    >>> amount(0.05)
    '5%'
    >>> from nxpredict.report._measured import measured_in
    >>> with measured_in({"kind": "continuous", "unit": "days", "favourable": "lower"}):
    ...     points(1.52), amount(2.0), outlook(-6.0)
    ('+1.52', '2 days', '6 days')
    """
    if not continuous() or _absent(value):
        return percent(value, digits)
    unit = steps().removesuffix("s") if value == 1 and steps().isalpha() else steps()
    return f"{quantity(value)} {unit}"


def difference(value: Number) -> str:
    """Write the size of a difference in words: in percentage points, of means in their unit.

    Examples
    --------
    >>> difference(0.05), difference(0.01)
    ('5 percentage points', '1 percentage point')
    """
    if continuous() or value is None or _absent(value):
        return amount(value)
    size = round(100 * value, 1)
    return f"{quantity(size)} percentage point{'' if size == 1 else 's'}"


def outlook(value: Number) -> str:
    """Write an outlook, of which more is better, as the response stands in the table.

    Examples
    --------
    >>> outlook(0.456)
    '45.6%'
    """
    return ABSENT if value is None else amount(as_written(value), 1)


def points(value: Number, digits: int | None = None, among: Iterable[Number] = ()) -> str:
    """Write a difference of probabilities in percentage points, with its sign.

    Of means in their unit, with three significant digits, in a column those of the largest
    `among` them, unless `digits` behind the mark are asked for.

    Examples
    --------
    >>> points(0.042), points(-0.0004)
    ('+4.2', '0.0')
    """
    if value is None or not math.isfinite(value):
        return ABSENT
    if continuous() and digits is None:
        # Sums that cancel leave something in the last digits.
        settled = round(value, 9) + 0.0
        return ("+" if settled > 0 else "") + quantity(settled, among)
    digits = 1 if digits is None else digits
    rounded = round(value if continuous() else 100 * value, digits) + 0.0
    return number(rounded, digits) if rounded <= 0 else "+" + number(rounded, digits)


def points_ci(estimate: Estimate | None, among: Iterable[Estimate | None] = ()) -> str:
    """Write a difference with its interval; of means with as many digits as the interval bears.

    In a column of several, `among` which it stands, as many as the widest of them bears.

    Examples
    --------
    >>> points_ci({"estimate": 0.042, "lower": -0.01, "upper": 0.0942})
    '+4.2 (−1.0 to +9.4)'
    >>> from nxpredict.report._measured import measured_in
    >>> with measured_in({"kind": "continuous", "unit": "days", "favourable": "lower"}):
    ...     points_ci({"estimate": -0.668, "lower": -1.34, "upper": 0.00124})
    '−0.67 (−1.34 to 0.00)'
    """
    widths = [
        float(e["upper"] or 0) - float(e["lower"] or 0)
        for e in (*among, estimate)
        if e and not _absent(e.get("lower")) and not _absent(e.get("upper"))
    ]
    widest = max(widths, default=0.0)
    digits = _digits(widest) if continuous() and widest else None
    return _with_interval(partial(points, digits=digits))(estimate)


def p_value(value: Number) -> str:
    """Write a p value, not to be broken over lines.

    Examples
    --------
    >>> [p_value(p).replace(NO_BREAK, " ") for p in (0.0312, 0.00002, 1.0)]
    ['p = 0.031', 'p < 0.001', 'p > 0.99']
    """
    if value is None or not math.isfinite(value):
        return "p " + ABSENT
    return p_text(value).replace(" ", NO_BREAK)


def in_hundred(value: Number) -> str:
    """Write a probability with a constant denominator, a mean with its unit.

    Examples
    --------
    >>> in_hundred(0.424)
    '42 in 100'
    """
    if continuous():
        return amount(value)
    return ABSENT if _absent(value) else f"{round(100 * float(value or 0))} in 100"


def _with_interval(one: Callable[[Number], str]) -> Callable[[Estimate | None], str]:
    def write(estimate: Estimate | None) -> str:
        if not estimate or _absent(estimate.get("estimate")):
            return ABSENT
        text = one(estimate["estimate"])
        lower, upper = estimate.get("lower"), estimate.get("upper")
        if _absent(lower) or _absent(upper):
            return text
        return f"{text} ({one(lower)} to {one(upper)})"

    return write


def written(value: object) -> str:
    """Write a setting: numbers as quantities, lists with commas, the rest as text.

    Examples
    --------
    >>> written(0.0300646), written([1, 2]), written("default"), written(True)
    ('0.0301', '1, 2', 'default', 'True')
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return quantity(value)
    if isinstance(value, list):
        return ", ".join(written(v) for v in value)
    return str(value)


percent_ci = _with_interval(percent)

FILTERS: dict[str, Callable[..., str]] = {
    "signs": signs,
    "number": number,
    "quantity": quantity,
    "whole": whole,
    "percent": percent,
    "chance": chance,
    "points": points,
    "p_value": p_value,
    "in_hundred": in_hundred,
    "number_ci": _with_interval(number),
    "percent_ci": percent_ci,
    "response": response,
    "response_ci": _with_interval(response),
    "amount": amount,
    "difference": difference,
    "outlook": outlook,
    "points_ci": points_ci,
    "written": written,
    "lower_first": lower_first,
    "capital": capital,
    "spoken": spoken,
    "named": named,
    "sequence": sequence,
}
