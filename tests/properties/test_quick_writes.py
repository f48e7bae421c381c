from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from access.issuing import PIN_CONSTRAINT
from access.models import AccessCode
from access.pins import pin_key_of
from properties.enums import StayKind
from properties.models import Guest, Stay, Unit
from properties.quick_writes import insert_unless, update_many
from tests import factories

pytestmark = pytest.mark.django_db


def test_rows_are_inserted_and_given_their_ids() -> None:
    place = factories.make_property()
    one = Unit.objects.create(property=place, name="One")
    several = Unit.objects.bulk_create([Unit(property=place, name=f"Flat {n}") for n in range(3)])
    many = Unit.objects.bulk_create([Unit(property=place, name=f"Room {n}") for n in range(30)])
    stored = dict(Unit.objects.values_list("pk", "name"))
    assert {unit.pk: unit.name for unit in (one, *several, *many)}.items() <= stored.items()
    assert not one._state.adding
    assert len({unit.public_id for unit in (one, *several, *many)}) == 34


def test_values_come_back_as_they_were_saved() -> None:
    stay = factories.make_stay()
    stay.metadata, stay.notes, stay.preferred_code = {"a": [1, None, "é"]}, "späť", "4711"
    stay.save()
    found = Stay.objects.get(pk=stay.pk)
    assert (found.metadata, found.notes, found.preferred_code) == ({"a": [1, None, "é"]}, "späť", "4711")
    assert found.starts_at == stay.starts_at


def test_only_the_fields_that_are_named_are_written() -> None:
    guest = factories.make_stay().guest
    assert guest is not None
    guest.name, guest.phone = "Other", "+4369900000"
    guest.save(update_fields=["name"])
    assert Guest.objects.values_list("name", "phone").get(pk=guest.pk)[0] == "Other"
    assert Guest.objects.get(pk=guest.pk).phone != "+4369900000"


def test_expressions_are_left_to_django() -> None:
    stay = factories.make_stay()
    before = stay.revision
    stay.revision = F("revision") + 1
    stay.save(update_fields=["revision"])
    assert Stay.objects.get(pk=stay.pk).revision == before + 1


def test_a_row_that_is_gone_is_not_updated_in_silence() -> None:
    unit = Unit.objects.create(property=factories.make_property(), name="Gone")
    Unit.objects.filter(pk=unit.pk).delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        unit.save(update_fields=["name"])


def test_conflicts_are_told_or_passed_over_as_asked() -> None:
    place = factories.make_property()
    Unit.objects.create(property=place, name="One")
    with pytest.raises(IntegrityError), transaction.atomic():
        Unit.objects.create(property=place, name="One")
    Unit.objects.bulk_create([Unit(property=place, name="One")], ignore_conflicts=True)
    assert Unit.objects.filter(property=place, name="One").count() == 1


def test_one_statement_for_each_save() -> None:
    unit = Unit.objects.create(property=factories.make_property(), name="One")
    with CaptureQueriesContext(connection) as asked:
        unit.save()
    assert len(asked) == 1


def test_a_row_that_another_stands_in_the_way_of_is_not_saved_and_breaks_nothing() -> None:
    device = factories.make_device()
    first, second, other = (
        AccessCode(device=device, pin=pin, pin_key=pin_key_of(pin)) for pin in ("4711", "4711", "4712")
    )

    assert insert_unless(first, PIN_CONSTRAINT)
    assert not insert_unless(second, PIN_CONSTRAINT)
    assert insert_unless(other, PIN_CONSTRAINT)

    assert second._state.adding
    stored = AccessCode.objects.get(pk=first.pk)
    assert (stored.public_id, stored.created_at, stored.pin) == (first.public_id, first.created_at, "4711")
    first.name = "Ada"
    first.save()
    assert AccessCode.objects.filter(device=device).count() == 2


def test_many_rows_are_written_in_one_statement() -> None:
    stays = [factories.make_stay() for _ in range(3)]
    for number, stay in enumerate(stays):
        stay.notes, stay.adults, stay.metadata = f"späť {number}", number or None, {"n": [number, None]}
        stay.preferred_code, stay.check_in_time = ("4711" if number else None), dt.time(16, number)
        stay.kind, stay.reference = StayKind.OWNER, "not written"
    names = ["notes", "adults", "metadata", "preferred_code", "check_in_time", "kind", "unit", "updated_at"]
    with CaptureQueriesContext(connection) as statements:
        update_many(stays, names)
    assert len(statements) == 1
    for before, found in zip(stays, Stay.objects.order_by("pk"), strict=True):
        assert [getattr(found, name) for name in names[:-1]] == [getattr(before, name) for name in names[:-1]]
        assert found.reference == ""
        assert found.updated_at == before.updated_at > before.created_at


def test_many_rows_with_what_is_no_plain_value_are_refused() -> None:
    stay = factories.make_stay()
    stay.revision = F("revision") + 1
    with pytest.raises(TypeError):
        update_many([stay], ["revision"])
    update_many([], ["revision"])
