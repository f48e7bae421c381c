"""`manage.py benchmark [NAME ...] [--json FILE]`: what the engine achieves on this machine, against its bounds.

Works on a database of its own, which is made beside the configured one and dropped at the end.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from access.benchmark import table
from access.benchmark.bench import Bench
from access.benchmark.figures import Figure, to_json, to_table
from access.benchmark.fleet import Stuck
from access.benchmark.machine import machine
from access.benchmark.scratch import Interrupted, empty, scratch_database
from config import postgres

if TYPE_CHECKING:
    from argparse import ArgumentParser

WIDTH = 100


class Command(BaseCommand):
    help = "Measures the engine on a database of its own and prints a table."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "names", nargs="*", metavar="NAME", help=f"any of: {', '.join(table.BENCHMARKS)} (all)"
        )
        parser.add_argument("--json", metavar="FILE", help="write the figures there, too")
        parser.add_argument("--profile", metavar="FILE", default="", help="write where runners' time went")

    def handle(self, *_: Any, **options: Any) -> None:
        names = options["names"] or list(table.BENCHMARKS)
        unknown = sorted(set(names) - set(table.BENCHMARKS))
        if unknown:
            raise CommandError(
                f"There is no benchmark “{unknown[0]}”; choose from: {', '.join(table.BENCHMARKS)}."
            )
        url = os.environ.get("DATABASE_URL") or postgres.connection_url()
        figures: list[Figure] = []
        try:
            with scratch_database(url) as scratch:
                for number, name in enumerate(names, start=1):
                    title = f"[{number}/{len(names)}] {name}"
                    figures += self.run_one(name, title, Bench(scratch, profile=options["profile"]))
        except Interrupted as interruption:
            raise CommandError(f"The benchmark was {interruption}; its database is gone.") from interruption
        for line in to_table(figures):
            self.stdout.write(line)
        found = machine()
        self.stdout.write(f"Machine: {found['cores']} cores, {found['memory_gb']} GB, {found['system']}")
        if options["json"]:
            write_json(Path(options["json"]), figures, found)

    def run_one(self, name: str, title: str, bench: Bench) -> list[Figure]:
        """A measure that cannot be finished is a figure without a value, so that the others are not lost."""
        show = Progress(title)
        empty()
        try:
            found = table.measure_of(name)(Bench(bench.url, show, bench.profile))
        except Stuck as problem:
            found = [Figure(name, "", "", None, reason=str(problem))]
        show.finish()
        return found


class Progress:
    """One line on standard error that says how far a measure is; where nobody watches, only how long it took."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.started = time.monotonic()
        self("...")

    def __call__(self, text: str) -> None:
        if sys.stderr.isatty():
            print(f"\r{self.title}: {text}"[:WIDTH].ljust(WIDTH), end="", file=sys.stderr, flush=True)

    def finish(self) -> None:
        self("")
        print(
            f"\r{self.title}: {time.monotonic() - self.started:.0f} s".ljust(WIDTH),
            file=sys.stderr,
            flush=True,
        )


def write_json(path: Path, figures: list[Figure], found: dict[str, Any]) -> None:
    path.write_text(
        json.dumps({**{figure.name: to_json(figure) for figure in figures}, "machine": found}, indent=2)
    )
