from __future__ import annotations

import tomllib

import pytest

from nxpredict.catalog import Catalog
from nxpredict.study import plain_letters


def test_words_are_written_as_headers_are_compared(files: dict[str, bytes]) -> None:
    tables = tomllib.loads(files["words.toml"].decode())
    for words in (*tables["headers"].values(), *tables["answers"].values()):
        assert len(words) == len(set(words))
        assert [plain_letters(word).casefold() for word in words] == list(words)


def test_no_answer_means_yes_and_no(catalog: Catalog) -> None:
    assert not catalog.words.good & catalog.words.bad


@pytest.mark.parametrize(
    ("header", "role", "held"),
    [
        ("patient_id", "id", True),
        ("width", "id", False),
        ("behandlungsgruppe", "arm", True),
        ("alarm", "arm", False),
        ("response_wk12", "response", True),
        ("correspondence", "response", False),
        ("drop_out", "adverse", True),
        ("患者id", "id", True),
    ],
)
def test_a_word_stands_by_itself_and_a_star_takes_what_follows(
    catalog: Catalog, header: str, role: str, held: bool
) -> None:
    assert catalog.words.mean(header, role) is held


def test_answers_hold_every_yes_and_no_of_the_predictors(catalog: Catalog) -> None:
    labels = catalog.predictors["family_history"].labels
    assert {plain_letters(word) for word in labels["yes"]} <= catalog.words.good
    assert {plain_letters(word) for word in labels["no"]} <= catalog.words.bad
