"""Two who issue a new PIN at once: the second is told, or the code that the first just told the guest would be gone."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from access.declaring import declare_stay
from access.issuing import IssuedMeanwhile, issue_mark, issue_new_pin, issue_of
from access.models import AccessGrant
from tests.factories import NOW, make_property, make_stay, make_unit, virtual_door

pytestmark = pytest.mark.django_db(transaction=True)


def test_second_of_two_at_once_replaces_nothing() -> None:
    unit = make_unit(make_property())
    virtual_door(unit)
    stay = make_stay(unit)
    declare_stay(stay.pk, now=NOW)
    grant = AccessGrant.objects.get(stay=stay, revoked_at=None)
    seen, start, said = issue_mark(issue_of(grant)), threading.Barrier(2), []

    def issue(actor: str) -> None:
        start.wait()
        try:
            said.append(issue_new_pin(grant, actor=actor, now=NOW, seen_issue=seen).pin)
        except IssuedMeanwhile as meanwhile:
            said.append(meanwhile.issued_by)
        finally:
            connection.close()

    threads = [threading.Thread(target=issue, args=[actor]) for actor in ("ana", "ben")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    pin = AccessGrant.objects.get(pk=grant.pk).pin
    issued = issue_of(grant)
    assert issued is not None
    assert sorted(map(str, said)) == sorted([str(pin), issued.actor])
