"""One workspace with one row of everything in it, whose every text carries a marker: for walks over all pages.

Rows are written directly where they stand for what a runner or a feed would have left behind.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from access.api_keys import create_key
from access.enums import (
    AttemptStatus,
    AttemptType,
    CodeAttemptType,
    EventType,
    PinOrigin,
    ProblemKind,
    Seen,
    StaffKind,
    WriteState,
)
from access.models import (
    AccessCode,
    AccessGrant,
    ActionAttempt,
    ApiKey,
    ClientSession,
    CodeAttempt,
    ConnectWebview,
    Event,
    HandledNote,
    Heartbeat,
    IdempotentAnswer,
    KeyRate,
    LockCode,
    PersonalToken,
    PinLook,
    Problem,
    StaffAccess,
    WebhookDelivery,
    WebhookEndpoint,
)
from access.staffing import StaffDetails, save_staff_access
from locks.drivers.virtual.models import VirtualBridge, VirtualCode, VirtualLock, VirtualLogEntry
from locks.models import Account, BatteryReading, Device, Door
from properties import crypto
from properties.booking import GuestDetails
from properties.enums import Decision, EventClass, FetchOutcome, Role
from properties.models import (
    CalendarFeed,
    FeedEvent,
    FeedFetch,
    Property,
    Stay,
    Unit,
    User,
    Workspace,
    WorkspaceChange,
)
from tests.factories import make_member, make_property, make_stay, make_unit, make_workspace
from tests.told import Told, make_told

# Eight digits: none turns up in an id or a time by chance.
PIN = "73918425"
FOREIGN_PIN = "58026319"
LOOSE_PIN = PIN[::-1]
FEED_SECRET = "s3cr3tfeedt0ken"
CREDENTIAL = "cr3dent1alvalue"
HOOK_SECRET = "whsec_aG9va3M3M3I4dDk="
TOKEN = "seam_cst_t0kenvalue"


@dataclass(frozen=True)
class World:
    """Everything of one workspace; `marker` is in every text of it."""

    marker: str
    workspace: Workspace
    owner: User
    staff: User
    place: Property
    unit: Unit
    stay: Stay
    feed: CalendarFeed
    fetch: FeedFetch
    feed_event: FeedEvent
    account: Account
    lock: VirtualLock
    device: Device
    door: Door
    grant: AccessGrant
    code: AccessCode
    loose_code: AccessCode
    lock_code: LockCode
    event: Event
    problem: Problem
    key: ApiKey
    holder: StaffAccess
    attempt: ActionAttempt
    code_attempt: CodeAttempt
    webview: ConnectWebview
    session: ClientSession
    token: PersonalToken
    endpoint: WebhookEndpoint
    delivery: WebhookDelivery
    told: Told
    key_secret: str = field(repr=False)


def make_world(marker: str, *, now: dt.datetime, pin: str = PIN, workspace: Workspace | None = None) -> World:
    workspace = workspace or make_workspace(f"{marker} workspace")
    owner = make_member(workspace, Role.OWNER, f"{marker}-owner@example.org".lower())
    staff = make_member(workspace, Role.STAFF, f"{marker}-staff@example.org".lower())
    place = make_property(workspace, name=f"{marker} house", address=f"{marker} street 1")
    unit = make_unit(place, name=f"{marker} flat")
    account, lock, device, door = _make_lock(marker, workspace, unit, now)
    stay = make_stay(
        unit,
        external_id=f"{marker}-booking",
        arrival_date=now.date() + dt.timedelta(days=1),
        guest=GuestDetails(
            name=f"{marker} guest", email=f"{marker}@example.org".lower(), phone="+41 44 668 18 00"
        ),
        notes=f"{marker} notes",
        now=now,
    )
    feed, fetch, feed_event = _make_feed(marker, unit, stay, now)
    grant, code, lock_code = _make_codes(marker, stay, device, pin, now)
    loose_code = AccessCode.objects.create(
        device=device, name=f"{marker} neighbour", pin=pin[::-1], pin_key=crypto.keyed_hash("pin", pin[::-1])
    )
    _fill_virtual_lock(lock, pin, now)
    event = Event.objects.create(
        workspace=workspace, type=EventType.CODE_SET, occurred_at=now, actor=f"{marker} runner",
        account=account, device=device, access_code=code, stay=stay, data={"note": f"{marker} event"},
    )  # fmt: skip
    problem = Problem.objects.create(
        workspace=workspace, kind=ProblemKind.ERROR, code="device_offline", message=f"{marker} problem",
        account=account, device=device, access_code=code, stay=stay, raised_at=now,
    )  # fmt: skip
    HandledNote.objects.create(
        workspace=workspace, key=f"{marker}"[:32], tone="warn", title=f"{marker} row", cause=f"{marker} cause",
        handled_by=f"{marker} person", handled_at=now,
    )  # fmt: skip
    attempt = ActionAttempt.objects.create(
        device=device, type=AttemptType.UNLOCK_DOOR, requested_by=f"{marker} person", requested_at=now,
        message=f"{marker} attempt", status=AttemptStatus.ERROR, finished_at=now,
    )  # fmt: skip
    WorkspaceChange.objects.create(
        workspace=workspace,
        at=now,
        actor=f"{marker} person",
        what=f"{marker} change",
        detail=f"{marker} detail",
    )
    BatteryReading.objects.create(device=device, at=now, level=0.8)
    key, key_secret = create_key(workspace, name=f"{marker} key", created_by=owner)
    KeyRate.objects.create(key=key, used_until=0, taken=0)
    holder = _make_holder(marker, door, actor=owner.email, now=now)
    code_attempt = CodeAttempt.objects.create(
        workspace=workspace,
        type=CodeAttemptType.CREATE,
        access_code=code,
        device=device,
        requested_by=f"{marker} program",
    )
    webview, session, token = _make_programs(marker, workspace, owner, account, now)
    endpoint = WebhookEndpoint.objects.create(
        workspace=workspace, url=f"https://hooks.example/{HOOK_SECRET}", description=f"{marker} webhook",
        event_types=["*"], secret=HOOK_SECRET,
    )  # fmt: skip
    delivery = WebhookDelivery.objects.create(
        endpoint=endpoint, event=event, log=[{"response": f"{marker} response"}]
    )
    IdempotentAnswer.objects.create(
        key=key, idempotency_key=f"{marker}-1", request_hash="0" * 64, status=200, body=PIN
    )
    PinLook.objects.create(access_code=code, reader=f"{marker} key", pin_key=code.pin_key or 0, first_at=now)
    Heartbeat.objects.get_or_create(name=f"{marker} cluster"[:30], defaults={"beat_at": now})
    return World(
        marker, workspace, owner, staff, place, unit, stay, feed, fetch, feed_event, account, lock, device, door,
        grant, code, loose_code, lock_code, event, problem, key, holder, attempt, code_attempt, webview, session, token,
        endpoint, delivery, make_told(marker, stay, device, pin=pin, now=now), key_secret,
    )  # fmt: skip


def _make_lock(
    marker: str, workspace: Workspace, unit: Unit, now: dt.datetime
) -> tuple[Account, VirtualLock, Device, Door]:
    account = Account.objects.create(
        workspace=workspace, driver="virtual", brand="schlage", name=f"{marker} account",
        credentials={"account_key": f"{marker}-login", "password": CREDENTIAL},
    )  # fmt: skip
    lock = VirtualLock.objects.create(
        account_key=f"{marker}-login", brand="schlage", name=f"{marker} virtual lock"
    )
    device = Device.objects.create(
        account=account, external_id=str(lock.external_id), brand="schlage", name=f"{marker} device",
        model=f"{marker} model", online=True, battery_level=0.8, last_read_at=now, wake_at=now,
    )  # fmt: skip
    door = Door.objects.create(property=unit.property, name=f"{marker} door", device=device)
    door.units.add(unit)
    return account, lock, device, door


def _make_feed(
    marker: str, unit: Unit, stay: Stay, now: dt.datetime
) -> tuple[CalendarFeed, FeedFetch, FeedEvent]:
    feed = CalendarFeed.objects.create(
        unit=unit,
        name=f"{marker} feed",
        url=f"https://calendar.example/ical/{FEED_SECRET}.ics?s={FEED_SECRET}",
    )
    fetch = FeedFetch.objects.create(
        feed=feed, started_at=now, finished_at=now, outcome=FetchOutcome.OK, http_status=200, events=1,
        message=f"{marker} fetch",
    )  # fmt: skip
    event = FeedEvent.objects.create(
        feed=feed, uid=f"{marker}-uid", classified=EventClass.AMBIGUOUS, reason=f"{marker} reason",
        decision=Decision.PENDING, summary=f"{marker} summary", arrival_date=stay.arrival_date,
        departure_date=stay.arrival_date + dt.timedelta(days=4), digest="0" * 64, raw=f"SUMMARY:{marker}",
        first_seen_at=now, last_seen_at=now,
    )  # fmt: skip
    return feed, fetch, event


def _make_codes(
    marker: str, stay: Stay, device: Device, pin: str, now: dt.datetime
) -> tuple[AccessGrant, AccessCode, LockCode]:
    pin_key = crypto.keyed_hash("pin", pin)
    AccessGrant.objects.filter(stay=stay, revoked_at__isnull=True).update(revoked_at=now)
    AccessCode.objects.filter(device=device, ended_at__isnull=True).update(ended_at=now)
    grant = AccessGrant.objects.create(
        workspace=stay.workspace, stay=stay, pin=pin, pin_key=pin_key, pin_origin=PinOrigin.RANDOM
    )
    code = AccessCode.objects.create(
        device=device, grant=grant, name=f"{marker} code", pin=pin, pin_key=pin_key, starts_at=stay.starts_at,
        ends_at=stay.ends_at, pin_held_until=stay.ends_at, ref="1", appearance_name=f"{marker} code",
        write_state=WriteState.APPLIED, written_at=now, seen=Seen.PRESENT, seen_at=now, confirmed_at=now,
    )  # fmt: skip
    lock_code = LockCode.objects.create(
        device=device, ref="1", access_code=code, pin=pin, pin_key=pin_key, name=f"{marker} code",
        starts_at=stay.starts_at, ends_at=stay.ends_at, first_seen_at=now,
    )  # fmt: skip
    # Each world has PINs of its own, so that one's own answers cannot be taken for another's.
    foreign_pin = FOREIGN_PIN if pin == PIN else FOREIGN_PIN[::-1]
    LockCode.objects.create(
        device=device, ref="2", pin=foreign_pin, pin_key=crypto.keyed_hash("pin", foreign_pin),
        name=f"{marker} cleaner", first_seen_at=now,
    )  # fmt: skip
    return grant, code, lock_code


def _make_programs(
    marker: str, workspace: Workspace, owner: User, account: Account, now: dt.datetime
) -> tuple[ConnectWebview, ClientSession, PersonalToken]:
    webview = ConnectWebview.objects.create(
        workspace=workspace, token=f"{marker}-webview-token", accepted_providers=["schlage"], account=account
    )
    session = ClientSession.objects.create(
        workspace=workspace, token=TOKEN, token_hash=f"{marker}-session", user_identifier_key=f"{marker} user"
    )
    session.accounts.add(account)
    token = PersonalToken.objects.create(
        user=owner, name=f"{marker} token", prefix="seam_at1", token_hash=f"{marker}-token"
    )
    return webview, session, token


def _make_holder(marker: str, door: Door, *, actor: str, now: dt.datetime) -> StaffAccess:
    details = StaffDetails(
        kind=StaffKind.CLEANER, holder_name=f"{marker} holder", contact=f"{marker} contact", note=f"{marker} note",
        doors=(door,), first_day=now.date() + dt.timedelta(days=30), rule="FREQ=WEEKLY;BYDAY=TU",
        start_time=dt.time(10), end_time=dt.time(12),
    )  # fmt: skip
    holder = save_staff_access(door.property.workspace, details, actor=actor, now=now)
    door.device.refresh_from_db()  # it was woken
    return holder


def _fill_virtual_lock(lock: VirtualLock, pin: str, now: dt.datetime) -> None:
    VirtualCode.objects.create(lock=lock, slot=1, pin=pin, name="guest", written_at=now)
    VirtualCode.objects.create(lock=lock, slot=2, pin=FOREIGN_PIN, name="cleaner", written_at=now)
    VirtualBridge.objects.create(account_key=lock.account_key, gateway="bridge")
    VirtualLogEntry.objects.create(lock=lock, at=now, action="put", slot=1, detail="written")
