"""L2: a penalty on large weights, as a term of the cost."""

from __future__ import annotations

from collections.abc import Iterable

from minigrad.errors import ParameterError
from minigrad.ops import matmul
from minigrad.tensor import Tensor


class L2:
    """coefficient * the sum of all W_ij^2. It is separate from the loss, so both can be reported.

        penalty = L2(model.parameters(), 0.01)
        loss = cross_entropy(model(x), target)
        cost = loss + penalty()

    Weights are the parameters with two axes or more, so biases and the scales of a batch norm are left out.
    The gradient is 2 coefficient W. `SGD` with weight_decay = 2 coefficient adds the same to the gradients of
    its parameters, but to those of biases too.

    Krogh and Hertz, "A simple weight decay can improve generalization", 1992.
    """

    def __init__(self, parameters: Iterable[Tensor], coefficient: float):
        if not 0 <= coefficient < float("inf"):
            raise ParameterError(f"L2: coefficient={coefficient} must be 0 or greater")
        self.weights = [p for p in parameters if p.ndim > 1]
        if not self.weights:
            raise ParameterError("L2: there are no weights: no parameter has two axes or more")
        self.coefficient = float(coefficient)

    def __call__(self) -> Tensor:
        """The term, a Tensor of shape ()."""
        # A product of vectors needs no array of squares, forward or backward.
        first, *others = (matmul(w, w) for w in (w.reshape(-1) for w in self.weights))
        total: Tensor = sum(others, first) * self.coefficient
        return total
