"""What the README shows of both APIs is run as it stands there, against a live server: a block that is stale fails.

Only what a reader has to put in is put in: the address, the key, the unit's id, and the person who signs in.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from access.models import AccessCode
from access.running.runner import run_due
from access.webhooks.running import deliver_now
from locks.drivers.virtual.keypad import keypad
from locks.drivers.virtual.provisioning import virtual_lock_of
from properties.models import Stay, Unit, User, Workspace
from tests.access.webhooks.receiver import Received, receiving
from tests.factories import make_property, make_unit, make_workspace, virtual_door

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(200)]
ADDRESS = "http://127.0.0.1:8000"
KEY = re.compile(r"seam_keyturn_[\w-]+")
COMMAND = re.compile(r"`(\.venv/bin/python manage\.py [^`]+)`")


def section(title: str) -> str:
    readme = (Path(settings.BASE_DIR) / "README.md").read_text()
    return readme.split(f"\n## {title}\n")[1].split("\n## ")[0]


def blocks(title: str) -> list[str]:
    """Indented ones, in order."""
    found = re.findall(r"(?:^ {4}.*\n|^\n(?= {4}))+", section(title), re.MULTILINE)
    return [textwrap.dedent(one).strip() for one in found if one.strip()]


def environment(**more: str) -> dict[str, str]:
    """For a process of its own that works on the database of this test."""
    one = connection.settings_dict
    where = f"{one['HOST']}:{one['PORT']}/{one['NAME']}"
    address = f"postgres://{one['USER']}:{one['PASSWORD']}@{where}"
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "DATABASE_URL": address, **more}


def shell(command: str, **more: str) -> str:
    command = command.replace(".venv/bin/python", sys.executable)
    run = subprocess.run(
        ["bash", "-euc", command], capture_output=True, text=True, cwd=settings.BASE_DIR, env=environment(**more),
        check=False, timeout=150,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return run.stdout


def found_in(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    assert found is not None, text
    return found[0]


def wait_for(what: Callable[[], Any], *, seconds: float = 90) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("It did not come.")


@pytest.fixture
def unit() -> Unit:
    """Such as the demo has."""
    house = make_property(make_workspace("Seaview Stays"), name="Harbour House", time_zone="Europe/Lisbon")
    unit = make_unit(house, name="Loft A")
    virtual_door(house, name="Front door")
    virtual_door(unit, name="Loft door")
    return unit


def test_sections_hold_the_blocks_that_are_run_here() -> None:
    assert [one.split()[0] for one in blocks("The API")] == ["curl"]
    assert [one.split()[0] for one in blocks("Programs written for Seam")] == [
        ".venv/bin/python", "from", "webhook",
    ]  # fmt: skip


def test_reservation_is_put_as_the_readme_shows(unit: Unit, live_server: Any) -> None:
    (put,) = blocks("The API")
    (make_key,) = COMMAND.findall(section("The API"))
    key = found_in(KEY, shell(make_key))
    assert Workspace.objects.count() == 1  # the demo's, not another one
    listing = Request(f"{live_server.url}/api/v1/units/", headers={"Authorization": f"Bearer {key}"})
    (shown,) = json.load(urlopen(listing))["results"]
    assert ADDRESS in put
    assert "<unit id>" in put
    put = put.replace(ADDRESS, live_server.url).replace("<unit id>", shown["id"])

    made, again = (json.loads(shell(put, KEY=key)) for _ in range(2))

    assert (made["outcome"], again["outcome"], made["notices"]) == ("created", "unchanged", [])
    stay = Stay.objects.get(source="my-pms", external_id="R-1001")
    assert (stay.unit, stay.guest_name) == (unit, "Imogen Varga")
    # What the text below it promises of the answer.
    for door in made["access"]["doors"]:
        assert {"state", "reason", "active_from", "active_to", "program_at", "code"} <= door.keys()
    codes = AccessCode.objects.filter(grant__stay=stay)
    assert {door["code"] for door in again["access"]["doors"]} == {codes[0].pin}
    held = put.replace('"guest":', '"hold_access": true, "guest":')
    assert json.loads(shell(held, KEY=key))["access"]["state"] == "held"
    gone = json.loads(shell(held.replace("-X PUT", "-X DELETE"), KEY=key))
    assert (gone["outcome"], gone["status"]) == ("cancelled", "cancelled")


def test_options_of_a_key_are_those_that_the_readme_names(unit: Unit) -> None:
    text = section("The API")
    (make_key,) = COMMAND.findall(text)
    for option in re.findall(r"`(--[a-z]+ [^`]+)`", text):
        assert found_in(KEY, shell(f"{make_key} {option.replace('NAME', repr(unit.property.name))}"))
    assert {"--scopes", "--property", "--expires"} <= set(re.findall(r"--[a-z]+", text))


def test_program_for_seam_runs_as_the_readme_shows(live_server: Any) -> None:
    make_key, program, _ = blocks("Programs written for Seam")
    key = json.loads(shell(make_key))["api_key"]
    assert f"{ADDRESS}/seam" in program
    program = re.sub(r"seam_keyturn_test_…", key, program).replace(ADDRESS, live_server.url)
    with subprocess.Popen(
        [sys.executable, "-uc", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        try:
            assert running.stdout is not None
            asked = running.stdout.readline()
            assert "Choose Schlage, sign in as jane@example.com, 1234:" in asked
            page = urlsplit(asked.split()[-1]).path
            sign_in(page, brand="schlage", user_name="jane@example.com", password="1234")

            def works() -> bool:
                run_due()
                return running.poll() is not None

            wait_for(works)
            assert running.stderr is not None
            assert running.returncode == 0, running.stderr.read()
        finally:
            running.kill()
    (code,) = [one for one in AccessCode.objects.all() if one.pin == "4821"]
    assert (code.name, code.device.brand) == ("Imogen Varga", "schlage")
    assert keypad(virtual_lock_of(code.device), "4821").opened


def sign_in(page: str, *, brand: str, **login: str) -> None:
    """As a person does on the pages that the address leads to."""
    person = Client()
    brands = person.get(page, follow=True)
    chosen = next(
        link
        for link in re.findall(r'href="([^"]+)"', follow_to_brands(person, brands))
        if link.endswith(f"/{brand}/")
    )
    assert person.post(chosen, login).status_code == 303


def follow_to_brands(person: Client, start: Any) -> str:
    text = str(start.content.decode())
    if "/schlage/" in text:
        return text
    onward = next(link for link in re.findall(r'href="(/[^"]+)"', text) if "brands" in link)
    return str(person.get(onward).content.decode())


def test_webhook_is_read_as_the_readme_shows(live_server: Any) -> None:
    make_key, _, hooks = blocks("Programs written for Seam")
    key = json.loads(shell(make_key))["api_key"]
    create, read = hooks.splitlines()
    imported = re.search(r"# (from seam import \w+)$", read)
    assert imported is not None
    with receiving() as receiver:
        assert "https://example.org/hook" in create
        names: dict[str, Any] = {}
        start = f"from seam import Seam\nseam = Seam(api_key={key!r}, endpoint={live_server.url + '/seam'!r})"
        exec(f"{start}\n{create.replace('https://example.org/hook', receiver.url)}", names)
        workspace = Workspace.objects.get(name="Demo")
        door = virtual_door(make_unit(make_property(workspace)), name="Front door")
        names["seam"].access_codes.create(
            device_id=str(door.device.public_id), code="4821", name="Imogen Varga"
        )

        def arrived() -> list[Received]:
            run_due()
            deliver_now()
            return [one for one in receiver.received if one.told["code"] == "4821"]

        (one,) = wait_for(arrived)
        names |= {"body": one.body, "headers": one.headers}
        exec(f"{imported[1]}\n{read}", names)
        names["seam"].client.close()
    assert names["event"].event_type == "access_code.set_on_device"
    assert (names["event"].device_id, names["event"].code) == (str(door.device.public_id), "4821")


def test_token_of_a_person_is_made_as_the_readme_shows() -> None:
    User.objects.create_superuser("you@example.org", "correct horse battery")
    (command,) = [one for one in COMMAND.findall(section("Programs written for Seam")) if "token" in one]
    assert re.search(r"seam_at\w+", shell(command))
