"""The command line of the experiments: what it says, and that it loses nothing."""

from __future__ import annotations

import pytest

from experiments import catalogue, command
from experiments.blocks import Numbers, Page
from experiments.judge import Number
from experiments.parts import Part, Report, Task
from experiments.publish import QUICK


def measure(settings, room):
    if settings["fails"]:
        raise settings["fails"]
    return settings["value"]


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    """Run the command on a report of one number; returns the exit code, stdout and stderr."""

    def run(*argv, value=0.5, fails=None):
        def plan(done, quick):
            return [Task("one", lambda s, r: measure({**s, "fails": fails}, r), {"value": value})]

        def page(done, quick):
            ours = [done["part"]["one"]]
            return Page("A toy.", [Numbers("Numbers", [Number("x", 0.5, ours, headline=True)])])

        report = Report("dd2424-a2", "A toy", (Part("part", plan),), page)
        monkeypatch.setattr(catalogue, "report", lambda name: report)
        where = (
            "--data-dir",
            tmp_path,
            "--out",
            tmp_path / "out",
            "--results",
            tmp_path / "results",
        )
        code = command.main([str(each) for each in (*argv, *where)])
        return (code, *capsys.readouterr())

    return run


def test_the_reports_are_listed(capsys):
    assert command.main(["--list"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in ("dd2424-a2", "dd2424-a3", "cs5787", "ift6135"))


@pytest.mark.parametrize("name", catalogue.REPORTS)
def test_every_report_is_there(name):
    report = catalogue.report(name)
    assert report.name == name
    names = [part.name for part in report.parts]
    assert len(set(names)) == len(names)
    for part in report.parts:
        for quick in (True, False):
            assert part.expected(quick) > 0
        assert set(part.after) <= set(names[: names.index(part.name)])


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["nonsense"], "no report nonsense; there are dd2424-a2, dd2424-a3, cs5787, ift6135"),
        ([], "name a report, or list them with --list"),
        (["dd2424-a2", "--jobs", "0"], "argument --jobs: 0 must be at least 1"),
        (["dd2424-a2", "--data-dir", "/nowhere"], "--data-dir /nowhere: there is no such folder"),
        (["dd2424-a2", "--resume", "--overwrite"], "not allowed with argument"),
    ],
)
def test_a_wrong_question_is_answered_in_one_line(capsys, argv, words):
    assert command.main(argv) == 2
    error = capsys.readouterr().err
    assert words in error
    assert "Traceback" not in error


def test_a_run_and_where_its_pages_are(run, tmp_path):
    code, out, _ = run("dd2424-a2")
    assert code == 0
    assert "1 of 1 of the report's are reproduced" in out
    assert "dd2424-a2" in (tmp_path / "results" / "README.md").read_text(encoding="utf-8")


def test_an_earlier_run_is_neither_lost_nor_mixed(run, tmp_path):
    assert run("dd2424-a2")[0] == 0
    code, _, error = run("dd2424-a2")
    assert code == 2
    assert "holds an earlier run: continue with --resume, delete it with --overwrite" in error
    assert run("dd2424-a2", "--resume", fails=OSError("computed again"))[0] == 0
    assert run("dd2424-a2", "--overwrite", fails=OSError("computed again"))[0] == 1


def test_a_quick_look_stays_apart(run, tmp_path):
    assert run("dd2424-a2", "--quick", value=0.1)[0] == 0
    assert (tmp_path / "out" / "dd2424-a2-quick").is_dir()
    assert not (tmp_path / "out" / "dd2424-a2").exists()
    assert QUICK in (tmp_path / "results" / "README.md").read_text(encoding="utf-8")


def test_quick_results_do_not_go_where_results_are_kept():
    options = command.parser().parse_args(["dd2424-a2", "--quick"])
    assert command.results_folder(options) == options.out / "quick-results"
    options = command.parser().parse_args(["dd2424-a2"])
    assert command.results_folder(options) == command.HERE / "results"


def test_failures_are_said_in_one_line(run):
    code, _, error = run("dd2424-a2", fails=OSError("the disk is full"))
    assert (code, error) == (1, "python -m experiments: the disk is full\n")
    code, _, error = run("dd2424-a2", "--resume", value=0.9)
    assert code == 1
    assert "dd2424-a2: not reproduced, and no note gives the reason: x" in error


def test_ctrl_c_says_how_to_go_on(run):
    code, _, error = run("dd2424-a2", fails=KeyboardInterrupt())
    assert code == 130
    assert "interrupted; continue with the same options and --resume" in error
