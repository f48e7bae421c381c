from __future__ import annotations

import gzip
import ipaddress
import logging
import time
from http.server import BaseHTTPRequestHandler

import pytest

from properties.addresses import is_public
from properties.calendars import addresses
from properties.calendars.addresses import RefusedAddressError, read_url
from properties.calendars.fetching import (
    MAX_BYTES,
    Fetched,
    FetchFailed,
    FetchResult,
    NotModified,
    fetch_calendar,
)
from tests.properties.calendars import samples
from tests.properties.calendars.conftest import CalendarServer, reply

SECRET = "s3cret-t0ken"
PATH = f"/{SECRET}/calendar.ics"
BODY = samples.calendar("airbnb", samples.S1)


def fetch(server: CalendarServer, path: str = PATH, seconds: float = 5, **conditions: str) -> FetchResult:
    return fetch_calendar(server.url(path), allow_private=True, total_seconds=seconds, **conditions)


def failure(result: FetchResult) -> str:
    assert isinstance(result, FetchFailed)
    assert SECRET not in repr(result)
    assert "http" not in result.message.replace("https:// are", "")
    return result.message


def test_fetch_brings_the_body_and_its_validators(server: CalendarServer) -> None:
    server.answers[PATH] = reply(BODY, ETag='"v1"', Last_Modified="Mon, 01 Mar 2027 12:00:00 GMT")

    result = fetch(server)

    assert result == Fetched(BODY, '"v1"', "Mon, 01 Mar 2027 12:00:00 GMT")
    assert SECRET not in repr(result)


def test_fetch_is_conditional_and_understands_not_modified(server: CalendarServer) -> None:
    server.answers[PATH] = reply(b"", 304)

    result = fetch(server, etag='"v1"', last_modified="Mon, 01 Mar 2027 12:00:00 GMT")

    assert result == NotModified()
    headers = server.requests[0][1]
    assert headers["If-None-Match"] == '"v1"'
    assert headers["If-Modified-Since"] == "Mon, 01 Mar 2027 12:00:00 GMT"


def test_unasked_not_modified_is_a_failure(server: CalendarServer) -> None:
    server.answers[PATH] = reply(b"", 304)

    assert "not asked" in failure(fetch(server))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429, 500, 503])
def test_f25_error_status_is_a_failure(server: CalendarServer, status: int) -> None:
    server.answers[PATH] = reply(BODY, status)

    result = fetch(server)

    assert failure(result)
    assert isinstance(result, FetchFailed)
    assert result.http_status == status


@pytest.mark.parametrize("kind", ["text/html", "text/calendar"])
def test_f25_html_with_200_is_a_failure(server: CalendarServer, kind: str) -> None:
    server.answers[PATH] = reply(b"<html><body>Please sign in</body></html>", Content_Type=kind)

    assert "not a calendar" in failure(fetch(server))


def test_calendar_under_another_type_is_read(server: CalendarServer) -> None:
    server.answers[PATH] = reply(b"\xef\xbb\xbf" + BODY, Content_Type="application/octet-stream")

    assert isinstance(fetch(server), Fetched)


def test_f25_broken_off_body_is_a_failure(server: CalendarServer) -> None:
    server.answers[PATH] = reply(BODY, Content_Length=str(len(BODY) + 100), Connection="close")

    def answer(handler: BaseHTTPRequestHandler) -> None:
        reply(BODY, Content_Length=str(len(BODY) + 100))(handler)
        handler.close_connection = True

    server.answers[PATH] = answer

    assert "broke off" in failure(fetch(server))


def test_oversize_body_is_a_failure(server: CalendarServer) -> None:
    server.answers[PATH] = reply(BODY + b"X" * MAX_BYTES)

    assert "larger than 1024 KiB" in failure(fetch(server))


def test_endless_body_is_bounded_by_size(server: CalendarServer) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not server.stop.is_set():
            handler.wfile.write(b"X" * 65536)

    server.answers[PATH] = answer

    assert "larger than" in failure(fetch(server))


def test_f42_black_hole_ends_in_time(server: CalendarServer) -> None:
    def hang(handler: BaseHTTPRequestHandler) -> None:
        server.stop.wait(5)

    server.answers[PATH] = hang
    begun = time.monotonic()

    message = failure(fetch(server, seconds=0.3))

    assert "within 0.3 seconds" in message
    assert time.monotonic() - begun < 2


def test_dripping_headers_end_in_time(server: CalendarServer) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not server.stop.wait(0.05):
            handler.wfile.write(b"X-More: 1\r\n")

    server.answers[PATH] = answer
    begun = time.monotonic()

    assert failure(fetch(server, seconds=0.4))
    assert time.monotonic() - begun < 2


def test_redirects_are_followed_three_times(server: CalendarServer) -> None:
    for number in range(3):
        server.answers[f"/{number}"] = reply(b"", 302, Location=f"/{number + 1}")
    server.answers["/3"] = reply(BODY)

    assert isinstance(fetch(server, "/0"), Fetched)


def test_redirect_loop_is_a_failure(server: CalendarServer) -> None:
    server.answers[PATH] = reply(b"", 301, Location=server.url(PATH))

    assert "redirected more than 3 times" in failure(fetch(server))
    assert len(server.requests) == 4


def test_redirect_to_another_scheme_is_a_failure(server: CalendarServer) -> None:
    server.answers[PATH] = reply(b"", 302, Location="file:///etc/passwd")

    assert "not fetched" in failure(fetch(server))


def test_redirect_is_checked_again(server: CalendarServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first server is let through as if it were public; the one it points to is not."""
    server.answers[PATH] = reply(b"", 302, Location="http://127.0.0.2/inside")
    monkeypatch.setattr(addresses, "is_public", lambda address: str(address) == "127.0.0.1")
    monkeypatch.setattr(
        "properties.calendars.fetching.read_url",
        lambda text, allow_private: read_url(text, allow_private=True),
    )

    result = fetch_calendar(server.url(PATH), allow_private=False, total_seconds=5)

    assert "private network" in failure(result)


def test_packed_answer_is_unpacked(server: CalendarServer) -> None:
    server.answers[PATH] = reply(gzip.compress(BODY), Content_Encoding="gzip")

    assert fetch(server) == Fetched(BODY)


def test_gzip_bomb_is_bounded(server: CalendarServer) -> None:
    bomb = gzip.compress(b"BEGIN:VCALENDAR" + b"0" * 100_000_000, compresslevel=1)[: MAX_BYTES - 1]
    server.answers[PATH] = reply(bomb, Content_Encoding="gzip")

    assert "larger than" in failure(fetch(server))


@pytest.mark.parametrize("body", [gzip.compress(BODY)[:-20], b"no gzip at all"])
def test_damaged_packing_is_a_failure(server: CalendarServer, body: bytes) -> None:
    server.answers[PATH] = reply(body, Content_Encoding="gzip")

    assert "packed calendar" in failure(fetch(server))


def test_nobody_listening_is_a_failure() -> None:
    result = fetch_calendar(f"http://127.0.0.1:9/{SECRET}", allow_private=True, total_seconds=5)

    assert "cannot be reached" in failure(result)


def test_f43_redirect_to_an_impossible_port_is_a_failure(server: CalendarServer) -> None:
    server.answers[PATH] = reply(b"", 302, Location=f"http://127.0.0.1:99999/{SECRET}")

    assert SECRET not in failure(fetch(server))


def test_f43_no_address_in_logs(server: CalendarServer, caplog: pytest.LogCaptureFixture) -> None:
    server.answers[PATH] = reply(b"", 302, Location=f"{PATH}-2")
    server.answers[f"{PATH}-2"] = reply(BODY)

    with caplog.at_level(logging.DEBUG):
        assert isinstance(fetch(server), Fetched)

    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://[::1]/x",
        "https://10.1.2.3/x",
    ],
)
def test_private_addresses_are_refused(url: str) -> None:
    assert failure(fetch_calendar(url, total_seconds=5))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07::1", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("172.16.5.4", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("240.0.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("2002:7f00:1::", False),
    ],
)
def test_only_public_addresses_pass(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


@pytest.mark.parametrize(
    "text",
    [
        "",
        "calendar",
        "http://x.example/a.ics",
        "ftp://x.example/a",
        "https://",
        "https://x .example",
        "https://x.example:99999/a.ics",
        "https://x.example:0/a.ics",
        "https://" + "x" * 3000,
    ],
)
def test_unusable_addresses_are_refused(text: str) -> None:
    with pytest.raises(RefusedAddressError):
        read_url(text, allow_private=False)


def test_webcal_means_https() -> None:
    assert str(read_url(" WebCal://x.example/a.ics ", allow_private=False)) == "https://x.example/a.ics"
