"""One runner in a process of its own, for as long as a measure takes.

    python -m access.benchmark.one_runner SIGN SECONDS PROFILE

SIGN is a file that is made when it is ready. PROFILE: write there, at the end, where the
time went (cProfile); empty for nowhere.
"""

from __future__ import annotations

import cProfile
import signal
import sys
from pathlib import Path

import django


def main(sign: str, seconds: float, profile: str) -> None:
    django.setup()
    from access.running.runner import run_for

    Path(sign).touch()
    if not profile:
        run_for(seconds)
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    # The database work is done in this thread (asgiref), the event loop runs in another.
    with cProfile.Profile() as measured:
        try:
            run_for(seconds)
        finally:
            measured.dump_stats(profile)


if __name__ == "__main__":
    sign, seconds, profile = sys.argv[1:]
    main(sign, float(seconds), profile)
