"""The regimens compared: their names, their order and how a table labels them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

_NAME = re.compile(r"[a-z][a-z0-9_+-]*")


@dataclass(frozen=True, slots=True)
class Arm:
    """One regimen of a study.

    Parameters
    ----------
    name : str
        Our name, ``[a-z][a-z0-9_+-]*``; a combination joins its drugs with ``+``.
    label : str
        The text that stands for the arm in the table.

    Raises
    ------
    ValueError
        When the name is not so, names a drug twice, or holds ``vs`` as a word.

    Examples
    --------
    >>> Arm("naltrexone+bupropion", "NB").name
    'naltrexone+bupropion'
    """

    name: str
    label: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or "" in self.name.split("+"):
            raise ValueError(
                f"arm name {self.name!r}: expected lower-case letters, digits, '_' and '-', "
                "starting with a letter, drugs of a combination joined by '+'"
            )
        if "_vs_" in f"_{self.name}_":
            raise ValueError(
                f"arm name {self.name!r}: 'vs' stands between two arms in the names of differences"
            )
        drugs = self.name.split("+")
        if len(set(drugs)) < len(drugs):
            raise ValueError(f"arm name {self.name!r} names a drug twice")


@dataclass(frozen=True, slots=True)
class ArmSet:
    """The arms of a study in their order, and the one that benefits are measured against.

    Parameters
    ----------
    names : tuple of str
        Two or more different arm names; the arm axis of every array has this order.
    labels : tuple of str
        The label of each arm in the table, all different.
    reference : str
        One of `names`.
    regimens : mapping of str to mapping
        ``formulation`` and ``dose`` of arms, as far as declared; said wherever an arm is
        described, and never a predictor.

    Raises
    ------
    ValueError
        When names or labels repeat, fewer than two arms are given, or the reference is no arm.

    Examples
    --------
    >>> arms = ArmSet.of({"naltrexone": "NTX", "nalmefene": "NMF"}, reference="naltrexone")
    >>> arms.contrasts
    (('nalmefene', 'naltrexone'),)
    >>> arms.encode(["NMF", "NTX", "placebo"]).tolist()
    [1, 0, -1]
    """

    names: tuple[str, ...]
    labels: tuple[str, ...]
    reference: str
    regimens: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.names) < 2:
            raise ValueError("two or more arms are needed")
        if len(self.labels) != len(self.names):
            raise ValueError("each arm needs one label")
        for arm in self:
            if not arm.label.strip():
                raise ValueError(f"arm '{arm.name}' has no label")
        labels = tuple(label.strip() for label in self.labels)
        for what, values in (("name", self.names), ("label", labels)):
            repeated = sorted({v for v in values if values.count(v) > 1})
            if repeated:
                raise ValueError(f"arm {what} given twice: {', '.join(repeated)}")
        if self.reference not in self.names:
            raise ValueError(f"the reference '{self.reference}' is not one of the arms")

    @classmethod
    def of(
        cls,
        labels: Mapping[str, str],
        *,
        reference: str | None = None,
        regimens: Mapping[str, Mapping[str, str]] | None = None,
    ) -> ArmSet:
        """Build from a mapping of name to label; the first arm is the reference unless named."""
        names = tuple(labels)
        chosen = reference if reference is not None else (names[0] if names else "")
        declared = {name: dict(given) for name, given in (regimens or {}).items() if given}
        return cls(names, tuple(labels.values()), chosen, declared)

    def regimen(self, name: str) -> str:
        """Return formulation and dose of an arm as one phrase, empty when not declared.

        Examples
        --------
        >>> given = {"naltrexone": {"formulation": "depot injection", "dose": "380 mg a month"}}
        >>> arms = ArmSet.of({"naltrexone": "N", "placebo": "P"}, regimens=given)
        >>> arms.regimen("naltrexone"), arms.regimen("placebo")
        ('depot injection, 380 mg a month', '')
        """
        given = self.regimens.get(name, {})
        return ", ".join(given[key] for key in ("formulation", "dose") if key in given)

    def __iter__(self) -> Iterator[Arm]:
        return (Arm(n, label) for n, label in zip(self.names, self.labels, strict=True))

    def __len__(self) -> int:
        return len(self.names)

    @property
    def others(self) -> tuple[str, ...]:
        """The arms except the reference, in order."""
        return tuple(n for n in self.names if n != self.reference)

    @property
    def contrasts(self) -> tuple[tuple[str, str], ...]:
        """Each other arm paired with the reference."""
        return tuple((n, self.reference) for n in self.others)

    def encode(self, text: object) -> npt.NDArray[np.intp]:
        """Return each table label's position among the arms, -1 where it is no arm's label.

        Labels are compared as text, after white space around them is removed.

        Parameters
        ----------
        text : array-like of str, shape (n,)

        Returns
        -------
        ndarray of int, shape (n,)
        """
        series = text if isinstance(text, pd.Series) else pd.Series(text)
        cells = series.astype("str").str.strip()
        positions = {label.strip(): i for i, label in enumerate(self.labels)}
        codes = cells.map(positions).astype("float64")
        return np.asarray(codes.fillna(-1), dtype=np.intp)
