"""`manage.py run`: web and worker in one terminal, ended together by Ctrl-C."""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from access.processes import Child, end_all, manage, until_told_to_end

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.core.management.base import CommandParser

DEFAULT_PORT: Final = 8000
MOST_WEB_PROCESSES: Final = 2


class Command(BaseCommand):
    help = "Runs the web server and the background work together, until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        add_address(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        check_port(host, port)
        check_migrations()
        if settings.PRODUCTION:
            call_command("collectstatic", interactive=False, verbosity=0)
        where = address(host, port)
        run_together(
            host, port, ready=lambda: self.stdout.write(f"Keyturn runs on {where} (Ctrl-C ends it).")
        )


def add_address(parser: CommandParser) -> None:
    parser.add_argument("--port", type=int, default=os.environ.get("PORT") or DEFAULT_PORT)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")


def address(host: str, port: int) -> str:
    return f"http://{host}:{port}/"


def check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as problem:
            raise CommandError(
                f"Port {port} on {host} cannot be used ({problem}). Choose another one: PORT={port + 1} make demo, "
                f"or manage.py run --port {port + 1}."
            ) from problem


def check_migrations() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CommandError("The database is not up to date: run manage.py migrate first.")


def find_port(wanted: int) -> int:
    """The wanted port of this machine, or any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_together(host: str, port: int, *, ready: Callable[[], None], also: Sequence[Child] = ()) -> None:
    web = Child("web server", gunicorn(host, port))
    children = [*also, web, Child("worker", manage("worker"))]
    answered = False
    with until_told_to_end() as ending:
        try:
            for child in children:
                child.start()
            while not ending.wait(0.2):
                for child in children:
                    if child.has_ended():
                        raise CommandError(f"The {child.name} ended by itself; its last lines above say why.")
                if not answered and accepts(host, port):
                    answered = True
                    ready()
            print("\nEnding; this takes a few seconds.", flush=True)
        finally:
            end_all(children, seconds=settings.KEYTURN_STOP_SECONDS + 5)


def accepts(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def gunicorn(host: str, port: int) -> list[str]:
    """A process runs one thread at a time, so a second core takes a second one; both share what is loaded before."""
    options = {
        "bind": f"{host}:{port}",
        "worker-class": "gthread",
        "workers": str(min(MOST_WEB_PROCESSES, os.cpu_count() or 1)),
        "threads": "8",
        "graceful-timeout": "3",
        "log-level": "warning",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "gunicorn", "--no-control-socket", "--preload", *flags, "config.wsgi"]
