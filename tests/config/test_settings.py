from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings

from config.reporting import HidingFilter
from tests.config.test_secrets import GOOD

ROOT: Final = Path(__file__).resolve().parents[2]
NOWHERE: Final = "postgres://nobody:nothing@127.0.0.1:9/none"


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return python("manage.py", *arguments, **environment)


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**kept, "DATABASE_URL": NOWHERE, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_check_deploy_clean_under_production_settings() -> None:
    done = manage("check", "--deploy", "--fail-level", "DEBUG", KEYTURN_ENV="production", **GOOD)

    assert (done.returncode, done.stderr) == (0, "")
    assert "no issues" in done.stdout


def test_production_without_settings_stops_with_a_sentence_each() -> None:
    done = manage("check", KEYTURN_ENV="production", DEBUG="1")

    assert done.returncode == 1
    assert done.stderr.startswith("Keyturn cannot start.\n")
    assert [line.split()[1] for line in done.stderr.splitlines()[1:]] == [*GOOD, "DEBUG:"]


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"KEYTURN_ENV": "prod"}, "set it to development or production"),
        ({"DATABASE_URL": "sqlite:///db.sqlite3"}, "DATABASE_URL must name a PostgreSQL server"),
    ],
)
def test_wrong_setting_stops_with_a_sentence(environment: dict[str, str], sentence: str) -> None:
    done = manage("check", **environment)

    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


SHOW_POOL: Final = (
    "from django.conf import settings; print('pool' in settings.DATABASES['default'].get('OPTIONS', {}))"
)


def test_web_process_pools_its_connections() -> None:
    done = python("-c", f"import config.wsgi; {SHOW_POOL}")

    assert done.stdout == "True\n"


def test_command_never_pools_even_when_started_by_the_web_process() -> None:
    done = manage("shell", "--no-imports", "-c", SHOW_POOL, KEYTURN_PROCESS="web")

    assert done.stdout == "False\n"


def test_crash_report_hides_secrets_even_in_frames() -> None:
    hiding = HidingFilter()
    guest_pin = "0412"
    code_of_stay = {"pin": "0412"}
    visible = "Seaview"

    shown = dict(hiding.get_traceback_frame_variables(None, sys._getframe()))

    assert guest_pin not in repr(shown["guest_pin"])
    assert guest_pin not in repr(shown["code_of_stay"])
    assert code_of_stay
    assert shown["visible"] == visible
    assert settings.SECRET_KEY not in repr(hiding.get_safe_settings())
    assert settings.KEYTURN_HASH_KEY not in repr(hiding.get_safe_settings())
    assert settings.DATABASES["default"]["PASSWORD"] not in repr(hiding.get_safe_settings())
