from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from properties.enums import Role
from properties.models import Membership
from tests.factories import make_member, make_property, make_workspace
from tests.pages import HTMX, assert_is_page, signed_in, staff_of, text_of

pytestmark = pytest.mark.django_db


def test_anonymous_is_sent_to_sign_in_and_back() -> None:
    answer = Client().get(reverse("property-list"))

    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('account_login')}?next={reverse('property-list')}"


def test_poll_of_an_ended_session_leaves_the_page() -> None:
    answer = Client().get(reverse("board"), headers=HTMX)

    assert answer["HX-Redirect"] == reverse("account_login")
    assert answer.content == b""


def test_user_without_workspace_is_told_what_to_do() -> None:
    user = make_member(make_workspace())
    Membership.objects.all().delete()

    answer = signed_in(user).get(reverse("board"))

    assert_is_page(answer, status=403)
    assert user.email in text_of(answer)


def test_first_membership_is_the_workspace_until_another_is_chosen() -> None:
    first, second = make_workspace("First"), make_workspace("Second")
    user = make_member(first)
    Membership.objects.create(workspace=second, user=user, role=Role.MANAGER)
    make_property(first, name="House in First")
    make_property(second, name="House in Second")
    client = signed_in(user)

    before = text_of(client.get(reverse("property-list")))
    switched = client.post(reverse("workspace-switch"), {"workspace": second.public_id})
    after = text_of(client.get(reverse("property-list")))

    assert switched.status_code == 302
    assert ("House in First" in before, "House in Second" in before) == (True, False)
    assert ("House in First" in after, "House in Second" in after) == (False, True)


@pytest.mark.parametrize("wanted", ["", "nonsense", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"])
def test_switch_to_a_workspace_that_is_not_ones_own_is_not_found(wanted: str) -> None:
    client = signed_in(make_member(make_workspace()))

    assert client.post(reverse("workspace-switch"), {"workspace": wanted}).status_code == 404


def test_switch_into_a_strangers_workspace_is_not_found() -> None:
    theirs = make_workspace("Theirs")
    client = signed_in(make_member(make_workspace("Mine")))

    assert client.post(reverse("workspace-switch"), {"workspace": theirs.public_id}).status_code == 404
    assert "Theirs" not in text_of(client.get(reverse("board")))


def test_membership_that_was_taken_away_no_longer_counts() -> None:
    first, second = make_workspace("Northwind"), make_workspace("Southgate")
    user = make_member(first)
    Membership.objects.create(workspace=second, user=user)
    client = signed_in(user)
    client.post(reverse("workspace-switch"), {"workspace": second.public_id}, follow=True)

    Membership.objects.filter(workspace=second).delete()

    page = text_of(client.get(reverse("property-list")))
    assert "Northwind" in page
    assert "Southgate" not in page


def test_staff_may_look_but_is_told_that_changing_is_for_managers() -> None:
    client = staff_of(make_workspace())

    looked, refused = client.get(reverse("property-list")), client.get(reverse("property-create"))

    assert looked.status_code == 200
    assert "Add property" not in text_of(looked)
    assert_is_page(refused, status=403)
    assert "Ask a manager" in text_of(refused)


@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER])
def test_owners_and_managers_may_change(role: Role) -> None:
    workspace = make_workspace()

    assert signed_in(make_member(workspace, role)).get(reverse("property-create")).status_code == 200


def test_unknown_address_has_a_page() -> None:
    answer = signed_in(make_member(make_workspace())).get("/no/such/page/")

    assert_is_page(answer, status=404)


@pytest.mark.parametrize("name", ["account_login", "account_reset_password"])
def test_sign_in_pages_look_like_ours(name: str) -> None:
    assert_is_page(Client().get(reverse(name)))


def test_sign_in_leads_to_the_board_without_ado() -> None:
    user = make_member(make_workspace())

    answer = Client().post(
        reverse("account_login"), {"login": user.email, "password": "correct horse battery"}, follow=True
    )

    assert answer.redirect_chain == [(reverse("board"), 302)]
    assert "Successfully" not in text_of(answer)


def test_wrong_password_is_refused_with_a_sentence() -> None:
    user = make_member(make_workspace())

    answer = Client().post(reverse("account_login"), {"login": user.email, "password": "wrong"})

    assert_is_page(answer)
    assert "Please look again" in text_of(answer)


@pytest.mark.parametrize("name", ["mfa_index", "account_change_password", "account_logout"])
def test_pages_of_ones_account_look_like_ours(name: str) -> None:
    assert_is_page(signed_in(make_member(make_workspace())).get(reverse(name)))


@pytest.mark.parametrize("name", ["styleguide", "styleguide-guest"])
def test_styleguide_is_a_page_of_development_only(settings: pytest.FixtureRequest, name: str) -> None:
    client = signed_in(make_member(make_workspace()))

    hidden = client.get(reverse(name))
    settings.DEBUG = True  # type: ignore[attr-defined]  # pytest-django's settings
    shown = client.get(reverse(name))

    assert hidden.status_code == 404
    assert_is_page(shown)


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/feeds/?page=2", "/feeds/?page=2"),
        ("http://testserver//evil.example/", "/evil.example/"),
        ("https://evil.example/feeds/", "/"),
        ("", "/"),
    ],
)
def test_button_of_an_ended_session_leads_back_to_its_page(referer: str, back: str) -> None:
    """It once led, after signing in, to an address that only takes what is sent: an empty page."""
    client = Client(headers={"Referer": referer} if referer else {})

    answer = client.post(reverse("workspace-switch"), {"workspace": "x"})
    page = client.get(answer["Location"])

    assert answer.status_code == 302
    wanted = parse_qs(urlsplit(answer["Location"]).query)["next"][0]
    assert wanted.replace("//", "/") == back
    assert "You were signed out, so nothing was changed." in text_of(page)


def test_address_that_only_takes_what_is_sent_says_so_to_a_reader() -> None:
    client = signed_in(make_member(make_workspace()))

    page = client.get(reverse("workspace-switch"), headers={"Accept": "text/html"})
    program = client.get(reverse("workspace-switch"))

    assert_is_page(page, status=405)
    assert "nothing was changed by opening it" in text_of(page)
    assert page["Allow"] == program["Allow"] == "POST"
    assert program.content == b""
