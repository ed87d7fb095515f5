"""The wording of messages: an error message is part of the interface, and here are whole ones."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import OPS, Tensor, detect_anomaly, grad
from minigrad.errors import MinigradError


def leaf(*shape):
    return Tensor(np.ones(shape), requires_grad=True)


def second_pass():
    y = leaf(2).exp().sum()
    y.backward()
    y.backward()


def overflow():
    with detect_anomaly():
        mg.exp(Tensor(np.array([1.0, 1e4])))


def gradient_of_numbers():
    x = leaf()
    (g,) = grad(x.exp(), x)
    grad(g, x)


WHOLE = [
    (
        lambda: leaf(2, 3) @ leaf(4, 5),
        """matmul(a, b): a has 3 columns but b has 4 rows
  a: (2, 3)   b: (4, 5)   needed: a.shape[-1] == b.shape[-2]""",
    ),
    (
        lambda: leaf(2, 3) + leaf(4),
        """add(x, y): the shapes do not broadcast
  x: (2, 3)   y: (4,)   needed: equal sides, or 1, counted from the last axis""",
    ),
    (
        lambda: leaf(2, 3).sum(axis=2),
        """sum(x, axis=2, keepdims=False): axis 2 is out of bounds for array of dimension 2
  x: (2, 3)""",
    ),
    (
        lambda: mg.add(leaf(2), y=Tensor([1, 2, 3])),
        """add(x, y): the shapes do not broadcast
  x: (2,)   y: (3,) int64   needed: equal sides, or 1, counted from the last axis""",
    ),
    (
        lambda: mg.cross_entropy(leaf(2, 3), [0, 3]),
        """cross_entropy(logits, target): target[1] is 3, and there are 3 classes: 0 to 2
  logits: (2, 3)   target: (2,)""",
    ),
    (
        lambda: mg.mse_loss(leaf(4, 1), np.ones(4)),
        """mse_loss(x, target): both must have the same shape: reshape one of them; a loss does not broadcast
  x: (4, 1)   target: (4,)""",
    ),
    (
        lambda: mg.linear(leaf(2, 3), leaf(5, 4)),
        """linear(x, weight, bias): x has 3 features but weight takes 4
  x: (2, 3)   weight: (5, 4)   needed: x.shape[-1] == weight.shape[1]""",
    ),
    (
        lambda: Tensor([1, 2], requires_grad=True),
        "only Tensors of floats can require grad, but this one is int64: give floats (1.0 for 1), or "
        "convert it with astype('float32')",
    ),
    (
        lambda: leaf(2).backward(),
        "an output of shape (2,) needs a gradient of that shape: backward(gradient), "
        "grad(..., grad_outputs=...); it defaults to 1 only for a single element",
    ),
    (
        second_pass,
        "the graph behind this sum was released by an earlier backward pass: "
        "pass retain_graph=True to that pass",
    ),
    (
        lambda: Tensor(1.0).backward(),
        "backward() on a Tensor that does not require grad: nothing was recorded. Was it computed under "
        "no_grad() or from detached Tensors, or do its leaves lack requires_grad=True?",
    ),
    (
        lambda: leaf(2).exp().backward(np.ones(3)),
        "the gradient has shape (3,), but the output has shape (2,): they must be equal",
    ),
    (
        lambda: grad(leaf().exp(), leaf()),
        "grad(): the outputs do not depend on inputs[0]; allow_unused=True gives None for such an input",
    ),
    (
        gradient_of_numbers,
        "grad(): outputs[0] does not require grad: its computation was not recorded. If it is a "
        "gradient, compute it with create_graph=True",
    ),
    (
        lambda: grad(leaf().exp(), Tensor(1.0)),
        "grad(): inputs[0] does not require grad, so it is not part of a graph: make it with "
        "requires_grad=True before it is used",
    ),
    (
        lambda: leaf(2).numpy(),
        "numpy() on a Tensor that requires grad: computations with the array would not be recorded. "
        "Use x.detach().numpy(), or x.data; stack() joins Tensors",
    ),
]


@pytest.mark.parametrize(("cause", "message"), WHOLE, ids=range(len(WHOLE)))
def test_the_whole_message(cause, message):
    with pytest.raises(MinigradError) as caught:
        cause()
    assert str(caught.value) == message


def test_an_anomaly_says_what_was_computed_where_and_from_which_values():
    with pytest.raises(MinigradError) as caught:
        overflow()
    first, shapes, ranges = str(caught.value).splitlines()
    assert first.startswith("exp(x) produced inf from finite inputs, at ")
    assert first.endswith("in overflow: mg.exp(Tensor(np.array([1.0, 1e4])))")
    assert (shapes, ranges) == ("  x: (2,)", "  values: 1 to 1e+04")


def test_no_message_of_an_op_shows_its_arrays_or_addresses():
    """Whatever is refused, and whoever refuses it: short, and one sentence a line without its full stop."""
    for op in OPS.values():
        for reject in op.rejects:
            inputs = [Tensor(x) if isinstance(x, np.ndarray) else x for x in reject.inputs]
            with pytest.raises(reject.error) as caught:
                op(*inputs, **reject.params)
            message = str(caught.value)
            assert len(message) < 400, message
            assert "array(" not in message
            assert "0x" not in message
            assert not message.endswith("."), message


def test_an_index_of_many_elements_is_shown_by_its_shape():
    with pytest.raises(MinigradError) as caught:
        leaf(3)[np.arange(1000)]
    assert str(caught.value).startswith("getitem(x, index=(1000,) int64): ")
    with pytest.raises(MinigradError) as caught:
        leaf(3, 3)[:, np.arange(1000)]
    assert str(caught.value).startswith(
        "getitem(x, index=(slice(None, None, None), (1000,) int64)): "
    )
