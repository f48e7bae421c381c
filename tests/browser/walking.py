"""A walk through every page in one browser: each visitor has a window, signed in by the cookie of a test client.

`walk` yields each visit with the page it led to; whatever a page complained of meanwhile is in `walker.complaints`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings as django_settings
from django.template.loader import render_to_string

from tests.browser.elsewhere import elsewhere
from tests.browser.every_page import visits
from tests.browser.house import House, build_house, sessions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

    from tests.browser.every_page import Visit

REDIRECTS = range(300, 400)
# Sends a form as a page without scripts would, with the token that this visitor's page has.
SEND = """([address, fields]) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = address;
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
  for (const [name, value] of Object.entries({ ...fields, ...(token && { csrfmiddlewaretoken: token }) })) {
    const field = Object.assign(document.createElement("input"), { type: "hidden", name, value });
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}"""


class Walker:
    def __init__(self, browser: Browser, host: str, **look: Any) -> None:
        self._browser, self._host, self._look = browser, host, look
        self.house, cookies = elsewhere(self._build)
        self.complaints: list[str] = []
        self._windows = {who: self._open(cookie) for who, cookie in cookies.items()}
        self._now: Visit | None = None

    @staticmethod
    def _build() -> tuple[House, dict[str, str | None]]:
        house = build_house()
        name = django_settings.SESSION_COOKIE_NAME
        clients = sessions(house)
        return house, {
            who: client.cookies[name].value if name in client.cookies else None
            for who, client in clients.items()
        }

    def _open(self, cookie: str | None) -> Page:
        context = self._browser.new_context(base_url=self._host, locale="en-GB", **self._look)
        if cookie is not None:
            context.add_cookies(
                [{"name": django_settings.SESSION_COOKIE_NAME, "value": cookie, "url": self._host}]
            )
        page = context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self._complain(str(error)))
        page.on("request", self._watch)
        page.on("response", self._check_policy)
        return page

    @property
    def contexts(self) -> list[BrowserContext]:
        return [page.context for page in self._windows.values()]

    def walk(self, chosen: Iterable[Visit] | None = None) -> Iterator[tuple[Visit, Page]]:
        for visit in visits(self.house) if chosen is None else chosen:
            self._now = visit
            django_settings.DEBUG = visit.needs_debug
            yield visit, self._go(visit)

    def _go(self, visit: Visit) -> Page:
        page = self._windows[visit.who]
        if visit.made_of:
            body = render_to_string(visit.made_of)
            page.route(f"**{visit.address}", lambda route: route.fulfill(body=body, content_type="text/html"))
        if visit.sent is None:
            page.goto(visit.address)
            if visit.name == "api:docs":
                page.wait_for_selector(".opblock")
            return page
        page.goto(visit.form)
        with page.expect_navigation():
            page.evaluate(SEND, [visit.address, visit.sent])
        return page

    def _complain(self, text: str) -> None:
        self.complaints.append(f"{self._now}: {text}")

    def _note(self, message: ConsoleMessage) -> None:
        refused = self._now is not None and self._now.status >= 400 and "status of" in message.text
        if message.type in {"error", "warning"} and not refused:
            self._complain(message.text)

    def _watch(self, request: Request) -> None:
        if not request.url.startswith((self._host, "data:")):
            self._complain(f"asked {request.url}")

    def _check_policy(self, response: Response) -> None:
        """Scripts and styles come from files of this host alone, in tests as in production."""
        page_came = response.request.is_navigation_request() and response.status not in REDIRECTS
        if page_came and self._now is not None and not self._now.made_of:
            policy = response.headers.get("content-security-policy", "")
            if "default-src 'self'" not in policy or "unsafe" in policy or "-src *" in policy:
                self._complain(f"a policy of its own: {policy!r}")

    def close(self) -> None:
        for context in self.contexts:
            context.close()
