"""Where the trials live: an Optuna study in a database, SQLite's by default, opened and closed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minigrad.errors import SearchError
from minigrad.search.library import optuna, quiet
from minigrad.search.plan import Plan

if TYPE_CHECKING:
    from optuna import Study as OptunaStudy
    from optuna.storages import RDBStorage

DEFAULT = Path("runs") / "search.db"
IDENTITY = "minigrad search"
"""The attribute of a study that holds `Plan.identity`."""
DRIVERS = {
    "postgresql": {"psycopg": "psycopg", "psycopg2": "psycopg2"},
    "mysql": {"mysqldb": "MySQLdb", "pymysql": "pymysql"},
}
"""Those that SQLAlchemy knows by that name, and the module that each of them is."""
PATIENCE = 60
"""Seconds that a process waits for its turn to write."""


@dataclass(frozen=True)
class Heartbeat:
    """A running trial gives a sign of life every `interval` seconds; after `grace` without, it is run again.

    Too short a grace costs work that is done twice, never a wrong table.
    """

    interval: int = 10
    grace: int = 30


HEARTBEAT = Heartbeat()


def locate(storage: str | Path | None) -> str:
    """The storage as a URL. A path is that of an SQLite file, whose folder is made."""
    if storage is None:
        storage = DEFAULT
    if isinstance(storage, str) and "://" in storage:
        if storage in ("sqlite://", "sqlite:///:memory:"):
            raise SearchError(
                f"the storage {storage} is memory, in which no trial outlives the program; give a path"
            )
        return with_driver(storage)
    path = Path(storage).resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    from sqlalchemy import URL

    return URL.create("sqlite", database=str(path)).render_as_string()


def with_driver(url: str) -> str:
    """The URL with the first driver that is installed, where it leaves open which.

    SQLAlchemy takes one by default, another from one version to the next, whether it is there or not.
    """
    backend, rest = url.split("://", 1)
    for name, module in DRIVERS.get(backend, {}).items():
        if find_spec(module) is not None:
            return f"{backend}+{name}://{rest}"
    return url


def shown(url: str) -> str:
    """The URL without its password; an SQLite file by its path."""
    from sqlalchemy.engine import make_url

    try:
        parts = make_url(url)
    except Exception:
        return url
    if parts.get_backend_name() == "sqlite":
        return parts.database or url
    return parts.render_as_string(hide_password=True)


@contextmanager
def opened(url: str, heartbeat: Heartbeat) -> Iterator[RDBStorage]:
    """The storage of that URL, its tables made. Raises `SearchError` if it cannot be reached."""
    try:
        storage = connect(url, heartbeat)
    except Exception as error:
        reason = str(error.__cause__ or error).strip().splitlines()[0]
        raise SearchError(
            f"the storage {shown(url)} cannot be reached: {reason}\n"
            "  needed: a path, sqlite:///PATH, postgresql://USER:PASSWORD@HOST/DATABASE or mysql+pymysql://..."
        ) from error
    try:
        yield storage
    finally:
        storage.remove_session()
        storage.engine.dispose()


def connect(url: str, heartbeat: Heartbeat) -> RDBStorage:
    sqlite = url.startswith("sqlite")
    connect_args = {"timeout": PATIENCE} if sqlite else {"connect_timeout": 10}
    with quiet() as package:
        for left in (2, 1, 0):
            try:
                storage: RDBStorage = package.storages.RDBStorage(
                    url.replace("{", "{{").replace("}", "}}"),  # Optuna takes it for a template
                    engine_kwargs={"connect_args": connect_args, "pool_pre_ping": not sqlite},
                    heartbeat_interval=heartbeat.interval,
                    grace_period=heartbeat.grace,
                )
                break
            except Exception:
                # Two that join a new database at once both make its tables, and one of them fails.
                if not left:
                    raise
        if sqlite:
            take_turns(storage)
    return storage


def take_turns(storage: RDBStorage) -> None:
    """Let each transaction on SQLite take the lock for writing as it begins.

    Optuna claims a trial by reading that it waits and writing that it runs, and asks the database to lock
    the row in between. SQLite has no such lock, so that two workers may claim the same trial.
    """
    from sqlalchemy import event

    @event.listens_for(storage.engine, "connect")
    def by_hand(connection: Any, _: object) -> None:
        connection.isolation_level = (
            None  # Python's sqlite3 would begin later, and without the lock
        )

    @event.listens_for(storage.engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    storage.engine.dispose()  # the connections that were made without


def join(storage: RDBStorage, plan: Plan, *, prune: bool = False) -> OptunaStudy:
    """The study of that name, made if need be. Raises `SearchError` if it is of another search."""
    with quiet() as package:
        pruner = package.pruners.MedianPruner() if prune else package.pruners.NopPruner()
        study: OptunaStudy = package.create_study(
            storage=storage,
            study_name=plan.name,
            direction=plan.direction,
            pruner=pruner,
            load_if_exists=True,
        )
        there, mine = study.user_attrs.get(IDENTITY), plan.identity()
        if there is None and not study.get_trials(deepcopy=False):
            study.set_user_attr(IDENTITY, mine)
            there = study.user_attrs[IDENTITY]
    where = shown(storage.url)
    if there is None:
        raise SearchError(
            f"the study {plan.name!r} in {where} was not made by minigrad.search; give another name"
        )
    if there != mine:
        raise SearchError(
            f"the study {plan.name!r} in {where} is another search: {difference(there, mine)}\n"
            "  their trials must not be mixed: give this one another name= or storage="
        )
    return study


def difference(there: Mapping[str, Any], mine: Mapping[str, Any]) -> str:
    """Which of the things that must agree does not."""
    key = next(key for key in {**there, **mine} if there.get(key) != mine.get(key))
    return f"there {key} is {there.get(key)}, here {mine.get(key)}"


def exists(name: str, storage: RDBStorage) -> bool:
    return name in optuna().get_all_study_names(storage)
