"""The options of a program with a search are those of `search.random`."""

import argparse

import pytest
from searched import SPACE, bowl

from minigrad import search


def options(*argv):
    parser = argparse.ArgumentParser(prog="prog")
    search.arguments.add(parser, trials=30)
    return parser.parse_args(argv)


def test_the_options_are_handed_on(tmp_path):
    assert vars(options()) == {"trials": 30, "jobs": 1, "storage": None}
    given = options("--trials", "2", "--jobs", "1", "--storage", str(tmp_path / "a.db"))
    assert len(search.random(bowl, SPACE, **vars(given)).trials) == 2


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5"])
def test_what_is_no_number_of_trials(text, capsys):
    with pytest.raises(SystemExit):
        options(f"--trials={text}")
    assert (
        f"argument --trials: '{text}' is not a whole number, at least 1" in capsys.readouterr().err
    )
