"""Rows of trouble that a person marked as handled: hidden until they get worse, or come anew.

Called by access.boards and the views of Today. A row that has no causes can't be known again, and is never hidden.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from access.models import HandledNote
from access.needs import Need
from properties.models import Workspace
from properties.noting import note_change

CAUSE_LENGTH = 500
TITLE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Handled:
    """A row that is hidden, and the note that hides it."""

    need: Need
    note: HandledNote


@transaction.atomic
def mark_handled(workspace: Workspace, need: Need, *, actor: str, now: dt.datetime) -> HandledNote:
    note_change(workspace, "Trouble marked as handled", f"{need.title}: {need.cause}", actor=actor, now=now)
    return HandledNote.objects.create(
        workspace=workspace,
        key=need.key,
        causes=sorted(need.causes),
        tone=need.tone,
        title=need.title[:TITLE_LENGTH],
        cause=need.cause[:CAUSE_LENGTH],
        handled_by=actor,
        handled_at=now,
    )


@transaction.atomic
def withdraw_note(workspace: Workspace, key: str, *, actor: str, now: dt.datetime) -> int:
    """Show the row again."""
    notes = HandledNote.objects.in_workspace(workspace).filter(key=key, withdrawn_at=None)
    title = notes.values_list("title", flat=True).first()
    if title is not None:
        note_change(workspace, "Trouble shown again", title, actor=actor, now=now)
    return notes.update(withdrawn_at=now, withdrawn_by=actor)


def notes_on(workspace: Workspace, needs: Iterable[Need]) -> dict[str, HandledNote]:
    """The latest note on each row, by its key."""
    keys = [need.key for need in needs if need.causes]
    notes = HandledNote.objects.in_workspace(workspace).filter(key__in=keys, withdrawn_at=None)
    return {note.key: note for note in notes.order_by("handled_at", "pk")}


def part_by_notes(
    needs: Sequence[Need], notes: Mapping[str, HandledNote]
) -> tuple[tuple[Need, ...], tuple[Handled, ...]]:
    """Those to be shown, and those that are handled."""
    hidden = [
        Handled(need, notes[need.key])
        for need in needs
        if need.key in notes and is_hidden(need, causes=notes[need.key].causes, tone=notes[need.key].tone)
    ]
    keys = {handled.need.key for handled in hidden}
    return tuple(need for need in needs if need.key not in keys), tuple(hidden)


def is_hidden(need: Need, *, causes: Iterable[str], tone: str) -> bool:
    """Tell whether nothing stands behind the row that did not when it was marked, and it is not worse."""
    worse = need.tone == "error" != tone
    return bool(need.causes) and need.causes <= set(causes) and not worse
