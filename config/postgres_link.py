"""Where the embedded PostgreSQL answers: its port and password, kept in a file that only we can read.

Used by `config.postgres`, which starts the server; imports nothing of Django.
"""

from __future__ import annotations

import json
import socket
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final

import psycopg

if TYPE_CHECKING:
    from pathlib import Path

USER: Final = "keyturn"
DATABASE: Final = "keyturn"


@dataclass(frozen=True, slots=True)
class Connection:
    port: int
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        return f"postgres://{USER}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"


def answers(connection: Connection | None) -> bool:
    if connection is None or connection.port == 0:
        return False
    try:
        with open_session(connection):
            return True
    except psycopg.OperationalError:
        return False


def open_session(connection: Connection) -> psycopg.Connection:
    return psycopg.connect(
        host="127.0.0.1",
        port=connection.port,
        user=USER,
        password=connection.password,
        dbname="postgres",
        connect_timeout=5,
        autocommit=True,
    )


def create_database(connection: Connection) -> None:
    with open_session(connection) as session:
        if not session.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            session.execute(f"CREATE DATABASE {DATABASE}")


def read_connection(folder: Path) -> Connection | None:
    try:
        return Connection(**json.loads((folder / "connection.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None


def write_connection(folder: Path, connection: Connection) -> None:
    fresh = folder / "connection.json.new"
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(asdict(connection)))
    fresh.replace(folder / "connection.json")


def free_port(wanted: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
