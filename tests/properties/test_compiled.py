from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q, QuerySet
from django.test.utils import CaptureQueriesContext

from access.models import AccessCode
from properties.compiled import compiled
from properties.models import Stay, Unit
from tests import factories

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


@compiled
def _stays_of(unit_ids: Sequence[int], after: dt.datetime) -> QuerySet[Stay]:
    later = Q(ends_at=None) | Q(ends_at__gt=after)
    return (
        Stay.objects.filter(later, unit__in=unit_ids).select_related("unit__property", "guest").order_by("pk")
    )


@compiled
def _names_of(unit_ids: Sequence[int]) -> QuerySet[Unit, tuple[int, str]]:
    return Unit.objects.filter(pk__in=unit_ids).order_by("pk").values_list("pk", "name")


@compiled
def _ids_named(name: str) -> QuerySet[Unit, int]:
    return Unit.objects.filter(name=name).order_by("pk").values_list("pk", flat=True)


@compiled
def _code(code_id: int) -> QuerySet[AccessCode]:
    return AccessCode.objects.filter(pk=code_id).select_related("grant")


@compiled
def _dicts() -> QuerySet[Unit, Any]:
    return Unit.objects.values("pk")


def test_rows_and_what_belongs_to_them_are_those_of_the_plain_query() -> None:
    stays = [factories.make_stay(), factories.make_stay()]
    ids = [stay.unit_id for stay in stays]
    early = min(stay.starts_at for stay in stays) - dt.timedelta(days=1)
    with CaptureQueriesContext(connection) as asked:
        found = _stays_of(ids, early)
        assert [(stay.unit.property.name, stay.guest_name) for stay in found] == [
            (stay.unit.property.name, stay.guest_name) for stay in stays
        ]
    assert len(asked) == 1
    assert found == stays
    assert not any(stay._state.adding for stay in found)


def test_other_arguments_are_another_answer() -> None:
    stay = factories.make_stay()
    early = stay.starts_at - dt.timedelta(days=1)
    assert stay.ends_at is not None
    assert _stays_of([stay.unit_id], early) == [stay]
    assert _stays_of([stay.unit_id], stay.ends_at + dt.timedelta(days=1)) == []
    assert _stays_of([], early) == []
    assert _stays_of([stay.unit_id, stay.unit_id], after=early) == [stay]


def test_tuples_and_single_values_come_as_such() -> None:
    unit = factories.make_stay().unit
    assert _names_of([unit.pk]) == [(unit.pk, unit.name)]
    assert _ids_named.first(unit.name) == unit.pk
    assert _ids_named.first("no such name") is None


def test_encrypted_values_are_read_in_plain() -> None:
    code = AccessCode.objects.create(device=factories.make_device(), name="Ada", pin="4711")
    (found,) = _code(code.pk)
    assert found.grant is None
    assert found.pin == "4711"


def test_what_cannot_be_compiled_is_refused() -> None:
    with pytest.raises(TypeError, match="values_list"):
        _dicts()
