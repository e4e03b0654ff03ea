"""From typed columns to numbers: everything that is learned about predictors."""

from nxpredict.features._curves import Curves
from nxpredict.features._encoder import EncodedTable, TableEncoder
from nxpredict.features._pairs import Pairs
from nxpredict.features._typed import as_typed, typed_frame

__all__ = ["Curves", "EncodedTable", "Pairs", "TableEncoder", "as_typed", "typed_frame"]
