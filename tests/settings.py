"""Settings of the test run: the entry point that holds the embedded PostgreSQL, then the ordinary settings."""

from __future__ import annotations

import os

from config import postgres

for _name in ("KEYTURN_ENV", "DEBUG", "KEYTURN_PROCESS", "KEYTURN_REDIS_URL", "ALLOWED_HOSTS", "EMAIL_URL"):
    os.environ.pop(_name, None)
postgres.hold()

from config.settings import *  # noqa: E402, F403 -- only after the server runs, for its port
from config.settings import DATABASES  # noqa: E402

KEYTURN_FEEDS_ALLOW_PRIVATE = True
KEYTURN_WEBHOOKS_ALLOW_PRIVATE = True
KEYTURN_RUNNER_SECONDS = 5
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A power cut during a test run loses nothing that anyone wants back.
DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"
# Whitenoise warns of a missing folder of collected files; here it looks each one up when it is asked for.
WHITENOISE_AUTOREFRESH = True
