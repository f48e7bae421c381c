"""The world outside of the demo, over HTTP: `python -m access.demo.feed_server PORT ANCHOR`.

A process of its own, without Django: it serves calendars as the channels would, and takes what would leave the machine
(webhooks, text messages), so that nothing does. A few of those it refuses, as real receivers do.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath
from typing import Final

from access.demo.calendars import CALENDARS, UNREACHABLE, render

CHOKES_ON: Final = 9


class FeedHandler(BaseHTTPRequestHandler):
    anchor: dt.datetime

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
        self.send_response(answer_to(self.path, event_id=self.headers.get("webhook-id", "")))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """The address is a secret on the real channels; the terminal belongs to the demo."""


def answer_to(path: str, *, event_id: str) -> HTTPStatus:
    """The booking system chokes on one event in nine, whenever it gets it; one number takes no text messages."""
    if path.startswith("/sms/"):
        return HTTPStatus.BAD_GATEWAY if path.endswith(UNREACHABLE) else HTTPStatus.NO_CONTENT
    if path.startswith("/hooks/"):
        choked = hashlib.sha256(event_id.encode()).digest()[0] % CHOKES_ON == 0
        return HTTPStatus.INTERNAL_SERVER_ERROR if choked else HTTPStatus.NO_CONTENT
    return HTTPStatus.NOT_FOUND


def serve(port: int, anchor: dt.datetime) -> ThreadingHTTPServer:
    handler = type("AnchoredHandler", (FeedHandler,), {"anchor": anchor})
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


if __name__ == "__main__":
    serve(int(sys.argv[1]), dt.datetime.fromisoformat(sys.argv[2])).serve_forever()
