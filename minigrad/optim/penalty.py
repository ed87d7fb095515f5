"""L2: a price on large weights, as a term of the cost."""

from __future__ import annotations

from collections.abc import Iterable

from minigrad.errors import ParameterError
from minigrad.ops import matmul
from minigrad.tensor import Tensor


class L2:
    """coefficient * the sum of all W_ij^2, so that cost = loss + penalty() can be told from the loss

        penalty = L2(model.parameters(), 0.01)
        loss = cross_entropy(model(x), target)
        cost = loss + penalty()

    Weights are the parameters with two axes or more: neither biases nor the scales of a batch norm are
    counted. The gradient is 2 coefficient W: that of an `SGD` with weight_decay = 2 coefficient on them.

    Krogh and Hertz, "A simple weight decay can improve generalization", 1992.
    """

    def __init__(self, parameters: Iterable[Tensor], coefficient: float):
        if not 0 <= coefficient < float("inf"):
            raise ParameterError(f"L2: coefficient={coefficient} must be 0 or greater")
        self.weights = [p for p in parameters if p.ndim > 1]
        if not self.weights:
            raise ParameterError("L2: there is no weight, a parameter with two axes or more")
        self.coefficient = float(coefficient)

    def __call__(self) -> Tensor:
        """The term, a Tensor of shape ()."""
        # As a product of vectors: no array of squares is made, forward or backward.
        first, *others = (matmul(w, w) for w in (w.reshape(-1) for w in self.weights))
        total: Tensor = sum(others, first) * self.coefficient
        return total
