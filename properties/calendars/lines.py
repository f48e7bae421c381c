"""From the bytes of a calendar to its content lines: unfolding, decoding, splitting. Pure, no exception for any bytes.

Lines are unfolded as bytes, because exporters fold inside a UTF-8 sequence, and decoded one by one, so that one bad
byte spoils one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from icalendar.parser import Contentline

MAX_LINE: Final = 16_000
_FOLD: Final = re.compile(rb"(?:\r\n|\n|\r)[ \t]")
_BREAK: Final = re.compile(rb"\r\n|\n|\r")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class ContentLine:
    name: str
    params: Mapping[str, str]
    value: str


def read_lines(data: bytes) -> Iterator[str]:
    data = data.removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b"")
    for line in _BREAK.split(_FOLD.sub(b"", data)):
        text = _CONTROL.sub("", _decode(line[: 4 * MAX_LINE]))[:MAX_LINE]
        if text.strip():
            yield text


def split_line(text: str) -> ContentLine | None:
    """None where the line cannot be read; its event goes on without it."""
    try:
        name, params, value = Contentline(text).parts()  # type: ignore[no-untyped-call]  # icalendar gives it no hints
    except ValueError:
        return None
    flat = {key.upper(): _first(found) for key, found in params.items()}
    return ContentLine(name.upper(), flat, value)


def name_of(text: str) -> str:
    """The property's name, without reading the line; calendars have many lines that nobody needs."""
    return re.split(r"[:;]", text, maxsplit=1)[0].strip().upper()


def _first(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    return str(value)


def _decode(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")
