"""Every method of the official package, over HTTP: those about locks do what they say, all others are refused in the
shape that the package reads. A method that a new version of it brings fails here until somebody decides about it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.utils import timezone
from seam.exceptions import SeamHttpApiError
from seam.seam import Seam
from seam.seam_without_workspace import SeamWithoutWorkspace

from access.running.runner import run_due
from properties.models import Workspace
from tests.access.seam.stage import DAY, told
from tests.access.seam.test_connecting import sign_in
from tests.access.seam.test_programs import make_token
from tests.factories import make_device, make_member

pytestmark = pytest.mark.django_db(transaction=True)

SERVED = {
    "workspaces", "connect_webviews", "connected_accounts", "devices", "locks", "access_codes", "action_attempts",
    "events", "webhooks", "client_sessions",
}  # fmt: skip
URL = "https://hooks.example.com/keyturn"


def methods_of(group: Any, prefix: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in sorted(dir(group)):
        if name.startswith("_") or name in {"client", "defaults"}:
            continue
        found = getattr(group, name)
        if hasattr(found, "__seam_path__"):
            yield prefix + name, found
        elif type(found).__module__.startswith("seam.routes"):
            yield from methods_of(found, f"{prefix}{name}.")


METHODS = [name for name, _ in methods_of(Seam(api_key="seam_x", endpoint="http://127.0.0.1:9"))]


@dataclass
class Scene:
    """What the calls are about. `made` holds the answers of those that came before, by method."""

    seam: Seam
    person: SeamWithoutWorkspace
    device: str
    account: str
    with_plan: str
    made: dict[str, Any] = field(default_factory=dict)

    def code(self) -> str:
        return str(self.seam.access_codes.create(device_id=self.device, name="One").access_code_id)

    def unmanaged(self, pin: str) -> str:
        """The id of a code that somebody typed in."""
        self.seam.access_codes.simulate.create_unmanaged_access_code(
            device_id=self.device, name=f"Hand {pin}", code=pin
        )
        return str(self.seam.access_codes.unmanaged.get(device_id=self.device, code=pin).access_code_id)

    def shared(self) -> str:
        codes = self.seam.access_codes.create_multiple(device_ids=[self.device])
        return str(codes[0].common_code_key)

    def webview(self) -> str:
        return str(self.seam.connect_webviews.create(accepted_providers=["nuki"]).connect_webview_id)

    def webhook(self) -> str:
        return str(self.seam.webhooks.create(url=URL).webhook_id)

    def session(self, **params: Any) -> str:
        return str(self.seam.client_sessions.create(**params).client_session_id)

    def attempt(self) -> str:
        return str(self.seam.locks.unlock_door(device_id=self.device).action_attempt_id)


def _connect(scene: Scene) -> Any:
    webview = scene.seam.connect_webviews.create(accepted_providers=["schlage"])
    assert sign_in(webview.url).status_code == 303
    return scene.seam.connect_webviews.get(connect_webview_id=webview.connect_webview_id)


def _end(days: int = 3) -> str:
    return told(timezone.now() + days * DAY)


# In the order in which they are called; what takes something away comes last.
CALLS: Mapping[str, Callable[[Scene], Any]] = {
    "access_codes.create": lambda s: s.seam.access_codes.create(device_id=s.device, code="4821"),
    "access_codes.create_multiple": lambda s: s.seam.access_codes.create_multiple(device_ids=[s.device]),
    "access_codes.get": lambda s: s.seam.access_codes.get(device_id=s.device, code="4821"),
    "access_codes.list": lambda s: s.seam.access_codes.list(device_id=s.device),
    "access_codes.generate_code": lambda s: s.seam.access_codes.generate_code(device_id=s.device),
    "access_codes.update": lambda s: s.seam.access_codes.update(access_code_id=s.code(), name="Other"),
    "access_codes.update_multiple": lambda s: s.seam.access_codes.update_multiple(
        common_code_key=s.shared(), name="All"
    ),
    "access_codes.delete": lambda s: s.seam.access_codes.delete(access_code_id=s.code()),
    "access_codes.report_device_constraints": lambda s: s.seam.access_codes.report_device_constraints(
        device_id=s.device, supported_code_lengths=[4, 6]
    ),
    "access_codes.simulate.create_unmanaged_access_code": lambda s: s.unmanaged("6174"),
    "access_codes.unmanaged.get": lambda s: s.seam.access_codes.unmanaged.get(
        device_id=s.device, code="6174"
    ),
    "access_codes.unmanaged.list": lambda s: s.seam.access_codes.unmanaged.list(device_id=s.device),
    "access_codes.unmanaged.convert_to_managed": lambda s: s.seam.access_codes.unmanaged.convert_to_managed(
        access_code_id=s.unmanaged("6175")
    ),
    "access_codes.unmanaged.update": lambda s: s.seam.access_codes.unmanaged.update(
        access_code_id=s.unmanaged("6176"), is_managed=True
    ),
    "access_codes.unmanaged.delete": lambda s: s.seam.access_codes.unmanaged.delete(
        access_code_id=s.unmanaged("6177")
    ),
    "locks.list": lambda s: s.seam.locks.list(),
    "locks.get": lambda s: s.seam.locks.get(device_id=s.device),
    "locks.lock_door": lambda s: s.seam.locks.lock_door(device_id=s.device),
    "locks.unlock_door": lambda s: s.seam.locks.unlock_door(device_id=s.device),
    "locks.configure_auto_lock": lambda s: s.seam.locks.configure_auto_lock(
        device_id=s.device, auto_lock_enabled=True, auto_lock_delay_seconds=60
    ),
    "locks.simulate.keypad_code_entry": lambda s: s.seam.locks.simulate.keypad_code_entry(
        device_id=s.device, code="4821"
    ),
    "locks.simulate.manual_lock_via_keypad": lambda s: s.seam.locks.simulate.manual_lock_via_keypad(
        device_id=s.device
    ),
    "action_attempts.get": lambda s: s.seam.action_attempts.get(action_attempt_id=s.attempt()),
    "action_attempts.list": lambda s: s.seam.action_attempts.list(device_id=s.device),
    "events.list": lambda s: s.made.setdefault("events", s.seam.events.list(since="2020-01-01")),
    "events.get": lambda s: s.seam.events.get(event_id=s.made["events"][0].event_id),
    "devices.list": lambda s: s.seam.devices.list(),
    "devices.get": lambda s: s.seam.devices.get(device_id=s.device),
    "devices.update": lambda s: s.seam.devices.update(device_id=s.device, name="Main"),
    "devices.list_device_providers": lambda s: s.seam.devices.list_device_providers(),
    "devices.report_provider_metadata": lambda s: s.seam.devices.report_provider_metadata(
        devices=[{"device_id": s.device}]
    ),
    "devices.simulate.disconnect": lambda s: s.seam.devices.simulate.disconnect(device_id=s.device),
    "devices.simulate.connect": lambda s: s.seam.devices.simulate.connect(device_id=s.device),
    "devices.simulate.disconnect_from_hub": lambda s: s.seam.devices.simulate.disconnect_from_hub(
        device_id=s.device
    ),
    "devices.simulate.connect_to_hub": lambda s: s.seam.devices.simulate.connect_to_hub(device_id=s.device),
    "devices.simulate.paid_subscription": lambda s: s.seam.devices.simulate.paid_subscription(
        device_id=s.with_plan, is_expired=True
    ),
    "devices.unmanaged.update": lambda s: (
        s.seam.devices.update(device_id=s.device, is_managed=False),
        s.seam.devices.unmanaged.update(device_id=s.device, is_managed=True),
    ),
    "devices.unmanaged.list": lambda s: s.seam.devices.unmanaged.list(),
    "connect_webviews.create": lambda s: s.seam.connect_webviews.create(),
    "connect_webviews.get": _connect,
    "connect_webviews.list": lambda s: s.seam.connect_webviews.list(),
    "connect_webviews.delete": lambda s: s.seam.connect_webviews.delete(connect_webview_id=s.webview()),
    "connected_accounts.list": lambda s: s.seam.connected_accounts.list(),
    "connected_accounts.get": lambda s: s.seam.connected_accounts.get(connected_account_id=s.account),
    "connected_accounts.sync": lambda s: s.seam.connected_accounts.sync(connected_account_id=s.account),
    "connected_accounts.update": lambda s: s.seam.connected_accounts.update(
        connected_account_id=s.account, display_name="Mine"
    ),
    "webhooks.create": lambda s: s.seam.webhooks.create(url=URL),
    "webhooks.list": lambda s: s.seam.webhooks.list(),
    "webhooks.get": lambda s: s.seam.webhooks.get(webhook_id=s.webhook()),
    "webhooks.update": lambda s: s.seam.webhooks.update(
        webhook_id=s.webhook(), event_types=["lock.unlocked"]
    ),
    "webhooks.delete": lambda s: s.seam.webhooks.delete(webhook_id=s.webhook()),
    "client_sessions.create": lambda s: s.seam.client_sessions.create(user_identifier_key="user-1"),
    "client_sessions.get": lambda s: s.seam.client_sessions.get(user_identifier_key="user-1"),
    "client_sessions.get_or_create": lambda s: s.seam.client_sessions.get_or_create(
        user_identifier_key="user-1"
    ),
    "client_sessions.grant_access": lambda s: s.seam.client_sessions.grant_access(
        user_identifier_key="user-1", connected_account_ids=[s.account]
    ),
    "client_sessions.list": lambda s: s.seam.client_sessions.list(),
    "client_sessions.revoke": lambda s: s.seam.client_sessions.revoke(client_session_id=s.session()),
    "client_sessions.delete": lambda s: s.seam.client_sessions.delete(client_session_id=s.session()),
    "workspaces.get": lambda s: s.seam.workspaces.get(),
    "workspaces.list": lambda s: s.seam.workspaces.list(),
    "workspaces.update": lambda s: s.seam.workspaces.update(name="Harbour"),
    # A key is of one workspace; a person makes them.
    "workspaces.create": lambda s: s.person.workspaces.create(  # type: ignore[no-untyped-call]  # the package's
        name="New", is_sandbox=True
    ),
    "connected_accounts.simulate.disconnect": lambda s: s.seam.connected_accounts.simulate.disconnect(
        connected_account_id=s.account
    ),
    "devices.simulate.remove": lambda s: s.seam.devices.simulate.remove(device_id=s.device),
    "connected_accounts.delete": lambda s: s.seam.connected_accounts.delete(connected_account_id=s.account),
    "workspaces.reset_sandbox": lambda s: s.seam.workspaces.reset_sandbox(),
}
# Called elsewhere, since each needs a lock in a state of its own.
ELSEWHERE: Mapping[str, str] = {
    "access_codes.pull_backup_access_code": "test_stories: needs a pool that is filled",
    "devices.unmanaged.get": "test_devices: needs a lock that is left to others",
}


def test_every_method_about_locks_is_called() -> None:
    served = {name for name in METHODS if name.partition(".")[0] in SERVED}
    assert served == CALLS.keys() | ELSEWHERE.keys()
    assert not CALLS.keys() & ELSEWHERE.keys()


def test_every_method_about_locks_does_what_it_says(
    seam_client: Seam, workspace: Workspace, live_server: Any
) -> None:
    device = make_device(workspace, brand="august", now=timezone.now())
    token = make_token(make_member(workspace))
    person = SeamWithoutWorkspace(personal_access_token=token, endpoint=f"{live_server.url}/seam")
    with_plan = make_device(workspace, brand="nuki", now=timezone.now())
    account = str(device.account.public_id)
    scene = Scene(seam_client, person, str(device.public_id), account, str(with_plan.public_id))
    run_due()
    refused = {}
    for name, call in CALLS.items():
        try:
            call(scene)
        except SeamHttpApiError as error:
            refused[name] = (error.status_code, error.code, str(error))
    person.client.close()
    assert refused == {}


def test_every_other_method_is_refused_in_the_documented_shape(seam_client: Seam) -> None:
    odd = {}
    for name, method in methods_of(seam_client):
        if name.partition(".")[0] in SERVED:
            continue
        needed = [
            one.name for one in inspect.signature(method).parameters.values() if one.default is one.empty
        ]
        # The package itself asks for one of these.
        needed += method.__seam_at_least_one_parameter_names__[:1]  # type: ignore[attr-defined]  # set by it
        try:
            method(**dict.fromkeys(needed, "7"))
        except SeamHttpApiError as error:
            if (error.status_code, error.code) != (404, "endpoint_not_supported") or not error.request_id:
                odd[name] = (error.status_code, error.code)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is not what a program expects
            odd[name] = (0, repr(error))
        else:
            odd[name] = (200, "")
    assert odd == {}
