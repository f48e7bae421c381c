"""What each call of `calls` must have come to: told by its answer, or, where it says nothing, by what is read then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone
from seam.exceptions import SeamHttpApiError

from access.running.runner import run_due
from locks.brands import BRANDS
from locks.models import Device
from properties.models import Membership
from tests.access.seam.calls import URL, Scene

Judge = Callable[[Scene, Any], object]


def code_of(s: Scene) -> Any:
    return s.seam.access_codes.get(access_code_id=s.last)


def device_of(s: Scene) -> Any:
    return s.seam.devices.get(device_id=s.device)


def account_of(s: Scene) -> Any:
    return s.seam.connected_accounts.get(connected_account_id=s.account)


def codes_of(s: Scene) -> list[Any]:
    return list(s.seam.access_codes.list(device_id=s.device))


def is_gone(get: Callable[..., Any], **params: Any) -> bool:
    try:
        get(**params)
    except SeamHttpApiError as error:
        return error.status_code == 404
    return False


def after_a_run(judge: Judge) -> Judge:
    def judged(s: Scene, found: Any) -> object:
        run_due()
        return judge(s, found)

    return judged


def done(kind: str) -> Judge:
    """The attempt waits, and has succeeded when the lock has answered."""

    def judged(s: Scene, asked: Any) -> object:
        waits = (asked.action_type, asked.status, asked.result, asked.error) == (kind, "pending", None, None)
        run_due()
        found = s.seam.action_attempts.get(action_attempt_id=asked.action_attempt_id)
        return waits and (found.action_type, found.status) == (kind, "success")

    return judged


def simulated(kind: str) -> Judge:
    return lambda _, found: (found.action_type, found.status) == (kind, "success")


def ids(rows: Any, name: str) -> list[str]:
    return [str(getattr(row, name)) for row in rows]


def _is_made(s: Scene, code: Any) -> object:
    told = (code.code, code.device_id, code.type, code.status, code.is_managed)
    return told == ("4821", s.device, "ongoing", "setting", True)


def _is_shared(s: Scene, codes: Any) -> object:
    (code,) = codes
    return code.device_id == s.device and code.common_code_key.startswith("auto_set_by_create_multiple_")


def _is_converted(pin: str) -> Judge:
    """The id is kept."""
    return lambda s, _: (
        (code_of(s).is_managed, code_of(s).code, code_of(s).device_id)
        == (
            True,
            pin,
            s.device,
        )
    )


def _ids_of_unmanaged(s: Scene) -> list[str]:
    return ids(s.seam.access_codes.unmanaged.list(device_id=s.device), "access_code_id")


def _session_of(s: Scene) -> Any:
    return s.seam.client_sessions.get(user_identifier_key="user-1")


def _is_connected(s: Scene, webview: Any) -> object:
    told = (webview.status, webview.login_successful, webview.selected_provider)
    known = ids(s.seam.connected_accounts.list(), "connected_account_id")
    return told == ("authorized", True, "schlage") and webview.connected_account_id in known


def _owns(s: Scene, made: Any) -> object:
    owner = Membership.objects.get(workspace__public_id=made.workspace_id)
    return (made.name, made.is_sandbox, owner.role) == ("New", True, "owner")


JUDGES: Mapping[str, Judge] = {
    "access_codes.create": _is_made,
    "access_codes.create_multiple": _is_shared,
    "access_codes.get": lambda s, found: (found.code, found.device_id) == ("4821", s.device),
    "access_codes.list": lambda s, found: (
        [one.code for one in found][:1] == ["4821"] and ids(found, "device_id") == [s.device] * 2
    ),
    "access_codes.generate_code": lambda s, found: (
        found.device_id == s.device
        and found.code.isdigit()
        and found.code not in [one.code for one in codes_of(s)]
    ),
    "access_codes.update": lambda s, _: code_of(s).name == "Other",
    "access_codes.update_multiple": lambda s, _: (
        [one.name for one in codes_of(s) if one.common_code_key == s.last] == ["All"]
    ),
    "access_codes.delete": after_a_run(lambda s, _: is_gone(s.seam.access_codes.get, access_code_id=s.last)),
    "access_codes.report_device_constraints": lambda s, _: (
        device_of(s).properties.supported_code_lengths == [4, 6]
    ),
    "access_codes.simulate.create_unmanaged_access_code": lambda s, _: (
        s.seam.access_codes.unmanaged.get(access_code_id=s.last).name == "Hand 6174"
    ),
    "access_codes.unmanaged.get": lambda s, found: (
        (found.code, found.device_id, found.is_managed, found.status) == ("6174", s.device, False, "set")
    ),
    "access_codes.unmanaged.list": lambda s, found: (
        [one.code for one in found] == ["6174"] and ids(found, "device_id") == [s.device]
    ),
    "access_codes.unmanaged.convert_to_managed": _is_converted("6175"),
    "access_codes.unmanaged.update": _is_converted("6176"),
    "access_codes.unmanaged.delete": after_a_run(lambda s, _: s.last not in _ids_of_unmanaged(s)),
    "locks.list": lambda s, found: ids(found, "device_id") == [s.device, s.with_plan],
    "locks.get": lambda s, found: (found.device_id, found.device_type) == (s.device, "august_lock"),
    "locks.lock_door": done("LOCK_DOOR"),
    "locks.unlock_door": done("UNLOCK_DOOR"),
    "locks.configure_auto_lock": done("CONFIGURE_AUTO_LOCK"),
    "locks.simulate.keypad_code_entry": simulated("SIMULATE_KEYPAD_CODE_ENTRY"),
    "locks.simulate.manual_lock_via_keypad": simulated("SIMULATE_MANUAL_LOCK_VIA_KEYPAD"),
    "action_attempts.get": lambda s, found: (
        (found.action_attempt_id, found.action_type)
        == (
            s.last,
            "UNLOCK_DOOR",
        )
    ),
    "action_attempts.list": lambda s, found: (
        s.last in ids(found, "action_attempt_id")
        and {"CREATE_ACCESS_CODE", "DELETE_ACCESS_CODE"} <= {one.action_type for one in found}
    ),
    "events.list": lambda s, found: (
        len(set(ids(found, "event_id"))) == len(found)
        and {"access_code.created", "lock.unlocked"} <= {one.event_type for one in found}
        and len({one.workspace_id for one in found}) == 1
    ),
    "events.get": lambda s, found: found == s.made["events"][0],
    "devices.list": lambda s, found: ids(found, "device_id") == [s.device, s.with_plan],
    "devices.get": lambda s, found: (found.device_id, found.connected_account_id) == (s.device, s.account),
    "devices.update": lambda s, _: (device_of(s).nickname, device_of(s).properties.name) == ("Main", "Main"),
    "devices.list_device_providers": lambda _, found: (
        set(ids(found, "device_provider_name")) == {brand.provider for brand in BRANDS.values()}
    ),
    "devices.report_provider_metadata": lambda s, _: device_of(s).location.time_zone == "Europe/Lisbon",
    "devices.simulate.disconnect": after_a_run(lambda s, _: device_of(s).properties.online is False),
    "devices.simulate.connect": after_a_run(lambda s, _: device_of(s).properties.online is True),
    "devices.simulate.disconnect_from_hub": after_a_run(lambda s, _: device_of(s).properties.online is False),
    "devices.simulate.connect_to_hub": after_a_run(lambda s, _: device_of(s).properties.online is True),
    "devices.simulate.paid_subscription": after_a_run(
        lambda s, _: (
            [one.error_code for one in s.seam.devices.get(device_id=s.with_plan).errors]
            == ["subscription_required"]
        )
    ),
    "devices.unmanaged.update": lambda s, _: device_of(s).is_managed,
    "devices.unmanaged.list": lambda _, found: found == [],
    "connect_webviews.create": lambda _, found: (
        (found.status, found.connected_account_id) == ("pending", None) and "/connect/" in found.url
    ),
    "connect_webviews.get": _is_connected,
    "connect_webviews.list": lambda _, found: [one.status for one in found] == ["pending", "authorized"],
    "connect_webviews.delete": lambda s, _: (
        s.last not in ids(s.seam.connect_webviews.list(), "connect_webview_id")
    ),
    "connected_accounts.list": lambda s, found: (
        s.account in ids(found, "connected_account_id")
        and sorted(ids(found, "account_type")) == ["august", "nuki", "schlage"]
    ),
    "connected_accounts.get": lambda s, found: (
        (found.connected_account_id, found.account_type)
        == (
            s.account,
            "august",
        )
    ),
    "connected_accounts.sync": lambda s, _: Device.objects.filter(
        public_id=s.device, wake_at__lte=timezone.now()
    ).exists(),
    "connected_accounts.update": lambda s, _: account_of(s).display_name == "Mine",
    "webhooks.create": lambda _, found: (
        (found.url, found.event_types) == (URL, ["*"]) and found.secret.startswith("whsec_")
    ),
    "webhooks.list": lambda _, found: [one.url for one in found] == [URL],
    "webhooks.get": lambda s, found: (found.webhook_id, found.url) == (s.last, URL),
    "webhooks.update": lambda s, _: s.seam.webhooks.get(webhook_id=s.last).event_types == ["lock.unlocked"],
    "webhooks.delete": lambda s, _: s.last not in ids(s.seam.webhooks.list(), "webhook_id"),
    "client_sessions.create": lambda _, found: (
        found.user_identifier_key == "user-1"
        and found.token.startswith("seam_cst")
        and found.connected_account_ids == []
    ),
    "client_sessions.get": lambda _, found: found.user_identifier_key == "user-1",
    "client_sessions.get_or_create": lambda s, found: found == _session_of(s),
    "client_sessions.grant_access": lambda s, _: _session_of(s).connected_account_ids == [s.account],
    "client_sessions.list": lambda _, found: ids(found, "user_identifier_key") == ["user-1"],
    "client_sessions.revoke": lambda s, _: (
        s.last not in ids(s.seam.client_sessions.list(), "client_session_id")
    ),
    "client_sessions.delete": lambda s, _: is_gone(s.seam.client_sessions.get, client_session_id=s.last),
    "workspaces.get": lambda _, found: found.is_sandbox,
    "workspaces.list": lambda s, found: found == [s.seam.workspaces.get()],
    "workspaces.update": lambda s, _: s.seam.workspaces.get().name == "Harbour",
    "workspaces.create": _owns,
    "connected_accounts.simulate.disconnect": after_a_run(
        lambda s, _: (
            [one.error_code for one in s.seam.connected_accounts.get(connected_account_id=s.last).errors]
            == ["account_disconnected"]
        )
    ),
    "devices.simulate.remove": after_a_run(
        lambda s, _: "device_removed" in [one.error_code for one in device_of(s).errors]
    ),
    "connected_accounts.delete": lambda s, _: (
        s.account not in ids(s.seam.connected_accounts.list(), "connected_account_id")
        and is_gone(s.seam.devices.get, device_id=s.device)
    ),
    "workspaces.reset_sandbox": lambda s, found: (
        found.action_type == "RESET_SANDBOX_WORKSPACE" and s.seam.devices.list() == []
    ),
}
