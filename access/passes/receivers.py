"""A pass for each confirmed guest stay, as soon as it is announced; a missed one is found by `sweep_passes`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from access.passes.links import ensure_pass, ensure_passes
from properties.compiled import compiled
from properties.models import Stay
from properties.signals import stay_changed, stays_changed, stays_created


def connect() -> None:
    stay_changed.connect(on_stay_changed, dispatch_uid="access.make_pass")
    for signal in (stays_created, stays_changed):
        signal.connect(on_stays, dispatch_uid="access.make_passes")


@compiled
def _stay(stay_id: int) -> QuerySet[Stay]:
    return Stay.objects.filter(pk=stay_id)


def on_stay_changed(*, stay_id: int, **_: Any) -> None:
    stay = _stay.first(stay_id)
    if stay is not None:
        ensure_pass(stay, now=timezone.now())


def on_stays(*, stay_ids: Sequence[int], **_: Any) -> None:
    ensure_passes(Stay.objects.filter(pk__in=stay_ids), now=timezone.now())
