#!/usr/bin/env python
"""Keyturn's commands: `manage.py help` lists them."""

from __future__ import annotations

import os
import sys

WITHOUT_DATABASE = {"help", "--help", "-h", "version", "--version"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # A command, or a worker that forks, must not inherit the web process's pool of connections.
    os.environ["KEYTURN_PROCESS"] = "command"
    try:
        from django.conf import settings
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line

        from config import postgres
    except ImportError as problem:
        sys.exit(f"{problem}. Run `make demo` once, or use the Python of its environment: .venv/bin/python")
    try:
        if not WITHOUT_DATABASE.intersection(sys.argv[1:2]):
            postgres.hold()
        settings.INSTALLED_APPS  # noqa: B018 -- loads the settings, so that a problem is one sentence
    except (ImproperlyConfigured, postgres.PostgresProblem) as problem:
        sys.exit(f"Keyturn cannot start.\n{problem}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
