from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from properties.calendars.classifying import classify_calendar
from properties.calendars.parsing import MAX_EVENTS, ParsedCalendar, parse_calendar
from tests.properties.calendars import samples
from tests.properties.calendars.samples import calendar, event

ZURICH = zoneinfo.ZoneInfo("Europe/Zurich")
NEW_YORK = zoneinfo.ZoneInfo("America/New_York")

REAL = [
    calendar("airbnb", samples.S1, samples.S2, samples.S3),
    calendar("booking", samples.S4),
    calendar("vrbo", samples.S5, samples.S6, samples.S7, newline="\n"),
    calendar("guesty", samples.S8, samples.S9),
    calendar("generic", samples.S10, samples.S11, samples.S12, samples.S13, samples.S15),
]


def parse(data: bytes, zone: zoneinfo.ZoneInfo = ZURICH) -> ParsedCalendar:
    return parse_calendar(data, zone=zone)


def times(parsed: ParsedCalendar) -> tuple[object, ...]:
    (found,) = parsed.events
    return found.arrival_date, found.check_in_time, found.departure_date, found.check_out_time


def check_sound(parsed: ParsedCalendar) -> None:
    assert len({one.uid for one in parsed.events}) == len(parsed.events)
    for one in parsed.events:
        assert 0 < len(one.uid) <= 255
        assert one.nights >= 1
        assert "\x00" not in one.uid + one.summary + one.description + one.raw
    assert all(one.reason for one in parsed.skipped)
    classify_calendar(parsed)


@given(st.binary(max_size=400))
def test_f37_any_bytes_give_events_and_reasons(data: bytes) -> None:
    check_sound(parse(data))


@given(body=st.binary(max_size=300))
def test_f37_any_bytes_inside_an_event_give_events_and_reasons(body: bytes) -> None:
    check_sound(parse(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + body + b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"))


@given(
    name=st.sampled_from(["DTSTART", "DTEND", "DURATION", "UID", "SUMMARY", "STATUS", "DESCRIPTION", "SEQUENCE"]),
    params=st.sampled_from(["", ";VALUE=DATE", ";TZID=Europe/Zurich", ';TZID="', ";TZID=X/Y", ";A=b;A=c"]),
    value=st.one_of(st.text(max_size=40), st.from_regex(r"[0-9]{8}(T[0-9]{6}Z?)?", fullmatch=True),
                    st.from_regex(r"P[0-9]{1,9}[WD](T[0-9]{1,9}[HMS])?", fullmatch=True)),
)  # fmt: skip
def test_f37_any_value_of_a_known_property_gives_events_and_reasons(
    name: str, params: str, value: str
) -> None:
    line = f"{name}{params}:{value}"
    lines = [
        "BEGIN:VEVENT",
        line,
        "UID:a",
        "DTSTART:20270305T120000Z",
        "DTEND:20270309T120000Z",
        "END:VEVENT",
    ]

    check_sound(parse(calendar("generic", lines, samples.S12)))


@given(
    which=st.sampled_from(REAL), cut=st.integers(0, 2000), put=st.binary(max_size=8), drop=st.integers(0, 20)
)
def test_f37_mutated_calendars_give_events_and_reasons(which: bytes, cut: int, put: bytes, drop: int) -> None:
    at = cut % len(which)

    check_sound(parse(which[:at] + put + which[at + drop :]))


@given(which=st.sampled_from(REAL), cut=st.integers(1, 2000))
def test_f25_truncated_calendar_is_never_complete(which: bytes, cut: int) -> None:
    whole = which.rstrip()

    assert parse(whole).complete
    assert not parse(whole[: -(cut % (len(whole) - 1) + 1)]).complete


def test_f37_one_bad_event_spoils_no_other() -> None:
    bad = [
        event("no-start", ";X=", None, "Bad"),
        event("repeats", "20270301", "20270303", "Bad", None, "RRULE:FREQ=DAILY"),
        event("no-night", "20270301", "20270301", "Bad"),
        event("backwards", "20270305", "20270301", "Bad"),
        event("no-date", "20270231", "20270301", "Bad"),
        event("far", "99990101", "99990103", "Bad"),
        event("no-end", "20270301T120000Z", None, "Bad"),
        event("zone", ";TZID=Mars/Olympus:20270301T120000", "20270303T120000Z", "Bad"),
        event(None, "20270301", "20270303", "Bad"),
    ]

    parsed = parse(calendar("generic", *bad, samples.S12))

    assert [one.uid for one in parsed.events] == ["x-12"]
    assert parsed.complete
    reasons = {one.uid: one.reason for one in parsed.skipped}
    assert set(reasons) == {
        "no-start", "repeats", "no-night", "backwards", "no-date", "far", "no-end", "zone", None,
    }  # fmt: skip
    assert "Mars/Olympus" in reasons["zone"]


def test_lower_case_names_byte_order_mark_and_nul_bytes() -> None:
    data = (
        calendar("generic", samples.S12)
        .decode()
        .replace("UID:x-12", "uid:x-\x0012")
        .replace("DTSTART", "dtstart")
    )

    parsed = parse(b"\xef\xbb\xbf" + data.encode())

    assert [(one.uid, one.nights) for one in parsed.events] == [("x-12", 3)]


@pytest.mark.parametrize("fold", [b"\r\n ", b"\n ", b"\r\n\t"])
def test_folding_inside_a_utf8_sequence(fold: bytes) -> None:
    data = calendar("generic", event("a", "20270301", "20270303", "José Ñandú"))
    at = data.index("é".encode()) + 1

    parsed = parse(data[:at] + fold + data[at:])

    assert parsed.events[0].summary == "José Ñandú"


def test_alarm_is_not_read_as_the_event() -> None:
    alarm = ("BEGIN:VALARM", "DESCRIPTION:This is an event reminder", "TRIGGER:-P1D", "END:VALARM")
    parsed = parse(calendar("generic", event("a", "20270301", "20270303", "Lea Frei", None, *alarm)))

    assert (parsed.events[0].description, parsed.complete) == ("", True)


def test_method_cancel_cancels_every_event() -> None:
    data = calendar("generic", samples.S12).replace(b"VERSION:2.0", b"METHOD:CANCEL")

    assert [one.status for one in parse(data).events] == ["CANCELLED"]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("20270328T200000Z", "20270401T150000Z", (16, 11)),
        (";TZID=America/New_York:20270328T160000", ";TZID=America/New_York:20270401T110000", (16, 11)),
        (';TZID="America/New_York":20270328T160000', ';TZID="America/New_York":20270401T110000', (16, 11)),
        (";TZID=Eastern Standard Time:20270328T160000", "20270401T110000", (16, 11)),
        (";TZID=/x.example/Olson_1/America/New_York:20270328T160000", "20270401T110000", (16, 11)),
        ("20270328T160000", "20270401T110000", (16, 11)),
        (";TZID=Europe/Zurich:20270328T220000", ";TZID=Europe/Zurich:20270401T170000", (16, 11)),
    ],
)
def test_f39_times_are_local_to_the_property(start: str, end: str, expected: tuple[int, int]) -> None:
    parsed = parse(calendar("generic", event("a", start, end, "Lea Frei")), NEW_YORK)

    check_in, check_out = (dt.time(hour) for hour in expected)
    assert times(parsed) == (dt.date(2027, 3, 28), check_in, dt.date(2027, 4, 1), check_out)


@pytest.mark.parametrize("mark", ["", "Z"])
def test_midnight_to_midnight_means_whole_days(mark: str) -> None:
    parsed = parse(
        calendar("generic", event("a", f"20270305T000000{mark}", f"20270309T000000{mark}")), NEW_YORK
    )

    assert times(parsed) == (dt.date(2027, 3, 5), None, dt.date(2027, 3, 9), None)


def test_midnight_of_the_property_written_in_utc_means_whole_days() -> None:
    body = event("a", "20270304T230000Z", "20270408T220000Z", "Lea Frei")

    parsed = parse(calendar("generic", body), ZURICH)

    assert times(parsed) == (dt.date(2027, 3, 5), None, dt.date(2027, 4, 9), None)


def test_zone_named_by_the_calendar_itself() -> None:
    zone = ["BEGIN:VTIMEZONE", "TZID:Home", "X-LIC-LOCATION:Europe/Zurich", "END:VTIMEZONE"]
    body = event("a", ";TZID=Home:20270305T160000", ";TZID=Home:20270309T110000", "Lea Frei")

    assert times(parse(calendar("generic", zone, body)))[1::2] == (dt.time(16), dt.time(11))


def test_duplicate_uid_takes_the_highest_sequence_whatever_the_order() -> None:
    first = event("a", "20270301", "20270303", "Lea", None, "SEQUENCE:1")
    second = event("a", "20270401", "20270403", "Lea", None, "SEQUENCE:2")

    one, other = parse(calendar("generic", first, second)), parse(calendar("generic", second, first))

    assert one.events == other.events
    assert one.events[0].arrival_date == dt.date(2027, 4, 1)
    assert len(one.skipped) == len(other.skipped) == 1


def test_identical_duplicates_are_one_event_without_a_word() -> None:
    parsed = parse(calendar("generic", samples.S12, samples.S12))

    assert (len(parsed.events), parsed.skipped) == (1, ())


def test_unclosed_event_is_cut_off_and_the_next_one_read() -> None:
    parsed = parse(calendar("generic", samples.S12[:-1], samples.S13))

    assert [one.uid for one in parsed.events] == ["x-13"]
    assert [one.uid for one in parsed.skipped] == ["x-12"]
    assert not parsed.complete


def test_long_texts_and_ids_are_bounded() -> None:
    parsed = parse(calendar("generic", event("u" * 5000, "20270301", "20270303", "s" * 5000, "d" * 200_000)))

    (found,) = parsed.events
    assert (len(found.uid), len(found.summary), len(found.description), len(found.raw)) == (
        255,
        300,
        8000,
        4000,
    )


def test_too_many_events_are_not_complete() -> None:
    many = [event(f"u{number}", "20270301", "20270303") for number in range(MAX_EVENTS + 1)]

    parsed = parse(calendar("generic", *many))

    assert (len(parsed.events), parsed.complete) == (MAX_EVENTS, False)


@pytest.mark.parametrize(
    "data", [b"", b"<html><body>Sign in</body></html>", b"BEGIN:VCALENDAR", b"\xff\xfe\x00"]
)
def test_f25_what_is_no_calendar_is_not_complete(data: bytes) -> None:
    parsed = parse(data)

    assert (parsed.events, parsed.complete) == ((), False)


def test_empty_calendar_is_complete() -> None:
    assert parse(calendar("airbnb")).complete
