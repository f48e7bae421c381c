from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, Q, QuerySet
from django.test.utils import CaptureQueriesContext

from access.models import AccessCode
from properties.compiled import Update, compiled, compiled_update
from properties.models import Property, Stay, Unit
from tests import factories

pytestmark = pytest.mark.django_db
NOON = dt.time(12)


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


@compiled_update
def _check_in_at(place_ids: Sequence[int], zone: str) -> Update:
    return Property.objects.filter(pk__in=place_ids), {"time_zone": zone, "check_in_time": NOON}


@compiled_update
def _move_on(unit_id: int) -> Update:
    places = Property.objects.filter(units=unit_id, buffer_before__lt=60)
    return places, {"buffer_before": F("buffer_before") + 5}


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


def test_updates_change_the_rows_that_fit_and_count_them() -> None:
    ids = [factories.make_stay().unit.property_id for _ in range(2)]
    with CaptureQueriesContext(connection) as asked:
        assert _check_in_at(ids[:1], "Europe/Rome") == 1
        assert _check_in_at(ids, zone="Europe/Lisbon") == 2
        assert _check_in_at([], "Asia/Tokyo") == 0
    assert len(asked) == 3
    assert set(Property.objects.values_list("time_zone", "check_in_time")) == {("Europe/Lisbon", NOON)}


def test_updates_may_reckon_with_the_row_and_look_at_others() -> None:
    unit = factories.make_stay().unit
    Property.objects.update(buffer_before=55)
    assert (_move_on(unit.pk), _move_on(unit.pk)) == (1, 0)
    assert Property.objects.get(pk=unit.property_id).buffer_before == 60
