"""Calibrated prediction of the response to naltrexone and nalmefene. Research use only."""

__version__ = "0.1.0"
