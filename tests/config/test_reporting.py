"""A crash report shows where it happened, and no PIN whatever the name that holds it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory, override_settings
from django.utils.module_loading import import_string

from access.models import AccessCode
from config.reporting import hide_secrets


def made_up_pin() -> str:
    """Not written in one piece: a report quotes the lines around a fault."""
    return str(8462_9173)


def crash_in_the_depths(pin: str) -> None:
    """Local names that a list of suspicious names would not know, as deep code has them."""
    code = AccessCode(pin=pin, name="Imogen")
    value, text, args, rows = pin, f"code {pin}", (pin, 1), {"wanted": [pin]}
    raise RuntimeError(f"no way for {code} {len(value)} {len(text)} {len(args)} {len(rows)}")


def report_on(error: Exception, request: WSGIRequest | None = None) -> str:
    reporter = import_string(settings.DEFAULT_EXCEPTION_REPORTER)(
        request, type(error), error, error.__traceback__
    )
    return str(reporter.get_traceback_html() + reporter.get_traceback_text())


def report_of(crash: Callable[[], object], request: WSGIRequest | None = None) -> str:
    try:
        crash()
    except Exception as error:  # noqa: BLE001 -- each test crashes in its own way
        return report_on(error, request)
    raise AssertionError


@pytest.mark.parametrize("debug", [False, True])
def test_crash_report_hides_pins_in_locals_and_in_the_form(debug: bool, rf: RequestFactory) -> None:
    pin = made_up_pin()
    request = rf.post("/stays/", {"pin": pin, "preferred_code": pin, "notes": f"give {pin}"})
    with override_settings(DEBUG=debug):
        report = report_of(lambda: crash_in_the_depths(pin), request)
    assert "crash_in_the_depths" in report
    assert pin not in report


def test_crash_report_hides_the_pin_where_encryption_fails(rf: RequestFactory) -> None:
    pin = made_up_pin()
    with override_settings(KEYTURN_ENCRYPTION_KEYS=["no key"]):
        report = report_of(lambda: AccessCode(pin=pin)._meta.get_field("pin").get_prep_value(pin))
    assert "crypto.py" in report
    assert pin not in report


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0412", "••••"),
        ("{'wanted': ['84629173']}", "{'wanted': ['••••']}"),
        ("datetime.datetime(2027, 3, 1, 12, 0)", "datetime.datetime(2027, 3, 1, 12, 0)"),
        ("datetime.date(2027, 3, 1)", "datetime.date(2027, 3, 1)"),
        ("<Stay at 0x7f8712349999>", "<Stay at 0x7f8712349999>"),
        ("Unit 12", "Unit 12"),
        (repr("Your code:\n84629173\r0412"), r"'Your code:\n••••\r••••'"),
        (repr(repr("Your code:\n84629173")), repr(repr("Your code:\n••••")).replace("\\u2022", "•")),
        (repr("code\xa084629173"), r"'code\xa0••••'"),
    ],
)
def test_numbers_that_could_be_pins_are_hidden(text: str, shown: str) -> None:
    assert hide_secrets(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET https://a.example/ical/1.ics?s=abc failed", "GET https://a.example/… failed"),
        ("'webcal://a.example/abc', 'http://b.example?x=y'", "'webcal://a.example/…', 'http://b.example/…'"),
        ("postgres at https://me:word@a.example:8443/abc", "postgres at https://a.example:••••/…"),
        ("(HTTPS://A.EXAMPLE/abc)", "(HTTPS://A.EXAMPLE/…"),
        ("<WSGIRequest: GET '/stays/?token=abc'>", "<WSGIRequest: GET '/stays/?…'>"),
        ("see https://a.example", "see https://a.example"),
        ("either/or, and/or", "either/or, and/or"),
    ],
)
def test_addresses_are_told_by_their_host_only(text: str, shown: str) -> None:
    assert hide_secrets(text) == shown


def test_crash_report_hides_pins_in_the_words_of_exceptions() -> None:
    pin = made_up_pin()

    def crash() -> None:
        rows: dict[str, str] = {}
        try:
            rows[f"first {pin}"]
        except KeyError as first:
            second = ValueError(f"second {pin}")
            second.add_note(f"note {pin}")
            raise second from first

    report = report_of(crash)
    assert "direct cause" in report
    assert "second ••••" in report
    assert pin not in report


def test_crash_report_hides_pins_and_secrets_in_the_query(rf: RequestFactory) -> None:
    pin = made_up_pin()
    request = rf.get(f"/stays/?q={pin}&token=sEc{pin}ReT", headers={"Referer": f"http://testserver/?q={pin}"})
    report = report_of(lambda: 1 // 0, request)
    assert "/stays/" in report
    assert pin not in report


def test_crash_report_hides_pins_after_line_ends_and_addresses_of_feeds() -> None:
    pin = made_up_pin()

    def crash() -> None:
        text = f"Your code:\n{pin}"
        where = ["https://calendar.example/ical/1.ics?s=" + "sEcReT" + "tOkEn"]
        body = b"x" * 70 + f" {pin}".encode()
        raise RuntimeError(len(text) + len(where) + len(body))

    report = report_of(crash)
    assert "calendar.example" in report
    assert "sEcReT" + "tOkEn" not in report
    assert pin not in report


def test_crash_report_of_what_cannot_be_shown_is_still_one() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    def crash() -> None:
        broken = Broken()
        raise ValueError(id(broken))

    assert "cannot be shown: RuntimeError" in report_of(crash)
