from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from nxpredict.scoring._blocks import Block, interleave, regular


@settings(max_examples=30)
@given(lengths=st.lists(st.integers(0, 40), max_size=8), size=st.integers(1, 20))
def test_pieces_of_any_length_become_blocks_that_keep_every_row_and_its_reason(
    lengths: list[int], size: int
) -> None:
    starts = [sum(lengths[:k]) for k in range(len(lengths))]
    pieces = [
        Block(pd.DataFrame({"row": range(a, a + n)}), {k: f"why {a + k}" for k in range(n)})
        for a, n in zip(starts, lengths, strict=True)
    ]
    rows = []
    for number, block in enumerate(regular(iter(pieces), size)):
        left = sum(lengths) - number * size
        assert len(block.frame) == min(size, left)
        assert block.frame.index.tolist() == list(range(len(block.frame)))
        assert [block.reasons[k] for k in block.frame.index] == [
            f"why {row}" for row in block.frame["row"]
        ]
        rows += block.frame["row"].tolist()
    assert rows == list(range(sum(lengths)))


def test_a_row_of_another_length_stands_where_it_was_and_keeps_only_its_id() -> None:
    frame = pd.DataFrame({"id": ["b", "d"], "age": ["40", "50"]}, dtype="str")
    block = interleave(frame, {0: "a", 2: "c", 4: "e"}, "id")
    assert block.frame["id"].tolist() == ["a", "b", "c", "d", "e"]
    assert block.frame["age"].isna().tolist() == [True, False, True, False, True]
    assert block.reasons == dict.fromkeys((0, 2, 4), "ragged_row")
    assert interleave(frame, {}, "id").reasons == {}
