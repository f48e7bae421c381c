"""Serves the demo's calendars over HTTP, as the channels would: `python -m access.demo.feed_server PORT ANCHOR`.

A process of its own, without Django: the application subscribes to it like to any other address.
"""

from __future__ import annotations

import datetime as dt
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import PurePosixPath

from access.demo.calendars import CALENDARS, render


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

    def log_message(self, *_: object) -> None:
        """The address is a secret on the real channels; the terminal belongs to the demo."""


def serve(port: int, anchor: dt.datetime) -> ThreadingHTTPServer:
    handler = type("AnchoredHandler", (FeedHandler,), {"anchor": anchor})
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


if __name__ == "__main__":
    serve(int(sys.argv[1]), dt.datetime.fromisoformat(sys.argv[2])).serve_forever()
