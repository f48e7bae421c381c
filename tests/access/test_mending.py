"""What may be done about a row, decided from what is loaded; and what is hidden once it is said to be handled."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from access.handled import is_hidden
from access.mending import remedies_for
from access.models import AccessCode
from access.needs import Need, is_key_of
from locks.models import Account, Device
from properties.models import Property, Stay, Unit, Workspace
from tests.factories import NOW

HOUR = dt.timedelta(hours=1)


def need(**fields: Any) -> Need:
    fields.setdefault("causes", frozenset({"problem:1"}))
    tone = fields.pop("tone", "error")
    return Need("Guest", "Why", "Problem", "error", tone, "/stays/1/", subject="Front door", **fields)


def about(
    *, starts_in: dt.timedelta = 2 * HOUR, online: bool = True, codes: tuple[str, ...] = (), **fields: Any
) -> Need:
    stay = Stay(
        unit=Unit(property=Property(name="House")), starts_at=NOW + starts_in, ends_at=NOW + 48 * HOUR
    )
    device = Device(pk=7, brand="schlage", online=online, account=Account(driver="virtual", brand="schlage"))
    code = AccessCode(pk=5, device=device, grant_id=3, starts_at=stay.starts_at, ends_at=stay.ends_at)
    return need(stay=stay, device=device, code=code, codes=frozenset(codes), **fields)


def deeds(row: Need, *, backed: tuple[int, ...] = (7,)) -> list[str]:
    return [remedy.deed for remedy in remedies_for(row, backed=backed, now=NOW)]


def test_code_that_the_lock_refuses_has_every_way_out() -> None:
    assert deeds(about(codes=("failed_to_set_on_device",))) == ["retry", "backup", "new-code", "handled"]


def test_door_is_opened_from_afar_only_where_a_guest_stands_before_it() -> None:
    assert "unlock" in deeds(about(starts_in=-HOUR))
    assert "unlock" not in deeds(about(starts_in=2 * HOUR))
    assert "unlock" not in deeds(about(starts_in=-HOUR, online=False))


def test_no_backup_is_offered_where_none_stands_ready() -> None:
    assert "backup" not in deeds(about(), backed=(8,))


def test_guest_with_a_backup_needs_neither_another_one_nor_another_code() -> None:
    row = about(codes=("failed_to_set_on_device", "using_backup_access_code"))

    assert deeds(row) == ["handled"]


def test_row_without_causes_can_not_be_marked() -> None:
    assert deeds(need(causes=frozenset())) == []


@pytest.mark.parametrize(
    ("later", "hidden"),
    [
        (need(tone="warn"), True),
        (need(tone="error"), False),
        (need(tone="warn", causes=frozenset({"problem:1", "problem:2"})), False),
        (need(tone="warn", causes=frozenset({"problem:3"})), False),
        (need(tone="warn", causes=frozenset()), False),
    ],
)
def test_handled_row_comes_back_when_it_gets_worse_or_anew(later: Need, hidden: bool) -> None:
    assert is_hidden(later, causes=["problem:1"], tone="warn") is hidden


def test_key_belongs_to_one_workspace() -> None:
    mine, other = Workspace(), Workspace()
    key = need(scope=str(mine.public_id)).key

    assert is_key_of(mine, key)
    assert not is_key_of(other, key)
    assert not is_key_of(mine, "")
    assert key == need(scope=str(mine.public_id), tone="warn", causes=frozenset()).key
