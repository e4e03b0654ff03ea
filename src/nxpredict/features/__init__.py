"""From typed columns to numbers: everything that is learned about predictors."""

from nxpredict.features._encoder import EncodedTable, TableEncoder

__all__ = ["EncodedTable", "TableEncoder"]
