"""The office of the demo's workspace: colleagues, holders of codes, messages and alerts, what programs need.

Whatever would be sent goes to the demo's own server on this machine, or nowhere: no message leaves it. Called by
`portfolio`.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

from access.api_keys import create_key
from access.enums import ChannelKind, MessageKind, ProblemKind, Scope, StaffKind
from access.messaging.alerts.channels import save_channel
from access.messaging.guest_channels import add_guest_channel
from access.messaging.templates import add_usual, switch_template
from access.models import AlertChannel, MessageChannel, MessageTemplate, WebhookEndpoint
from access.staffing import StaffDetails, save_staff_access
from access.webhooks.endpoints import create_endpoint, update_endpoint
from locks.models import Door
from properties.enums import Role
from properties.models import User
from properties.noting import note_change
from properties.team import invite

if TYPE_CHECKING:
    from properties.models import Workspace

MANAGER: Final = "rui.almeida@keyturn.example"
STAFF: Final = "ines.duarte@keyturn.example"
INVITED: Final = "night.desk@keyturn.example"
ELECTRICIAN: Final = "Walt Brown, electrician"
BY_SMS: Final = (MessageKind.CODE_READY, MessageKind.CODE_CHANGED, MessageKind.BACKUP_GIVEN)
SERVER: Final = re.compile(r"(https?|json)://127\.0\.0\.1:[0-9]+/")
WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def furnish(
    workspace: Workspace, *, owner: User, password: str, server: str, now: dt.datetime, today: dt.datetime
) -> None:
    """`server`: the demo's own, as http://127.0.0.1:PORT. The cleaner comes `today`."""
    _add_team(workspace, password=password, actor=owner.email)
    _add_holders(workspace, actor=owner.email, now=now, today=today)
    _add_messages(workspace, server=server, now=now)
    _add_programs(workspace, owner=owner, server=server)


def _add_team(workspace: Workspace, *, password: str, actor: str) -> None:
    """A manager and somebody who may only look, both with the demo's password, and one who was only just invited."""
    for email, role in ((MANAGER, Role.MANAGER), (STAFF, Role.STAFF)):
        if not User.objects.filter(email=email).exists():
            User.objects.create_user(email, password)
        invite(workspace, email=email, role=role, actor=actor)
    invite(workspace, email=INVITED, role=Role.STAFF, actor=actor)


def _add_holders(workspace: Workspace, *, actor: str, now: dt.datetime, today: dt.datetime) -> None:
    """A cleaner whose window falls on today's turnover, a gardener, a night porter who has Christmas Eve off, an
    electrician who was done soon (`goings_on`), and a resident whose code always opens."""
    doors = Door.objects.in_workspace(workspace).select_related("property", "device__account").order_by("pk")

    def of(place: str, *names: str) -> tuple[Door, ...]:
        rows = doors.filter(property__name=place)
        return tuple(rows.filter(name__in=names) if names else rows)

    weekday = today.astimezone(of("Seaview House")[0].property.zone).weekday()
    days = sorted({weekday, (weekday + 3) % 7})
    first_day = now.date()
    holders = (
        StaffDetails(
            kind=StaffKind.CLEANER,
            holder_name="Marta Lopes",
            doors=of("Seaview House"),
            first_day=first_day,
            rule="FREQ=WEEKLY;BYDAY=" + ",".join(WEEKDAYS[day] for day in days),
            start_time=dt.time(11),
            end_time=dt.time(15),
            contact="+351 912 000 118",
        ),
        StaffDetails(
            kind=StaffKind.VENDOR,
            holder_name="Tiago Reis, gardener",
            doors=of("Seaview House", "Entrance"),
            first_day=first_day,
            rule="FREQ=MONTHLY;BYDAY=1MO,3MO",
            start_time=dt.time(8),
            end_time=dt.time(12),
        ),
        StaffDetails(
            kind=StaffKind.RESIDENT,
            holder_name="Urs Keller",
            doors=of("Lindenhof", "Attic door"),
            first_day=first_day,
        ),
        StaffDetails(
            kind=StaffKind.STAFF,
            holder_name="Henrik Dahl, night porter",
            doors=of("Harbour Lofts", "Street door"),
            first_day=first_day,
            rule="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
            start_time=dt.time(22),
            end_time=dt.time(6),
            exceptions=(dt.date(first_day.year, 12, 24),),
            contact="+45 20 00 01 31",
        ),
        StaffDetails(
            kind=StaffKind.VENDOR,
            holder_name=ELECTRICIAN,
            doors=of("Maple Cottage", "Front door"),
            first_day=first_day,
            note="New lamps in the hall.",
        ),
    )
    for details in holders:
        save_staff_access(workspace, details, actor=actor, now=now)


def _add_messages(workspace: Workspace, *, server: str, now: dt.datetime) -> None:
    """The usual messages, switched on: by e-mail, and what tells a code by a text message."""
    sms = add_guest_channel(
        workspace, name="Text message", address=server.replace("http:", "json:", 1) + "/sms/{phone}"
    )
    add_usual(workspace)
    for template in MessageTemplate.objects.filter(workspace=workspace):
        if template.kind in BY_SMS:
            template.channel = sms
            template.save(update_fields=["channel"])
        switch_template(template, on=True, now=now)
    save_channel(
        AlertChannel(workspace=workspace),
        name="Night desk",
        kind=ChannelKind.EMAIL,
        address=INVITED,
        severities=[ProblemKind.ERROR, ProblemKind.WARNING],
        is_active=True,
        now=now,
    )


def _add_programs(workspace: Workspace, *, owner: User, server: str) -> None:
    """Their keys are shown to nobody: whoever wants to try one makes one."""
    key, _ = create_key(workspace, name="Booking system", created_by=owner)
    note_change(workspace, "API key made", key.name, actor=owner.email)
    reader, _ = create_key(
        workspace, name="Wall display in the office", scopes=[Scope.READ], created_by=owner
    )
    note_change(workspace, "API key made", reader.name, actor=owner.email)
    create_endpoint(
        workspace, url=f"{server}/hooks/booking-system", description="Booking system", created_by=owner
    )
    note_change(workspace, "Webhook added", "Booking system", actor=owner.email)


def point_office(workspace: Workspace, server: str) -> None:
    """The demo's server may have another port today."""

    def pointed(address: str | None) -> str:
        return SERVER.sub(lambda found: f"{found[1]}://{server.partition('://')[2]}/", address or "")

    for channel in MessageChannel.objects.filter(workspace=workspace, deleted_at=None):
        if pointed(channel.address) != channel.address:
            channel.address = pointed(channel.address)
            channel.save(update_fields=["address"])
    for endpoint in WebhookEndpoint.objects.filter(workspace=workspace, deleted_at=None):
        if pointed(endpoint.url) != endpoint.url:
            update_endpoint(endpoint, url=pointed(endpoint.url))
