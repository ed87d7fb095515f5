"""The types that many files name in their signatures."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Bytes = NDArray[np.uint8]
Shape = tuple[int, ...]

Axis = int | tuple[int, ...] | None
"""The parameter `axis`: one axis, several axes, or None for all of them."""
