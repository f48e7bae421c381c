"""Each of the 101 failures that users of other systems reported (facts on failures, 2.A to 2.E) has a test that bears
its number, as `f07` among the words of its name, or a reason here why it cannot happen to this system."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent
ALL = range(1, 102)
NUMBER = re.compile(r"f(\d{2,3})")

NOT_APPLICABLE = {
    40: "Bookings come from calendars, which have no pages, or are sent to our own interface: "
    "no list of a booking system is read page by page, so there is no first page to stop at.",
    80: "There is no Z-Wave driver, and the driver contract knows no command classes: "
    "a driver that speaks Z-Wave must choose between User Code and User Credential by itself.",
}


def names_of_tests() -> list[str]:
    """Return the names of all test functions and methods under tests/."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in sorted(TESTS.rglob("*.py")))
    functions = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return [function.name for function in functions if function.name.startswith("test_")]


def numbers_in(name: str) -> set[int]:
    words = (NUMBER.fullmatch(word) for word in name.split("_"))
    return {int(word[1]) for word in words if word is not None}


def test_every_failure_has_a_test_that_names_it_or_a_reason() -> None:
    named = set[int]().union(*map(numbers_in, names_of_tests()))

    assert named & NOT_APPLICABLE.keys() == set()
    assert sorted(named | NOT_APPLICABLE.keys()) == list(ALL)


def test_reasons_are_sentences() -> None:
    for reason in NOT_APPLICABLE.values():
        assert re.fullmatch(r"[A-Z][^.]{60,}\.", reason)
