"""Every page of the product, as a list of visits: who looks, at which address, or after sending what.

The pages come from the routes of tests/routes.py: a new route is a page that all these checks judge, unless it is
named in NOT_PAGES with what it is instead. tests/browser/test_every_page.py holds both to their word.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.urls import reverse

from access.board_lists import LISTS
from tests.routes import API, BY_TOKEN, OWN_PAGES, ROUTES, SEAM, Route, arguments_of

if TYPE_CHECKING:
    from tests.browser.house import House

SENT = "takes what is sent to it, and is no page by itself"
PART = "a part of a page"
ELSEWHERE = "leads to another page"

NOT_PAGES: dict[str, str] = {
    **dict.fromkeys(
        (
            "workspace-switch", "feed-event-decide", "feed-events-decide", "feed-act", "team-role",
            "team-link", "device-moods",
            "need-again", "need-act", "stay-times", "stay-reinstate", "stay-hold", "stay-reveal", "stay-pass-new",
            "stay-pass-revoke", "stay-message", "template-usual", "template-switch",
            "alert-test", "message-again", "device-read", "device-turn", "foreign-reveal",
            "device-backups", "device-battery", "code-reveal", "code-backup", "stay-code-fails", "staff-skip",
            "staff-reveal", "webhook-switch", "webhook-replay", "webhook-delivery-replay", "stay-proof-code",
            "device-account-connect", "device-account-reconnect", "device-account-ask",
            "pass-opened", "code-outside-keep", "unit-bring-back",
        ),
        SENT,
    ),
    **dict.fromkeys(("need-row", "device-attempt", "pass-live"), PART),
    **dict.fromkeys(
        ("pass-code", "pass-help", "pass-check", "pass-open", "account_set_password", "account_confirm_login_code",
         "unit-remove", "unit-archive", "property-remove", "code-outside", "device-door", "device-account-connected"),
        ELSEWHERE,
    ),
    **dict.fromkeys(("pass-manifest", "mfa_download_recovery_codes", "audit-export"), "a file"),
    **dict.fromkeys({*SEAM, "seam:webview"}, "for programs"),
    **{route.name: "for programs" for route in API if route.name != "api:docs"},
    "connect-finish": ELSEWHERE + " until the locks are connected",
    "account_email": "refused to everyone",
}  # fmt: skip
# Who sees the page, where it is not the owner.
OF_NOBODY = {
    *BY_TOKEN, "account_login", "account_signup", "account_inactive", "account_email_verification_sent",
    "account_reset_password", "account_reset_password_done", "account_reset_password_from_key",
    "account_reset_password_from_key_done", "account_confirm_email",
}  # fmt: skip
OTHERS = {
    "mfa_authenticate": "halfway",
    "mfa_activate_totp": "newcomer",
    "account_reauthenticate": "newcomer",
}
# The rest of the admin is made of the same templates: one list, a form, and a form with others in it.
ADMIN_PAGES = ("admin:index", "admin:properties_stay_changelist", "admin:locks_device_changelist")


@dataclass(frozen=True)
class Visit:
    name: str
    who: str
    address: str
    status: int = 200
    sent: dict[str, str] | None = field(default=None, repr=False)
    made_of: str = ""  # a template, for what is shown only when something has gone wrong

    @property
    def form(self) -> str:
        """Where what is sent comes from; most forms lie at the address that they are sent to."""
        return {
            "pass-code": self.address.removesuffix("code/"),
            "pass-help": self.address.removesuffix("help/"),
            "stay-reveal": self.address.removesuffix("reveal/"),
        }.get(self.name, self.address)

    @property
    def needs_debug(self) -> bool:
        return self.name.startswith("styleguide")

    def __str__(self) -> str:
        return f"{self.name} as {self.who}{' after sending' if self.sent is not None else ''}"


def page_routes() -> list[Route]:
    """Each name once: the first of two is the one that answers."""
    pages = {route.name: route for route in reversed(ROUTES) if not route.name.startswith("admin:")}
    return [route for name, route in pages.items() if name not in NOT_PAGES]


def visits(house: House) -> list[Visit]:
    """Looking comes before sending, which changes what there is to see."""
    return [*_routed(house), *_more(house), *_bare(), *_refused(house), *_sent(house)]


def _routed(house: House) -> list[Visit]:
    found = [
        Visit(route.name, _who(route), _address(route, house))
        for route in sorted(page_routes(), key=lambda route: route.name)
    ]
    forms = {
        "admin:properties_stay_change": house.home.stay.pk,
        "admin:properties_workspace_change": house.home.stay.workspace_id,
        "admin:locks_device_change": house.home.door.device_id,
    }
    return [
        *found,
        *(Visit(name, "owner", reverse(name)) for name in ADMIN_PAGES),
        *(Visit(name, "owner", reverse(name, args=[pk])) for name, pk in forms.items()),
    ]


def _who(route: Route) -> str:
    return OTHERS.get(route.name, "nobody" if route.name in OF_NOBODY else "owner")


def _address(route: Route, house: House) -> str:
    arguments = arguments_of(route, house.world)
    if route.name.startswith("connect-"):
        arguments = {**arguments, "token": house.webviews["new"].token}
    if route.name == "account_reset_password_from_key":
        arguments = house.reset
    return route.address(arguments)


def _more(house: House) -> list[Visit]:
    """The same pages in other states: a guest who is in the house, a lock with an engine, filters, search."""
    home = house.home
    found = [
        Visit("pass", "nobody", reverse("pass", args=[token]) + f"?lang={language}")
        for token, language in zip(house.tokens.values(), ("en", "de", "fr"), strict=True)
    ]
    queries = {
        "board": [f"?show={one}" for one in ("needs", *LISTS)],
        "search": ["?q=quay", "?q=nothing+of+that+name"],
        "audit": ["?everything=on&since=2020-01-01"],
        "stay-list": ["?show=all"],
        "timeline": ["?first=2027-01-04"],
        "account_reset_password": [""],
    }
    found += [Visit(name, "owner", reverse(name) + query) for name in queries for query in queries[name]]
    for name in ("stay-detail", "stay-edit"):
        found.append(Visit(name, "owner", reverse(name, args=[home.stay.public_id])))
    for name in ("device-detail", "device-keypad", "device-hands"):
        found.append(Visit(name, "owner", reverse(name, args=[home.door.device.public_id])))
    for name in ("board", "stay-list", "device-list", "timeline", "mfa_index"):
        found.append(Visit(name, "desk", reverse(name)))
    return [*found, Visit("stay-detail", "desk", reverse("stay-detail", args=[home.stay.public_id]))]


def _bare() -> list[Visit]:
    """A workspace where nothing is yet; its forms are those of any other."""
    lists = {name for name in OWN_PAGES - {*NOT_PAGES} if not name.endswith("-create")}
    return [
        Visit(name, "newcomer", reverse(name))
        for name in sorted(lists - {"styleguide", "styleguide-guest", "api:docs"})
    ]


def _refused(house: House) -> list[Visit]:
    return [
        Visit("not found", "owner", "/nothing/here/", status=404),
        Visit("not found", "nobody", "/nothing/here/", status=404),
        Visit("forbidden", "desk", reverse("settings"), status=403),
        Visit("no workspace", "stranger", reverse("board"), status=403),
        *(Visit(name, "nobody", f"/{name}/", made_of=f"{name}.html") for name in ("400", "403_csrf", "500")),
    ]


def _sent(house: House) -> list[Visit]:
    """Forms with errors keep what was typed and say what is wrong; what is shown once is shown."""
    world, new, used = house.world, house.webviews["new"], house.webviews["used"]
    empty = ("stay-create", "device-create", "feed-create", "staff-create", "webhook-create", "team-invite")
    found = [Visit(name, "owner", reverse(name), 422, {}) for name in empty]
    found += [
        Visit(name, "owner", route.address(arguments_of(route, world)), 422, {})
        for route in page_routes()
        for name in [route.name]
        if name in {"property-edit", "unit-create", "door-create", "template-edit", "alert-edit", "code-edit"}
    ]
    sign_in = {"email": "sam@example.com", "user_name": "sam@example.com", "password": "1234"}
    jane = {name: value.replace("sam", "jane") for name, value in sign_in.items()}
    return [
        *found,
        Visit(
            "account_login",
            "nobody",
            reverse("account_login"),
            200,
            {"login": "a@example.org", "password": "x"},
        ),
        Visit(
            "api-key-create",
            "owner",
            reverse("api-key-create"),
            200,
            {"name": "Once", "scopes": "read", "reach": "all"},
        ),
        Visit("pass-code", "nobody", reverse("pass-code", args=[house.tokens["inside"]]), 200, {}),
        Visit("pass-help", "nobody", reverse("pass-help", args=[house.tokens["inside"]]), 200, {}),
        Visit(
            "connect-sign-in",
            "nobody",
            reverse("connect-sign-in", args=[new.token, "august"]),
            422,
            {"password": "x"},
        ),
        Visit("connect-code", "nobody", reverse("connect-sign-in", args=[new.token, "august"]), 200, jane),
        Visit(
            "connect-finish", "nobody", reverse("connect-sign-in", args=[used.token, "schlage"]), 200, sign_in
        ),
        Visit("stay-reveal", "owner", reverse("stay-reveal", args=[house.home.stay.public_id]), 200, {}),
        Visit("connect-start", "nobody", reverse("connect-start", args=[used.token]), 410),
    ]
