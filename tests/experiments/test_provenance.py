"""A result names the commit that computed it, and the index counts what has changed since."""

import json
import shutil
import subprocess

import pytest

from experiments import catalogue, index, provenance

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def commit(tmp_path, monkeypatch):
    """Write files into a clone of their own, and commit them; returns the commit."""
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    monkeypatch.setattr(catalogue, "REPORTS", {"toy": ("toy", "a toy")})
    provenance.current_commit.cache_clear()
    git = ("git", "-c", "user.name=n", "-c", "user.email=e", "-c", "commit.gpgsign=false")
    subprocess.run([*git, "init", "-q"], cwd=tmp_path, check=True)

    def commit(**files):
        for name, text in files.items():
            (tmp_path / name.replace("_", ".")).write_text(text, encoding="utf-8")
        subprocess.run([*git, "add", "-A"], cwd=tmp_path, check=True)
        subprocess.run([*git, "commit", "-qm", "m"], cwd=tmp_path, check=True)
        return provenance.git("rev-parse", "--short=10", "HEAD")

    yield commit
    provenance.current_commit.cache_clear()


def report(ours, note=""):
    about = {"minigrad": "0.1.0", "made": "2026-11-21", "minutes": 1.0}
    number = {"what": "w", "ours": ours, "note": note, "agrees": None, "reproduced": True}
    shown = {"headline": True, "shown": ["1", "2", "3"]}
    return json.dumps(
        {"name": "toy", "title": "T", "about": about, "numbers": [{**number, **shown}]}
    )


def test_the_commit_of_a_result_is_that_which_brought_its_numbers(commit, tmp_path):
    commit(report_json=report([1.0]))
    brought = commit(report_json=report([2.0]))
    commit(report_json=report([2.0], note="words"))
    commit(other_txt="")
    assert provenance.derived_commit(tmp_path / "report.json") == brought


def test_the_current_commit_shows_that_files_differ(commit, tmp_path):
    results = tmp_path / "experiments" / "results"
    results.mkdir(parents=True)
    (results / "a.json").write_text("", encoding="utf-8")
    made = commit(a_py="")
    assert provenance.current_commit() == made
    for path, ending in ((results / "a.json", ""), (tmp_path / "a.py", "+")):
        path.write_text("changed", encoding="utf-8")
        provenance.current_commit.cache_clear()
        assert provenance.current_commit() == made + ending


def test_the_age_counts_the_loaded_files_that_have_changed(commit):
    first = commit(toy_py="import used", used_py="", unused_py="")
    assert provenance.format_age("toy", first) == "up to date"
    commit(unused_py="1")
    assert provenance.format_age("toy", first) == "up to date"
    commit(used_py="1")
    assert provenance.format_age("toy", first) == "older than 1 of 2 files"
    assert provenance.format_age("toy", f"{first}+") == "older than 1 of 2 files"
    assert provenance.format_age("toy", "0000000000") == provenance.UNKNOWN


def test_results_from_before_commits_were_recorded_get_theirs_by_the_index(commit, tmp_path):
    (tmp_path / "results" / "toy").mkdir(parents=True)
    page = "Made by it: minigrad 0.1.0, numpy 2; minigrad 0.1.0, again."
    for name, text in {
        "README.md": page,
        "report.html": page,
        "report.json": report([1.0]),
    }.items():
        (tmp_path / "results" / "toy" / name).write_text(text, encoding="utf-8")
    made = commit(toy_py="")
    for _ in range(2):
        index.write(tmp_path / "results", tmp_path / "README.md")
        for name in ("README.md", "report.html"):
            text = (tmp_path / "results" / "toy" / name).read_text(encoding="utf-8")
            assert (
                text
                == f"Made by it: minigrad 0.1.0 at commit {made}, numpy 2; minigrad 0.1.0, again."
            )
        assert (
            json.loads((tmp_path / "results/toy/report.json").read_text(encoding="utf-8"))["about"][
                "commit"
            ]
            == made
        )
    assert f"| 0.1.0, {made}, 2026-11-21 | up to date |" in (tmp_path / "README.md").read_text(
        encoding="utf-8"
    )
