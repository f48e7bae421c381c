"""How states of codes look: word, icon and tone, the same on every page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html

from access.enums import EventType
from access.status import STATE_TEXT
from properties.templatetags.ui import icon

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.safestring import SafeString

    from access.enums import CodeState
    from access.status import StateText

register = template.Library()

TIMELINE_LOOK: Mapping[str, tuple[str, str]] = {
    "stay": ("stay", "info"),
    EventType.CODE_CREATED: ("key", "idle"),
    EventType.CODE_CHANGED: ("edit", "idle"),
    EventType.CODE_SCHEDULED: ("scheduled", "ok"),
    EventType.CODE_SET: ("active", "ok"),
    EventType.CODE_REMOVED: ("ended", "idle"),
    EventType.CODE_DELETED: ("ended", "idle"),
    EventType.CODE_DELAY_SETTING: ("delayed", "warn"),
    EventType.CODE_FAILED_SETTING: ("failed", "error"),
    EventType.CODE_DELAY_REMOVING: ("delayed", "warn"),
    EventType.CODE_FAILED_REMOVING: ("remove_failed", "error"),
    EventType.CODE_MODIFIED_OUTSIDE: ("changed_outside", "warn"),
    EventType.CODE_DELETED_OUTSIDE: ("changed_outside", "warn"),
    EventType.BACKUP_PULLED: ("backup", "warn"),
    EventType.FOREIGN_CREATED: ("foreign", "warn"),
    EventType.FOREIGN_REMOVED: ("foreign", "idle"),
    EventType.LOCK_UNLOCKED: ("unlock", "info"),
    EventType.LOCK_LOCKED: ("lock", "idle"),
    EventType.LOCK_DENIED: ("hide", "warn"),
    EventType.DEVICE_TAMPERED: ("shield", "error"),
    EventType.DEVICE_LOW_BATTERY: ("battery-low", "warn"),
    EventType.DEVICE_BATTERY_CHANGED: ("battery", "idle"),
    EventType.DEVICE_ADDED: ("plus", "idle"),
    EventType.DEVICE_REMOVED: ("trash", "error"),
    EventType.DEVICE_FLAKY: ("offline", "warn"),
    EventType.DEVICE_STABLE: ("online", "ok"),
    EventType.ATTEMPT_UNLOCK_FAILED: ("error", "error"),
    EventType.ATTEMPT_LOCK_FAILED: ("error", "error"),
    EventType.DEVICE_CONNECTED: ("online", "ok"),
    EventType.DEVICE_DISCONNECTED: ("offline", "error"),
    EventType.ACCOUNT_CONNECTED: ("online", "ok"),
    EventType.ACCOUNT_DISCONNECTED: ("offline", "error"),
    EventType.PIN_ISSUED: ("key", "info"),
    EventType.PIN_REVEALED: ("eye", "info"),
    EventType.PIN_REPORTED: ("warn", "warn"),
    EventType.BOLT_JAMMED: ("warn", "warn"),
}


@register.filter
def tone_of(state: CodeState) -> str:
    return STATE_TEXT[state].tone


@register.simple_tag
def state_chip(state: CodeState, label: str = "") -> SafeString:
    """`label`: a word that fits better here than the state's own."""
    text = STATE_TEXT[state]
    return format_html(
        '<span class="chip" data-tone="{}">{}{}</span>', text.tone, icon(state.value), label or text.label
    )


@register.simple_tag
def all_states() -> Mapping[CodeState, StateText]:
    """Every state with its words, for the style guide."""
    return STATE_TEXT


@register.simple_tag
def timeline_mark(kind: str) -> SafeString:
    name, tone = TIMELINE_LOOK.get(kind, ("info", "idle"))
    return format_html('<span class="mark" data-tone="{}">{}</span>', tone, icon(name))
