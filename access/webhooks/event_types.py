"""Which events an endpoint may ask for, and whether it asked for this one. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from access.enums import WebhookFlavour
from access.telling import ALL_NAMES, SEAM_TYPES
from access.webhooks.refusals import EndpointRefused

EVERYTHING = "*"
# Of the founding API and its package; nothing here causes them, and programs may ask for them all the same.
_NEVER_SENT = """
access_code.name_changed access_code.code_changed access_code.time_frame_changed access_code.mutations_requested
access_code.issued access_code.delay_in_issuing access_code.failed_to_issue access_code.failed_to_update
access_code.failed_to_delete enrollment_automation.deleted
access_grant.created access_grant.deleted access_grant.access_granted_to_all_doors
access_grant.access_granted_to_door access_grant.access_to_door_lost access_grant.access_times_changed
access_grant.could_not_create_requested_access_methods access_method.issued access_method.revoked
access_method.card_encoding_required access_method.deleted access_method.reissued access_method.created
access_method.delay_in_issuing access_method.failed_to_issue acs_system.connected acs_system.added
acs_system.disconnected acs_credential.deleted acs_credential.issued acs_credential.reissued
acs_credential.invalidated acs_user.created acs_user.deleted acs_encoder.added acs_encoder.removed
acs_access_group.deleted acs_entrance.added acs_entrance.removed client_session.deleted
connected_account.reauthorization_requested
action_attempt.simulate_manual_lock_via_keypad.failed
noise_sensor.noise_threshold_triggered thermostat.climate_preset_activated thermostat.manually_adjusted
thermostat.temperature_threshold_exceeded thermostat.temperature_threshold_no_longer_exceeded
thermostat.temperature_reached_set_point thermostat.temperature_changed camera.activated device.doorbell_rang
phone.deactivated space.device_membership_changed space.created space.deleted
"""
SEAM_NAMES = frozenset(map(str, SEAM_TYPES)) | frozenset(_NEVER_SENT.split())


def known_names(flavour: str) -> frozenset[str]:
    return SEAM_NAMES if flavour == WebhookFlavour.SEAM else ALL_NAMES


def checked_types(names: Iterable[str], *, flavour: str) -> list[str]:
    """Return them tidied, each once. Raise EndpointRefused."""
    wanted = list(dict.fromkeys(name.strip() for name in names))
    if not wanted:
        raise EndpointRefused(
            "event_types", "invalid_event_types", "Name at least one type of event, or “*”."
        )
    if EVERYTHING in wanted:
        return [EVERYTHING]
    unknown = [name for name in wanted if name not in known_names(flavour)]
    if unknown:
        shown = ", ".join(name[:60] for name in unknown[:5])
        raise EndpointRefused(
            "event_types", "invalid_event_types", f"There is no such type of event: {shown}."
        )
    return wanted


def is_wanted(names: Collection[str], *, flavour: str, event_type: str, own_type: str) -> bool:
    """An endpoint of our own flavour may name an event by its own type or by the type that it is told under."""
    if flavour == WebhookFlavour.SEAM:
        return event_type in SEAM_TYPES and (EVERYTHING in names or event_type in names)
    return EVERYTHING in names or event_type in names or own_type in names
