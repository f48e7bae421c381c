"""Write the Seam-compatible API down as an OpenAPI document, for `make openapi`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand

from access.seam.describing import describe
from access.seam.urls import TABLE

if TYPE_CHECKING:
    from argparse import ArgumentParser

TITLE = "Keyturn, Seam-compatible API"


class Command(BaseCommand):
    help = "Describe the Seam-compatible API as OpenAPI 3.1 in JSON."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", type=Path, help="Where to write it; printed where left out.")

    def handle(self, *args: Any, file: Path | None, **options: Any) -> None:
        text = (
            json.dumps(describe(TABLE.endpoints.values(), title=TITLE), indent=4, ensure_ascii=False) + "\n"
        )
        if file is None:
            self.stdout.write(text)
        else:
            file.write_text(text, encoding="utf-8")
