"""Where the trials are stored: an Optuna study in a database, by default a file of SQLite."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

import optuna
import sqlalchemy
from optuna.storages import RDBStorage

from minigrad.errors import SearchError

DRIVERS = {"postgresql": ("psycopg", "psycopg2"), "mysql": ("MySQLdb", "pymysql")}
"""The modules that connect to a server. SQLAlchemy's name of each is the same in lower case."""


@contextmanager
def quiet() -> Iterator[None]:
    """Inside, Optuna neither logs each study and trial nor warns that heartbeats are experimental."""
    with ExitStack() as stack:
        stack.callback(optuna.logging.set_verbosity, optuna.logging.get_verbosity())
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        yield


def storage_url(storage: str | Path | None) -> str:
    """The URL of a storage that is given as a URL or as the path of an SQLite file; makes its folder."""
    if storage in ("sqlite://", "sqlite:///:memory:"):
        raise SearchError(f"the storage {storage} would end with the program; give a path")
    if isinstance(storage, str) and "://" in storage:
        # Without a driver in the URL, SQLAlchemy takes one that depends on its version, installed or not.
        backend, rest = storage.split("://", 1)
        installed = [module for module in DRIVERS.get(backend, ()) if find_spec(module)]
        return f"{backend}+{installed[0].lower()}://{rest}" if installed else storage
    path = Path(storage or "runs/search.db").resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    return sqlalchemy.URL.create("sqlite", database=str(path)).render_as_string()


def format_url(url: str) -> str:
    """The URL without its password; the path of an SQLite file."""
    try:
        parts = sqlalchemy.make_url(url)
    except sqlalchemy.exc.ArgumentError:
        return url
    sqlite = parts.get_backend_name() == "sqlite"
    return parts.database or url if sqlite else parts.render_as_string(hide_password=True)


@contextmanager
def open_storage(url: str, heartbeat: int = 10) -> Iterator[RDBStorage]:
    """The storage, its tables made; closed at the end. Raises `SearchError` if it cannot be opened."""
    # Two programs that join a new database at once both make its tables. One of them fails, and tries again.
    for attempts_left in (2, 1, 0):
        try:
            storage = connect(url, heartbeat)
            break
        except Exception as error:
            if not attempts_left:
                reason = str(error.__cause__ or error).strip().splitlines()[0]
                raise SearchError(
                    f"the storage {format_url(url)} cannot be opened: {reason}\n  needed: a path, "
                    "sqlite:///PATH, postgresql://USER:PASSWORD@HOST/DATABASE or mysql+pymysql://..."
                ) from error
    try:
        yield storage
    finally:
        storage.remove_session()
        storage.engine.dispose()


def connect(url: str, heartbeat: int) -> RDBStorage:
    """Optuna's storage. On SQLite, each transaction takes the lock for writing when it begins.

    Optuna claims a trial in one transaction: it reads that the trial waits, then writes that it runs. It asks
    the database to lock the row in between. SQLite cannot, so that two workers could claim the same trial.
    """
    sqlite, template = url.startswith("sqlite"), url.replace("{", "{{").replace("}", "}}")
    # Seconds to wait, for other writers or for a server to answer. None: Python begins no transaction.
    options = {"timeout": 60, "isolation_level": None} if sqlite else {"connect_timeout": 10}
    engine = {"connect_args": options, "pool_pre_ping": not sqlite}
    with quiet():
        storage = RDBStorage(
            template, engine, heartbeat_interval=heartbeat, grace_period=3 * heartbeat
        )
    if sqlite:
        sqlalchemy.event.listen(storage.engine, "begin", begin_immediate)
    return storage


def begin_immediate(connection: sqlalchemy.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
