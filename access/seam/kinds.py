"""Kinds of parameters: each makes a typed value of JSON, or of the text that a query holds, or says what is wrong."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

# What PostgreSQL and every zone can bear, with room for margins.
FIRST_YEAR, LAST_YEAR = 1970, 2999
LARGEST: Final = 2**31 - 1
LONGEST_LIST: Final = 1000
NUMBER: Final = re.compile(r"-?[0-9]{1,10}(\.0{1,10})?")


class Wrong(Exception):
    """`inner`: faults of single fields or items, by name or position."""

    def __init__(self, *messages: str, inner: Mapping[str, Wrong] | None = None) -> None:
        super().__init__(*messages)
        self.messages, self.inner = messages, dict(inner or {})

    @classmethod
    def expected(cls, what: str, value: object) -> Wrong:
        return cls(f"Expected {what}, received {name_of(value)}")

    def tree(self) -> dict[str, Any]:
        return {"_errors": list(self.messages), **{name: wrong.tree() for name, wrong in self.inner.items()}}

    def leaves(self, path: str = "") -> Iterator[tuple[str, str]]:
        for message in self.messages:
            yield path, message
        for name, wrong in self.inner.items():
            yield from wrong.leaves(f"{path}.{name}" if path else name)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a query holds under one name. `is_array`: it was written as `k[]`; `is_strict`: commas are just text."""

    values: tuple[str, ...]
    is_array: bool = False
    is_strict: bool = False

    def many(self) -> list[str]:
        """An empty value alone is an empty array."""
        if self.values == ("",):
            return []
        split = len(self.values) == 1 and not self.is_array and not self.is_strict
        return self.values[0].split(",") if split else list(self.values)


def name_of(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"


@dataclass(frozen=True, slots=True)
class Kind:
    """`read` is what callers use; None comes of null and of an empty value in a query."""

    def read(self, value: Any) -> Any:
        if isinstance(value, Asked):
            value = self.of_query(value)
        return None if value is None else self.of(value)

    def of_query(self, asked: Asked) -> Any:
        if len(asked.values) != 1 or asked.is_array:
            raise Wrong("Expected one value, received array")
        return self.of_text(asked.values[0]) if asked.values[0] != "" else None

    def of_text(self, text: str) -> Any:
        return text

    def of(self, value: Any) -> Any:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Text(Kind):
    """Text that can be stored: no NUL, no half characters. `pattern` must match all of it; `hint` says what it asks."""

    longest: int = 500
    shortest: int = 0
    pattern: str = ""
    hint: str = "Invalid"

    def of(self, value: Any) -> str:
        if not isinstance(value, str):
            raise Wrong.expected("string", value)
        check_storable(value)
        if len(value) < self.shortest:
            raise Wrong(f"String must contain at least {self.shortest} character(s)")
        if len(value) > self.longest:
            raise Wrong(f"String must contain at most {self.longest} character(s)")
        if self.pattern and re.fullmatch(self.pattern, value) is None:
            raise Wrong(self.hint)
        return value


def check_storable(value: str) -> None:
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise Wrong("String must not contain NUL or incomplete characters")


@dataclass(frozen=True, slots=True)
class Id(Kind):
    def of(self, value: Any) -> uuid.UUID:
        if not isinstance(value, str):
            raise Wrong.expected("string", value)
        try:
            return uuid.UUID(value) if len(value) in (32, 36) else _no_id()
        except ValueError:
            raise Wrong("Invalid uuid") from None


def _no_id() -> uuid.UUID:
    raise Wrong("Invalid uuid")


@dataclass(frozen=True, slots=True)
class Whole(Kind):
    """A whole number; 4.0 is one, true is none."""

    least: int = 0
    most: int = LARGEST

    def of_text(self, text: str) -> Any:
        return int(text.partition(".")[0]) if NUMBER.fullmatch(text) else text

    def of(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Wrong.expected("number", value)
        if isinstance(value, float) and not value.is_integer():
            raise Wrong("Expected integer, received float")
        if value < self.least:
            raise Wrong(f"Number must be greater than or equal to {self.least}")
        if value > self.most:
            raise Wrong(f"Number must be less than or equal to {self.most}")
        return int(value)


@dataclass(frozen=True, slots=True)
class Flag(Kind):
    def of_text(self, text: str) -> Any:
        return {"true": True, "false": False}.get(text, text)

    def of(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise Wrong.expected("boolean", value)
        return value


@dataclass(frozen=True, slots=True)
class Choice(Kind):
    values: tuple[str, ...]

    def of(self, value: Any) -> str:
        if value not in self.values or not isinstance(value, str):
            named = " | ".join(f"'{one}'" for one in self.values)
            raise Wrong(f"Invalid enum value. Expected {named}")
        return value


@dataclass(frozen=True, slots=True)
class Moment(Kind):
    """ISO 8601; without an offset it is UTC, as there."""

    def of(self, value: Any) -> dt.datetime:
        if not isinstance(value, str):
            raise Wrong.expected("string", value)
        try:
            moment = dt.datetime.fromisoformat(value)
            moment = moment.replace(tzinfo=moment.tzinfo or dt.UTC).astimezone(dt.UTC)
        except (ValueError, OverflowError):
            raise Wrong("Invalid datetime") from None
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise Wrong(f"Datetime must lie between {FIRST_YEAR} and {LAST_YEAR}")
        return moment


@dataclass(frozen=True, slots=True)
class Many(Kind):
    """`alone`: one value without an array around it is an array of one."""

    kind: Kind
    least: int = 0
    most: int = LONGEST_LIST

    def of_query(self, asked: Asked) -> Any:
        return [Asked((text,)) for text in asked.many()]

    def of(self, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Wrong.expected("array", value)
        if len(value) < self.least:
            raise Wrong(f"Array must contain at least {self.least} element(s)")
        if len(value) > self.most:
            raise Wrong(f"Array must contain at most {self.most} element(s)")
        found: list[Any] = []
        faults: dict[str, Wrong] = {}
        for position, item in enumerate(value):
            try:
                one = self.kind.read(item)
            except Wrong as wrong:
                faults[str(position)] = wrong
                continue
            if one is None:
                faults[str(position)] = Wrong("Required")
            else:
                found.append(one)
        if faults:
            raise Wrong(inner=dict(list(faults.items())[:5]))
        return found


@dataclass(frozen=True, slots=True)
class Record(Kind):
    """Free keys with short texts, flags or (to take a key away) null, as custom_metadata has them."""

    most: int = 50
    longest_key: int = 40
    longest_value: int = 500

    def of(self, value: Any) -> dict[str, str | bool | None]:
        if not isinstance(value, Mapping):
            raise Wrong.expected("object", value)
        if len(value) > self.most:
            raise Wrong(f"Object must contain at most {self.most} keys")
        found: dict[str, str | bool | None] = {}
        faults: dict[str, Wrong] = {}
        for key, item in value.items():
            try:
                found[Text(self.longest_key, shortest=1).of(key)] = self._item(item)
            except Wrong as wrong:
                faults[key] = wrong
        if faults:
            raise Wrong(inner=dict(list(faults.items())[:5]))
        return found

    def _item(self, item: Any) -> str | bool | None:
        if isinstance(item, Asked):
            item = Flag().of_text(item.values[-1])
        if item is None or isinstance(item, bool):
            return item
        return Text(self.longest_value).of(item)
