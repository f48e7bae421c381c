"""The web process: gunicorn config.wsgi. The only one that pools its database connections."""

from __future__ import annotations

import gc
import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from config import postgres

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["KEYTURN_PROCESS"] = "web"
postgres.hold()

try:
    application = get_wsgi_application()
except ImproperlyConfigured as problem:
    # The sentences say what to set; a traceback would bury them.
    sys.exit(f"Keyturn cannot start.\n{problem}")

# Every page and its view, once for all processes: each would load its own copy at its first request.
get_resolver().url_patterns  # noqa: B018  -- asking for them loads them
# What is loaded by now stays for good. The collector of circles went through all of it while somebody waited.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 50)
