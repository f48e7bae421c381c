"""The usual messages, in four languages; each workspace gets them switched off, to be changed as it likes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from access.enums import Anchor, MessageKind
from access.messaging.defaults import de, en, es, fr
from access.messaging.defaults.shapes import Text

DAY_MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class Usual:
    kind: MessageKind
    anchor: Anchor
    offset_minutes: int = 0


USUAL: Final = (
    Usual(MessageKind.CONFIRMED, Anchor.CONFIRMATION),
    Usual(MessageKind.BEFORE_ARRIVAL, Anchor.ARRIVAL, -DAY_MINUTES),
    Usual(MessageKind.CODE_READY, Anchor.EVENT),
    Usual(MessageKind.CODE_CHANGED, Anchor.EVENT),
    Usual(MessageKind.BACKUP_GIVEN, Anchor.EVENT),
    Usual(MessageKind.CHECK_OUT, Anchor.DEPARTURE, -15 * 60),
)
TEXTS: Final[Mapping[str, Mapping[MessageKind, Text]]] = {
    "en": en.TEXTS,
    "de": de.TEXTS,
    "fr": fr.TEXTS,
    "es": es.TEXTS,
}
EVENT_KINDS: Final = frozenset({MessageKind.CODE_READY, MessageKind.CODE_CHANGED, MessageKind.BACKUP_GIVEN})
# Those that may wait a while after it, and are left out where nobody needs them any more by then.
WAITING_KINDS: Final = frozenset({MessageKind.BACKUP_GIVEN})
