"""Words by which the columns of an unknown table are guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Words of headers and answers, in several languages.

    Parameters
    ----------
    headers : mapping of str to Pattern
        Role of a column (``arm``, ``site``, ``adverse``) to what a header of that role holds.
    good, bad : frozenset of str
        Answers that mean yes, and no.
    """

    headers: Mapping[str, re.Pattern[str]]
    good: frozenset[str]
    bad: frozenset[str]

    @classmethod
    def read(
        cls,
        headers: Mapping[str, tuple[str, ...]],
        answers: Mapping[str, tuple[str, ...]],
        yes_no: Mapping[str, tuple[str, ...]],
    ) -> Words:
        """Read the TOML tables; whatever predictors take for yes and no is an answer too."""
        return cls(
            {role: _pattern(words) for role, words in headers.items()},
            frozenset([*yes_no["yes"], *answers["good"]]),
            frozenset([*yes_no["no"], *answers["bad"]]),
        )

    def mean(self, header: str, *roles: str) -> bool:
        """Tell whether a header, in plain lower-case letters with underscores, has a role's word.

        Examples
        --------
        >>> from nxpredict.catalog import load_catalog
        >>> words = load_catalog().words
        >>> words.mean("studienzentrum", "site"), words.mean("treatments_before", "arm")
        (True, False)
        """
        return any(self.headers[role].search(header) for role in roles)


def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    held = "|".join(re.escape(word).replace(r"\*", r"\w*") for word in words)
    return re.compile(rf"(?:^|_)(?:{held})(?:_|$)")
