"""A crash report shows where it happened, and no PIN whatever the name that holds it."""

from __future__ import annotations

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory, override_settings
from django.views.debug import ExceptionReporter

from access.models import AccessCode
from config.reporting import hide_numbers


def made_up_pin() -> str:
    """Not written in one piece: a report quotes the lines around a fault."""
    return str(8462_9173)


def crash_in_the_depths(pin: str) -> None:
    """Local names that a list of suspicious names would not know, as deep code has them."""
    code = AccessCode(pin=pin, name="Imogen")
    value, text, args, rows = pin, f"code {pin}", (pin, 1), {"wanted": [pin]}
    raise RuntimeError(f"no way for {code} {len(value)} {len(text)} {len(args)} {len(rows)}")


def report_of(request: WSGIRequest | None, pin: str) -> str:
    try:
        crash_in_the_depths(pin)
    except RuntimeError as error:
        reporter = ExceptionReporter(request, type(error), error, error.__traceback__)
        return reporter.get_traceback_html() + reporter.get_traceback_text()
    raise AssertionError


@pytest.mark.parametrize("debug", [False, True])
def test_crash_report_hides_pins_in_locals_and_in_the_form(debug: bool, rf: RequestFactory) -> None:
    pin = made_up_pin()
    request = rf.post("/stays/", {"pin": pin, "preferred_code": pin, "notes": f"give {pin}"})
    with override_settings(DEBUG=debug):
        report = report_of(request, pin)
    assert "crash_in_the_depths" in report
    assert pin not in report


def test_crash_report_hides_the_pin_where_encryption_fails(rf: RequestFactory) -> None:
    pin = made_up_pin()
    with override_settings(KEYTURN_ENCRYPTION_KEYS=["no key"]):
        try:
            AccessCode(pin=pin)._meta.get_field("pin").get_prep_value(pin)
        except ValueError as error:
            reporter = ExceptionReporter(None, type(error), error, error.__traceback__)
            report = reporter.get_traceback_html() + reporter.get_traceback_text()
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
    ],
)
def test_numbers_that_could_be_pins_are_hidden(text: str, shown: str) -> None:
    assert hide_numbers(text) == shown
