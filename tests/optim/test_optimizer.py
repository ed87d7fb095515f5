"""What all optimisers share: groups, rebinding, the saved state, refusals; and PyTorch agrees with each."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minigrad import Tensor, nn, optim
from minigrad.errors import GraphError, ParameterError, StateError

EVERY = [
    (optim.SGD, {"lr": 0.1}),
    (optim.SGD, {"lr": 0.1, "weight_decay": 0.03}),
    (optim.SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.03}),
    (optim.SGD, {"lr": 0.1, "momentum": 0.8, "nesterov": True, "weight_decay": 0.01}),
    (optim.Adam, {"lr": 0.05}),
    (optim.Adam, {"lr": 0.05, "betas": (0.7, 0.9), "eps": 1e-3, "weight_decay": 0.1}),
    (optim.AdamW, {"lr": 0.05, "weight_decay": 0.2}),
    (optim.RMSprop, {"lr": 0.05}),
    (optim.RMSprop, {"lr": 0.05, "alpha": 0.8, "momentum": 0.6, "weight_decay": 0.02, "eps": 1e-4}),
]
every = pytest.mark.parametrize(
    ("kind", "options"), EVERY, ids=[f"{k.__name__}-{'-'.join(o)}" for k, o in EVERY]
)
SHAPES = [(3, 2), (4,), (), (0, 2)]


def made(seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return [nn.Parameter(rng.normal(size=shape), dtype=dtype) for shape in SHAPES]


def gradients(seed, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape).astype(dtype) for shape in SHAPES]


def give(parameters, grads):
    for p, g in zip(parameters, grads):
        p.grad = g


def test_every_optimiser_is_in_the_table():
    named = {
        v for v in vars(optim).values() if isinstance(v, type) and issubclass(v, optim.Optimizer)
    }
    assert named - {optim.Optimizer} == {kind for kind, _ in EVERY}


@every
@pytest.mark.torch
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_equal_to_pytorch_to_rounding(kind, options, dtype):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    ours, theirs = (
        made(dtype=dtype),
        [torch.tensor(p.data.copy(), requires_grad=True) for p in made(dtype=dtype)],
    )
    optimizer = kind(ours, **options)
    reference = getattr(torch.optim, kind.__name__)(theirs, **options)
    for step in range(25):
        give(ours, gradients(step, dtype))
        for p, g in zip(theirs, gradients(step, dtype)):
            p.grad = torch.tensor(g)
        optimizer.step()
        reference.step()
    eps = np.finfo(dtype).eps
    for p, q in zip(ours, theirs):
        assert p.dtype == dtype
        np.testing.assert_allclose(p.data, q.detach().numpy(), rtol=100 * eps, atol=100 * eps)


@every
@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_step_writes_into_nothing_that_it_was_given(kind, options, seed):
    parameters, grads = made(seed), gradients(seed + 1)
    optimizer = kind(parameters, **options)
    for _ in range(3):
        held = [p.data for p in parameters]
        before = [array.copy() for array in held]
        give(parameters, grads)
        given_grads = [p.grad.data for p in parameters]
        for array in (*held, *given_grads):
            array.flags.writeable = False
        optimizer.step()
        for p, array, copied in zip(parameters, held, before):
            np.testing.assert_array_equal(array, copied)
            assert p.data is not array
            assert not np.shares_memory(p.data, array)
            assert not any(np.shares_memory(p.data, g) for g in given_grads)


@every
def test_a_graph_recorded_before_the_step_keeps_its_values(kind, options):
    w = nn.Parameter(np.array([1.0, 2.0, 3.0]))
    pending = (w * w * w).sum()
    w.grad = np.ones(3)
    kind([w], **options).step()
    assert not np.array_equal(w.data, [1.0, 2.0, 3.0])
    w.grad = None
    pending.backward()
    np.testing.assert_allclose(w.grad.data, [3.0, 12.0, 27.0])


@every
def test_a_parameter_without_a_gradient_is_left_alone(kind, options):
    a, b = nn.Parameter(np.ones(2)), nn.Parameter(np.ones(2))
    before = b.data
    optimizer = kind([a, b], **options)
    a.grad = np.ones(2)
    optimizer.step()
    assert b.data is before
    assert list(optimizer.state_dict()["state"]) in ([0], [])


@every
def test_continued_from_its_state_it_takes_the_same_steps(kind, options):
    through, stopped = made(), made()
    whole, first = kind(through, **options), kind(stopped, **options)
    for step in range(3):
        for optimizer, parameters in ((whole, through), (first, stopped)):
            give(parameters, gradients(step))
            optimizer.step()
    state = first.state_dict()
    resumed = made()
    for p, q in zip(resumed, stopped):
        p.data = q.data
    second = kind(resumed, lr=99.0)
    second.load_state_dict(state)
    give(stopped, gradients(77))
    first.step()  # and must not reach what was loaded
    for step in range(3, 6):
        for optimizer, parameters in ((whole, through), (second, resumed)):
            give(parameters, gradients(step))
            optimizer.step()
    for p, q in zip(through, resumed):
        np.testing.assert_array_equal(p.data, q.data)


@every
def test_groups_have_their_own_options(kind, options):
    fast, slow, alone = (nn.Parameter(np.full(3, 2.0)) for _ in range(3))
    optimizer = kind([{"params": [fast], "lr": 0.5}, {"params": slow}], **options)
    reference = kind([alone], **{**options, "lr": 0.5})
    for p in (fast, slow, alone):
        p.grad = np.array([1.0, -1.0, 3.0])
    optimizer.step()
    reference.step()
    np.testing.assert_array_equal(fast.data, alone.data)
    assert not np.array_equal(slow.data, alone.data)
    assert [group["lr"] for group in optimizer.param_groups] == [0.5, options["lr"]]


@every
def test_float32_stays_float32_whatever_the_rate_and_the_gradient(kind, options):
    w = nn.Parameter(np.ones(3), dtype=np.float32)
    optimizer = kind([w], **options)
    optimizer.param_groups[0]["lr"] = np.float64(0.1)
    for _ in range(2):
        w.grad = np.ones(3, np.float64)
        optimizer.step()
        assert w.dtype == np.float32
    state = optimizer.state_dict()["state"]
    arrays = [v for s in state.values() for v in s.values() if isinstance(v, np.ndarray)]
    assert all(array.dtype == np.float32 for array in arrays)


@every
def test_it_goes_downhill(kind, options):
    w = nn.Parameter(np.array([3.0, -2.0]))
    optimizer = kind([w], **options)
    for _ in range(200):
        optimizer.zero_grad()
        (w * w).sum().backward()
        optimizer.step()
    assert np.abs(w.data).max() < 0.3


def test_zero_grad():
    w = nn.Parameter(np.ones(2))
    w.grad = np.ones(2)
    optim.SGD([w]).zero_grad()
    assert w.grad is None


def test_repr_counts_and_names():
    optimizer = optim.SGD([{"params": made()[:2]}, {"params": made(), "lr": 0.5}], lr=0.1)
    assert repr(optimizer) == (
        "SGD(10 parameters, lr=0.1, momentum=0.0, weight_decay=0.0, nesterov=False; "
        "11 parameters, lr=0.5, momentum=0.0, weight_decay=0.0, nesterov=False)"
    )


def test_a_group_added_later():
    first, later = nn.Parameter(np.ones(2)), nn.Parameter(np.ones(2))
    optimizer = optim.SGD([first], lr=0.1)
    optimizer.add_param_group({"params": [later], "lr": 1.0})
    later.grad = np.ones(2)
    optimizer.step()
    np.testing.assert_array_equal(later.data, [0.0, 0.0])


# ---- refusals ----


@every
def test_no_parameters(kind, options):
    with pytest.raises(ParameterError, match=f"{kind.__name__}: there are no parameters"):
        kind([], **options)
    with pytest.raises(TypeError, match=r"given a Linear: pass model\.parameters\(\)"):
        kind(nn.Linear(2, 2, rng=np.random.default_rng(0)), **options)
    with pytest.raises(TypeError, match="parameter 0 is a ndarray, not a Tensor"):
        kind([np.ones(2)], **options)


@every
@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf")])
@pytest.mark.parametrize("option", ["lr", "weight_decay", "eps"])
def test_options_out_of_range(kind, options, option, value):
    if option == "eps" and kind is optim.SGD:
        option = "momentum"
    with pytest.raises(ParameterError, match=f"{kind.__name__}: {option}={value} must be"):
        kind(made(), **{**options, option: value})
    with pytest.raises(ParameterError, match=f"{option}={value}"):
        kind([{"params": made(), option: value}], **options)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (
            lambda w: optim.SGD([w, w]),
            ParameterError,
            r"parameter 1 of shape \(2,\) is given twice",
        ),
        (
            lambda w: optim.SGD([{"params": [w]}, {"params": [w]}]),
            ParameterError,
            "parameter 0 .* is given twice",
        ),
        (
            lambda w: optim.SGD([w * 2]),
            GraphError,
            "parameter 0 was computed by mul, and only leaves",
        ),
        (lambda w: optim.SGD([{"weights": [w]}]), ParameterError, 'a group needs "params"'),
        (
            lambda w: optim.SGD([{"params": [w], "beta": 1}]),
            ParameterError,
            "SGD has no option beta: it has lr, momentum, weight_decay, nesterov",
        ),
        (lambda w: optim.SGD([w, {"params": []}]), TypeError, "not a mixture"),
        (
            lambda w: optim.SGD([w], nesterov=True),
            ParameterError,
            "needs a momentum greater than 0",
        ),
        (
            lambda w: optim.SGD([w], momentum=1.0),
            ParameterError,
            r"momentum=1.0 must be in \[0, 1\)",
        ),
        (lambda w: optim.RMSprop([w], alpha=1.5), ParameterError, r"alpha=1.5 must be in \[0, 1\)"),
        (
            lambda w: optim.Adam([w], betas=(0.9, 1.0)),
            ParameterError,
            "Adam: betas=.* two numbers in",
        ),
        (lambda w: optim.AdamW([w], betas=(0.9,)), ParameterError, "AdamW: betas="),
    ],
)
def test_refusals(make, error, words):
    with pytest.raises(error, match=words):
        make(nn.Parameter(np.ones(2)))


def test_a_state_of_something_else_is_refused_and_changes_nothing():
    parameters = made()
    optimizer = optim.SGD(parameters, lr=0.1, momentum=0.9)
    give(parameters, gradients(0))
    optimizer.step()
    good = optimizer.state_dict()
    other_shape = optimizer.state_dict()
    other_shape["state"][1]["momentum_buffer"] = np.ones(7)
    other_shape["param_groups"][0]["lr"] = 5.0
    unknown = optimizer.state_dict()
    unknown["state"][9] = {}
    text = {**good, "state": {str(i): state for i, state in good["state"].items()}}
    for state, words in [
        ({}, "not a state_dict of an optimiser: KeyError"),
        (
            optim.SGD(parameters[:2]).state_dict(),
            r"groups of \[2\] parameters, and this SGD has groups of \[4\]",
        ),
        (
            optim.Adam(parameters).state_dict(),
            "not one of SGD, which has other options: the difference is betas, eps, momentum",
        ),
        (
            other_shape,
            r"momentum_buffer of parameter 1 has shape \(7,\), and the parameter .* \(4,\)",
        ),
        (unknown, "the state has a parameter 9, and there are 4"),
        (text, "the state has a parameter '0', and there are 4"),
    ]:
        with pytest.raises(StateError, match=words):
            optimizer.load_state_dict(state)
    now = optimizer.state_dict()
    assert now["param_groups"] == good["param_groups"]
    for i, state in good["state"].items():
        np.testing.assert_array_equal(state["momentum_buffer"], now["state"][i]["momentum_buffer"])


def test_the_state_is_a_copy():
    w = nn.Parameter(np.ones(2))
    optimizer = optim.SGD([w], lr=1.0, momentum=0.5)
    w.grad = np.ones(2)
    optimizer.step()
    state = optimizer.state_dict()
    optimizer.step()
    np.testing.assert_array_equal(state["state"][0]["momentum_buffer"], [1.0, 1.0])
    assert isinstance(w, Tensor)
