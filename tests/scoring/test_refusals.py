from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from nxpredict.errors import AccessError, DataError
from nxpredict.scoring._refusals import readable


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (FileNotFoundError(2, "No such file"), DataError, "there is no such file"),
        (OSError("Truncated at SENTINEL"), DataError, "ends too early or is damaged"),
        (pa.ArrowInvalid("Row #3: SENTINEL"), DataError, "damaged, or no table"),
        (pa.ArrowInvalid("straddling SENTINEL"), DataError, "longer than a million letters"),
        (PermissionError(13, "Permission denied"), AccessError, "not be read: Permission denied"),
    ],
)
def test_what_cannot_be_read_is_said_without_what_stands_in_it(
    error: Exception, kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said) as told, readable(Path("patients.csv")):
        raise error
    assert "SENTINEL" not in str(told.value)
    assert "patients.csv" in str(told.value)
