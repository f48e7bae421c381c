"""Compile locale/*/LC_MESSAGES/django.po to django.mo, without gettext's own tools: they are not on every machine.

A test compares the two, so a text that was changed in a .po file and not compiled fails there.
"""

from __future__ import annotations

import ast
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand

MAGIC: Final = 0x950412DE
HEADER_BYTES: Final = 28
# Between a context and its text, and between a text and its plural: gettext's own.
CONTEXT, PLURAL = "\x04", "\x00"

Catalog = Mapping[str, str]


class Command(BaseCommand):
    help = "Compile what guests read in other languages (locale/) after its .po files were changed."

    def handle(self, *args: Any, **options: Any) -> None:
        for source in sources():
            target = source.with_suffix(".mo")
            target.write_bytes(compile_catalog(read_po(source.read_text("utf-8"))))
            self.stdout.write(f"{target.parent.parent.name}: {target.name}")


def sources() -> list[Path]:
    return sorted(
        path for root in settings.LOCALE_PATHS for path in Path(root).glob("*/LC_MESSAGES/django.po")
    )


def read_po(text: str) -> dict[str, str]:
    """Keys as gettext stores them: context, then text, then plural. What is not translated is left out."""
    found: dict[str, str] = {}
    for entry in _entries(text):
        key = entry.get("msgid", "")
        if "msgctxt" in entry:
            key = entry["msgctxt"] + CONTEXT + key
        forms = [entry[name] for name in sorted(entry) if name.startswith("msgstr")]
        if "msgid_plural" in entry:
            key += PLURAL + entry["msgid_plural"]
        if forms and all(forms):
            found[key] = PLURAL.join(forms)
    return found


def _entries(text: str) -> Iterator[dict[str, str]]:
    entry: dict[str, str] = {}
    name, fuzzy = "", False
    for raw in [*text.splitlines(), ""]:
        line = raw.strip()
        if not line:
            if entry and not fuzzy:
                yield entry
            entry, name, fuzzy = {}, "", False
        elif line.startswith("#"):
            fuzzy = fuzzy or (line.startswith("#,") and "fuzzy" in line)
        else:
            if not line.startswith('"'):
                name, _, line = line.partition(" ")
                entry[name] = ""
            entry[name] += ast.literal_eval(line.strip())


def compile_catalog(catalog: Catalog) -> bytes:
    pairs = sorted((key.encode(), value.encode()) for key, value in catalog.items())
    keys, values = [key for key, _ in pairs], [value for _, value in pairs]
    texts_at = HEADER_BYTES + 16 * len(pairs)
    key_table, blob = _table(keys, texts_at)
    value_table, rest = _table(values, texts_at + len(blob))
    head = struct.pack("<7I", MAGIC, 0, len(pairs), HEADER_BYTES, HEADER_BYTES + 8 * len(pairs), 0, 0)
    return head + key_table + value_table + blob + rest


def _table(texts: list[bytes], start: int) -> tuple[bytes, bytes]:
    table, blob = b"", b""
    for text in texts:
        table += struct.pack("<2I", len(text), start + len(blob))
        blob += text + b"\0"
    return table, blob
