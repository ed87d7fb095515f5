"""stub."""

from experiments.blocks import Page


def page(done, quick):
    return Page("x", [])
