"""Connect webviews: somebody signs in to a lock system, step by step, on pages that need no JavaScript.

Whoever has the token of the address may use it; nobody needs to be signed in to Keyturn. Between the password and the
code nothing is kept but a signed note in the form, which holds the login's name and not the password.
"""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from csp.constants import NONCE, SELF
from csp.decorators import csp_update
from django.core import signing
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from access.connecting import logins
from access.connecting.forms import CodeForm, form_for
from access.connecting.looks import MESSAGE, button_of
from access.connecting.providers import BY_PROVIDER
from access.connecting.signing_in import MOST_FAILURES, SignIn, can_connect, sign_in
from access.connecting.webviews import find_webview, redirect_of
from access.enums import WebviewStatus
from properties.views.shared import UNPROCESSABLE

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpRequest, HttpResponse

    from access.models import ConnectWebview
    from locks.brands import Brand

SALT: Final = "connect-webview"
NOTE_LASTS: Final = dt.timedelta(minutes=10)
_SENTENCES: Final = {
    SignIn.UNREACHABLE: "The lock system does not answer. Try again in a few minutes; nothing was connected.",
    SignIn.NOT_HERE: "This lock system cannot be connected here.",
}
_WRONG_LOGIN: Final = "The lock system does not know this login. Check it and try again."
_WRONG_CODE: Final = "This is not the code that was sent. Check it and try again."


@require_safe
@never_cache
def start(request: HttpRequest, token: str) -> HttpResponse:
    webview = _find(token)
    if webview.status != WebviewStatus.PENDING:
        return _show_used(request, webview)
    return _show(request, webview, "start", {"can_connect": can_connect(webview.workspace)})


@require_safe
@never_cache
def choose_brand(request: HttpRequest, token: str) -> HttpResponse:
    webview = _find(token)
    if webview.status != WebviewStatus.PENDING:
        return _show_used(request, webview)
    if not can_connect(webview.workspace):
        return redirect("connect-start", token)
    brands = [BY_PROVIDER[name] for name in webview.accepted_providers if name in BY_PROVIDER]
    if len(brands) == 1:
        return redirect("connect-sign-in", token, brands[0].provider)
    return _show(request, webview, "brands", {"brands": sorted(brands, key=_display_name)})


@sensitive_post_parameters()
@sensitive_variables("form", "answers")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def sign_in_to_brand(request: HttpRequest, token: str, provider: str) -> HttpResponse:
    webview = _find(token)
    brand = BY_PROVIDER.get(provider)
    if brand is None or provider not in webview.accepted_providers:
        raise Http404("No such lock system is offered here.")
    if webview.status != WebviewStatus.PENDING:
        return _show_used(request, webview)
    if not can_connect(webview.workspace):
        return redirect("connect-start", token)
    if request.method != "POST":
        return _show_form(request, webview, brand, form_for(brand))
    if "note" in request.POST:
        return _take_code(request, webview, brand)
    form = form_for(brand, request.POST)
    if not form.is_valid():
        return _show_form(request, webview, brand, form)
    answers = form.cleaned_data
    result = sign_in(webview, provider=provider, answers=answers, now=timezone.now())
    if result is SignIn.ASKS_CODE:
        known = {name: answers[name] for name in (logins.USER_NAME,) if name in answers}
        return _show_code_form(request, webview, brand, CodeForm(), note=_sign(webview, brand, known))
    return _answer(request, webview, brand, form, result, wrong=_WRONG_LOGIN)


@require_safe
@never_cache
def finish(request: HttpRequest, token: str) -> HttpResponse:
    """Where a login ends that is not sent on to the program's own page."""
    webview = _find(token)
    if webview.status == WebviewStatus.PENDING:
        return redirect("connect-start", token)
    failed = webview.status == WebviewStatus.FAILED
    locks = 0
    if webview.account is not None and webview.account.deleted_at is None:
        locks = webview.account.devices.filter(removed_at=None).count()
    return _show(request, webview, "failed" if failed else "done", {"locks": locks, "tries": MOST_FAILURES})


@sensitive_variables("form", "answers", "note")
def _take_code(request: HttpRequest, webview: ConnectWebview, brand: Brand) -> HttpResponse:
    note = request.POST["note"]
    try:
        said = signing.loads(note, salt=SALT, max_age=NOTE_LASTS)
    except signing.BadSignature:
        said = {}
    if said.get("webview") != str(webview.public_id) or said.get("provider") != brand.provider:
        again = form_for(brand)
        again.sentence = "That took too long. Sign in again, and a new code is sent."
        return _show_form(request, webview, brand, again)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _show_code_form(request, webview, brand, form, note=note)
    answers = {**said["answers"], logins.CODE: form.cleaned_data[logins.CODE]}
    now = timezone.now()
    result = sign_in(webview, provider=brand.provider, answers=answers, is_known=True, now=now)
    return _answer(request, webview, brand, form, result, wrong=_WRONG_CODE, note=note)


def _sign(webview: ConnectWebview, brand: Brand, answers: dict[str, str]) -> str:
    said = {"webview": str(webview.public_id), "provider": brand.provider, "answers": answers}
    return signing.dumps(said, salt=SALT)


def _answer(
    request: HttpRequest,
    webview: ConnectWebview,
    brand: Brand,
    form: forms.Form,
    result: SignIn,
    *,
    wrong: str,
    note: str = "",
) -> HttpResponse:
    if result is SignIn.USED:
        return _show_used(request, webview)
    if result in (SignIn.DONE, SignIn.FAILED):
        found = find_webview(webview.token)
        if found is None:
            return _show_used(request, webview)
        return _send_on(redirect_of(found) or reverse("connect-finish", args=[webview.token]))
    form.add_error(None, _SENTENCES.get(result, wrong))
    if note:
        return _show_code_form(request, webview, brand, form, note=note)
    return _show_form(request, webview, brand, form)


class _SentOn(HttpResponseRedirect):
    """To the program's own page, which may be an app's; the address was checked when the webview was made."""

    status_code = HTTPStatus.SEE_OTHER

    def __init__(self, address: str) -> None:
        self.allowed_schemes = [*HttpResponseRedirect.allowed_schemes, urlsplit(address).scheme]
        super().__init__(address)


def _send_on(address: str) -> HttpResponse:
    return _SentOn(address)


def _show_form(request: HttpRequest, webview: ConnectWebview, brand: Brand, form: forms.Form) -> HttpResponse:
    context = {
        "brand": brand,
        "form": form,
        "hint": logins.sandbox_hint_of(brand.key),
        "many": len(webview.accepted_providers) > 1,
    }
    return _show(request, webview, "sign_in", context, status=UNPROCESSABLE if form.errors else None)


def _show_code_form(
    request: HttpRequest, webview: ConnectWebview, brand: Brand, form: forms.Form, *, note: str
) -> HttpResponse:
    context = {"brand": brand, "form": form, "note": note}
    return _show(request, webview, "code", context, status=UNPROCESSABLE if form.errors else None)


def _show_used(request: HttpRequest, webview: ConnectWebview) -> HttpResponse:
    return _show(request, webview, "used", {}, status=HTTPStatus.GONE)


def _show(
    request: HttpRequest,
    webview: ConnectWebview,
    page: str,
    context: dict[str, Any],
    status: int | None = None,
) -> HttpResponse:
    """A browser follows the answer to a form only to where the form's page says that forms may lead."""
    look = webview.workspace.webview_look
    told = {
        **context,
        "webview": webview,
        "back": _back(request, webview),
        "button": button_of(look),
        "message": look.get(MESSAGE, ""),
    }
    targets = [SELF, *_sources(webview)]

    @csp_update({"form-action": targets, "style-src": [SELF, NONCE]})
    def shown(request: HttpRequest) -> HttpResponse:
        return render(request, f"access/connecting/{page}.html", told, status=status)

    answer: HttpResponse = shown(request)  # type: ignore[assignment]  # what `shown` returns, wrapped
    return answer


def _sources(webview: ConnectWebview) -> list[str]:
    found = []
    for address in (webview.custom_redirect_url, webview.custom_redirect_failure_url):
        parts = urlsplit(address)
        if parts.scheme in {"http", "https"}:
            found.append(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")
        elif parts.scheme:
            found.append(f"{parts.scheme}:")
    return found


def _back(request: HttpRequest, webview: ConnectWebview) -> str:
    """Where a manager came from who opened this page in Keyturn; a program's own page is none of ours to link."""
    ours = request.build_absolute_uri(reverse("device-account-connected"))
    return reverse("device-account-list") if webview.custom_redirect_url == ours else ""


def _find(token: str) -> ConnectWebview:
    webview = find_webview(token)
    if webview is None:
        raise Http404("There is no such sign-in page.")
    return webview


def _display_name(brand: Brand) -> str:
    return brand.display_name.casefold()
