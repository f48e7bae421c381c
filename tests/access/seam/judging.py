"""Whether an answer is what the official package says that it is: its own dataclasses, field by field, all the way in.

The package reads any answer at all and puts None where a field is missing, so that it is its types that must judge.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from seam.deep_attr_dict import DeepAttrDict

# Fields that the package says are always there, each with the reason why they are null here.
NOT_HERE = {
    "ClientSession.expires_at": "a session without an end was not given one",
    "DeviceProvider.image_url": "no pictures of makers are kept",
}
# Words of the founding documents that today's package has others for; programs of theirs read these.
OF_THE_ERA = {"seamapi"}


def misfits(value: Any, where: str = "") -> Iterator[str]:
    """What in an answer of the package is not as its types say, each with its place."""
    if isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from misfits(one, f"{where}[{number}]")
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for name, hint in _hints(type(value)).items():
            place = f"{where}.{name}".removeprefix(".")
            if f"{type(value).__name__}.{name}" not in NOT_HERE:
                yield from _against(getattr(value, name), hint, place)


@cache
def _hints(kind: type) -> dict[str, Any]:
    module = __import__(kind.__module__, fromlist=["_"])
    inner = {name: found for name, found in vars(kind).items() if isinstance(found, type)}
    names = {field.name for field in dataclasses.fields(kind)}
    hints = get_type_hints(kind, vars(module), _outer(kind) | inner)
    return {name: hint for name, hint in hints.items() if name in names}


def _outer(kind: type) -> dict[str, Any]:
    """Names of the classes within which this one is written."""
    found: dict[str, Any] = {}
    place: Any = __import__(kind.__module__, fromlist=["_"])
    for part in kind.__qualname__.split(".")[:-1]:
        place = getattr(place, part)
        found |= {name: one for name, one in vars(place).items() if isinstance(one, type)}
    return found


def _against(value: Any, hint: Any, where: str) -> Iterator[str]:
    origin, options = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        found = [list(_against(value, option, where)) for option in options]
        if all(found):
            yield min(found, key=len)[0]
    elif origin is Literal:
        if value not in (*options, *OF_THE_ERA):
            yield f"{where}: {value!r} is none of {options}"
    elif origin in (list, dict):
        yield from _of_container(value, origin, options, where)
    elif not _is_a(value, hint):
        yield f"{where}: {value!r} is no {hint}"
    else:
        yield from misfits(value, where)


def _is_a(value: Any, hint: Any) -> bool:
    if hint is Any:
        return True
    if dataclasses.is_dataclass(hint):
        return isinstance(value, hint | DeepAttrDict)
    return isinstance(value, (int, float) if hint is float else hint)


def _of_container(value: Any, kind: Any, options: tuple[Any, ...], where: str) -> Iterator[str]:
    if not isinstance(value, kind):
        yield f"{where}: {value!r} is no {kind.__name__}"
        return
    inner = options[-1] if options else Any
    for name, one in enumerate(value) if isinstance(value, list) else value.items():
        yield from _against(one, inner, f"{where}.{name}")
