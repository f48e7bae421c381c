"""Listen to announced changes of stays; a missed one is found by access.declaring.sweep_stays."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from properties.signals import stay_changed


def connect() -> None:
    """Called once from AppConfig.ready."""
    stay_changed.connect(on_stay_changed, dispatch_uid="access.declare_stay")


def on_stay_changed(*, stay_id: int, **_: Any) -> None:
    from access.declaring import declare_stay

    declare_stay(stay_id, now=timezone.now())
