"""What may stand in braces in a message. Pure: `unknown_in` is asked when a text is saved, `fill` when it is sent."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from typing import Final

PLACEHOLDERS: Final[Mapping[str, str]] = {
    "guest": "the guest's name",
    "first_name": "the guest's first name",
    "property": "the house",
    "unit": "the flat or room",
    "address": "the address of the house",
    "arrival_notes": "how to find it",
    "check_in": "when the stay begins",
    "check_out": "when it ends",
    "nights": "the number of nights",
    "doors": "the doors that the code opens",
    "code": "the code that opens them at the moment of sending",
    "pass_link": "the link to the guest's pass",
    "contact": "whom guests call",
    "reference": "the booking's reference",
}
# Without one of these, a message would say nothing or something wrong: it waits for them.
NEEDED: Final = frozenset({"code", "pass_link"})
_BRACES: Final = re.compile(r"\{([^{}\n]{0,60})\}")


def used_in(*texts: str) -> set[str]:
    return {name.strip() for text in texts for name in _BRACES.findall(text)}


def unknown_in(*texts: str) -> list[str]:
    return sorted(used_in(*texts) - PLACEHOLDERS.keys())


def explain_unknown(names: Collection[str]) -> str:
    """One sentence that says what to do."""
    parts = []
    for name in names:
        near = difflib.get_close_matches(name.lower(), PLACEHOLDERS, n=1, cutoff=0.5)
        parts.append(f"{{{name}}}" + (f" (do you mean {{{near[0]}}}?)" if near else ""))
    known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    return f"There is nothing to put in place of {', '.join(parts)}. Known are: {known}."


def fill(text: str, values: Mapping[str, str]) -> str:
    """What is put in is never read as a placeholder again."""
    return _BRACES.sub(lambda found: values.get(found[1].strip(), found[0]), text)


def fill_lines(text: str, values: Mapping[str, str]) -> str:
    """As `fill`, without the lines of which nothing is known: “Address:” alone tells a guest nothing."""
    kept = [line for line in text.split("\n") if not _is_bare(line, values)]
    return re.sub(r"\n{3,}", "\n\n", fill("\n".join(kept), values)).strip("\n")


def _is_bare(line: str, values: Mapping[str, str]) -> bool:
    names = used_in(line)
    return bool(names) and all(values.get(name) == "" for name in names)
