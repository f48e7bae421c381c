from __future__ import annotations

import datetime as dt
import zoneinfo
from time import perf_counter

import pytest

from properties.calendars.classifying import channel_of, classify, classify_calendar
from properties.calendars.describing import read_clock, read_description
from properties.calendars.parsing import CalendarEvent, parse_calendar
from properties.calendars.reading import Classified
from properties.calendars.wording import names_nobody
from properties.enums import Channel, EventClass
from properties.window import Edge, to_utc
from tests.properties.calendars import samples
from tests.properties.calendars.samples import calendar

ZURICH = zoneinfo.ZoneInfo("Europe/Zurich")
NEW_YORK = zoneinfo.ZoneInfo("America/New_York")


def read_one(
    prodid: str, event: list[str], zone: zoneinfo.ZoneInfo = ZURICH, newline: str = "\r\n"
) -> Classified:
    parsed = parse_calendar(calendar(prodid, event, newline=newline), zone=zone)
    assert parsed.complete
    assert parsed.skipped == ()
    (found,) = classify_calendar(parsed)
    return found


def dates(found: Classified) -> tuple[str, str]:
    return found.event.arrival_date.isoformat(), found.event.departure_date.isoformat()


def plain(summary: str, uid: str = "u-1", nights: int = 3, **fields: str) -> CalendarEvent:
    start = dt.date(2027, 3, 5)
    return CalendarEvent(uid, start, start + dt.timedelta(days=nights), summary=summary, **fields)  # type: ignore[arg-type]  # texts only


def test_s1_airbnb_stay() -> None:
    found = read_one("airbnb", samples.S1)

    assert (found.channel, found.kind, found.name) == (Channel.AIRBNB, EventClass.STAY, "")
    assert (found.reference, found.last4, found.event.nights) == ("HMQ7XK2P9A", "0412", 4)


def test_s2_airbnb_block() -> None:
    assert read_one("airbnb", samples.S2).kind == EventClass.BLOCK


def test_s3_airbnb_legacy_stay() -> None:
    found = read_one("airbnb_old", samples.S3)

    assert (found.kind, found.reference) == (EventClass.STAY, "HMZ1Y2X3W4")
    assert dates(found) == ("2027-04-01", "2027-04-03")


def test_s4_f32_booking_com_is_ambiguous() -> None:
    found = read_one("booking", samples.S4)

    assert (found.channel, found.kind) == (Channel.BOOKING_COM, EventClass.AMBIGUOUS)


def test_s5_vrbo_stay() -> None:
    found = read_one("vrbo", samples.S5)

    assert (found.channel, found.kind, found.name) == (Channel.VRBO, EventClass.STAY, "Imogen Varga")


def test_s6_vrbo_tentative() -> None:
    found = read_one("vrbo", samples.S6)

    assert (found.kind, found.name) == (EventClass.TENTATIVE, "O. Lind")


def test_s7_vrbo_block_with_line_feeds() -> None:
    assert read_one("vrbo", samples.S7, newline="\n").kind == EventClass.BLOCK


def test_s8_f34_guesty_rule_is_ignored() -> None:
    assert read_one("guesty", samples.S8).kind == EventClass.IGNORED


def test_s9_guesty_stay() -> None:
    found = read_one("guesty", samples.S9)

    assert (found.kind, found.name, found.reference) == (EventClass.STAY, "Noor Haddad", "GY-4T7Q")


def test_s10_timed_utc_becomes_local() -> None:
    found = read_one("hospitable", samples.S10, zone=NEW_YORK)

    assert (found.channel, found.kind, found.name) == (Channel.HOSPITABLE, EventClass.STAY, "Tomas Ruiz")
    assert dates(found) == ("2027-03-28", "2027-04-01")
    assert (found.check_in_time, found.check_out_time) == (dt.time(16), dt.time(11))
    assert (found.last4, found.reference, found.adults) == ("2233", "HMAAAA1111", 2)
    assert found.phone == "+34 600 11 22 33"


def test_s11_timed_with_zone_over_dst() -> None:
    found = read_one("generic", samples.S11)
    check_in, check_out = found.check_in_time, found.check_out_time
    assert check_in is not None
    assert check_out is not None

    start = to_utc(found.event.arrival_date, check_in, ZURICH, edge=Edge.START)
    end = to_utc(found.event.departure_date, check_out, ZURICH, edge=Edge.END)

    assert (start.isoformat(), end.isoformat()) == ("2027-10-29T14:00:00+00:00", "2027-11-01T10:00:00+00:00")


def test_s12_duration() -> None:
    assert dates(read_one("generic", samples.S12)) == ("2027-05-01", "2027-05-04")


def test_s13_cancelled() -> None:
    assert read_one("generic", samples.S13).kind == EventClass.CANCELLED


def test_s14_f36_smoobu_helper_is_ignored() -> None:
    assert read_one("smoobu", samples.S14).kind == EventClass.IGNORED


def test_s15_bridge_lines() -> None:
    found = read_one("generic", samples.S15)

    assert (found.kind, found.name, found.reference) == (EventClass.STAY, "Ravi Nair", "RES0451")
    assert (found.last4, found.adults, found.check_in_time) == ("0007", 3, dt.time(15, 30))


def test_s16_hostile_is_skipped_with_a_reason() -> None:
    parsed = parse_calendar(calendar("generic", samples.S16, samples.S12), zone=ZURICH)

    assert [event.uid for event in parsed.events] == ["x-12"]
    (skipped,) = parsed.skipped
    assert (skipped.uid, "no UID" in skipped.reason) == (None, True)


@pytest.mark.parametrize("summary", ["Airbnb (Not available)", "Airbnb (Indisponible)", "Not available"])
@pytest.mark.parametrize("uid", ["6fec1092d3fa-1@airbnb.com", "1418fb94e984-2@airbnb.com"])
def test_f33_airbnb_one_night_blocks_are_never_bookings(summary: str, uid: str) -> None:
    assert classify(plain(summary, uid, nights=1)).kind == EventClass.BLOCK


@pytest.mark.parametrize(
    ("summary", "uid"),
    [
        ("Airbnb (Not available)", "7f662ec65913-1@airbnb.com"),
        ("Blocked", "20270410-20270412-blocked"),
        ("Indisponible", "u-1"),
        ("Blocked by Guesty", "77@guesty.com"),
        ("Blocked", "9@smoobu.com"),
        ("Closed period", "u-1"),
        ("BLOCKED - repairs", "u-1"),
        ("Nicht verfügbar", "u-1"),
        ("Not bookable", "u-1"),
        ("Do not book", "u-1"),
        ("Deep clean", "u-1"),
        ("Renovation", "u-1"),
    ],
)
def test_f31_block_shapes_are_blocks(summary: str, uid: str) -> None:
    assert classify(plain(summary, uid)).kind == EventClass.BLOCK


@pytest.mark.parametrize(
    "name",
    [
        "Anna Block",
        "Holden Caulfield",
        "Block Anna",
        "Closedale Ann",
        "Ann",
        "Optionette Li",
        "李小龙",
        "Busya Free",
        "Billie Holiday",
    ],
)
def test_names_that_look_like_words_are_stays(name: str) -> None:
    found = classify(plain(name))

    assert (found.kind, found.name) == (EventClass.STAY, name)


@pytest.mark.parametrize(
    "summary",
    ["Busy", "Free", "Airbnb", "Booking.com", "Check-in", "Private", "Vacation rental", "Imported event",
     "Holiday", "Owner", "Owner John", "Owner's stay", "Personal use", "Guest", "n/a"],
)  # fmt: skip
@pytest.mark.parametrize("uid", ["u-1", "1@guesty.com"])
def test_f31_titles_that_name_neither_guest_nor_closure_are_asked_about(summary: str, uid: str) -> None:
    assert classify(plain(summary, uid)).kind == EventClass.AMBIGUOUS


@pytest.mark.parametrize(
    ("name", "nobody"),
    [("", True), ("Booking.com guest", True), ("Airbnb Guest", True), ("GUEST", True), ("Reserved", True),
     ("Ann", False), ("Guest K.", False), ("Holiday Smith", False), ("Client Eastwood", False)],
)  # fmt: skip
def test_f10_names_that_many_guests_bear(name: str, nobody: bool) -> None:
    assert names_nobody(name) is nobody


def test_f35_more_than_ninety_nights_need_confirmation() -> None:
    assert classify(plain("Reserved - A. Lang", nights=90)).kind == EventClass.STAY
    assert classify(plain("Reserved - A. Lang", nights=91)).kind == EventClass.AMBIGUOUS


@pytest.mark.parametrize(
    ("summary", "kind", "name"),
    [
        ("Réservée - Chloé Martin", EventClass.STAY, "Chloé Martin"),
        ("Reservado - José Ruiz", EventClass.STAY, "José Ruiz"),
        ("Reserved", EventClass.STAY, ""),
        ("Vorläufig - Kim Kern", EventClass.TENTATIVE, "Kim Kern"),
        ("Indisponible", EventClass.BLOCK, ""),
        ("", EventClass.AMBIGUOUS, ""),
    ],
)
def test_vrbo_localized_words(summary: str, kind: EventClass, name: str) -> None:
    found = classify(plain(summary), prodid="-//HomeAway.com, Inc.//EN")

    assert (found.kind, found.name) == (kind, name)


def test_booking_com_old_form_with_a_name_is_a_stay() -> None:
    found = classify(plain("CLOSED - Ada Nagy", "5d@booking.com"))

    assert (found.kind, found.name) == (EventClass.STAY, "Ada Nagy")


def test_airbnb_old_form_with_a_name_is_a_stay() -> None:
    found = classify(plain("Ada Nagy (HMABCDEF12)", "-1@airbnb.com"))

    assert (found.kind, found.name, found.reference) == (EventClass.STAY, "Ada Nagy", "HMABCDEF12")


def test_guesty_name_with_dashes_is_whole() -> None:
    found = classify(plain("GST-Jean-Luc Petit-Roy-HMABCDEF12-Airbnb", "1@guesty.com"))

    assert (found.name, found.reference) == ("Jean-Luc Petit-Roy", "HMABCDEF12")


def test_guesty_lite_blocks_are_ambiguous() -> None:
    found = classify(plain("Blocked", "1@guesty.com"), prodid="-//Guesty Lite//EN")

    assert found.kind == EventClass.AMBIGUOUS


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("", EventClass.STAY),
        ("CONFIRMED", EventClass.STAY),
        ("TENTATIVE", EventClass.TENTATIVE),
        ("CANCELLED", EventClass.CANCELLED),
        ("DEFINITELY", EventClass.AMBIGUOUS),
    ],
)
def test_an_unknown_status_never_becomes_a_stay(status: str, kind: EventClass) -> None:
    assert classify(plain("Lea Frei", status=status)).kind == kind


def test_channel_by_prodid_then_domain_then_setting() -> None:
    assert channel_of("-//Airbnb Inc//EN", "1@booking.com", "vrbo") == Channel.AIRBNB
    assert channel_of("-//x//EN", "1@booking.com", "vrbo") == Channel.BOOKING_COM
    assert channel_of("-//x//EN", "65_b_1_2@guesty.com_7c1") == Channel.GUESTY
    assert channel_of("-//x//EN", "1@x.example", "vrbo") == Channel.VRBO
    assert channel_of("-//x//EN", "booking.com") == Channel.GENERIC


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("16:30", dt.time(16, 30)),
        ("4:30 PM", dt.time(16, 30)),
        ("12 am", dt.time(0)),
        ("16h30", dt.time(16, 30)),
        ("2027-03-05 16:30", dt.time(16, 30)),
        ("2027-03-05T16:30", dt.time(16, 30)),
        ("03/05/2027, 04:00 PM", dt.time(16)),
        ("15:00 - 20:00", None),
        ("15:00 20:00", None),
        ("from 15:00 to 20:00", None),
        ("16", None),
        ("25:00", None),
        ("13 pm", None),
        ("soon", None),
    ],
)
def test_clock_forms(text: str, time: dt.time | None) -> None:
    assert read_clock(text) == time


def test_description_keeps_digits_as_text_and_ignores_what_it_does_not_know() -> None:
    found = read_description(
        "Name: Ravi Nair<br>Phone: ***-***-0412\nEmail: ravi@example.org\nDoor code: 4711\nCheck-out time: 10:15"
    )

    assert (found.name, found.phone, found.last4) == ("Ravi Nair", "", "0412")
    assert (found.email, found.check_out_time, found.reference) == ("ravi@example.org", dt.time(10, 15), "")


def test_description_hours_that_the_booking_does_not_state_are_left_out() -> None:
    found = read_description("Check-in: 15:00 - 20:00\nArrival time: 23:30\nCheck-out: 12:00 AM")

    assert (found.check_in_time, found.check_out_time) == (None, None)


@pytest.mark.parametrize(
    "line", ["a" + " " * 7000 + "x", "a" * 8000, ":" * 8000, "Phone: " + "1 " * 4000 + "x"]
)
def test_hostile_description_is_read_in_no_time(line: str) -> None:
    begun = perf_counter()

    read_description("\n".join([line] * 50))

    assert perf_counter() - begun < 1


def test_label_ends_at_the_first_mark() -> None:
    found = read_description("Reference = R=1:2\nCode:\nPhone  (last  4) : 0007")

    assert (found.reference, found.last4) == ("", "0007")
