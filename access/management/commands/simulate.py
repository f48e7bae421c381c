"""`manage.py simulate`: months of bookings, mistakes and faults over virtual locks, and what came of them."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from access.simulation.casting import SCHEDULES
from access.simulation.figures import add_up, figures_of, table_of, to_json
from access.simulation.running import Order, simulate

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

BAR = 40


class Command(BaseCommand):
    help = (
        "Runs the application over virtual locks on a virtual clock, in scratch databases of its own. A portfolio of "
        "flats behind shared entrances (three doors in four are somebody's own), stays of about 4.5 nights, about 65 "
        "of 100 nights sold. What is edited at a lock by others can be known at its next reading only (ten minutes, at "
        "once where the brand pushes): those minutes are kept apart, as edited."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--doors", type=int, default=20, help="locks of mixed brands (default 20)")
        parser.add_argument("--days", type=int, default=14, help="days to live through (default 14)")
        parser.add_argument("--faults", choices=sorted(SCHEDULES), default="standard")
        parser.add_argument("--seed", default="1", help="any text; the same one gives the same figures")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as an object")

    def handle(self, *_: Any, **options: Any) -> None:
        if options["doors"] < 1 or options["days"] < 1:
            raise CommandError("Give at least one door and one day.")
        order = Order(options["doors"], options["days"], options["faults"], options["seed"])
        bar = ProgressBar(sys.stderr)
        try:
            counts = simulate(order, progress=bar.show)
        except KeyboardInterrupt:
            raise CommandError("Ended before its time; the scratch database is gone.") from None
        finally:
            bar.end()
        figures = figures_of(add_up(counts), asdict(order))
        if options["json"] is not None:
            options["json"].write_text(to_json(figures))
        self.stdout.write(table_of(figures))


class ProgressBar:
    """Plain, and only where somebody watches."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._watched = stream.isatty()

    def show(self, share: float) -> None:
        if self._watched:
            done = round(share * BAR)
            self._stream.write(f"\r{'#' * done}{'.' * (BAR - done)} {share:4.0%}")
            self._stream.flush()

    def end(self) -> None:
        if self._watched:
            self._stream.write("\n")
