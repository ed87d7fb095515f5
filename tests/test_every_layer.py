"""Every layer of nn, in random sizes: gradients, second derivatives, dtypes, its state, and PyTorch.

A layer that is not in the table makes `test_every_layer_is_in_the_table` fail. Gradients are held
against differences of the output alone, and second derivatives against differences of gradients.
"""

import inspect
import zlib
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad import Tensor, grad, nn

H = 2.0**-11


@dataclass(frozen=True)
class Example:
    """A layer to make, and what to call it with."""

    args: tuple
    shape: tuple[int, ...]
    options: dict = field(default_factory=dict)
    target: str = ""
    parts: tuple = ()
    spacing: float = 0.04  # a norm of values that are close to each other is curved too much for H

    def make(self, name, dtype=np.float64, seed=0):
        rng = np.random.default_rng(seed)
        if self.parts:
            made = [example.make(part, dtype, seed) for part, example in self.parts]
            return nn.Sequential(*made)
        kind = getattr(nn, name)
        accepted = inspect.signature(kind.__init__).parameters
        extra = {k: v for k, v in {"rng": rng, "dtype": dtype}.items() if k in accepted}
        layer = kind(*self.args, **self.options, **extra)
        for p in layer.parameters():  # biases of 0 and scales of 1 would hide mistakes
            p.data = (p.data + rng.uniform(0.2, 0.5, p.shape)).astype(dtype)
        return layer

    def inputs(self, seed, dtype=np.float64):
        """x, apart from 0 and each element from the others, so that no difference straddles a kink."""
        rng = np.random.default_rng(seed)
        n = int(np.prod(self.shape))
        x = (rng.permutation(n) - n // 2 + rng.uniform(0.25, 0.75, n)) * max(4 / n, self.spacing)
        x = x.reshape(self.shape).astype(dtype)
        if self.target == "labels":
            return x, rng.integers(0, self.shape[1], self.shape[0])
        return (x, rng.normal(size=self.shape).astype(dtype)) if self.target else (x,)


side, small = st.integers(1, 4), st.integers(1, 3)
sides = st.lists(small, min_size=0, max_size=3).map(tuple)


@st.composite
def linear(draw):
    inside, outside = draw(side), draw(side)
    return Example((inside, outside), (*draw(sides), inside), {"bias": draw(st.booleans())})


@st.composite
def conv2d(draw):
    inside, outside = draw(small), draw(small)
    kernel, stride = ((draw(small), draw(small)) for _ in range(2))
    options = {
        "stride": stride,
        "padding": draw(st.integers(0, 2)),
        "dilation": draw(st.integers(1, 2)),
    }
    height, width = (options["dilation"] * (k - 1) + 1 + draw(st.integers(0, 2)) for k in kernel)
    options["bias"] = draw(st.booleans())
    return Example((inside, outside, kernel), (draw(small), inside, height, width), options)


@st.composite
def pool(draw):
    kernel = draw(small)
    options = {"stride": draw(st.none() | small), "padding": draw(st.integers(0, kernel // 2))}
    shape = (draw(small), draw(small), kernel + draw(small), kernel + draw(small))
    return Example((kernel,), shape, options)


@st.composite
def batch_norm(draw, lengths):
    space = tuple(draw(small) for _ in range(draw(lengths)))
    channels = draw(small)
    momentum = draw(st.sampled_from([0.1, None, 0.7]))
    options = {"eps": draw(st.sampled_from([1e-5, 1e-2])), "momentum": momentum}
    shape = (draw(st.integers(3, 5)), channels, *space)
    return Example((channels,), shape, options, spacing=0.3)


@st.composite
def layer_norm(draw):
    features = (*draw(st.lists(small, max_size=1)), draw(st.integers(2, 4)))
    options = {"eps": draw(st.sampled_from([1e-5, 1e-2]))}
    return Example((features,), (*draw(sides), *features), options, spacing=0.3)


@st.composite
def sequential(draw):
    a, b, c = draw(side), draw(side), draw(side)
    n = draw(small)
    parts = (
        ("Linear", Example((a, b), ())),
        ("Tanh", Example((), ())),
        ("Linear", Example((b, c), ())),
    )
    return Example((), (n, a), parts=parts)


anything = sides.map(lambda shape: Example((), shape))
batches = st.builds(lambda n, c, rest: (n, c, *rest), small, side, sides)
LAYERS = {
    "Linear": linear(),
    "Conv2d": conv2d(),
    "MaxPool2d": pool(),
    "AvgPool2d": pool(),
    "BatchNorm1d": batch_norm(st.integers(0, 1)),
    "BatchNorm2d": batch_norm(st.just(2)),
    "LayerNorm": layer_norm(),
    "Dropout": st.builds(lambda shape, p: Example((p,), shape), sides, st.sampled_from([0.0, 0.2, 0.5])),
    "Flatten": st.builds(lambda shape, d: Example((d,), shape), batches, st.integers(0, 1)),
    "ReLU": anything,
    "LeakyReLU": sides.map(lambda shape: Example((0.3,), shape)),
    "Tanh": anything,
    "Sigmoid": anything,
    "GELU": anything,
    "Softmax": batches.map(lambda shape: Example((1,), shape)),
    "CrossEntropyLoss": st.builds(
        lambda n, c, reduction: Example((), (n, c), {"reduction": reduction}, target="labels"),
        side, side, st.sampled_from(["mean", "sum", "none"]),
    ),
    "MSELoss": st.builds(
        lambda shape, reduction: Example((), shape, {"reduction": reduction}, target="numbers"),
        sides, st.sampled_from(["mean", "sum", "none"]),
    ),
    "Sequential": sequential(),
}  # fmt: skip

every_layer = pytest.mark.parametrize("name", LAYERS)
quick = settings(deadline=None, max_examples=15)


def test_every_layer_is_in_the_table():
    exported = {k for k, v in vars(nn).items() if isinstance(v, type) and issubclass(v, nn.Module)}
    assert exported - {"Module"} == set(LAYERS)


def generator(*key):
    return np.random.default_rng(zlib.crc32(repr(key).encode()))


class Function:
    """A layer as a function of one list of arrays, its inputs and parameters: the same at every call."""

    def __init__(self, layer, inputs):
        self.layer, self.rest = layer, inputs[1:]
        self.arrays = [inputs[0], *(p.data for p in layer.parameters())]
        self.rngs = [(rng, rng.bit_generator.state) for _, rng in layer.named_rngs()]

    def __call__(self, arrays):
        for rng, state in self.rngs:
            rng.bit_generator.state = state
        x = Tensor(arrays[0], requires_grad=True)
        for p, array in zip(self.layer.parameters(), arrays[1:]):
            p.data = array
        return self.layer(x, *self.rest), [x, *self.layer.parameters()]

    def value(self, arrays, upstream):
        out, _ = self(arrays)
        return float((out.data * upstream).sum())

    def slope(self, arrays, upstream, along):
        """d<upstream, f> / dh along a direction, by differences of fourth order."""
        at = lambda h: self.value([a + h * u for a, u in zip(arrays, along)], upstream)
        return (8 * (at(H) - at(-H)) - (at(2 * H) - at(-2 * H))) / (12 * H)

    def gradient(self, arrays, upstream, create_graph=False):
        out, leaves = self(arrays)
        return grad(out, leaves, upstream, create_graph=create_graph, allow_unused=True), leaves


def away_from_zero(rng, shape):
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 1.5, shape)


def close(a, b, scale):
    return abs(a - b) <= 1e-6 * (abs(a) + abs(b)) + 1e-8 * (1 + scale)


@every_layer
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@quick
@given(data=st.data(), seed=st.integers(0, 2**31))
def test_gradients_are_the_slopes(name, training, data, seed):
    example = data.draw(LAYERS[name])
    f = Function(example.make(name, seed=seed).train(training), example.inputs(seed))
    rng = generator(name, seed)
    upstream = away_from_zero(rng, f(f.arrays)[0].shape)
    gradients, leaves = f.gradient(f.arrays, upstream)
    for i, leaf in enumerate(leaves):
        assert gradients[i] is not None, "no gradient has reached it"
        along = [np.zeros_like(a) for a in f.arrays]
        along[i] = rng.uniform(-1, 1, leaf.shape)
        slope = f.slope(f.arrays, upstream, along)
        found = float((gradients[i].data * along[i]).sum())
        assert close(found, slope, np.abs(upstream).sum()), (i, found, slope)


@every_layer
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@quick
@given(data=st.data(), seed=st.integers(0, 2**31))
def test_second_derivatives_are_the_slopes_of_the_first(name, training, data, seed):
    example = data.draw(LAYERS[name])
    f = Function(example.make(name, seed=seed).train(training), example.inputs(seed))
    rng = generator(name, seed)
    upstream = away_from_zero(rng, f(f.arrays)[0].shape)
    weights = [away_from_zero(rng, a.shape) for a in f.arrays]
    along = [rng.uniform(-1, 1, a.shape) for a in f.arrays]

    def weighted(arrays):
        gradients, _ = f.gradient(arrays, upstream)
        return sum(float((g.data * w).sum()) for g, w in zip(gradients, weights))

    at = lambda h: weighted([a + h * u for a, u in zip(f.arrays, along)])
    slope = (8 * (at(H) - at(-H)) - (at(2 * H) - at(-2 * H))) / (12 * H)

    gradients, leaves = f.gradient(f.arrays, upstream, create_graph=True)
    first = sum(((g * w).sum() for g, w in zip(gradients, weights)), Tensor(np.zeros(())))
    found = 0.0
    if first.requires_grad:
        second = grad(first, leaves, allow_unused=True)
        found = sum(float((g.data * u).sum()) for g, u in zip(second, along) if g is not None)
    scale = sum(float(np.abs(g.data * w).sum()) for g, w in zip(gradients, weights))
    assert close(found, slope, scale), (found, slope)


@every_layer
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@quick
@given(data=st.data(), seed=st.integers(0, 2**31))
def test_its_dtype_is_kept_and_its_input_is_not_changed(name, dtype, data, seed):
    example = data.draw(LAYERS[name])
    layer, inputs = example.make(name, dtype, seed), example.inputs(seed, dtype)
    copies = [a.copy() for a in inputs]
    for array in inputs:
        array.flags.writeable = False
    for mode in (True, False):
        x = Tensor(inputs[0], requires_grad=True)
        out = layer.train(mode)(x, *inputs[1:])
        assert out.dtype == dtype
        out.backward(away_from_zero(generator(seed), out.shape).astype(dtype))
        for leaf in (x, *layer.parameters()):
            assert leaf.grad.dtype == leaf.dtype == dtype
        assert all(b.dtype in (dtype, np.int64) for b in layer.buffers())
        np.testing.assert_array_equal(layer(inputs[0], *inputs[1:]).data.shape, out.shape)
    for array, copy in zip(inputs, copies):
        np.testing.assert_array_equal(array, copy)


@every_layer
@quick
@given(data=st.data(), seed=st.integers(0, 2**31))
def test_float32_is_float64_within_rounding(name, data, seed):
    example = data.draw(LAYERS[name])
    layer, inputs = example.make(name, np.float32, seed), example.inputs(seed, np.float32)
    states = [(rng, rng.bit_generator.state) for _, rng in layer.named_rngs()]
    narrow = layer(*inputs).data
    for rng, state in states:
        rng.bit_generator.state = state
    wide = layer.to(np.float64)(
        *(a.astype(np.float64) if a.dtype.kind == "f" else a for a in inputs)
    )
    assert wide.dtype == np.float64
    np.testing.assert_allclose(narrow, wide.data, rtol=1e-3, atol=1e-4)


@every_layer
@quick
@given(data=st.data(), seed=st.integers(0, 2**31))
def test_its_state_makes_another_one_equal(name, data, seed):
    example = data.draw(LAYERS[name])
    layer, other = example.make(name, seed=seed), example.make(name, seed=seed + 1)
    inputs = example.inputs(seed)
    layer(*inputs)  # batch norm has then seen something
    state = layer.state_dict()
    other.load_state_dict(state)
    np.testing.assert_array_equal(layer.eval()(*inputs).data, other.eval()(*inputs).data)
    again = other.state_dict()
    assert list(again) == list(state)
    for key, value in state.items():
        assert value.dtype == again[key].dtype
        np.testing.assert_array_equal(value, again[key])


@every_layer
@given(data=st.data())
@settings(deadline=None, max_examples=5)
def test_its_mode_and_its_repr(name, data):
    layer = data.draw(LAYERS[name]).make(name)
    assert layer.training
    assert layer.eval() is layer
    assert not any(module.training for module in layer.modules())
    assert all(module.training for module in layer.train().modules())
    assert repr(layer).startswith(f"{name}(")
    assert repr(layer).endswith(")")


@pytest.mark.parametrize(
    "name", sorted(LAYERS.keys() - {"Dropout"})
)  # whose masks are other numbers
@pytest.mark.torch
@quick
@given(data=st.data(), seed=st.integers(0, 2**31))
def test_pytorch_computes_the_same_with_its_weights(name, data, seed):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    example = data.draw(LAYERS[name])
    layer, inputs = example.make(name, seed=seed), example.inputs(seed)

    def build(part, example):
        return getattr(torch.nn, part)(*example.args, **example.options)

    if example.parts:
        theirs = torch.nn.Sequential(*(build(*part) for part in example.parts))
    else:
        theirs = build(name, example)
    theirs = theirs.double()
    ours = layer.state_dict()
    assert list(theirs.state_dict()) == list(ours)
    theirs.load_state_dict({k: torch.from_numpy(v) for k, v in ours.items()})

    for mode in (True, False):
        x = Tensor(inputs[0], requires_grad=True)
        y = torch.tensor(inputs[0], requires_grad=True)
        out = layer.train(mode)(x, *inputs[1:])
        expected = theirs.train(mode)(y, *(torch.tensor(a) for a in inputs[1:]))
        np.testing.assert_allclose(out.data, expected.detach().numpy(), rtol=1e-9, atol=1e-11)
        upstream = away_from_zero(generator(seed), out.shape)
        out.backward(upstream)
        expected.backward(torch.tensor(upstream))
        np.testing.assert_allclose(x.grad.data, y.grad.numpy(), rtol=1e-7, atol=1e-9)
    for (path, p), q in zip(layer.named_parameters(), theirs.parameters()):
        np.testing.assert_allclose(p.grad.data, q.grad.numpy(), rtol=1e-7, atol=1e-9, err_msg=path)

    back = example.make(name, seed=seed + 1)
    back.load_state_dict(theirs.state_dict())
    for (key, value), other in zip(back.state_dict().items(), layer.state_dict().values()):
        np.testing.assert_allclose(value, other, rtol=1e-12, atol=1e-15, err_msg=key)
