"""Custom metadata: what programs hang on devices, accounts and webviews (facts 7.1). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

MOST_KEYS: Final = 50
LONGEST_KEY: Final = 40
LONGEST_VALUE: Final = 500


class MetadataError(ValueError):
    """Not taken; the message is a sentence."""


def checked_metadata(given: Mapping[str, Any]) -> dict[str, str | bool]:
    """Return what is to be kept; what is null or empty is left out."""
    kept = {key: value for key, value in given.items() if value is not None and value != ""}
    if len(kept) > MOST_KEYS:
        raise MetadataError(f"Custom metadata has at most {MOST_KEYS} keys.")
    for key, value in kept.items():
        if not key or len(key) > LONGEST_KEY:
            raise MetadataError(f"A key of custom metadata has 1 to {LONGEST_KEY} characters.")
        if not isinstance(value, bool | str):
            raise MetadataError("A value of custom metadata is a text or true or false.")
        if isinstance(value, str) and (len(value) > LONGEST_VALUE or "\0" in value):
            raise MetadataError(f"A value of custom metadata has at most {LONGEST_VALUE} characters.")
    return kept


def merged_metadata(present: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, str | bool]:
    """Add or change what is given; a key that is given as null or empty goes."""
    return checked_metadata({**present, **given})
