"""The same on a server, as several machines would: `.ci/run` starts PostgreSQL."""

import os
import signal
import uuid

import pytest
from killing import children, needs_proc, started, until
from searched import SPACE, bowl, calls, expected, found

from minigrad import search
from minigrad.errors import SearchError

# The continuous integration runs the slow tests beside a server, and the others without.
pytestmark = pytest.mark.slow


@pytest.fixture
def fresh(postgres):
    """A database of this test's own."""
    sqlalchemy = pytest.importorskip("sqlalchemy")
    from minigrad.search.storage import storage_url

    name = f"minigrad_{uuid.uuid4().hex}"
    server = sqlalchemy.create_engine(storage_url(postgres), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield postgres.rpartition("/")[0] + f"/{name}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


def test_the_table_is_that_of_a_file(fresh, log):
    assert found(fresh, 6, 1).table() == expected(6)
    assert found(fresh, 9, 2).table() == expected(9)
    assert calls(log) == list(range(9))
    grid = search.grid(
        bowl, {"decay": (1e-3, 1e-2), "lr": (0.1,), "layers": (1,)}, storage=fresh, name="g"
    )
    assert [trial.number for trial in grid.trials] == [0, 1]


@needs_proc
def test_several_programs_join_and_one_is_killed(fresh, log, monkeypatch):
    monkeypatch.setenv("SEARCH_SLEEP", "0.2")
    programs = [started(fresh, 40, 2) for _ in range(3)]
    until(lambda: len(calls(log)) >= 8, programs[0])
    os.kill(children(programs[1].pid)[0], signal.SIGKILL)
    programs[2].kill()
    codes = []
    for program in programs:
        with program:
            codes.append(program.wait())
    assert codes == [0, 0, -signal.SIGKILL]
    assert search.load("bowl", fresh).table() == expected(40)
    assert set(calls(log)) == set(range(40))


def test_two_with_another_seed_do_not_mix(fresh):
    found(fresh, 2, 1)
    with pytest.raises(SearchError, match="is another search: it has a trial with "):
        search.random(bowl, SPACE, trials=2, name="bowl", storage=fresh)
