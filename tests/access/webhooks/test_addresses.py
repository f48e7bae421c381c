"""No request goes into the own network, whatever an address is called and whoever answers for its name."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from access.webhooks.addresses import PRIVATE, check_url
from access.webhooks.refusals import EndpointRefused
from access.webhooks.sending import Answer, sender_ready
from tests.access.webhooks.receiver import receiving

PRIVATE_URLS = [
    "http://127.0.0.1/hook",
    "http://localhost/hook",
    "http://10.1.2.3:8080/",
    "https://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://0.0.0.0/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://127.1/",
]
NO_ADDRESSES = [
    "", "hook", "ftp://example.org/", "http://", "https:///x", "http://exa mple.org/", "javascript:alert(1)",
    "http://example.org:0/", "http://example.org:99999/", "https://example.org/" + "x" * 2000, "http://[::1/",
]  # fmt: skip


def send(url: str, *, allow_private: bool) -> Answer:
    async def go() -> Answer:
        async with sender_ready(allow_private=allow_private, seconds=5) as sender:
            return await sender.send(URL(url), b"{}", {})

    return asyncio.run(go())


@pytest.mark.parametrize("url", PRIVATE_URLS)
def test_private_address_is_refused_where_it_is_typed_in_and_where_it_is_sent_to(url: str) -> None:
    with pytest.raises(EndpointRefused, match="private network"):
        check_url(url, allow_private=False)
    answer = send(url, allow_private=False)
    assert answer.status is None
    assert answer.error == PRIVATE


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(EndpointRefused):
        check_url(url, allow_private=True)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        checked = check_url(text, allow_private=True)
    except EndpointRefused:
        return
    assert URL(checked).scheme in {"http", "https"}


def test_name_that_turns_private_after_it_was_checked_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    real = socket.getaddrinfo

    def look_up(host: str, port: Any, *args: Any, **more: Any) -> Any:
        if host != "rebound.example":
            return real(host, port, *args, **more)
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with receiving() as receiver:
        url = f"http://rebound.example:{receiver.port}/hook"
        assert check_url(url, allow_private=False) == url
        answer = send(url, allow_private=False)
        assert receiver.connections == 0
    assert answer.error == PRIVATE


def test_address_in_another_form_reaches_nobody() -> None:
    with receiving() as receiver:
        for host in ("2130706433", "127.1", "0x7f000001", "0177.0.0.1", "127.0.0.1.", "[::ffff:7f00:1]"):
            assert not send(f"http://{host}:{receiver.port}/", allow_private=False).succeeded
        assert receiver.connections == 0


def test_name_of_loopback_gets_nothing_unless_it_is_allowed() -> None:
    with receiving() as receiver:
        url = f"http://localhost:{receiver.port}/hook"
        assert send(url, allow_private=False).error == PRIVATE
        assert receiver.connections == 0
        assert send(url, allow_private=True).succeeded


def test_name_that_nobody_knows_is_taken_and_checked_when_it_is_sent_to() -> None:
    url = "https://nobody.knows.invalid/hook"
    assert check_url(f" {url} ", allow_private=False) == url
    assert send(url, allow_private=False).error == "The name of its server is not known."


def test_receiver_that_never_ends_its_answer_is_left_after_a_time() -> None:
    async def go(url: str) -> Answer:
        async with sender_ready(allow_private=True, seconds=0.5) as sender:
            return await sender.send(URL(url), b"{}", {})

    with receiving(lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nslow") as receiver:
        answer = asyncio.run(go(receiver.url))
    assert answer.error == "It did not answer in time."
    assert 400 < answer.milliseconds < 3000


def test_attempt_that_is_given_up_from_outside_is_no_answer() -> None:
    async def go(url: str) -> bool:
        async with sender_ready(allow_private=True) as sender:
            attempt = asyncio.create_task(sender.send(URL(url), b"{}", {}))
            await asyncio.sleep(0.2)
            attempt.cancel()
            await asyncio.wait([attempt])
            return attempt.cancelled()

    with receiving(lambda _: 5.0) as receiver:
        assert asyncio.run(go(receiver.url))
