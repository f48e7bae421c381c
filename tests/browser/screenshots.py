"""Takes the pictures of docs/screenshots from a running demo, light and dark: `make screenshots`, beside `make demo`.

It signs in with what the demo printed (var/demo.json keeps it), and writes NAME-light.png and NAME-dark.png. Everybody
in the demo is invented. Needs the requirements for development and a Chromium.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from playwright.sync_api import sync_playwright

from tests.conftest import CHROMIUM_FLAGS, find_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PICTURES: Final = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
MOST: Final = 250_000
DESK: Final = (1280, 900)
PHONE: Final = (375, 760)
GUEST, LOCK = "Amelia Hart", "Seaview House: Flat 3 door"
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", default="http://127.0.0.1:8000")
    parser.add_argument("--email", default="demo@keyturn.example")
    parser.add_argument("--password", default="")
    given = parser.parse_args()
    password = given.password or json.loads(Path("var/demo.json").read_text())["password"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(CHROMIUM_FLAGS))
        for scheme in SCHEMES:
            take(browser, scheme, site=given.site, email=given.email, password=password)
        browser.close()


def take(browser: Browser, scheme: Literal["light", "dark"], *, site: str, email: str, password: str) -> None:
    width, height = DESK
    context = browser.new_context(
        base_url=site,
        color_scheme=scheme,
        reduced_motion="reduce",
        viewport={"width": width, "height": height},
    )
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")
    shoot(page, "today", scheme)
    page.goto("/timeline/")
    shoot(page, "timeline", scheme)
    page.goto("/readiness/")
    shoot(page, "readiness", scheme)
    page.goto("/locks/")
    page.goto(f"/search/?q={LOCK.rpartition(': ')[2]}")
    page.get_by_role("link", name=LOCK).first.click()
    shoot(page, "lock", scheme)
    page.goto(f"/search/?q={GUEST}")
    page.get_by_role("link", name=re.compile(GUEST)).first.click()
    shoot(page, "stay", scheme)
    link = page.locator("#pass-link").get_attribute("href")
    width, height = PHONE
    page.set_viewport_size({"width": width, "height": height})
    page.goto("/g/" + (link or "").rpartition("/g/")[2])
    page.get_by_role("button", name="Show my code").click()
    page.locator("output.pin").first.wait_for()
    shoot(page, "pass", scheme)
    context.close()


def shoot(page: Page, name: str, scheme: str) -> None:
    page.wait_for_load_state("networkidle")
    path = PICTURES / f"{name}-{scheme}.png"
    page.screenshot(path=path, animations="disabled")
    size = path.stat().st_size
    sys.stdout.write(f"{path.name}  {size // 1000} KB\n")
    if size > MOST:
        sys.exit(f"{path.name} is larger than {MOST // 1000} KB.")


if __name__ == "__main__":
    main()
