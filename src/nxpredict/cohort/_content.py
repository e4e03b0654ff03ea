"""What a file really is, by its first bytes: told before anybody tries to read it as a table."""

from __future__ import annotations

import codecs
import re

from nxpredict.genotypes import is_parquet

_SIGNATURES: tuple[tuple[bytes | tuple[bytes, ...], str, str], ...] = (
    (b"PK\x03\x04", "an Excel workbook or another zip archive", "save the sheet as CSV UTF-8"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", "save the sheet as CSV UTF-8"),
    (
        b"$FL2",
        "an SPSS file (.sav)",
        "convert it: in SPSS `SAVE TRANSLATE /TYPE=CSV`, in R `haven::read_sav`",
    ),
    (b"$FL3", "a compressed SPSS file (.zsav)", "save it as CSV from SPSS"),
    (
        (
            b"<stata_dta>",
            b"\x71\x01",
            b"\x71\x02",
            b"\x72\x01",
            b"\x72\x02",
            b"\x73\x01",
            b"\x73\x02",
        ),
        "a Stata file (.dta)",
        "convert it by Stata's `export delimited`",
    ),
    (
        (b"RDX", b"RDA", b"X\n"),
        "an R data file (.rds, .RData)",
        "in R: `write.csv(x, 'table.csv', row.names = FALSE)`",
    ),
    (
        b"\x00" * 12 + b"\xc2\xea\x81\x60",
        "a SAS file (.sas7bdat)",
        "convert it by `PROC EXPORT DBMS=CSV`, or in R `haven::read_sas`",
    ),
    (b"HEADER RECORD*******LIB", "a SAS transport file", "convert it by `PROC EXPORT DBMS=CSV`"),
    (b"ARROW1", "an Arrow (Feather) file", "save it as Parquet"),
    (b"SQLite format 3", "a SQLite database", "export the table as CSV"),
    (
        b"\x1f\x8b",
        "a gzip archive (R .rds and .RData files are such)",
        "save the table as .csv or .csv.gz",
    ),
    (b"BZh", "a bzip2 archive", "unpack it to a plain CSV"),
    (b"\xfd7zXZ", "an xz archive", "unpack it to a plain CSV"),
    (b"(\xb5/\xfd", "a Zstandard archive", "unpack it to a plain CSV"),
    (b"%PDF", "a PDF document", "give the table as CSV"),
    (b"{\\rtf", "a rich text document", "give the table as CSV"),
    (b"\xff\xfe", "text in UTF-16", "save it as CSV UTF-8"),
    (b"\xfe\xff", "text in UTF-16", "save it as CSV UTF-8"),
)

_START = 65_536


def foreign_format(start: bytes) -> tuple[str, str] | None:
    r"""Return what a file is and how to convert it, None when it looks like text or Parquet.

    Parameters
    ----------
    start : bytes
        The first bytes of the file.

    Examples
    --------
    >>> foreign_format(b"$FL2@(#) SPSS DATA FILE")[0]
    'an SPSS file (.sav)'
    >>> foreign_format(b"id,age\n1,40\n") is None
    True
    """
    for signature, what, how in _SIGNATURES:
        if start.startswith(signature):
            return what, how
    if is_parquet(start):
        return None
    head = start[:_START].removeprefix(codecs.BOM_UTF8).lstrip()
    if re.match(rb"<[!?a-zA-Z]", head):
        return "a web page or XML document, as some programs save a table", "save it as CSV UTF-8"
    if b"\x00" in start[:_START] or _control_share(start[:_START]) > 0.02:
        return "a binary file", "give the table as CSV UTF-8 or Parquet"
    return None


def _control_share(start: bytes) -> float:
    control = sum(byte < 32 and byte not in (9, 10, 11, 12, 13) for byte in start)
    return control / max(len(start), 1)


def why_unreadable(error: str) -> tuple[str, str] | None:
    """Return what is wrong with a table in place of the reader's words, and what to do.

    Examples
    --------
    >>> why_unreadable("straddling object straddles two block boundaries")[0]
    'a row is longer than a million letters'
    >>> why_unreadable("something else") is None
    True
    """
    if "straddling" in error:
        return (
            "a row is longer than a million letters",
            "leave out columns of long texts: only what is read as a predictor is needed",
        )
    return None
