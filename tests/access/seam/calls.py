"""Each method of the official package that is about locks, as it is called by test_every_method, in that order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from seam.seam import Seam
from seam.seam_without_workspace import SeamWithoutWorkspace

from tests.access.seam.stage import DAY, told
from tests.access.seam.test_connecting import sign_in

URL = "https://hooks.example.com/keyturn"


@dataclass
class Scene:
    """What the calls are about. `made` holds answers that later calls need, `last` what the latest one was about."""

    seam: Seam
    person: SeamWithoutWorkspace
    device: str
    account: str
    with_plan: str
    made: dict[str, Any] = field(default_factory=dict)
    last: str = ""

    def keep(self, found: object) -> str:
        """The id of what the call is about, for its judge."""
        self.last = str(found)
        return self.last

    def code(self) -> str:
        return self.keep(self.seam.access_codes.create(device_id=self.device, name="One").access_code_id)

    def unmanaged(self, pin: str) -> str:
        """The id of a code that somebody typed in."""
        self.seam.access_codes.simulate.create_unmanaged_access_code(
            device_id=self.device, name=f"Hand {pin}", code=pin
        )
        return self.keep(self.seam.access_codes.unmanaged.get(device_id=self.device, code=pin).access_code_id)

    def shared(self) -> str:
        codes = self.seam.access_codes.create_multiple(device_ids=[self.device])
        return self.keep(codes[0].common_code_key)

    def webview(self) -> str:
        return self.keep(self.seam.connect_webviews.create(accepted_providers=["nuki"]).connect_webview_id)

    def webhook(self) -> str:
        return self.keep(self.seam.webhooks.create(url=URL).webhook_id)

    def session(self, **params: Any) -> str:
        return self.keep(self.seam.client_sessions.create(**params).client_session_id)

    def attempt(self) -> str:
        return self.keep(self.seam.locks.unlock_door(device_id=self.device).action_attempt_id)


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
        devices=[{"device_id": s.device, "ultraloq_metadata": {"time_zone": "Europe/Lisbon"}}]
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
    "devices.simulate.remove": lambda s: s.seam.devices.simulate.remove(device_id=s.device),
    "connected_accounts.simulate.disconnect": lambda s: s.seam.connected_accounts.simulate.disconnect(
        connected_account_id=s.keep(s.seam.devices.get(device_id=s.with_plan).connected_account_id)
    ),
    "connected_accounts.delete": lambda s: s.seam.connected_accounts.delete(connected_account_id=s.account),
    "workspaces.reset_sandbox": lambda s: s.seam.workspaces.reset_sandbox(),
}
