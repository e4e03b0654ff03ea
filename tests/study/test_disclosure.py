from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nxpredict.study import SMALLEST_CELL, counts_shown, share_of, share_shown, too_small


@given(part=st.integers(0, 200), rest=st.integers(0, 200))
def test_a_share_tells_of_no_small_cell_on_either_side(part: int, rest: int) -> None:
    shown = share_shown(part, part + rest)
    few = 0 < part < SMALLEST_CELL or 0 < rest < SMALLEST_CELL
    assert (shown is None) == few
    if shown is not None:
        assert shown == part / max(part + rest, 1)


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 60), max_size=6))
def test_no_count_is_small_and_no_sum_gives_a_single_one_away(counts: dict[str, int]) -> None:
    shown = counts_shown(counts)
    hidden = [name for name, n in shown.items() if n is None]
    assert {name for name, n in counts.items() if 0 < n < SMALLEST_CELL} <= set(hidden)
    if any(n for name, n in counts.items() if name not in hidden):
        assert not hidden or sum(counts[name] for name in hidden) >= SMALLEST_CELL
    assert len(hidden) != 1 or all(n in (0, counts[hidden[0]]) for n in counts.values())
    assert all(n in (None, counts[name]) for name, n in shown.items())


def test_a_share_of_rows_tells_of_no_few_patients() -> None:
    flags = np.repeat([True, False], [12, 40])
    assert share_of(flags, np.arange(52)) == 12 / 52
    assert share_of(flags, np.array([*range(12), *range(40)])) == 12 / 52  # twelve have both
    assert share_of(flags, np.array([*range(6), *range(6), *range(40)])) is None
    assert share_of(~flags, np.array([*range(6), *range(6), *range(40)])) is None


def test_no_more_is_hidden_than_what_makes_ten_together() -> None:
    shown = counts_shown({"present": 60, "absent": 33, "no call": 6, "failed": 4})
    assert shown == {"present": 60, "absent": 33, "no call": None, "failed": None}


def test_small_counts_are_hidden_with_another_where_they_are_few_even_together() -> None:
    """Of 100 patients 93 are shown: the rest would be seven."""
    shown = counts_shown({"present": 60, "absent": 33, "no call": 4, "failed": 3})
    assert shown == {"present": 60, "absent": None, "no call": None, "failed": None}


@given(st.dictionaries(st.text(max_size=3), st.tuples(*[st.integers(0, 60)] * 3), max_size=6))
def test_what_is_hidden_has_no_small_cell_even_together(groups: dict[str, tuple[int, ...]]) -> None:
    hidden = too_small(groups)
    small = {name for name, cells in groups.items() if min(cells) < SMALLEST_CELL}
    assert small <= hidden
    assert bool(hidden) == bool(small)
    if set(groups) - hidden:
        together = [sum(groups[name][arm] for name in hidden) for arm in range(3)]
        assert not hidden or min(together) >= SMALLEST_CELL
