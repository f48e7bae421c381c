from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import os, sys, pathlib, psycopg
from config import postgres
folder = pathlib.Path(sys.argv[1])
postgres.hold(folder)
if sys.argv[2:] == ["fork"] and os.fork() == 0:
    os.close(1)
    os.open(os.devnull, os.O_WRONLY)
    sys.stdin.read()
    os._exit(0)
print(postgres.connection_url(folder), flush=True)
if sys.argv[2:] == ["mend"]:
    sys.stdin.read()
    postgres.mend(folder)
    psycopg.connect(postgres.connection_url(folder)).close()
    print("mended")
sys.stdin.read() if sys.argv[2:] != ["fork"] else None
"""


class Holder:
    """Another process that holds the server until it is ended."""

    output = ""

    def __init__(self, folder: Path, *arguments: str) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(folder), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
        )

    def url(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def end(self) -> None:
        self.output, _ = self.process.communicate(timeout=20)


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def wait_until_stopped(folder: Path) -> None:
    deadline = time.monotonic() + 10
    while (folder / "data" / "postmaster.pid").exists():
        assert time.monotonic() < deadline, "the server still runs"
        time.sleep(0.02)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "var" / "postgres"


def test_server_shared_by_two_starting_at_once_and_stopped_with_the_last(folder: Path) -> None:
    first, second = Holder(folder), Holder(folder)
    url = first.url()

    assert second.url() == url
    assert answers(url)
    first.end()
    assert answers(url)
    second.end()
    wait_until_stopped(folder)


def test_server_stopped_after_kill_of_its_only_holder_and_started_again(folder: Path) -> None:
    holder = Holder(folder)
    holder.url()
    holder.process.kill()
    holder.end()
    wait_until_stopped(folder)

    again = Holder(folder)
    assert answers(again.url())
    again.end()
    wait_until_stopped(folder)


def test_server_killed_is_started_again_with_its_data(folder: Path) -> None:
    holder = Holder(folder)
    url = holder.url()
    with psycopg.connect(url) as session:
        session.execute("CREATE TABLE kept (value integer)")
    pid = int((folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0])
    os.kill(pid, signal.SIGKILL)
    # As after a restart of the machine: the number in the left-over file is a stranger's.
    pid_file = folder / "data" / "postmaster.pid"
    pid_file.write_text(pid_file.read_text().replace(str(pid), str(os.getpid()), 1))

    again = Holder(folder)
    assert again.url() == url
    with psycopg.connect(url) as session:
        assert session.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    for process in (holder, again):
        process.end()
    wait_until_stopped(folder)


def test_server_killed_under_its_users_is_mended_by_them(folder: Path) -> None:
    holder = Holder(folder, "mend")
    url = holder.url()
    os.kill(int((folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0]), signal.SIGKILL)

    holder.end()

    assert holder.output == "mended\n"
    wait_until_stopped(folder)
    assert not answers(url)


def test_server_lives_while_a_forked_child_lives(folder: Path) -> None:
    parent = Holder(folder, "fork")
    url = parent.url()
    parent.process.wait(timeout=20)

    assert answers(url)
    parent.end()
    wait_until_stopped(folder)


def test_connection_file_readable_by_its_owner_only(folder: Path) -> None:
    holder = Holder(folder)
    holder.url()
    holder.end()
    wait_until_stopped(folder)

    assert (folder / "connection.json").stat().st_mode & 0o777 == 0o600
    assert "password" not in (folder / "log" / "server.log").read_text().lower()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to run the server as somebody else")
def test_root_without_a_way_for_nobody_starts_it_all_the_same(folder: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    holder = Holder(folder)

    assert answers(holder.url())
    assert (folder / "data").stat().st_uid != 0
    holder.end()
    wait_until_stopped(folder)


def test_missing_password_file_says_what_to_do(folder: Path) -> None:
    holder = Holder(folder)
    holder.url()
    holder.end()
    wait_until_stopped(folder)
    (folder / "connection.json").unlink()

    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-c", HOLDER, str(folder)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        check=False,
    )

    assert "put the file back, or move" in done.stderr
    assert done.returncode
