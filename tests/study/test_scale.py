"""How responses and their differences are written for people."""

from __future__ import annotations

import pytest

from nxpredict.study import ResponseScale, figures


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234.5, "1234"), (-999.7, "-1000"), (99.96, "100"), (12.345, "12.3"), (0.01234, "0.0123")],
)
def test_large_numbers_have_no_exponent(value: float, text: str) -> None:
    assert figures(value) == text
    scale = ResponseScale("ng/mL", "lower")
    assert scale.difference(value) == text
    assert scale.text(value) == f"{text} ng/mL"
    assert scale.difference(abs(value), "+") == f"+{text.removeprefix('-')}"


def test_what_rounds_to_nothing_has_no_minus() -> None:
    assert ResponseScale().difference(-0.0004) == "0.0"
    assert ResponseScale().difference(-0.0004, "+") == "+0.0"
    assert figures(-0.0) == "0"
