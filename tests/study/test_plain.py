from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nxpredict.study import plain_letters


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Körpergröße", "Koerpergroesse"),
        ("Änderung Übelkeit Öl", "Aenderung Uebelkeit Oel"),
        ("âge à l’école", "age a l’ecole"),
        ("Łódź Ærø", "Lodz Aeroe"),
        ("µkat μkat", "ukat ukat"),
        ("plain-1.2", "plain-1.2"),
    ],
)
def test_letters_are_spelled_as_one_writes_them_without_marks(text: str, plain: str) -> None:
    assert plain_letters(text) == plain
    assert plain_letters(unicodedata.normalize("NFD", text)) == plain


@given(st.text(st.characters(max_codepoint=0x17F)))
def test_plain_letters_stay_and_marks_go(text: str) -> None:
    plain = plain_letters(text)
    assert plain_letters(plain) == plain
    assert not [c for c in unicodedata.normalize("NFD", plain) if unicodedata.combining(c)]
