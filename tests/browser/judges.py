"""What pages are judged with: axe-core and the Nu HTML checker, which `make test` fetches where npm is found.

Without them a test is skipped with a sentence that says what is missing; where a browser is required (CI), it fails.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOOLS = Path(__file__).parent / "tools"
MODULES = TOOLS / "node_modules"
FETCH = "install node and npm, then `make test`"


def axe_source() -> str:
    return _found(MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def complaints_of_vnu(folder: Path) -> list[str]:
    """What the checker says of each HTML file in the folder: "name:line: sentence: where"."""
    jar = _found(MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar")
    java = shutil.which("java")
    if java is None:
        _missing("no Java found for the HTML checker: install a Java runtime, 17 or newer")
    done = subprocess.run(
        [
            str(java),
            "-jar",
            str(jar),
            "--format",
            "json",
            "--exit-zero-always",
            "--skip-non-html",
            str(folder),
        ],
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    return [
        f"{Path(one['url']).stem}:{one.get('lastLine', 0)}: {one['message']}: {one.get('extract', '').strip()[:160]}"
        for one in json.loads(done.stderr)["messages"]
    ]


def _found(path: Path) -> Path:
    if not path.exists():
        _missing(f"no {path.name} found: {FETCH}")
    return path


def _missing(sentence: str) -> None:
    if os.environ.get("KEYTURN_REQUIRE_BROWSER") == "1":
        pytest.fail(sentence)
    pytest.skip(sentence)
