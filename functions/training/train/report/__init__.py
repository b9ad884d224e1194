"""The model report: one HTML page that needs no network and no script, for a phone or a desk."""

from training.train.report.page import render

__all__ = ["render"]
