"""Numerical checks of gradients, with a verdict that says how much it proves.

The oracle knows numpy and nothing else; what judges minigrad's own ops and models is built on it.
"""

from minigrad.check.oracle import Sweep as Sweep
from minigrad.check.oracle import sweep as sweep
