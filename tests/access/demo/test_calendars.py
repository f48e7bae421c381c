from __future__ import annotations

import datetime as dt
import itertools
import threading
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from access.demo.calendars import CALENDARS, FOLD_OCTETS, UNREACHABLE, fold, render
from access.demo.feed_server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

ANCHOR = dt.datetime(2026, 11, 21, 10, 23, 21, tzinfo=dt.UTC)


def events(name: str, *, later: dt.timedelta = dt.timedelta()) -> list[Any]:
    calendar = Calendar.from_ical(render(name, anchor=ANCHOR, now=ANCHOR + later))
    return [event for event in calendar.walk("VEVENT") if event.get("SUMMARY") != "Key handover"]


def span(event: Any) -> tuple[dt.datetime, dt.datetime]:
    return instant(event["DTSTART"].dt), instant(event["DTEND"].dt)


def instant(moment: dt.date) -> dt.datetime:
    return moment if isinstance(moment, dt.datetime) else dt.datetime.combine(moment, dt.time(12), dt.UTC)


@pytest.mark.parametrize("name", CALENDARS)
@pytest.mark.parametrize("days", [0, 1, 20])
def test_calendar_readable_and_of_one_guest_at_a_time(name: str, days: int) -> None:
    shown = events(name, later=dt.timedelta(days=days))

    spans = sorted(span(event) for event in shown if event.get("STATUS") != "CANCELLED")
    assert spans
    assert all(start < end for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))
    assert len({event["UID"] for event in shown}) == len(shown)


@pytest.mark.parametrize("name", CALENDARS)
def test_reservation_keeps_its_uid_and_dates_on_the_next_day(name: str) -> None:
    def reserved(later: dt.timedelta) -> dict[str, tuple[dt.datetime, dt.datetime]]:
        return {
            event["UID"]: span(event) for event in events(name, later=later) if "Not" not in event["SUMMARY"]
        }

    today, tomorrow = reserved(dt.timedelta()), reserved(dt.timedelta(days=1))

    assert {uid: today[uid] for uid in tomorrow if uid in today} == {
        uid: found for uid, found in tomorrow.items() if uid in today
    }
    assert len(tomorrow.keys() - today.keys()) == 0


def test_somebody_stays_now_arrives_today_and_changes_over_the_same_day() -> None:
    flat = [span(event) for event in events("airbnb-flat-1")]
    cottage = [span(event) for event in events("vrbo-cottage")]

    assert any(start < ANCHOR < end for start, end in flat)
    assert any(start.date() == ANCHOR.date() for start, _ in cottage)
    assert {end for _, end in flat} & {start for start, _ in flat}


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs", "Cc"]), max_size=300))
def test_fold_keeps_the_text_and_the_limit(text: str) -> None:
    folded = fold(text)

    assert folded.replace("\r\n ", "") == text
    assert all(len(line.encode()) <= FOLD_OCTETS for line in folded.split("\r\n"))


@pytest.fixture
def feed_address() -> Iterator[str]:
    server = serve(0, ANCHOR)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_feed_served_as_a_calendar(feed_address: str) -> None:
    with urllib.request.urlopen(f"{feed_address}/demo/vrbo-cottage.ics") as answer:
        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
        assert answer.read().startswith(b"BEGIN:VCALENDAR\nPRODID:-//HomeAway")


def test_unknown_feed_not_found(feed_address: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{feed_address}/demo/other.ics")

    assert refused.value.code == 404
    refused.value.close()


def post(address: str, **headers: str) -> int:
    request = urllib.request.Request(address, data=b"{}", headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code


def test_receivers_of_the_demo_refuse_a_few_things_as_real_ones_do(feed_address: str) -> None:
    hook = f"{feed_address}/hooks/booking-system"
    ids = [f"event-{number}" for number in range(200)]
    first = {one: post(hook, **{"webhook-id": one}) for one in ids}
    second = {one: post(hook, **{"webhook-id": one}) for one in ids if first[one] == 503}

    assert set(first.values()) == {204, 500, 503}
    assert set(second.values()) == {204}
    assert post(f"{feed_address}/sms/+351912000118") == 204
    assert post(f"{feed_address}/sms/+35191200{UNREACHABLE}") == 502
    assert post(f"{feed_address}/elsewhere") == 404
