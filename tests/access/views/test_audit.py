from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access.enums import EventType
from access.models import Event
from properties.booking import cancel_stay, override_times
from properties.enums import CancelReason
from properties.models import StayChange
from tests.factories import NOW, make_property, make_stay, make_unit
from tests.pages import assert_is_page, text_of
from tests.world import PIN, World

HOUR = dt.timedelta(hours=1)
RULES = (
    "name", "address", "time_zone", "check_in_time", "check_out_time", "buffer_before", "buffer_after",
    "automatic_backup", "backup_minutes", "address_hours", "guest_contact", "arrival_notes", "guest_unlock",
)  # fmt: skip


def happen(world: World, actor: str, kind: EventType = EventType.PIN_REVEALED, **fields: Any) -> Event:
    fields.setdefault("stay", world.stay)
    fields.setdefault("occurred_at", NOW - HOUR)
    return Event.objects.create(workspace=world.workspace, type=kind, actor=actor, **fields)


def rows_of(answer: Any) -> list[dict[str, str]]:
    text = b"".join(answer).decode()
    assert PIN not in text
    return list(csv.DictReader(io.StringIO(text)))


def test_log_tells_what_people_did_and_not_what_happened_by_itself(owner: Client, world: World) -> None:
    happen(world, "mia@example.org")
    happen(world, "Keyturn", EventType.CODE_SET)
    page = owner.get(reverse("audit"))
    everything = owner.get(reverse("audit"), {"everything": "on"})

    assert_is_page(page)
    assert "mia@example.org Code shown" in text_of(page)
    assert "Quay house · Quay flat" in text_of(page)
    assert [text_of(one).count("Code active on the lock") for one in (page, everything)] == [1, 2]


def test_changes_of_stays_are_in_the_log(owner: Client, world: World) -> None:
    override_times(world.stay, actor="mia@example.org", now=NOW, check_in=dt.time(13))

    assert "mia@example.org Stay overridden" in text_of(owner.get(reverse("audit")))
    assert "Stay overridden" in text_of(owner.get(reverse("audit"), {"kind": "stays"}))
    assert "Stay overridden" not in text_of(owner.get(reverse("audit"), {"kind": "pins"}))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"who": "MIA"}, {"mia"}),
        ({"kind": "doors"}, {"tom"}),
        ({"since": "2027-04-01"}, set()),
        ({"since": "nonsense"}, {"mia", "tom", "old"}),
        ({"since": "2020-01-01"}, {"mia", "tom", "old"}),
        ({"kind": "nonsense", "property": "nonsense", "page": "x"}, {"mia", "tom"}),
        ({"page": "99999999999999999999"}, {"mia", "tom"}),
    ],
)
def test_log_is_filtered(owner: Client, world: World, asked: dict[str, str], found: set[str]) -> None:
    happen(world, "mia")
    happen(world, "tom", EventType.LOCK_UNLOCKED)
    happen(world, "old", occurred_at=NOW - dt.timedelta(days=60))
    exported = owner.get(reverse("audit-export"), asked)

    assert {row["who"] for row in rows_of(exported)} & {"mia", "tom", "old"} == found
    assert owner.get(reverse("audit"), asked).status_code == 200


def test_log_of_one_property(owner: Client, world: World) -> None:
    other = make_unit(make_property(world.workspace))
    happen(world, "mia")
    happen(world, "tom", stay=make_stay(other))
    asked = {"property": str(other.property.public_id)}

    assert {row["who"] for row in rows_of(owner.get(reverse("audit-export"), asked))} & {"mia", "tom"} == {
        "tom"
    }


def test_property_of_another_workspace_filters_nothing_in(owner: Client, world: World) -> None:
    stranger = make_property()
    Event.objects.create(
        workspace=stranger.workspace, type=EventType.PIN_REVEALED, actor="spy", occurred_at=NOW
    )
    answer = owner.get(reverse("audit"), {"property": str(stranger.public_id)})

    assert "spy" not in text_of(answer)
    assert stranger.name not in text_of(answer)


def test_export_is_a_table_that_no_spreadsheet_runs(owner: Client, world: World) -> None:
    for actor in ("=cmd|' /C calc'!A0", " +1", "@SUM(A1)", "-2", "\t=1", "a;=1", "a\t@SUM(A1)"):
        happen(world, actor)
    answer = owner.get(reverse("audit-export"))
    rows = rows_of(answer)

    assert answer.streaming
    assert answer["Content-Type"].startswith("text/csv")
    assert [
        cell for row in rows for cell in row.values() if cell.lstrip().startswith(("=", "+", "-", "@"))
    ] == []
    assert {"'=cmd|' /C calc'!A0", "' +1", "'@SUM(A1)", "a;'=1", "a\t'@SUM(A1)"} <= {
        row["who"] for row in rows
    }
    assert [row["time_utc"] for row in rows] == sorted((row["time_utc"] for row in rows), reverse=True)


def test_log_is_in_pages_that_keep_the_filter(owner: Client, world: World) -> None:
    for number in range(60):
        happen(world, f"mia{number:02}", occurred_at=NOW - dt.timedelta(minutes=number + 1))
    first = owner.get(reverse("audit"), {"who": "mia"})
    second = owner.get(reverse("audit"), {"who": "mia", "page": "2"})

    assert ["mia00" in text_of(first), "mia55" in text_of(first), "mia55" in text_of(second)] == [
        True,
        False,
        True,
    ]
    assert "who=mia&amp;page=2" in first.content.decode()


def test_more_lines_need_no_more_queries(owner: Client, world: World) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            owner.get(reverse("audit"))
        return len(asked)

    happen(world, "mia", device=world.device)
    owner.get(reverse("audit"))
    before = count()
    for number in range(2):
        stay = make_stay(make_unit(make_property(world.workspace)))
        happen(world, f"mia{number}", device=world.device, stay=stay)
        StayChange.objects.create(stay=stay, at=NOW, actor="mia", action="changed", revision=2)

    assert count() == before


def test_staff_has_no_part_in_the_log(staff: Client) -> None:
    assert staff.get(reverse("audit")).status_code == 403
    assert staff.get(reverse("audit-export")).status_code == 403


def test_log_tells_of_the_team_keys_webhooks_and_settings(owner: Client, world: World) -> None:
    owner.post(reverse("team-invite"), {"email": "mia@example.org", "role": "manager"})
    owner.post(reverse("api-key-create"), {"name": "Desk", "scopes": ["read"], "reach": "all"})
    secret = owner.get(reverse("api-key-list")).context["secret"]
    owner.post(reverse("webhook-create"), {"url": "https://example.org/t0ps3cret", "reach": "all"})
    owner.post(reverse("settings"), {"name": "Other", "pin_policy": "phone", "backup_pool_size": "0"})
    page = owner.get(reverse("audit"), {"kind": "workspace"})
    exported = b"".join(owner.get(reverse("audit-export"), {"kind": "workspace"})).decode()

    for told in (
        "Person invited mia@example.org, manager",
        "API key made Desk",
        "Webhook added example.org",
        "Settings changed name: Quay workspace → Other; pin policy: random → phone",
    ):
        assert told in text_of(page)
    assert secret
    assert [one for one in (secret, "t0ps3cret") if one in page.content.decode() + exported] == []
    assert "Code shown" not in text_of(page).split("Where", 2)[-1]


def test_what_people_do_to_houses_doors_and_feeds_is_in_the_log(owner: Client, world: World) -> None:
    """All of these reach guests' codes: most of all the word that stays which left a calendar are cancelled."""
    place, unit, feed = world.place, world.unit, world.feed

    def send(page: str, /, *args: object, **data: Any) -> None:
        sent = owner.post(reverse(page, args=args), data)
        assert sent.status_code == 302, text_of(sent)

    rules = {name: getattr(place, name) for name in RULES} | {"buffer_before": 45, "check_in_time": "14:00"}
    send("property-edit", place.public_id, **rules)
    send("unit-create", place.public_id, name="Attic")
    send("unit-edit", unit.public_id, name="Loft")
    send("door-edit", world.door.public_id, name="Gate", device=world.device.pk, serves_all_units="on")
    send("feed-act", feed.public_id, "pause")
    send("feed-act", feed.public_id, "resume")
    send("feed-act", feed.public_id, "allow-absence")
    send(
        "feed-edit",
        feed.public_id,
        url="https://calendar.example/n3w-s3cret.ics",
        name="Fewo",
        ambiguous_policy="ask",
    )
    send("feed-event-decide", world.feed_event.public_id, decision="ignore")
    send("door-remove", world.door.public_id)

    lines = rows_of(
        owner.get(reverse("audit-export"), {"property": str(place.public_id), "kind": "workspace"})
    )
    told = [f"{line['what']}: {line['details']}" for line in reversed(lines)]
    assert told[0] == "Property changed: check in time: 15:00 → 14:00; buffer before: 0 → 45"
    assert told[1:4] == [
        "Unit added: Attic",
        "Unit renamed: Quay flat → Loft",
        "Door changed: Gate: Quay device, every guest",
    ]
    assert [one.split(":")[0] for one in told[4:]] == [
        "Calendar paused", "Calendar resumed", "Calendar", "Calendar changed", "Calendar event decided", "Door removed",
    ]  # fmt: skip
    assert told[6].startswith("Calendar: missing stays may be cancelled")
    assert "another address" in told[7]
    assert "s3cret" not in "".join(told)
    assert {line["who"] for line in lines} == {world.owner.email}
    assert {line["property"] for line in lines} == {place.name}
    send(
        "property-create",
        name="New house",
        time_zone="Europe/Paris",
        **{n: v for n, v in rules.items() if n not in ("name", "time_zone")},
    )
    assert "Property added New house, Europe/Paris" in text_of(owner.get(reverse("audit")))


def test_days_and_times_of_the_log_are_words_in_the_propertys_zone(owner: Client, world: World) -> None:
    place = make_property(world.workspace, time_zone="Asia/Tokyo")
    stay = make_stay(make_unit(place), arrival_date=dt.date(2027, 3, 5), departure_date=dt.date(2027, 3, 8))
    override_times(stay, actor="mia@example.org", now=NOW, check_in=dt.time(13), buffer_after=20)
    cancel_stay(stay, reason=CancelReason.PERSON, actor="mia@example.org", now=NOW)
    skipped = {"exceptions": "2027-03-12", "hours": "09:00 to 12:00"}
    owner.post(reverse("staff-skip", args=[world.holder.public_id]), {"day": "2027-03-12", **skipped})

    page = text_of(owner.get(reverse("audit"), {"everything": "on"}))

    assert "Fri 5 Mar 2027, 13:00 JST" in page
    assert "Mon 8 Mar 2027, 11:20 JST" in page
    assert re.findall(r"\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d", page) == []
