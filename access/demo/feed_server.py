"""The world outside of the demo, over HTTP: `python -m access.demo.feed_server PORT ANCHOR`.

A process of its own, without Django: it serves calendars as the channels would, and takes what would leave the machine
(webhooks, text messages), so that nothing does. A few of those it refuses, as real receivers do.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath
from typing import Final

from access.demo.calendars import CALENDARS, UNREACHABLE, render

BUSY_AT: Final = 9
CHOKES_ON: Final = 90


class FeedHandler(BaseHTTPRequestHandler):
    anchor: dt.datetime
    seen: set[str]

    def do_GET(self) -> None:
        name = PurePosixPath(self.path.split("?", 1)[0]).stem
        if name not in CALENDARS:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        body = render(name, anchor=self.anchor, now=dt.datetime.now(dt.UTC)).encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/calendar; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(answer_to(self.path, event_id=self.headers.get("webhook-id", ""), seen=self.seen))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """The address is a secret on the real channels; the terminal belongs to the demo."""


def answer_to(path: str, *, event_id: str, seen: set[str]) -> HTTPStatus:
    """The booking system is busy when it first gets one event in nine, and chokes on one in ninety whenever it gets it;
    one number takes no text messages. `seen`: events that it was too busy for before."""
    if path.startswith("/sms/"):
        return HTTPStatus.BAD_GATEWAY if path.endswith(UNREACHABLE) else HTTPStatus.NO_CONTENT
    if not path.startswith("/hooks/"):
        return HTTPStatus.NOT_FOUND
    drawn = int(hashlib.sha256(event_id.encode()).hexdigest()[:8], 16)
    if drawn % CHOKES_ON == 0:
        return HTTPStatus.INTERNAL_SERVER_ERROR
    if drawn % BUSY_AT == 0 and event_id not in seen:
        seen.add(event_id)
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.NO_CONTENT


def serve(port: int, anchor: dt.datetime) -> ThreadingHTTPServer:
    handler = type("AnchoredHandler", (FeedHandler,), {"anchor": anchor, "seen": set()})
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


@contextmanager
def serving(port: int, anchor: dt.datetime) -> Iterator[None]:
    """For as long as the demo's past lasts, before the process of its own is there."""
    server = serve(port, anchor)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":
    serve(int(sys.argv[1]), dt.datetime.fromisoformat(sys.argv[2])).serve_forever()
