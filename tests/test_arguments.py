"""The arguments that all commands share: types that refuse in plain words, and errors in one line."""

from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from minigrad import arguments
from minigrad.arguments import OneLineParser


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("natural", "0", 0),
        ("positive", "1", 1),
        ("rate", "0.5", 0.5),
        ("fraction", "0", 0.0),
    ],
)
def test_a_good_value_is_converted(kind, text, value):
    assert getattr(arguments, kind)(text) == value


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("natural", "two", "'two' is not a whole number"),
        ("natural", "1.5", "'1.5' is not a whole number"),
        ("natural", "-1", "-1 must not be negative"),
        ("positive", "0", "0 must be at least 1"),
        ("rate", "fast", "'fast' is not a number"),
        ("rate", "0", "0 must be greater than 0"),
        ("rate", "nan", "nan must be greater than 0"),
        ("rate", "inf", "inf must be greater than 0, and finite"),
        ("fraction", "1", "1 must be at least 0 and less than 1"),
        ("fraction", "nan", "nan must be at least 0 and less than 1"),
    ],
)
def test_a_bad_value_is_refused_with_the_reason(kind, text, words):
    with pytest.raises(ArgumentTypeError, match=words):
        getattr(arguments, kind)(text)


def test_the_shared_options():
    parser = OneLineParser()
    arguments.add_data_dir(parser)
    arguments.add_seed(parser)
    arguments.add_search(parser, trials=30)
    options = parser.parse_args([])
    assert vars(options) == {"data_dir": None, "seed": 0, "trials": 30, "jobs": 1, "storage": None}
    options = parser.parse_args(
        ["--data-dir", "d", "--seed", "3", "--jobs", "2", "--storage", "s.db"]
    )
    assert (options.data_dir, options.seed, options.jobs) == (Path("d"), 3, 2)
    assert "%" not in parser.format_help()


def test_a_wrong_option_is_reported_in_one_line_with_code_2(capsys):
    parser = OneLineParser(prog="it")
    arguments.add_seed(parser)
    with pytest.raises(SystemExit) as caught:
        parser.parse_args(["--seed", "x"])
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert said == "it: argument --seed: 'x' is not a whole number (--help lists the options)\n"


def test_an_error_of_several_lines_is_printed_in_one(capsys):
    error = ValueError("matmul: shapes do not fit\n  x: (2, 3)   w: (4, 5)\n  write:\n    x @ w.T")
    assert arguments.refuse("it", error) == 2
    said = "it: matmul: shapes do not fit; x: (2, 3) w: (4, 5); write: x @ w.T\n"
    assert capsys.readouterr().err == said
