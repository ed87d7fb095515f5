"""A search from end to end: the same table however it went, and a clear word for what cannot be."""

import argparse
import math
import warnings

import numpy as np
import pytest
from searched import FAST, SPACE, X, bowl, calls, expected, fails_at_2, found, running

from minigrad import search
from minigrad.arguments import add_search
from minigrad.errors import ParameterError, SearchError


def test_the_same_seed_gives_the_same_table(storage, tmp_path):
    assert (
        found(str(storage), 6, 1).table() == expected(6) == found(f"{tmp_path}/b.db", 6, 1).table()
    )


def test_what_is_finished_is_kept_and_only_what_is_missing_is_run(storage, log):
    found(str(storage), 4, 1)
    assert calls(log) == [0, 1, 2, 3]
    assert found(str(storage), 7, 1).table() == expected(7)
    assert calls(log) == [0, 1, 2, 3, 4, 5, 6]
    seen = found(str(storage), 5, 1)
    assert calls(log) == [0, 1, 2, 3, 4, 5, 6]
    assert seen.table() == expected(7), "what another has found is shown"


def test_two_searches_in_one_file_do_not_mix(storage):
    first = search.random(bowl, SPACE, trials=3, seed=3, name="bowl", storage=storage)
    other = search.random(bowl, SPACE, trials=4, seed=3, name="other", storage=storage)
    assert first.table() == expected(3)
    assert len(other.table()) == 4
    assert search.load("bowl", storage).table() == expected(3)
    assert other.trials[0].params != first.trials[0].params


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"seed": 1}, "it has a trial with {'x': "),
        ({"direction": "minimize"}, "it does not minimize\n"),
        ({"space": {"x": search.uniform(0, 2)}}, "it has a trial with {'x': "),
        ({"space": {"x": search.choice((0, 1))}}, "it has a trial with {'x': "),
        ({"space": {**X, "y": search.uniform(0, 1)}}, "it has a trial with {'x': "),
    ],
)
def test_another_search_of_the_same_name_is_refused(storage, change, difference):
    given = {"space": X, "seed": 0, "direction": "maximize", **change}
    search.random(lambda p, k: p["x"], X, trials=1, storage=storage, name="n")
    with pytest.raises(SearchError) as caught:
        search.random(
            lambda p, k: p["x"], given.pop("space"), trials=1, storage=storage, name="n", **given
        )
    message = str(caught.value)
    assert message.startswith(f"the study 'n' in {storage} is another search: {difference}")
    assert message.endswith(
        "\n  Give this search another name= or storage=, or the space, seed and direction of that one."
    )
    with pytest.raises(SearchError, match="is another search: it has a trial with "):
        search.grid(lambda p, k: p["x"], {"x": (0, 1)}, storage=storage, name="n")


def test_another_range_that_gives_the_same_draws_is_refused(storage):
    search.grid(lambda p, k: p["x"], {"x": (0, 1)}, storage=storage, name="n")
    with pytest.raises(SearchError, match=r"has a trial with .* from .*choices=\(0, 1\)"):
        search.grid(lambda p, k: p["x"], {"x": (0, 1, 2)}, storage=storage, name="n")


def test_a_grid_covers_the_product_exactly_once(storage):
    axes = {"lr": (0.05, 0.01), "activation": ("relu", "tanh"), "norm": (True, None)}
    study = search.grid(lambda p, k: len(str(p)), axes, storage=storage, direction="minimize")
    seen = [tuple(trial.params.values()) for trial in study.trials]
    assert seen == [
        (lr, a, n) for lr in (0.05, 0.01) for a in ("relu", "tanh") for n in (True, None)
    ]
    assert study.best.value == min(trial.value for trial in study.trials)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_value_that_is_no_number_is_a_visible_failure_and_the_search_goes_on(storage, value, log):
    def objective(params, number):
        with log.open("a") as file:
            file.write(f"{number}\n")
        return {"value": value if number == 1 else params["x"], "epochs": 3}

    study = search.random(objective, X, trials=4, storage=storage)
    assert [trial.number for trial in study.trials] == [0, 2, 3]
    (bad,) = study.failed
    assert (bad.number, bad.metrics) == (1, {"epochs": 3})
    assert bad.fault == f"not finite: the objective returned {value}"
    assert math.isnan(bad.value)
    assert search.random(objective, X, trials=4, storage=storage).failed[0].fault == bad.fault
    assert calls(log) == [0, 1, 2, 3], "it would fail again"


def test_an_objective_that_raises_stops_the_search_which_goes_on_when_it_is_mended(storage):
    with pytest.raises(SearchError) as caught:
        search.random(fails_at_2, X, trials=4, storage=storage, name="n")
    x = search.load("n", storage).failed[0].params["x"]
    assert str(caught.value) == (
        f"trial 2 of 'n' raised ZeroDivisionError: by hand\n  with {{'x': {x}}}\n"
        "  Correct the objective and run the search again. It keeps finished trials and repeats this one."
    )
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    so_far = search.load("n", storage)
    assert [trial.number for trial in so_far.trials] == [0, 1]
    assert [trial.number for trial in so_far.failed] == [2]
    assert "ZeroDivisionError: by hand" in so_far.failed[0].fault
    mended = search.random(lambda p, k: float(k), X, trials=4, storage=storage, name="n")
    assert [trial.value for trial in mended.trials] == [0, 1, 2, 3]
    assert mended.failed == ()
    assert mended.trials[2].params == {"x": x}


def test_ctrl_c_gives_the_trial_back_at_once(storage):
    def interrupted(params, number):
        if number == 1:
            raise KeyboardInterrupt
        return params["x"]

    with pytest.raises(KeyboardInterrupt):
        search.random(interrupted, X, trials=3, storage=storage)
    assert running(storage) == 0, "the next search need not wait for its heart to stop"
    study = search.random(lambda p, k: p["x"], X, trials=3, storage=storage)
    assert [trial.number for trial in study.trials] == [0, 1, 2]


NEEDED = (
    ': return a number, or a dict. A dict must have a number as its "value"; its other items are '
    "metrics, which JSON must be able to store\n"
)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ({"loss": 1.0}, "the objective returned {'loss': 1.0}" + NEEDED),
        ("good", "the objective returned 'good'" + NEEDED),
        (None, "the objective returned None" + NEEDED),
        ({"value": 1, "m": object}, "the objective returned {'value': 1, 'm': <class 'object'>}" + NEEDED),
        ({"value": 1, "x": 2}, "the metric 'x' has the name of another column; rename it\n"),
        ({"value": 1, "seconds": 2}, "the metric 'seconds' has the name of another column; rename it\n"),
    ],
)  # fmt: skip
def test_what_an_objective_may_not_return(storage, returned, message):
    with pytest.raises(SearchError) as caught:
        search.random(lambda p, k: returned, X, trials=1, storage=storage)
    assert str(caught.value).startswith(f"trial 0 of 'search' raised TypeError: {message}")


def test_metrics_of_numpy_are_kept_as_plain_numbers(storage):
    given = {
        "value": np.float32(0.5),
        "epochs": np.int64(3),
        "curve": np.array([1.5, 2.0]),
        "by": {"a": 1},
    }
    (trial,) = search.random(lambda p, k: given, X, trials=1, storage=storage).trials
    assert trial.value == 0.5
    assert trial.metrics == {"epochs": 3, "curve": [1.5, 2.0], "by": {"a": 1}}
    assert trial.seconds >= 0


def test_a_line_for_each_trial_if_asked_for(storage, capsys):
    search.random(lambda p, k: p["x"], X, trials=2, storage=storage, progress=True)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["search:", "2"],
        ["trial", "0"],
        ["trial", "1"],
    ]
    search.random(lambda p, k: p["x"], X, trials=3, storage=storage, progress=True)
    assert capsys.readouterr().err.startswith("search: 1 of 3 trials to run\ntrial   2  ")
    search.random(lambda p, k: p["x"], X, trials=4, storage=storage)
    assert capsys.readouterr() == ("", ""), "and nothing of Optuna's"


def test_the_storage_by_default_is_a_file_in_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    search.random(lambda p, k: p["x"], X, trials=1)
    assert (tmp_path / "runs" / "search.db").is_file()
    assert len(search.load("search").trials) == 1


def test_what_is_asked_for_wrongly(storage):
    with pytest.raises(SearchError, match="TypeError: 'int' object is not callable"):
        search.random(3, X, trials=1, storage=storage)
    with pytest.raises(ParameterError, match="jobs=0: needed: a whole number, at least 1"):
        search.random(bowl, X, trials=1, storage=storage, jobs=0)
    with pytest.raises(SearchError) as caught:
        search.load("nothing", storage)
    assert str(caught.value) == f"{storage} has no search 'nothing'; it has ['search']"


def test_warnings_and_logging_are_left_as_they_were(storage):
    import optuna

    before = optuna.logging.get_verbosity(), list(warnings.filters)
    search.random(bowl, SPACE, trials=1, storage=storage, heartbeat=FAST)
    assert (optuna.logging.get_verbosity(), list(warnings.filters)) == before


def test_the_options_of_a_command_are_those_of_a_search(storage):
    parser = argparse.ArgumentParser()
    add_search(parser, trials=30)
    given = vars(parser.parse_args(["--trials", "2", "--jobs", "1", "--storage", str(storage)]))
    assert len(search.random(bowl, SPACE, **given).trials) == 2
    assert vars(parser.parse_args([])) == {"trials": 30, "jobs": 1, "storage": None}
