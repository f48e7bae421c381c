"""Which code of a device goes on to which window, so that a change moves codes instead of making new ones. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from properties.window import Window


@dataclass(frozen=True, slots=True)
class Held:
    """A code as it stands now; `is_revoked`: taken back, and no lock has confirmed that it is gone."""

    id: int
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    is_revoked: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """`kept` says for each window which code it has, by its place in the windows; `spare` codes have none."""

    kept: dict[int, int]
    spare: frozenset[int]


def match(held: Iterable[Held], windows: Sequence[Window]) -> Match:
    """A window takes the code that has it already, else the next live one, else one whose revocation can be undone."""
    held = sorted(held, key=_order)
    live = [code for code in held if not code.is_revoked]
    kept: dict[int, int] = {}
    for codes in (live, [code for code in held if code.is_revoked]):
        free = list(codes)
        for number, window in enumerate(windows):
            same = next(
                (c for c in free if (c.starts_at, c.ends_at) == (window.starts_at, window.ends_at)), None
            )
            if number not in kept and same is not None:
                kept[number] = same.id
                free.remove(same)
        open_numbers = [number for number in range(len(windows)) if number not in kept]
        kept.update(zip(open_numbers, (code.id for code in free), strict=False))
    return Match(kept, frozenset(code.id for code in live) - frozenset(kept.values()))


def _order(code: Held) -> tuple[dt.datetime, int]:
    return (code.starts_at or dt.datetime.min.replace(tzinfo=dt.UTC), code.id)
