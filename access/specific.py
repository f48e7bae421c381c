"""What exactly keeps a code from its lock, in the words of its brand, beside the general problem. Pure.

From the last refusal, the brand and how often it failed to the brand's own code. `problems_of_code` is called by
access.running.looking for each look at a device; the general problems come from the planner.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from access.facts import declared_of
from access.models import AccessCode
from access.planning import Fact, runs_natively
from access.planning.shapes import FAILED_AFTER
from access.problems import Raised
from access.states import ProblemCode, Seen, WriteState
from locks.capabilities import Capabilities
from locks.constraints import pin_problem
from locks.drivers.base import RejectReason
from locks.models import Device

# Raised by the planner or here; what looking.py opens and clears on a code.
SPECIFIC = frozenset(
    {
        "august_device_programming_delay",
        "august_device_slots_full",
        "august_lock_bad_access_code_format",
        "august_lock_invalid_code_length",
        "august_lock_missing_keypad",
        "august_lock_temporarily_offline",
        "dormakaba_oracode_no_valid_user_level",
        "duplicate_code_attempt_prevented",
        "igloo_algopin_must_be_used_within_24_hours",
        "igloohome_bridge_offline",
        "igloohome_bridge_too_many_pending_jobs",
        "kwikset_unable_to_confirm_code",
        "kwikset_unable_to_confirm_deletion",
        "management_transferred",
        "salto_ks_user_not_subscribed",
        "schlage_creation_outage",
        "schlage_detected_duplicate",
        "smartthings_failed_to_set_access_code",
        "smartthings_failed_to_set_after_multiple_retries",
        "smartthings_no_free_slots_available",
        "wyze_duplicate_code_name",
        "wyze_potential_duplicate_code",
    }
)
CODE_PROBLEMS = frozenset({*map(str, ProblemCode), *SPECIFIC})


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the last command for a code did not succeed. `removing`: it was to take the code away; `crowded`: no command
    was sent at all, since the lock has no free place. `bad_length`: the PIN's length alone is wrong."""

    reason: RejectReason | None
    failures: int = 0
    removing: bool = False
    crowded: bool = False
    bad_length: bool = False

    @property
    def lasting(self) -> bool:
        return self.failures >= FAILED_AFTER


_R = RejectReason
_AUGUST: Mapping[RejectReason, str] = {
    _R.FULL: "august_device_slots_full",
    _R.KEYPAD_MISSING: "august_lock_missing_keypad",
    _R.INVALID_PIN: "august_lock_bad_access_code_format",
    _R.BUSY: "august_device_programming_delay",
    _R.UNCONFIRMED: "august_device_programming_delay",
    _R.DEVICE_OFFLINE: "august_lock_temporarily_offline",
    _R.BRIDGE_OFFLINE: "august_lock_temporarily_offline",
}
_SETTING: Mapping[str, Mapping[RejectReason, str]] = {
    "august": _AUGUST,
    "yale": _AUGUST,
    "igloohome": {
        _R.BRIDGE_OFFLINE: "igloohome_bridge_offline",
        _R.BRIDGE_QUEUE_FULL: "igloohome_bridge_too_many_pending_jobs",
    },
    "kwikset": {_R.UNCONFIRMED: "kwikset_unable_to_confirm_code"},
    "salto_ks": {_R.NOT_SUBSCRIBED: "salto_ks_user_not_subscribed"},
    "schlage": {
        _R.DUPLICATE_PIN: "schlage_detected_duplicate",
        _R.DUPLICATE_NAME: "schlage_detected_duplicate",
        _R.OUTAGE: "schlage_creation_outage",
    },
    "wyze": {
        _R.DUPLICATE_NAME: "wyze_duplicate_code_name",
        _R.DUPLICATE_PIN: "wyze_potential_duplicate_code",
    },
    "dormakaba_oracode": {_R.NO_SLOT: "dormakaba_oracode_no_valid_user_level"},
    "smartthings": {_R.FULL: "smartthings_no_free_slots_available"},
}
_REMOVING: Mapping[str, Mapping[RejectReason, str]] = {
    "igloohome": _SETTING["igloohome"],
    "kwikset": {_R.UNCONFIRMED: "kwikset_unable_to_confirm_deletion"},
    "august": {_R.DEVICE_OFFLINE: "august_lock_temporarily_offline"},
    "yale": {_R.DEVICE_OFFLINE: "august_lock_temporarily_offline"},
}
_REASONS = frozenset(RejectReason)
_UNREACHED = frozenset({_R.DEVICE_OFFLINE.value, _R.BRIDGE_OFFLINE.value})
# Errors only where they last: the first failures are ordinary.
_SOFT = frozenset(
    {"kwikset_unable_to_confirm_code", "august_device_programming_delay", "august_lock_temporarily_offline"}
)


def brand_problem(brand: str, refusal: Refusal) -> dict[str, Raised]:
    """Return the brand's own code for what happened; empty where the general one says all."""
    reason = RejectReason.FULL if refusal.crowded else refusal.reason
    if reason is None:
        return {}
    if refusal.removing:
        name = _REMOVING.get(brand, {}).get(reason)
    else:
        name = _SETTING.get(brand, {}).get(reason) or _of_smartthings(brand, refusal)
    if name == "august_lock_bad_access_code_format" and refusal.bad_length:
        name = "august_lock_invalid_code_length"
    if name is None:
        return {}
    soft = name in _SOFT or name == "smartthings_failed_to_set_access_code"
    return {name: Raised({"reason": reason.value}, as_warning=soft and not refusal.lasting)}


def _of_smartthings(brand: str, refusal: Refusal) -> str | None:
    if brand != "smartthings":
        return None
    lasting = "smartthings_failed_to_set_after_multiple_retries"
    return lasting if refusal.lasting else "smartthings_failed_to_set_access_code"


def problems_of_code(
    code: AccessCode, fact: Fact, capabilities: Capabilities, device: Device, *, now: dt.datetime
) -> dict[str, Raised]:
    """All that the lines of the planner (`fact.problems`) and the code itself say is wrong; empty once it is gone."""
    if fact.ended:
        return {}
    holding = {
        str(problem): Raised(message=_message(code, problem, capabilities)) for problem in fact.problems
    }
    refusal = _refusal_of(code, fact, capabilities, device, now=now)
    brand = {} if fact.settled else brand_problem(device.brand, refusal)
    if "salto_ks_subscription_limit_exceeded" in device.account.conditions:
        brand.pop("salto_ks_user_not_subscribed", None)  # one incident of the account, inherited by its codes
    holding.update(brand)
    if refusal.reason is RejectReason.DUPLICATE_PIN and not refusal.removing and not fact.settled:
        # A change that was refused leaves the code as it was; a new code that was refused is not there.
        stands = code.written is not None and code.write_state == WriteState.APPLIED
        holding["duplicate_code_attempt_prevented" if stands else ProblemCode.DUPLICATE.value] = Raised()
    if ProblemCode.MODIFIED_OUTSIDE in fact.problems:
        holding[ProblemCode.MODIFIED_OUTSIDE.value] = _outside(code, fact)
    if ProblemCode.FAILED_TO_SET in fact.problems and _was_set(code, capabilities):
        holding[ProblemCode.FAILED_TO_SET.value] = replace(
            holding[ProblemCode.FAILED_TO_SET.value], data={"updating": True}
        )
    if code.transferred_at is not None and not refusal.removing:
        holding["management_transferred"] = Raised()
    if _must_be_used_early(code, capabilities):
        holding["igloo_algopin_must_be_used_within_24_hours"] = Raised()
    return holding


def _outside(code: AccessCode, fact: Fact) -> Raised:
    fields = [{"field": edit.field, "from": _iso(edit.before), "to": _iso(edit.after)} for edit in fact.edits]
    data = {"change": code.outside, "fields": fields} if fields else {"change": code.outside}
    if not code.allow_external_modification:
        return Raised(data)
    allowed = "The code was changed at the lock or in its app, as is allowed; it is left so."
    return Raised(data, allowed, as_warning=True)


def _iso(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _was_set(code: AccessCode, capabilities: Capabilities) -> bool:
    """Tell whether the lock holds an earlier state of the code, so that what failed is a change of it."""
    if code.written is None or code.confirmed_at is None or code.seen == Seen.ABSENT:
        return False
    return code.set_at is not None or runs_natively(declared_of(code), capabilities)


def _message(code: AccessCode, problem: ProblemCode, capabilities: Capabilities) -> str:
    """Where the lock gave a reason, say it; where it was not asked, since the PIN does not fit it, that."""
    if problem not in (ProblemCode.FAILED_TO_SET, ProblemCode.FAILED_TO_REMOVE):
        return ""
    unasked = problem is ProblemCode.FAILED_TO_SET and not code.message and code.pin is not None
    return (pin_problem(code.pin or "", capabilities) or "") if unasked else code.message


def _refusal_of(
    code: AccessCode, fact: Fact, capabilities: Capabilities, device: Device, *, now: dt.datetime
) -> Refusal:
    # A lock that can't be reached is sent nothing: where that keeps a code from it, that is what refuses.
    unreached = fact.problems and device.unreadable_reason in _UNREACHED
    reason = device.unreadable_reason if unreached else code.refusal
    over = code.revoked_at is not None or (code.ends_at is not None and code.ends_at <= now)
    return Refusal(
        reason=RejectReason(reason) if reason in _REASONS else None,
        failures=code.failures,
        removing=over,
        crowded=ProblemCode.NO_SPACE in fact.problems,
        bad_length=code.pin is not None and len(code.pin) not in capabilities.pin_lengths,
    )


def _must_be_used_early(code: AccessCode, capabilities: Capabilities) -> bool:
    if not code.is_offline or not code.offline_kind or code.starts_at is None or code.ends_at is None:
        return False
    rules = [rule for rule in capabilities.offline_rules if rule.kind == code.offline_kind]
    return any(
        rule.first_use_above is not None and code.ends_at - code.starts_at > rule.first_use_above
        for rule in rules
    )
