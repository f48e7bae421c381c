"""Every page as the browser receives it is valid HTML, and what the checks need comes from no address of ours."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import judges
from tests.browser.every_page import visits
from tests.browser.house import build_house, sessions
from tests.browser.test_every_page import look

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.timeout(400)
@pytest.mark.django_db(transaction=True)
def test_every_page_is_valid_html(tmp_path: Path, settings: Any) -> None:
    house = build_house()
    clients = sessions(house)
    for number, visit in enumerate(visits(house)):
        body = look(clients, visit, settings).content
        (tmp_path / f"{number:03} {re.sub(r'[^a-z_ -]', ' ', str(visit))}.html").write_bytes(body)

    told = judges.complaints_of_vnu(tmp_path)

    assert told == [], "\n".join(told)


def test_lock_of_the_tools_pins_contents_and_names_no_registry() -> None:
    text = (judges.TOOLS / "package-lock.json").read_text(encoding="utf-8")
    packages = {name: one for name, one in json.loads(text)["packages"].items() if name}

    assert "http" not in text
    assert {name for name, one in packages.items() if not one["integrity"].startswith("sha512-")} == set()
    asked = json.loads((judges.TOOLS / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert {name: packages[f"node_modules/{name}"]["version"] for name in asked} == asked
