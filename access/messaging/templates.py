"""Templates of messages: the usual ones for each workspace, saved with all their texts, switched on and off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef

from access.enums import Anchor, MessageKind
from access.messaging.defaults import EVENT_KINDS, TEXTS, USUAL, WAITING_KINDS
from access.messaging.defaults.shapes import Text
from access.messaging.placeholders import explain_unknown, unknown_in
from access.models import MessageChannel, MessageTemplate, MessageText
from properties.models import Workspace

BATCH: Final = 100


class TemplateRefused(ValueError):
    """It cannot be saved so. `field`: whose value is wrong; the message is a sentence."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def add_usual(workspace: Workspace) -> int:
    """Switched off: nothing is sent to guests before somebody read it. Names that are there already are left alone."""
    with transaction.atomic():
        Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
        known = set(
            MessageTemplate.objects.filter(workspace=workspace, deleted_at=None).values_list(
                "name", flat=True
            )
        )
        rows = [
            MessageTemplate(
                workspace=workspace,
                kind=usual.kind,
                name=usual.kind.label,
                anchor=usual.anchor,
                offset_minutes=usual.offset_minutes,
            )
            for usual in USUAL
            if usual.kind.label not in known
        ]
        MessageTemplate.objects.bulk_create(rows)
        MessageText.objects.bulk_create(
            MessageText(template=row, language=code, subject=text.subject, body=text.body)
            for row in rows
            for code, texts in TEXTS.items()
            for kind, text in texts.items()
            if kind == row.kind
        )
    return len(rows)


def sweep_usual() -> int:
    """Workspaces that never had a template get the usual ones."""
    none_yet = Workspace.objects.filter(~Exists(MessageTemplate.objects.filter(workspace=OuterRef("pk"))))
    return sum(add_usual(workspace) for workspace in none_yet.order_by("pk")[:BATCH])


@transaction.atomic
def save_template(
    template: MessageTemplate,
    *,
    name: str,
    kind: MessageKind | str,
    anchor: Anchor | str,
    offset_minutes: int,
    channel: MessageChannel | None,
    texts: Mapping[str, Text],
) -> MessageTemplate:
    """`template` may be a new row of its workspace. Raise TemplateRefused."""
    written = {code: text for code, text in texts.items() if text.subject.strip() or text.body.strip()}
    _check(template, name, written)
    template.name, template.kind, template.channel = name.strip(), kind, channel
    if kind in EVENT_KINDS:
        wait = max(offset_minutes, 0) if kind in WAITING_KINDS else 0
        template.anchor, template.offset_minutes = Anchor.EVENT, wait
    else:
        template.anchor, template.offset_minutes = anchor, offset_minutes
    template.save()
    template.texts.exclude(language__in=written).delete()
    for code, text in written.items():
        MessageText.objects.update_or_create(
            template=template,
            language=code,
            defaults={"subject": text.subject.strip(), "body": text.body.strip()},
        )
    return template


def switch_template(template: MessageTemplate, *, on: bool, now: dt.datetime) -> None:
    """What was due before it is switched on is not sent."""
    if on == (template.active_since is not None):
        return
    template.active_since = now if on else None
    template.save(update_fields=["active_since"])


def delete_template(template: MessageTemplate, *, now: dt.datetime) -> None:
    """What it sent stays in the log."""
    template.deleted_at, template.active_since = now, None
    template.save(update_fields=["deleted_at", "active_since"])


def _check(template: MessageTemplate, name: str, written: Mapping[str, Text]) -> None:
    others = MessageTemplate.objects.filter(
        workspace=template.workspace_id, deleted_at=None, name=name.strip()
    )
    if others.exclude(pk=template.pk).exists():
        raise TemplateRefused("name", "Another message has this name; choose one that tells them apart.")
    if not written:
        raise TemplateRefused("", "Write the message in one language at least.")
    for code, text in written.items():
        for part in ("subject", "body"):
            words = getattr(text, part)
            if not words.strip():
                raise TemplateRefused(f"{part}_{code}", "Write both the subject and the message, or neither.")
            unknown = unknown_in(words)
            if unknown:
                raise TemplateRefused(f"{part}_{code}", explain_unknown(unknown))
