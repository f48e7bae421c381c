"""The web process for a server that speaks ASGI; pages poll, so WSGI is the usual way."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

from config import postgres

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["KEYTURN_PROCESS"] = "web"
postgres.hold()

application = get_asgi_application()
