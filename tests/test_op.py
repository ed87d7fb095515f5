"""The register, how an op is called, and how a user makes one of their own."""

import copy
import inspect
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad import OPS, Op, Tensor, fused, grad, op
from minigrad.domain import Case, elementwise
from minigrad.errors import DTypeError, GradientError, ParameterError, ShapeError
from minigrad.recording import Applied, observing


@pytest.fixture
def own_ops():
    """What a test enters in the register leaves with it."""
    before = dict(OPS)
    yield
    OPS.clear()
    OPS.update(before)


def make(forward, *rules, joint=False, definition=None, broadcasts=False):
    """An op as a user would define it, without the decorators' two lines."""
    decorate = op if definition is None else lambda **given: fused(definition, **given)
    made = decorate(cases=elementwise(), rejects=[], broadcasts=broadcasts)(forward)
    if rules:
        made.vjp(*rules, joint=joint)
    return made


# ---- the register ----


def test_the_register_holds_every_op_by_its_name():
    assert len(OPS) > 60
    for name, each in OPS.items():
        assert isinstance(each, Op)
        assert each.__name__ == name
        assert getattr(mg, name) is each
        assert repr(each) == f"<op {name}>"
        assert each.__doc__, f"{name} has no docstring"


def test_every_op_is_called_alike_arrays_by_position_and_parameters_by_keyword():
    for each in OPS.values():
        for parameter in inspect.signature(each.forward).parameters.values():
            assert parameter.kind is not parameter.VAR_KEYWORD, each
            if parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
                assert parameter.default in (parameter.empty, None), each


def test_a_fused_op_and_its_definition_have_one_signature():
    for each in OPS.values():
        if each.definition is not None:
            assert inspect.signature(each.definition) == each.signature, each


def test_a_definition_is_made_of_other_ops():
    for name, each in OPS.items():
        if each.definition is not None:
            case = each.cases(mg.domain.RandomDraw(np.random.default_rng(0)))
            used = set()

            def note(event, used=used):
                if isinstance(event, Applied):
                    used.add(event.op.__name__)

            with observing(note):
                inputs = [Tensor(x) if isinstance(x, np.ndarray) else x for x in case.inputs]
                each.definition(*inputs, **case.params)
            assert name not in used
            assert used


def test_an_op_without_cases_cannot_be_defined():
    for incomplete in ({}, {"rejects": []}, {"cases": elementwise()}):
        with pytest.raises(TypeError, match=r"missing .* required keyword-only argument"):
            op(**incomplete)
    with pytest.raises(TypeError, match="missing"):
        fused(lambda x: x)


def test_ops_are_pickled_and_copied_by_name_as_functions_are():
    assert pickle.loads(pickle.dumps(mg.relu)) is mg.relu
    assert copy.deepcopy([mg.relu])[0] is mg.relu
    assert copy.copy(mg.add) is mg.add


# ---- an op of one's own ----


def test_an_op_of_ones_own_in_six_lines(own_ops):
    @op(cases=elementwise(), rejects=[])
    def cube(x):
        """x * x * x"""
        return x * x * x

    cube.vjp(lambda g, out, x: g * 3 * x**2)

    x = Tensor([1.0, 2.0], requires_grad=True)
    y = cube(x)
    assert y.data.tolist() == [1, 8]
    assert "op=cube" in repr(y)
    (first,) = grad(y.sum(), x, create_graph=True)
    assert first.data.tolist() == [3, 12]
    (second,) = grad(first.sum(), x)
    assert second.data.tolist() == [6, 12]
    assert OPS["cube"] is cube
    assert cube(np.float64(3)) == 27  # on plain numbers it computes, and records nothing


def test_vjp_stands_above_a_rule_as_well(own_ops):
    @op(cases=elementwise(), rejects=[])
    def double(x):
        """2 x"""
        return 2 * x

    @double.vjp
    def double_vjp(g, out, x):
        return 2 * g

    assert double_vjp(1.0, None, None) == 2.0
    x = Tensor(1.0, requires_grad=True)
    double(x).backward()
    assert x.grad.item() == 2


def test_a_fused_op_of_ones_own(own_ops):
    def square(x):
        return x * x

    ran = []

    def fast_square(x):
        """x^2"""
        return x * x, 2 * x

    def fast_vjp(g, saved, x):
        ran.append("fast")
        saved *= g  # a fused rule may reuse what it saved
        return saved

    fast = make(fast_square, fast_vjp, definition=square)
    x = Tensor([3.0], requires_grad=True)
    fast(x).backward()
    assert (x.grad.item(), ran) == (6, ["fast"])
    (first,) = grad(fast(x), x, create_graph=True)
    (second,) = grad(first, x)
    assert (first.item(), second.item(), ran) == (6, 2, ["fast"])


def test_a_cell_that_is_run_again_replaces_its_own_op(own_ops):
    first = make(wave_once := named("wave", lambda x: x), lambda g, out, x: g)
    again = make(named("wave", lambda x: x), lambda g, out, x: g)
    assert OPS["wave"] is again is not first
    assert wave_once.__name__ == "wave"


def test_an_op_does_not_take_the_name_of_another_modules(own_ops):
    with pytest.raises(
        ParameterError, match=r"an op named add exists already, in minigrad\.ops\.arithmetic"
    ):
        make(named("add", lambda x, y: x), None, None)
    assert OPS["add"] is mg.add


def named(name, f):
    f.__name__ = name
    return f


def test_the_number_of_rules_is_checked_when_they_are_stated(own_ops):
    with pytest.raises(TypeError, match=r"pair\(x, y\) needs 2, but 1 rules were given"):
        make(named("pair", lambda x, y: x), lambda g, out, x, y: g)
    with pytest.raises(TypeError, match=r"many\(\*xs\) needs one joint rule, joint=True"):
        make(named("many", lambda *xs: xs[0]), lambda g, out, *xs: g)


WRONG_RULES = [
    (lambda g, out, x: None, r"rule of wrong for input x returned None and must return an array"),
    (lambda g, out, x: 2.0, r"returned float and must return an array"),
    (lambda g, out, x: [g], r"returned list"),
    (lambda g, out, x: g[:1], r"returned shape \(1,\), but the input has shape \(3,\)\n  x: \(3,\)"),
    (lambda g, out, x: g[None], r"returned shape \(1, 3\), but the input has shape \(3,\)"),
    (lambda g, out, x: g @ np.ones(4), r"rule of wrong\(x\) failed on a gradient of shape \(3,\): "),
    (lambda g, out, x: 1 / 0, r"failed on a gradient of shape \(3,\): division by zero\n  x: \(3,\)"),
    (lambda g, out, x, y: g, r"failed on a gradient .*missing 1 required positional argument"),
    (lambda g, out, x: mg.add(g, np.ones(4)), r"rule of wrong\(x\) failed .*do not broadcast"),
    (None, r"wrong has no gradient rule for its input x, which requires grad: detach\(\)"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "words"), WRONG_RULES, ids=range(len(WRONG_RULES)))
@pytest.mark.parametrize("record", [False, True])
def test_a_wrong_rule_is_named_and_no_gradient_is_lost(own_ops, rule, words, record):
    wrong = make(named("wrong", lambda x: 1 * x), rule)
    x = Tensor(np.ones(3), requires_grad=True)
    y = (wrong(x) * 2).sum()
    with pytest.raises(GradientError, match=words.replace("an array", "an? (array|Tensor)")):
        y.backward(create_graph=record)
    assert x.grad is None


def test_a_missing_rule_is_named(own_ops):
    bare = make(named("bare", lambda x: 1 * x))
    y = bare(Tensor(1.0, requires_grad=True))
    with pytest.raises(GradientError, match=r"no gradient rule.*state the rule with bare\.vjp\("):
        y.backward()


def test_a_rule_whose_own_derivative_would_be_lost_is_refused(own_ops):
    """Numpy inside a rule gives an array, which the second derivative does not pass through."""
    x = Tensor(np.ones(3), requires_grad=True)
    plain = make(
        named("plain", lambda x: np.sin(x)), lambda g, out, x: np.asarray(getattr(g, "data", g))
    )
    plain(x).sum().backward()
    with pytest.raises(GradientError, match=r"returned ndarray and must return a Tensor.*recorded"):
        plain(x).sum().backward(create_graph=True)
    sine = make(named("sine", lambda x: np.sin(x)), lambda g, out, x: g * np.cos(x))
    with pytest.raises(
        GradientError, match=r"does not support ufuncs.*\n.*\n.*mg.exp\(x\), not np.exp"
    ):
        sine(x).sum().backward(create_graph=True)


def test_what_is_no_array_is_refused_as_a_result(own_ops):
    x = Tensor(np.ones(3), requires_grad=True)
    for result, words in ((None, "returned NoneType"), ([1.0], "returned list"), ("a", "str")):
        bad = make(named("bad", lambda x, result=result: result))
        with pytest.raises(DTypeError, match=f"bad must return an array, but .*{words}"):
            bad(x)
    with pytest.raises(DTypeError, match="complex128"):
        make(named("bad", lambda x: x * 1j))(x)


def test_nothing_flows_back_through_integers(own_ops):
    x = Tensor([1.2, 2.7], requires_grad=True)
    whole = make(named("whole", lambda x: x.astype(int)))(x)
    assert not whole.requires_grad
    assert not x.astype("int64").requires_grad
    assert not x.astype(bool).requires_grad
    assert x.astype("float64").requires_grad


# ---- calling one ----


def test_arrays_may_be_given_by_name():
    x, w, b = (Tensor(np.ones(s), requires_grad=True) for s in ((2, 3), (4, 3), 4))
    for y in (
        mg.linear(x, w, bias=b),
        mg.linear(x, bias=b, weight=w),
        mg.linear(bias=b, x=x, weight=w),
    ):
        assert [z is each for z, each in zip(y.node.inputs, (x, w, b))] == [True] * 3
    y = mg.linear(x, weight=w)
    assert y.node.inputs[2] is None
    y.sum().backward()
    assert w.grad is not None


WRONG_CALLS = [
    (lambda x: mg.sum(x, 0), "too many positional arguments: sum(x, *, axis=None, keepdims=False)"),
    (lambda x: mg.sum(), "missing a required argument: 'x'"),
    (lambda x: mg.sum(x, dim=0), "unexpected keyword argument 'dim'"),
    (lambda x: mg.reshape(x), "missing a required argument: 'shape': reshape(x, *, shape)"),
    (lambda x: mg.add(x), "missing a required argument: 'y': add(x, y)"),
    (lambda x: mg.add(x, x=x), "multiple values for argument 'x': add(x, y)"),
    (lambda x: mg.linear(x, bias=x), "missing a required argument: 'weight'"),
    (lambda x: mg.concatenate([x, x], 0), "keyword: concatenate(*xs, axis=0)"),
    (lambda x: mg.stack([x.detach()], 1), "keyword: stack(*xs, axis=0)"),
    (lambda x: mg.einsum("i,i->", x, x), "was given 'i,i->': einsum(*xs, subscripts)"),
    (
        lambda x: mg.clip(x, min=x),
        "clip: the parameter min is a Tensor, but parameters get no gradient",
    ),
    (lambda x: mg.sum(x.detach(), axis=Tensor(0)), "parameter axis is a Tensor"),
    (lambda x: mg.sum(np.ones(2), 0), "sum takes arrays by position and parameters by keyword"),
]


@pytest.mark.parametrize(("wrong", "words"), WRONG_CALLS, ids=range(len(WRONG_CALLS)))
def test_a_call_that_does_not_fit_shows_the_signature(wrong, words):
    x = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(TypeError) as caught:
        wrong(x)
    assert type(caught.value) is TypeError
    assert words in str(caught.value)


def test_on_plain_arrays_an_op_computes_and_records_nothing():
    for each, inputs, params in (
        (mg.add, (np.ones(2), 1.0), {}),
        (mg.sum, ([1.0, 2.0],), {"axis": 0}),
        (mg.cross_entropy, (np.zeros((2, 3)), [0, 1]), {}),
    ):
        assert not isinstance(each(*inputs, **params), Tensor)


@given(st.sampled_from(["float16", "float32", "float64"]))
def test_pythons_numbers_leave_the_dtype_alone(dtype):
    x = Tensor(np.ones(2, dtype), requires_grad=True)
    y = (2.0 * x + 1) ** 2 / 3 - True
    assert y.dtype == dtype
    y.sum().backward()
    assert x.grad.dtype == dtype


def test_an_error_of_another_kind_passes_with_a_note(own_ops):
    def broken(x):
        """Fails."""
        return {}[len(x)]

    with pytest.raises(KeyError) as caught:
        make(broken)(Tensor([1.0, 2.0]))
    assert caught.value.__notes__ == ["in broken(x)\n  x: (2,)"]
    with pytest.raises(AttributeError):  # a slip of the author's, not of the caller's
        make(named("slip", lambda x: np.expp(x)))(np.ones(2))


def test_numpys_complaints_are_put_in_terms_of_the_op():
    x = Tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(ShapeError) as caught:
        x + np.ones(4)
    assert str(caught.value) == (
        "add(x, y): the shapes do not broadcast\n  x: (2, 3)   y: (4,)   "
        "needed: equal sides, or 1, counted from the last axis"
    )
    assert isinstance(caught.value.__cause__, ValueError)
    with pytest.raises(
        ShapeError, match=r"^sum\(x, axis=5\): axis 5 is out of bounds.*\n  x: \(2, 3\)"
    ):
        mg.sum(x, axis=5)
    with pytest.raises(mg.errors.IndexingError, match=r"^getitem\(x, index=\(5,\) int64\): "):
        x[np.full(5, 7)]
    with pytest.raises(DTypeError, match=r"^softmax\(x, axis=0\): x must hold floats"):
        mg.softmax(3, axis=0)


def test_random_cases_are_cases():
    """`Case` is all that a register entry promises; a fault here would blind every property."""
    for each in OPS.values():
        assert isinstance(each.cases(mg.domain.RandomDraw(np.random.default_rng(1))), Case)
