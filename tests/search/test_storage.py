"""Where trials live: paths and URLs, what cannot be opened, and the turns that SQLite's writers take."""

import multiprocessing
from collections import Counter

import optuna
import pytest
from searched import X

from minigrad import search
from minigrad.errors import SearchError
from minigrad.search.storage import connect, format_url, quiet, storage_url


@pytest.mark.parametrize(
    "name", ["plain.db", "with space.db", "50%.db", "{brace}.db", "deep/er/a.db"]
)
def test_a_path_is_a_file_that_is_made_with_its_folder(tmp_path, name):
    path = tmp_path / name
    for storage in (path, str(path)):
        search.random(lambda p, k: p["x"], X, trials=1, storage=storage)
    assert path.is_file()
    assert format_url(storage_url(path)) == str(path)


def test_a_url_of_sqlite_is_the_same_file(tmp_path):
    search.random(lambda p, k: p["x"], X, trials=2, storage=f"sqlite:///{tmp_path}/a.db")
    assert len(search.load("search", tmp_path / "a.db").trials) == 2


@pytest.mark.parametrize(
    ("storage", "message"),
    [
        ("sqlite:////nowhere/at/all.db", "the storage /nowhere/at/all.db cannot be opened: "),
        ("postgresql://me:secret@127.0.0.1:1/x", "@127.0.0.1:1/x cannot be opened: "),
        ("nonsense://x", "the storage nonsense://x cannot be opened: "),
        (
            "sqlite://",
            "the storage sqlite:// would end with the program; give a path",
        ),
    ],
)
def test_a_storage_that_cannot_be_reached(storage, message):
    with pytest.raises(SearchError) as caught:
        search.random(lambda p, k: p["x"], X, trials=1, storage=storage)
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database(tmp_path):
    path = tmp_path / "notes.db"
    path.write_text("not a database " * 100, encoding="utf-8")
    with pytest.raises(SearchError, match=r"notes\.db cannot be opened: .*file is not a database"):
        search.random(lambda p, k: p["x"], X, trials=1, storage=path)


def claim_all(url, barrier, queue):
    """Claim each trial that waits, as fast as can be."""
    from optuna.exceptions import StorageInternalError
    from optuna.trial import TrialState

    storage = connect(url, 10)
    with quiet():
        study = optuna.load_study(study_name="s", storage=storage)
    trials = study.get_trials(deepcopy=False)
    barrier.wait()
    claimed = []
    for trial in trials:
        try:
            if storage.set_trial_state_values(trial._trial_id, TrialState.RUNNING):
                claimed.append(trial.number)
        except StorageInternalError as error:
            claimed.append(repr(error))
    queue.put(claimed)


def test_no_trial_is_claimed_twice(tmp_path):
    """Without `begin_immediate`, four processes claimed 7 and 10 of 200 trials twice, in two runs."""
    from optuna.trial import TrialState, create_trial

    url = storage_url(tmp_path / "a.db")
    storage = connect(url, 10)
    with quiet():
        study = optuna.create_study(study_name="s", storage=storage)
        study.add_trials([create_trial(state=TrialState.WAITING) for _ in range(100)])
    context = multiprocessing.get_context("fork")
    storage.engine.dispose()
    barrier, queue = context.Barrier(4), context.Queue()
    workers = [context.Process(target=claim_all, args=(url, barrier, queue)) for _ in range(4)]
    for worker in workers:
        worker.start()
    claimed = Counter(number for _ in workers for number in queue.get())
    for worker in workers:
        worker.join()
    assert claimed == Counter(range(100))
