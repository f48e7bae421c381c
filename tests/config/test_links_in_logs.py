from __future__ import annotations

import logging

from config.reporting import HideLinks

TOKEN = "eo43_RwEsnbIypWcjsWc-g4dc9iYn6jw"


def test_links_that_are_a_right_are_in_no_log() -> None:
    record = logging.LogRecord(
        "django.request",
        logging.ERROR,
        "",
        0,
        f"%s: %s and /connect/{TOKEN}/",
        ("Error", f"/g/{TOKEN}/code/"),
        None,
    )

    assert HideLinks().filter(record)
    assert record.getMessage() == "Error: /g/…/code/ and /connect/…/"
