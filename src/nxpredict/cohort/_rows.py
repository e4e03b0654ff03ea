"""Rows that cannot be used: reason codes for machines, gathered faults for people."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from nxpredict.cohort._schema import PredictorSpec
from nxpredict.errors import FaultLog, counted

_SHOWN = 5


class Rows:
    """Gathers what is refused: reasons by row for machines, faults by column for people."""

    def __init__(self, frame: pd.DataFrame, file: str | None) -> None:
        self.log = FaultLog()
        self._file = file
        self._n = len(frame)
        self._numbers = row_numbers(frame)
        self._found: list[tuple[npt.NDArray[np.intp], str]] = []

    def refuse_predictor(
        self, mask: npt.NDArray[np.bool_], spec: PredictorSpec, code: str, what: str, hint: str
    ) -> None:
        """Refuse the rows of a mask for what one predictor's column holds."""
        self.refuse(np.flatnonzero(mask), spec.name, spec.column or spec.name, code, what, hint)

    def refuse(
        self,
        positions: npt.NDArray[np.intp],
        name: str,
        column: str,
        code: str,
        what: str,
        hint: str,
    ) -> None:
        """Refuse rows for one reason."""
        if not len(positions):
            return
        self._found.append((positions, f"{name}:{code}"))
        numbers = self._numbers[positions]
        self.log.error(
            code.replace("_", "-"),
            f"{what} in {count_rows(numbers)}",
            hint,
            file=self._file,
            row=int(numbers[0]),
            column=column,
        )

    def refused(self, name: str) -> npt.NDArray[np.intp]:
        """Return the rows that were refused for what one predictor's column holds."""
        none = np.empty(0, dtype=np.intp)
        return np.concatenate(
            [none, *(rows for rows, code in self._found if code.startswith(f"{name}:"))]
        )

    def reasons(self) -> list[tuple[str, ...]]:
        """Return the reason codes of each row."""
        result: list[tuple[str, ...]] = [()] * self._n
        for positions, code in self._found:
            for i in positions.tolist():
                result[i] = (*result[i], code)
        return result


def row_numbers(frame: pd.DataFrame) -> npt.NDArray[np.int_]:
    """Return which rows of its file a table's rows are, the header being the first.

    Examples
    --------
    >>> row_numbers(pd.DataFrame({"id": ["a", "c"]}, index=[0, 2])).tolist()
    [2, 4]
    """
    counted = pd.api.types.is_integer_dtype(frame.index)
    return np.asarray(frame.index if counted else np.arange(len(frame))) + 2


def count_rows(numbers: npt.NDArray[np.int_]) -> str:
    """Return ``3 rows (4, 9, 12)``, with the first few rows named.

    Examples
    --------
    >>> count_rows(np.array([4, 9])), count_rows(np.arange(2, 900))
    ('2 rows (4, 9)', '898 rows (2, 3, 4, 5, 6, ...)')
    """
    shown = ", ".join(str(n) for n in numbers[:_SHOWN])
    more = ", ..." if len(numbers) > _SHOWN else ""
    return f"{counted(len(numbers), 'row')} ({shown}{more})"
