"""The page of a guest's pass. Whoever has its link may use it; nobody signs in, and no cookie is set.

There is no CSRF token: the link itself is what a forged request would lack. Nothing is cached, and the address of the
page is told to no other page and to no log. The PIN stands only in the answer to a POST, which is written down.
"""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from access.messaging.soon import alert_soon
from access.models import GuestPass
from access.passes import Phase, TooOften, find_pass
from access.passes.doing import Refused, ShownCode, follow_up, open_door, report_failing, reveal_codes
from access.passes.languages import choose_language, match_language
from access.passes.showing import PassPage, page_of_pass

P = ParamSpec("P")
# What a phone puts on its first screen; a maskable one fills any shape that it cuts out.
ICONS = (
    ("icon-192.png", 192, "any"),
    ("icon-512.png", 512, "any"),
    ("icon-maskable-192.png", 192, "maskable"),
    ("icon-maskable-512.png", 512, "maskable"),
)
PAPER, BRAND = "#ffffff", "#3346b8"
POLL_BUSY, POLL_CALM, POLL_AHEAD = 3, 20, 60
HEADERS = {
    "Cache-Control": "no-store, private, max-age=0",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """A request for a pass, in the language of its guest."""

    request: HttpRequest
    guest_pass: GuestPass
    language: str

    @property
    def path(self) -> str:
        """The page's address without a language."""
        return reverse("pass", args=[self.guest_pass.token])

    def to(self, name: str, *more: object) -> str:
        """An address of this pass; a language that was asked for is kept."""
        address = reverse(name, args=[self.guest_pass.token, *more])
        asked = match_language(self.request.GET.get("lang", ""))
        return f"{address}?lang={asked}" if asked else address


def of_pass(
    view: Callable[Concatenate[Visit, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, str, P], HttpResponse]:
    @csrf_exempt
    @functools.wraps(view)
    def shown(request: HttpRequest, token: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        guest_pass = find_pass(token)
        if guest_pass is None:
            raise Http404("There is no such pass.")
        visit = Visit(request, guest_pass, _language_for(request, guest_pass))
        _note_visit(visit)
        with translation.override(visit.language):
            answer = view(visit, *args, **kwargs)
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        answer.headers["Content-Language"] = visit.language
        # Django would log the address of an answer that refuses, and the address is the right to the door.
        answer._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 -- its only way to say so
        return answer

    return shown  # type: ignore[return-value]  # a view is called with the token by its name


def _note_visit(visit: Visit) -> None:
    """A page that was fetched may have been drawn for a preview in a chat, or scanned in a mail. What is sent to it is
    a person's doing, be it a button or the script's word that somebody touches the page."""
    guest_pass = visit.guest_pass
    name = "first_opened_at" if visit.request.method == "POST" else "first_fetched_at"
    if getattr(guest_pass, name) is None and guest_pass.revoked_at is None:
        setattr(guest_pass, name, timezone.now())
        GuestPass.objects.filter(pk=guest_pass.pk, **{name: None}).update(**{name: getattr(guest_pass, name)})


def _language_for(request: HttpRequest, guest_pass: GuestPass) -> str:
    guest = guest_pass.stay.guest
    return choose_language(
        asked=request.GET.get("lang", ""),
        of_guest=guest.language if guest is not None else "",
        accepted=request.headers.get("Accept-Language", ""),
        otherwise=guest_pass.stay.workspace.guest_language,
    )


@require_safe
@of_pass
def show_pass(visit: Visit) -> HttpResponse:
    return _show(visit)


@require_POST
@of_pass
def note_opened(visit: Visit) -> HttpResponse:
    """Sent by the script once somebody touches the page, moves over it or types."""
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@require_safe
@of_pass
def show_live(visit: Visit) -> HttpResponse:
    """The part of the page that changes by itself; asked for by its script."""
    return _show(visit, template="guest/live.html")


@sensitive_variables("codes")
@require_http_methods(["GET", "HEAD", "POST"])
@of_pass
def show_code(visit: Visit) -> HttpResponse:
    """Reloaded or come back to, it is the page without the code."""
    if visit.request.method != "POST":
        return HttpResponseRedirect(visit.to("pass"))
    try:
        codes = reveal_codes(visit.guest_pass, now=timezone.now())
    except TooOften as often:
        return _show_too_often(visit, often)
    except Refused:
        return _show(visit)
    return _show(visit, codes=codes, asked=True)


@require_http_methods(["GET", "HEAD", "POST"])
@of_pass
def unlock(visit: Visit, device_id: uuid.UUID) -> HttpResponse:
    if visit.request.method == "POST":
        try:
            open_door(visit.guest_pass, device_id=device_id, now=timezone.now())
        except TooOften as often:
            return _show_too_often(visit, often)
        except Refused:
            return _show(
                visit, notice=gettext("This door cannot be opened from here just now. Use your code.")
            )
    return HttpResponseRedirect(visit.to("pass") + "#doors")


@sensitive_variables("codes")
@require_http_methods(["GET", "HEAD", "POST"])
@of_pass
def ask_for_help(visit: Visit) -> HttpResponse:
    """The code does not work."""
    if visit.request.method != "POST":
        return HttpResponseRedirect(visit.to("pass"))
    try:
        door = _door_of(visit.request)
        given = report_failing(visit.guest_pass, device_id=door, now=timezone.now())
        alert_soon()
        return _show_outcome(visit, given=given)
    except TooOften as often:
        return _show_too_often(visit, often)
    except Refused:
        return _show(visit)


def _door_of(request: HttpRequest) -> uuid.UUID | None:
    """The door that stays shut, where the guest says which."""
    try:
        return uuid.UUID(request.POST.get("door", ""))
    except ValueError:
        return None


@sensitive_variables("codes")
@require_http_methods(["GET", "HEAD", "POST"])
@of_pass
def check_help(visit: Visit) -> HttpResponse:
    """What became of the report; the script asks while the lock is read, a button without it."""
    if visit.request.method != "POST":
        return HttpResponseRedirect(visit.to("pass"))
    try:
        return _show_outcome(visit, given=follow_up(visit.guest_pass, now=timezone.now()))
    except TooOften as often:
        return _show_too_often(visit, often)
    except Refused:
        return _show(visit)


@sensitive_variables("codes")
def _show_outcome(visit: Visit, *, given: bool) -> HttpResponse:
    codes = reveal_codes(visit.guest_pass, now=timezone.now()) if given else ()
    return _show(visit, codes=codes)


@require_GET
@of_pass
def show_manifest(visit: Visit) -> HttpResponse:
    """So that the page can be put on a phone's first screen. There is no service worker: nothing is kept there."""
    name = gettext("Your key")
    return JsonResponse(
        {
            "name": name,
            "short_name": name,
            "lang": visit.language,
            "start_url": visit.to("pass"),
            "scope": visit.to("pass").partition("?")[0],
            "id": visit.path,
            "display": "standalone",
            "background_color": PAPER,
            "theme_color": BRAND,
            "icons": [
                {"src": static("favicon.svg"), "sizes": "any", "type": "image/svg+xml"},
                *(
                    {"src": static(name), "sizes": f"{side}x{side}", "type": "image/png", "purpose": purpose}
                    for name, side, purpose in ICONS
                ),
            ],
        },
        content_type="application/manifest+json",
    )


def _show_too_often(visit: Visit, often: TooOften) -> HttpResponse:
    seconds = max(1, round(often.wait.total_seconds()))
    answer = _show(
        visit,
        notice=gettext("That was asked for too often. Wait a little, then try again."),
        status=HTTPStatus.TOO_MANY_REQUESTS,
    )
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _poll_of(page: PassPage) -> int:
    """Seconds until the page looks again."""
    if page.phase is not Phase.OPEN:
        return POLL_AHEAD
    return POLL_BUSY if page.is_busy else POLL_CALM


@sensitive_variables("codes", "context")
def _show(
    visit: Visit,
    *,
    template: str = "guest/pass.html",
    codes: tuple[ShownCode, ...] = (),
    asked: bool = False,
    notice: str = "",
    status: int | None = None,
) -> HttpResponse:
    guest_pass = visit.guest_pass
    guest_pass.refresh_from_db(fields=["shown_digest", "revoked_at"])
    page = page_of_pass(guest_pass, now=timezone.now())
    context: dict[str, Any] = {
        "page": page,
        "codes": codes,
        "asked": asked,
        "notice": notice,
        "visit": visit,
        "is_open": page.phase is Phase.OPEN,
        "poll": _poll_of(page),
        "languages": settings.LANGUAGES,
        "links": {
            "page": visit.to("pass"),
            "live": visit.to("pass-live"),
            "code": visit.to("pass-code"),
            "help": visit.to("pass-help"),
            "check": visit.to("pass-check"),
            "manifest": visit.to("pass-manifest"),
            "opened": visit.to("pass-opened") if guest_pass.first_opened_at is None else "",
        },
        "openers": [(door, visit.to("pass-open", door.id)) for door in page.doors],
    }
    return render(None, template, context, status=status)  # no request: no session, no user
