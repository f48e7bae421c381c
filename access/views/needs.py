"""One row of what needs action: mended with a click, followed until it settles, marked as handled and shown again.

A click answers with the row as it stands then; where something was asked of a lock, the row asks on by itself. Without
JavaScript the same forms lead back to Today, which says what was done.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from access.attempts import AttemptRefused, request_attempt
from access.backups.pulling import BackupRefused, pull_backup
from access.boards import needs_for, rows_of_needs
from access.enums import AttemptStatus, AttemptType
from access.handled import mark_handled, withdraw_note
from access.issuing import NoPinLeft, door_name, issue_new_pin
from access.mending import BACKUP, DEEDS, HANDLED, NEW_CODE, RETRY, UNLOCK, retry_now
from access.models import ActionAttempt
from access.needs import Need, is_key_of
from properties.tenancy import MemberRequest, manager_required, member_required

if TYPE_CHECKING:
    from django.http import HttpResponse

# How long a row asks on before it says that the lock was not reached.
PATIENCE: Final = dt.timedelta(seconds=20)
STOP_POLLING: Final = 286


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a click, in a sentence. `waits`: a lock was asked, and what it answers is still to come."""

    text: str
    tone: str = "ok"
    waits: bool = False


SETTLED: Final = Answer("Settled. Nothing is left to do here.")
TRYING: Final = Answer("The lock is being asked…", "pending", waits=True)
HIDDEN: Final = Answer("Marked as handled. It comes back if it gets worse or happens again.", "idle")


@require_POST
@manager_required
def act(request: MemberRequest, key: str, deed: str) -> HttpResponse:
    if deed not in DEEDS or not is_key_of(request.workspace, key):
        raise Http404("There is no such button.")
    now = timezone.now()
    need = needs_for(request.workspace, now=now).find(key)
    if need is None:
        return _answer(request, key, None, SETTLED, deed=deed, now=now)
    offered = rows_of_needs([need], now=now)[0].remedies
    if deed not in {remedy.deed for remedy in offered}:
        refusal = Answer("That can no longer be done here: see what it says now.", "warn")
        return _answer(request, key, need, refusal, deed=deed, now=now)
    answer = _do(request, need, deed, now=now)
    if deed == BACKUP:  # given at once: the row no longer offers another
        need = needs_for(request.workspace, now=now).find(key)
    return _answer(request, key, need, answer, deed=deed, now=now)


def _do(request: MemberRequest, need: Need, deed: str, *, now: dt.datetime) -> Answer:
    actor = request.user.email
    match deed:
        case _ if deed == HANDLED:
            if request.POST.get("seen") != need.mark:
                return Answer("It has changed since you looked. Read it again before you mark it.", "warn")
            mark_handled(request.workspace, need, actor=actor, now=now)
            return HIDDEN
        case _ if deed == BACKUP:
            return _give_backup(need, actor=actor, now=now)
        case _ if deed == NEW_CODE:
            return _issue(need, actor=actor, now=now)
        case _ if deed == UNLOCK:
            return _unlock(need, actor=actor, now=now)
    if deed == RETRY and need.device is not None:
        retry_now(need.device, need.code, now=now)
    return TRYING


def _give_backup(need: Need, *, actor: str, now: dt.datetime) -> Answer:
    if need.code is None:
        return SETTLED
    try:
        pull_backup(need.code, actor=actor, now=now)
    except BackupRefused as refused:
        return Answer(refused.message, "error")
    return Answer(
        f"A backup code opens {door_name(need.code.device)}. Tell it to the guest: it is on the stay."
    )


def _issue(need: Need, *, actor: str, now: dt.datetime) -> Answer:
    if need.code is None or need.code.grant is None:
        return SETTLED
    try:
        issue_new_pin(need.code.grant, actor=actor, now=now)
    except NoPinLeft:
        return Answer("No other code is free on these doors. Remove codes that nobody needs.", "error")
    return Answer("A new code is on its way to the locks. Tell it to the guest.", "pending", waits=True)


def _unlock(need: Need, *, actor: str, now: dt.datetime) -> Answer:
    if need.device is None:
        return SETTLED
    try:
        request_attempt(need.device, AttemptType.UNLOCK_DOOR, requested_by=actor, now=now)
    except AttemptRefused as refusal:
        return Answer(str(refusal), "error")
    return Answer("The lock is being opened…", "pending", waits=True)


@require_safe
@member_required
def show_row(request: MemberRequest, key: str) -> HttpResponse:
    """How a row stands that was acted upon; asked for by the row itself while it waits."""
    if not is_key_of(request.workspace, key):
        raise Http404("There is no such row.")
    if not request.htmx:
        return redirect("board")
    now = timezone.now()
    need = needs_for(request.workspace, now=now).find(key)
    deed, since = request.GET.get("deed", RETRY), _moment(request.GET.get("since", ""), now=now)
    answer = _progress(need, deed, since=since, now=now)
    return _answer(request, key, need, answer, deed=deed, now=now, since=since)


def _progress(need: Need | None, deed: str, *, since: dt.datetime, now: dt.datetime) -> Answer:
    if deed == UNLOCK and need is not None and need.device is not None:
        return _progress_of_unlocking(need, since=since)
    if need is None:
        return SETTLED
    if now - since < PATIENCE:
        return TRYING
    return Answer("It is not mended yet. Keyturn keeps trying.", "warn")


def _progress_of_unlocking(need: Need, *, since: dt.datetime) -> Answer:
    attempt = (
        ActionAttempt.objects.filter(
            device=need.device, type=AttemptType.UNLOCK_DOOR, requested_at__gte=since - PATIENCE
        )
        .order_by("-requested_at")
        .first()
    )
    if attempt is None or attempt.status == AttemptStatus.PENDING:
        return Answer("The lock is being opened…", "pending", waits=True)
    if attempt.status == AttemptStatus.SUCCESS:
        return Answer("The door was opened.")
    return Answer(attempt.message or "The lock did not open.", "error")


@require_POST
@manager_required
def show_again(request: MemberRequest, key: str) -> HttpResponse:
    if not is_key_of(request.workspace, key):
        raise Http404("There is no such row.")
    withdraw_note(request.workspace, key, actor=request.user.email, now=timezone.now())
    return redirect("board")


def _answer(
    request: MemberRequest,
    key: str,
    need: Need | None,
    answer: Answer,
    *,
    deed: str,
    now: dt.datetime,
    since: dt.datetime | None = None,
) -> HttpResponse:
    if not request.htmx:
        level = {"ok": messages.SUCCESS, "error": messages.ERROR, "warn": messages.WARNING}
        messages.add_message(request, level.get(answer.tone, messages.INFO), answer.text)
        return redirect("board")
    row = rows_of_needs([need], now=now)[0] if need is not None else None
    context = {
        "key": key,
        "row": row,
        "answer": answer,
        "deed": deed,
        "since": f"{(since or now).timestamp():.3f}",
        "is_click": request.method == "POST",
        "is_hidden": answer is HIDDEN,
    }
    page = render(request, "access/board/answered.html", context)
    if request.method != "POST" and not answer.waits:
        page.status_code = STOP_POLLING
    patch_vary_headers(page, ["HX-Request"])
    return page


def _moment(text: str, *, now: dt.datetime) -> dt.datetime:
    """When the click was, as the row says; never in the future, nor long ago."""
    try:
        at = dt.datetime.fromtimestamp(float(text), dt.UTC)
    except (ValueError, OverflowError, OSError):
        return now - PATIENCE
    return min(max(at, now - dt.timedelta(hours=1)), now)
