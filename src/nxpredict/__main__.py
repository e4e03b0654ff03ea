"""``python -m nxpredict`` is the command ``nxpredict``."""

from nxpredict.cli import main

main()
