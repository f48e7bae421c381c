"""The web process: gunicorn config.wsgi. The only one that pools its database connections."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from config import postgres

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["KEYTURN_PROCESS"] = "web"
postgres.hold()

application = get_wsgi_application()
