"""A pass for each confirmed guest stay, as soon as it is announced; a missed one is found by `sweep_passes`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from access.passes.links import ensure_pass
from properties.compiled import compiled
from properties.models import Stay
from properties.signals import stay_changed


def connect() -> None:
    stay_changed.connect(on_stay_changed, dispatch_uid="access.make_pass")


@compiled
def _stay(stay_id: int) -> QuerySet[Stay]:
    return Stay.objects.filter(pk=stay_id)


def on_stay_changed(*, stay_id: int, **_: Any) -> None:
    stay = _stay.first(stay_id)
    if stay is not None:
        ensure_pass(stay, now=timezone.now())
