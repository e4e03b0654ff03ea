"""The command line: options in, exit codes out. The work is done in `workflows`."""

from nxpredict.cli._verbs import app, main

__all__ = ["app", "main"]
