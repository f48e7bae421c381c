"""The deliverer of webhooks in a process of its own: one life after the other, as its task has it.

    python -m access.benchmark.one_deliverer SIGN PROFILE

SIGN is a file that is made when it is ready. PROFILE: write there, at the end, where the time of its event loop went
(cProfile); empty for nowhere.
"""

from __future__ import annotations

import cProfile
import signal
import sys
from pathlib import Path

import django


def main(sign: str, profile: str) -> None:
    django.setup()
    from django.conf import settings

    from access.webhooks.running import deliver_for

    Path(sign).touch()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    measured = cProfile.Profile() if profile else None
    if measured is not None:
        measured.enable()
    try:
        while True:
            deliver_for(settings.KEYTURN_RUNNER_SECONDS)
    finally:
        if measured is not None:
            measured.dump_stats(profile)


if __name__ == "__main__":
    main(*sys.argv[1:])
