"""What a measure is given: the database that it may fill, and a way to say how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Say = Callable[[str], None]


def silent(text: str) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class Bench:
    """`url`: the scratch database, for child processes; Django's own connection is on it already. It is empty when a
    measure begins. `say` shows progress: each line takes the place of the one before. `profile`: where runners write
    what their time went into, if anywhere."""

    url: str = field(repr=False)
    say: Say = silent
    profile: str = ""
