"""One line that asks all there is to ask of a gradient, for a test of one's own.

    @check.property(domain=Domain(0.1, 3.0), shapes="(n, m), (m, k)")
    def test_product_of_logs(x, w):              # a function of Tensors: what it returns is checked
        return log(x) @ log(w)

    @check.property(backward=swish_backward)     # backward(g, x), beside a function of numpy arrays
    def test_swish(x):
        return swish(x)

    test_my_op = check.property()(my_op)         # an Op says itself where it may be evaluated
    test_my_layer = check.property(shapes="(n, 3)")(MyLayer(3, 2, rng=rng))     # its parameters too

What is decorated becomes a test without arguments, for pytest or to be called. Hypothesis draws shapes
and values and steers towards the largest error over its bound; the smallest case that fails is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minigrad.check import properties
from minigrad.check.functions import Function
from minigrad.check.pair import Pair
from minigrad.check.recipes import recipe
from minigrad.check.recorded import LayerFunction, OpFunction, TensorFunction
from minigrad.check.report import Report
from minigrad.check.slopes import UndecidedError
from minigrad.domain import Case, Cases, Domain
from minigrad.errors import CheckError, WrongGradientError
from minigrad.nn import Module
from minigrad.op import Op


def property(
    *,
    domain: Domain | Sequence[Domain] | None = None,
    shapes: str | Sequence[tuple[int, ...]] | None = None,
    cases: Cases | None = None,
    backward: Callable[..., Any] | None = None,
    max_examples: int | None = None,
) -> Callable[[Any], Callable[[], None]]:
    """A decorator that makes a test of an op, a layer, a function of Tensors or, with `backward`, of arrays.

    domain         where the inputs may lie, and the kinks in there: one for all, or one for each
    shapes         "(n, m), (m, k)" with a letter for each side that varies; "broadcast" for shapes that
                   broadcast against each other; or fixed ones. By default all inputs have one shape.
    cases          a function of a `Draw` that makes the whole call, in the place of domain and shapes
    max_examples   how many cases hypothesis looks at; by default as many as its profile says

    The test raises `WrongGradientError`, or what f itself raises. Needs hypothesis: the extra [check].
    """

    def decorate(thing: Any) -> Callable[[], None]:
        function = as_function(thing, backward, broadcasts=shapes == "broadcast")
        draws = cases or recipe(function, thing, domain, shapes)

        def test() -> None:
            __tracebackhide__ = True
            search(function, draws, properties.of(function), max_examples)

        for name in ("__name__", "__qualname__", "__module__", "__doc__"):
            setattr(test, name, getattr(thing, name, None) or getattr(test, name))
        return test

    return decorate


def properties_of(thing: Any) -> list[str]:
    """The properties that `property` tests of an op, a layer or a function of Tensors, in words."""
    return [holds.__name__.replace("_", " ") for holds in properties.of(as_function(thing))]


def as_function(
    thing: Any, backward: Callable[..., Any] | None = None, *, broadcasts: bool = False
) -> Function:
    """The function that an op, a layer, a function of Tensors, or f with its `backward` is."""
    if isinstance(thing, Function):
        return thing
    if isinstance(thing, Op):
        return OpFunction(thing)
    if isinstance(thing, Module):
        return LayerFunction(thing)
    if not callable(thing) or isinstance(thing, type):
        raise CheckError(
            f"{thing!r} is a {type(thing).__name__}; needed: an op, a layer, a function of Tensors, or a "
            "numpy function and its backward"
        )
    if backward is not None:
        return Pair(thing, backward, broadcasts)
    return TensorFunction(thing, broadcasts=broadcasts)


def search(
    function: Function,
    draws: Cases,
    asked: Sequence[properties.Property],
    max_examples: int | None = None,
) -> None:
    """Let hypothesis look for a case that breaks one of the properties; raise for the smallest one."""
    from minigrad.check import strategies  # says what is missing, where hypothesis is

    import hypothesis  # isort: skip

    __tracebackhide__ = True  # pytest shows what failed, and not who looked for it
    failed: list[tuple[Case, int]] = []

    @hypothesis.given(case=strategies.drawn(draws), seed=strategies.seeds)
    def examples(case: Case, seed: int) -> None:
        __tracebackhide__ = True
        undecided = False
        for holds in asked:
            try:
                close = holds(function, case, np.random.default_rng(seed))
            except UndecidedError:
                undecided = True
            except Exception as error:
                failed.append((case, seed))
                error.add_note(f"broken: {holds.__name__.replace('_', ' ')}")
                raise
            else:
                if close > 0:
                    hypothesis.target(float(np.log10(close)), label=holds.__name__)
        if undecided:
            hypothesis.reject()  # hypothesis complains when that happens often

    # One error is raised as it is; several would come in a group, of which none is shrunk the furthest.
    # Nor is it asked which lines only failing cases run: those would be lines of the check.
    given: Any = hypothesis.settings.default
    examples = hypothesis.settings(
        report_multiple_bugs=False,
        max_examples=max_examples or given.max_examples,
        phases=[each for each in given.phases if each is not hypothesis.Phase.explain],
        deadline=None,
        print_blob=False,
    )(examples)
    try:
        with strategies.storage():
            examples()
    except AssertionError as error:
        # Hypothesis shows the smallest; a bug has more features, and sooner a name, in the largest.
        case, seed = max(failed, key=lambda each: sum(np.size(x) for x in each[0].inputs))
        if isinstance(error, WrongGradientError):
            error.report = reported(function, case, seed)
        raise


def reported(function: Function, case: Case, seed: int = 0) -> Report | None:
    """What a report says of the gradient at one case; None if it has nothing to say of that case."""
    try:
        return function.report(case, seed)
    except Exception:  # f itself fails there, or keeps no promise: the error that is raised says so
        return None
