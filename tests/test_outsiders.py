"""Nobody sees another workspace's anything: every address of the URLconf, asked by everyone who must not come in.

The walk takes its routes from the resolver; a route that no table of tests/routes.py names fails it. Two workspaces
hold one row of everything; each of A's texts carries a marker that must be in no answer to an outsider, and no row of
A's may be changed by one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.cache import cache
from django.db.models import F, Model
from django.test import Client, override_settings
from django.urls import reverse

from locks.models import Door
from properties.models import Stay, User
from tests.routes import (
    ADMIN,
    API,
    API_ACTIONS,
    API_NOTHING,
    API_OBJECTS,
    API_OWN,
    BY_TOKEN,
    FOR_MANAGERS,
    OBJECT_PAGES,
    OWN_PAGES,
    PAGES,
    ROUTES,
    SIGN_IN,
    Route,
    arguments_of,
    is_classified,
)
from tests.world import FEED_SECRET, FOREIGN_PIN, LOOSE_PIN, PIN, World, make_world

pytestmark = pytest.mark.django_db
MARKER = "ZQALPHA"
REFUSALS = {302, 401, 403, 404}
# Signed in as a member of another workspace: nothing of A's exists there.
NOT_THERE = {403, 404}

HTMX = {"HX-Request": "true"}
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def moment() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


@pytest.fixture
def alpha(db: None, moment: dt.datetime) -> World:
    cache.clear()
    return make_world(MARKER, now=moment)


@pytest.fixture
def beta(alpha: World, moment: dt.datetime) -> World:
    world = make_world("ZQBETA", now=moment, pin="60481537")
    # Its own pages may show its own.
    world.device.lock_codes.filter(ref="2").update(pin="29461803")
    return world


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def with_key(world: World) -> Client:
    return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {world.key_secret}"})


def ask_everything(client: Client, address: str, data: dict[str, Any]) -> Iterator[Any]:
    # A PIN belongs in no address, so nobody is asked with one there.
    query = {name: value for name, value in data.items() if name != "pin"}
    for method in METHODS:
        sent = {"get": query, "post": data}.get(method)
        yield getattr(client, method)(address, sent)
        if sent is not None:
            yield getattr(client, method)(address, sent, headers=HTMX)


def refused_by(answer: Any) -> int:
    """The status; a refusal that htmx can follow is 200 with an address."""
    sign_in = answer.headers.get("Location", answer.headers.get("HX-Redirect", ""))
    if answer.status_code in {200, 302} and sign_in.startswith("/accounts/login/") and not answer.content:
        return 302
    return int(answer.status_code)


def baits(world: World, *, key: str = "public_id") -> dict[str, Any]:
    """What a form or a query could be made to point at, by one or the other of a row's keys."""
    rows: dict[str, Any] = {
        "unit": world.unit, "units": world.unit, "property": world.place, "device": world.device,
        "account": world.account, "feed": world.feed, "stay": world.stay, "workspace": world.workspace,
    }  # fmt: skip
    return {name: str(getattr(row, key)) for name, row in rows.items()} | {
        "arrival_date": "2031-03-05", "departure_date": "2031-03-09", "name": "bait", "guest_name": "bait",
        "url": "https://calendar.example/bait.ics", "decision": "accepted", "confirm": "yes", "pin": PIN,
        "q": MARKER, "next": "/",
    }  # fmt: skip


def assert_tells_nothing(answer: Any, where: str) -> None:
    text = f"{answer.headers} {b''.join(answer).decode() if answer.streaming else answer.content.decode()}"
    # What was typed oneself is kept where a form has errors.
    text = text.replace(f'name="pin" value="{PIN}"', "")
    for secret in (PIN, FOREIGN_PIN, LOOSE_PIN, FEED_SECRET):
        assert secret not in text, f"{where}: tells a secret"
    for marker in (f"{MARKER} ", MARKER.lower() + "-", f"{MARKER}-"):
        assert marker not in text.replace(f'value="{MARKER}"', ""), (
            f"{where}: shows {marker!r} of workspace A"
        )


def rows_of(world: World) -> dict[str, list[dict[str, Any]]]:
    """Everything in this workspace, as the database has it."""
    found = {}
    for label in ("properties", "locks", "access"):
        for model in apps.get_app_config(label).get_models():
            path = getattr(model, "workspace_path", None)
            if path is not None:
                found[model._meta.label] = list(
                    model._default_manager.filter(**{path: world.workspace}).values()
                )
    return found


def test_every_route_is_classified() -> None:
    assert [route.name for route in ROUTES if not is_classified(route)] == []


def test_no_table_names_a_route_that_is_gone() -> None:
    known = {route.name for route in ROUTES}
    assert {*OBJECT_PAGES, *OWN_PAGES, *API_OBJECTS, *API_OWN, *API_NOTHING} - known == set()


def test_every_address_can_be_built(alpha: World) -> None:
    for route in ROUTES:
        if not route.name.startswith("admin:"):
            assert set(arguments_of(route, alpha)) >= route.parameters or route.name in API_NOTHING, (
                route.name
            )
            assert route.address(arguments_of(route, alpha)).startswith("/")


def ask_all(client: Client, routes_: Iterable[Route], world: World) -> Iterator[tuple[str, Any]]:
    for route in routes_:
        address = route.address(arguments_of(route, world))
        for answer in ask_everything(client, address, baits(world)):
            yield f"{answer.request['REQUEST_METHOD']} {route.name}", answer


def pages(names: Container[str]) -> list[Route]:
    return [route for route in PAGES if route.name in names]


def test_member_sees_what_outsiders_must_not(alpha: World) -> None:
    """Else finding nothing of A's in an answer would prove nothing."""
    client = signed_in(alpha.owner)
    blank = {"message-settings", "guest-channel-create", "alert-create", "search", "token-create"}
    blank |= {"webhook-create", "team-invite", "audit-export", "reliability", "workspace-create"}
    blank |= {"api:docs", "property-create", "feed-create", "device-create", "styleguide", "workspace-switch"}
    for route in PAGES:
        answer = client.get(route.address(arguments_of(route, alpha)))
        if answer.status_code == 200 and route.name not in blank:
            assert MARKER in answer.content.decode().split("<main")[1], route.name


def test_stranger_is_sent_to_sign_in(alpha: World) -> None:
    before = rows_of(alpha)
    for where, answer in ask_all(Client(raise_request_exception=False), PAGES, alpha):
        assert refused_by(answer) in {302, 405}, where
        assert answer.status_code != 302 or answer.headers["Location"].startswith("/accounts/login/"), where
        assert_tells_nothing(answer, where)
    assert rows_of(alpha) == before


def test_member_of_another_workspace_finds_no_object(alpha: World, beta: World) -> None:
    before = rows_of(alpha)
    for where, answer in ask_all(signed_in(beta.owner), pages(OBJECT_PAGES), alpha):
        assert answer.status_code in {*NOT_THERE, 405}, where
        assert_tells_nothing(answer, where)
    assert rows_of(alpha) == before


@pytest.mark.parametrize("key", ["pk", "public_id"])
def test_own_object_takes_nothing_of_another_workspace(key: str, alpha: World, beta: World) -> None:
    """B's own forms, sent with A's rows in them."""
    before = rows_of(alpha)
    client = signed_in(beta.owner)
    for route in pages(OBJECT_PAGES):
        answer = client.post(route.address(arguments_of(route, beta)), baits(alpha, key=key))
        assert answer.status_code < 500, route.name
        assert_tells_nothing(answer, route.name)
    assert rows_of(alpha) == before
    assert not Stay.objects.exclude(unit__property__workspace=F("workspace")).exists()
    assert not Door.objects.exclude(device__account__workspace=F("property__workspace")).exists()
    assert not Door.units.through.objects.exclude(unit__property=F("door__property")).exists()


def test_member_of_another_workspace_sees_only_that_one(alpha: World, beta: World) -> None:
    before = rows_of(alpha)
    client = signed_in(beta.owner)
    for route in pages(OWN_PAGES):
        assert_tells_nothing(client.get(route.address({})), route.name)
        pointed = client.post(route.address({}), baits(alpha, key="pk"))
        assert pointed.status_code < 500, route.name
        assert_tells_nothing(pointed, route.name)
    for where, answer in ask_all(client, pages(OWN_PAGES), alpha):
        assert answer.status_code < 500, where
        assert_tells_nothing(answer, where)
    assert rows_of(alpha) == before
    assert not Stay.objects.exclude(unit__property__workspace=F("workspace")).exists()
    assert not Door.objects.exclude(device__account__workspace=F("property__workspace")).exists()


def test_user_without_a_workspace_is_refused(alpha: World) -> None:
    before = rows_of(alpha)
    client = signed_in(User.objects.create_user("nobody@example.org"))
    for where, answer in ask_all(client, PAGES, alpha):
        assert answer.status_code in {403, 405}, where
        assert_tells_nothing(answer, where)
    assert rows_of(alpha) == before


def test_one_who_has_left_is_refused(alpha: World, beta: World) -> None:
    """The session still says that workspace A was chosen."""
    alpha.workspace.memberships.create(user=beta.owner, role="owner")
    client = signed_in(beta.owner)
    client.post(reverse("workspace-switch"), {"workspace": str(alpha.workspace.public_id)})
    assert MARKER in client.get(reverse("board")).content.decode()
    alpha.workspace.memberships.filter(user=beta.owner).delete()
    before = rows_of(alpha)
    for where, answer in ask_all(client, PAGES, alpha):
        assert answer.status_code < 500, where
        assert_tells_nothing(answer, where)
    assert rows_of(alpha) == before


def test_staff_may_look_but_not_change(alpha: World) -> None:
    before = rows_of(alpha)
    for where, answer in ask_all(signed_in(alpha.staff), pages(FOR_MANAGERS), alpha):
        assert answer.status_code in {403, 405}, where
    assert rows_of(alpha) == before


def test_staff_sees_no_pin(alpha: World) -> None:
    client = signed_in(alpha.staff)
    for route in PAGES:
        answer = client.get(route.address(arguments_of(route, alpha)))
        assert answer.status_code in {200, 302, 403, 404, 405}, route.name
        shown = answer.content.decode()
        assert [secret for secret in (PIN, FOREIGN_PIN, LOOSE_PIN, FEED_SECRET) if secret in shown] == [], (
            route.name
        )


def test_api_key_opens_no_page(alpha: World) -> None:
    for where, answer in ask_all(with_key(alpha), PAGES, alpha):
        assert refused_by(answer) in {302, 405}, where
        assert_tells_nothing(answer, where)


def test_api_refuses_who_has_no_key(alpha: World, beta: World) -> None:
    before = rows_of(alpha)
    for client in (Client(), signed_in(beta.owner), signed_in(alpha.owner)):
        for where, answer in ask_all(client, API, alpha):
            signed_in_schema = where.endswith("api:schema") and answer.status_code in {200, 405}
            assert answer.status_code in {401, 403} or signed_in_schema, where
            assert_tells_nothing(answer, where)
    assert rows_of(alpha) == before


@override_settings(KEYTURN_API_RATE="10000/min")
def test_api_with_a_key_of_another_workspace_finds_nothing(alpha: World, beta: World) -> None:
    before = rows_of(alpha)
    client = with_key(beta)
    body = {"unit": str(alpha.unit.public_id), "arrival_date": "2031-03-05", "departure_date": "2031-03-09"}
    for route in API:
        address = route.address(arguments_of(route, alpha))
        for query in ({}, {"unit": str(alpha.unit.public_id)}, {"property": str(alpha.place.public_id)}):
            answer = client.get(address, query)
            told = {404} if route.name in API_OBJECTS else {200, 404, 422}
            assert answer.status_code in ({405} if route.name in API_ACTIONS else told), route.name
            assert_tells_nothing(answer, route.name)
        for method in METHODS[1:]:
            answer = getattr(client, method)(address, body, content_type="application/json")
            assert answer.status_code in {404, 405, 422}, (method, route.name)
            assert_tells_nothing(answer, route.name)
    assert rows_of(alpha) == before
    assert not Stay.objects.exclude(unit__property__workspace=F("workspace")).exists()


def admin_address(route: Route) -> str:
    row = _admin_row(route.name)
    known = {
        "object_id": row.pk if row is not None else 1, "app_label": "properties", "url": "nothing/",
        "content_type_id": 1, "id": 1, "from_field": "x",
    }  # fmt: skip
    return route.address({name: known[name] for name in route.parameters})


def _admin_row(name: str) -> Model | None:
    for model in admin.site._registry:
        if name.startswith(f"admin:{model._meta.app_label}_{model._meta.model_name}_"):
            return model._default_manager.first()
    return None


def test_admin_refuses_everyone_but_superusers(alpha: World) -> None:
    before = rows_of(alpha)
    staff = User.objects.create_user("desk@example.org", is_staff=True)
    strangers = [Client(), signed_in(alpha.owner), signed_in(staff)]
    for route in ADMIN:
        for client in strangers:
            for method in ("get", "post"):
                answer = getattr(client, method)(admin_address(route))
                open_to_all = route.name in {"admin:logout", "admin:jsi18n"}
                assert answer.status_code in REFUSALS or (open_to_all and answer.status_code in {200, 405}), (
                    route.name
                )
                assert_tells_nothing(answer, route.name)
    assert rows_of(alpha) == before


def test_page_of_a_token_opens_by_that_token_alone(alpha: World, beta: World) -> None:
    before = rows_of(alpha)
    for client in (Client(), signed_in(beta.owner), signed_in(alpha.owner), with_key(alpha)):
        for name, arguments in BY_TOKEN.items():
            route = next(one for one in ROUTES if one.name == name)
            for token in ("x", alpha.webview.token[:-1], str(alpha.webview.public_id)):
                for answer in ask_everything(client, route.address({**arguments(alpha), "token": token}), {}):
                    assert answer.status_code in {404, 405}, name
                    assert_tells_nothing(answer, name)
    assert rows_of(alpha) == before


def test_sign_in_pages_know_no_workspace_of_others(alpha: World, beta: World) -> None:
    for client in (Client(), signed_in(beta.owner)):
        for route in ROUTES:
            if SIGN_IN.match(route.name):
                answer = client.get(route.address(arguments_of(route, alpha)))
                assert answer.status_code < 500, route.name
                assert_tells_nothing(answer, route.name)
