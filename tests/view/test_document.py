"""A trace as a JSON document: it fits its schema, is the same after being read, and refuses what is none."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import minigrad as mg
from minigrad import nn
from minigrad.check.strategies import expressions
from minigrad.errors import ShapeError, TraceError
from minigrad.view import Trace, document, trace
from minigrad.view.snapshot import Snapshot

VALIDATOR = Draft202012Validator(document.schema())


def valid(t, **options):
    text = t.json(**options)
    faults = list(VALIDATOR.iter_errors(json.loads(text)))
    assert not faults, faults[0]
    return text


def test_the_schema_is_one_and_refuses_what_does_not_fit():
    Draft202012Validator.check_schema(document.schema())
    data = json.loads(trace(lambda x: x * x, 2.0).json())
    assert VALIDATOR.is_valid(data)
    for plant in (
        lambda d: d["nodes"][0].update(kind="weight"),
        lambda d: d["nodes"][1]["slots"][0].pop("node"),
        lambda d: d["events"][0].pop("g"),
        lambda d: d["events"][0].update(kind="began again"),
        lambda d: d.update(version=2),
    ):
        damaged = json.loads(json.dumps(data))
        plant(damaged)
        assert not VALIDATOR.is_valid(damaged)


@given(expressions(), st.sampled_from([np.float32, np.float64]), st.sampled_from([None, 2]))
def test_what_is_read_is_what_was_written(expression, dtype, keep):
    leaves = [mg.Tensor(x.astype(dtype), requires_grad=True) for x in expression.inputs]
    with trace(keep=keep) as t:
        out = expression(*leaves)
        out.backward(np.random.default_rng(0).normal(size=out.shape))
    text = valid(t)
    again = Trace()
    document.read(again, text, "t.json")
    assert again.json() == text
    for a, b in zip(t.nodes, again.nodes):
        if a.value.array is not None:
            assert a.value.array.tobytes("C") == b.value.array.tobytes("C")
    assert [type(e) for e in again.events] == [type(e) for e in t.events]


@given(st.lists(st.floats(width=32, allow_nan=True, allow_infinity=True), min_size=1, max_size=5))
def test_every_float_comes_back(values):
    x = np.array(values, np.float32)
    data = document.numbers(x)
    json.dumps(data, allow_nan=False)
    back = document.as_array(data, x.dtype)
    assert np.array_equal(back, x, equal_nan=True)
    assert np.array_equal(np.signbit(back), np.signbit(x)) or np.isnan(x).any()


def test_a_model_a_failure_and_a_gradient_of_a_gradient_fit_the_schema():
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.Conv2d(1, 2, kernel_size=3, rng=rng), nn.BatchNorm2d(2), nn.Flatten())
    with pytest.raises(ShapeError), trace() as t:  # noqa: PT012
        out = model(mg.Tensor(rng.normal(size=(2, 1, 4, 4)).astype(np.float32)))
        out[0, ::2].sum().backward(create_graph=True)
        out @ np.ones((3, 3), np.float32)
    valid(t, times=True)
    short = json.loads(valid(t, keep=3))
    assert any(n["value"] and n["value"]["data"] is None for n in short["nodes"])
    assert "ShapeError" in short["exception"]


def test_a_file_that_is_no_trace_is_refused(tmp_path):
    path = tmp_path / "t.json"
    t = trace(lambda x: x * x, 2.0)
    t.save(path)
    assert Trace.load(path).json() == t.json()
    data = json.loads(t.json())
    del data["nodes"][1]["slots"]
    for text, words in (
        ("{", "t.json: is not JSON"),
        ("[1]", "t.json: is not a trace: give a file that Trace.save"),
        (json.dumps(data | {"version": 9}), "is a trace of version 9, and this minigrad reads 1"),
        (json.dumps(data), "t.json: is damaged: KeyError"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(TraceError, match=words):
            Trace.load(path)


def test_a_summary_is_written_without_the_values():
    x = Snapshot(np.array([[1.0, math.nan], [-math.inf, 0.0]]), keep=1)
    data = document.Writer(None).snapshot(x)
    assert data["data"] is None
    assert data["statistics"] == {
        "min": 0.0, "max": 1.0, "mean": 0.5, "rms": math.sqrt(0.5), "zeros": 1, "nans": 1, "infs": 1,
        "dead": None,
    }  # fmt: skip
    assert data["patch"] == [[1.0, "nan"], ["-inf", 0.0]]
