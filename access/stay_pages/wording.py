"""How the parts of a stay's page say numbers within a sentence. Pure."""

from __future__ import annotations


def times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
