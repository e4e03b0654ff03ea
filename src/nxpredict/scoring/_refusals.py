"""What is said of a table of patients that cannot be read: never what stands in it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from nxpredict.cohort import why_unreadable
from nxpredict.errors import AccessError, DataError, Fault

_A_TABLE = "give a CSV, TSV or Parquet file, or a folder of Parquet files"


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Say what is wrong with a file without quoting it, as the reader's own messages would."""
    try:
        yield
    except (pa.ArrowException, csv.Error) as error:
        if told := why_unreadable(str(error)):
            raise unreadable(path, *told) from None
        raise unreadable(path, "the file is damaged, or no table of this kind") from None
    except FileNotFoundError:
        raise unreadable(path, "there is no such file") from None
    except OSError as error:
        if error.errno is None:  # Not the system's word but the reader's: of a file cut short.
            raise unreadable(path, "the file ends too early or is damaged") from None
        raise AccessError(f"'{path.name}' could not be read: {error.strerror}.") from None


def open_quote(path: Path, row: int) -> DataError:
    """Return the fault of a quote in a row (counted from 0) that takes in the rows below."""
    what = "a quote opens here and takes in lines below, which may be other patients"
    hint = "close it, or write it twice where it belongs to a text"
    return DataError([Fault("open-quote", what, hint, file=path.name, row=row + 1)])


def unreadable(path: Path, message: str, hint: str = _A_TABLE) -> DataError:
    """Return the fault of a file that is no table."""
    return DataError([Fault("unreadable-table", message, hint, file=path.name)])
