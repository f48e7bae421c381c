"""The fourteen brands of the founding documents as data: what a lock of each can do unless it reports otherwise.

Pure. Read through locks.devices.capabilities_of, by the virtual locks and by pages that name brands. Where no source
says (facts 1.2: UNKNOWN), the comment beside the value gives our decision and its reason; a device that reports its
own value always wins. An unknown brand gets the most cautious row: no schedules, nothing assumed held or hidden.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from locks.capabilities import Capabilities, NameRule, OfflineKind, PinRule
from locks.offline_rules import IGLOO_OFFLINE, LOCKLY_OFFLINE, ORACODE_OFFLINE

if TYPE_CHECKING:
    from collections.abc import Mapping

MINUTE = dt.timedelta(minutes=1)
EVENTUAL = MINUTE  # clouds whose list shows a fresh code late (facts on drivers 3.5, 3.7)
CLAMPED = dt.timedelta(
    seconds=15
)  # longer than a call may take, so that a start "now" is not past on arrival


@dataclass(frozen=True, slots=True)
class Brand:
    """`key` is ours, `device_type` and `provider` are the founding API's words; `notes` are for a manager."""

    key: str
    display_name: str
    device_type: str
    provider: str
    capabilities: Capabilities
    notes: tuple[str, ...] = ()


_ROWS = (
    Brand(
        "two_n",
        "2N",
        "two_n_intercom",
        "my_2n",
        # Capacity and name rule UNKNOWN: none assumed, the intercom's directory holds thousands.
        Capabilities(
            native_scheduling=True,
            pin_lengths=(4, 5, 6, 7, 8),
            holds_same_pin_in_disjoint_windows=True,
            can_lock=False,  # it opens a strike, which closes by itself
        ),
        notes=("The intercom needs its time zone set.",),
    ),
    Brand(
        "august",
        "August",
        "august_lock",
        "august",
        Capabilities(
            native_scheduling=True,
            names_opening_code=True,
            pin_lengths=(4, 5, 6),  # UNKNOWN in the documents; public material suggests 4 to 6
            name_rule=NameRule(split_first_last=True),
            max_codes=100,  # number UNKNOWN; 150 and more are known to fail (F72)
            holds_same_pin_in_disjoint_windows=True,
            pushes_changes=True,
            auto_lock=True,
        ),
        notes=("Needs a keypad and Wi-Fi or a Connect bridge.",),
    ),
    Brand(
        "yale",
        "Yale",
        "yale_lock",
        "yale",
        Capabilities(
            native_scheduling=True,
            names_opening_code=True,
            pin_lengths=(4, 5, 6),  # UNKNOWN; same back end as August
            name_rule=NameRule(split_first_last=True),
            max_codes=100,  # UNKNOWN; as August
            holds_same_pin_in_disjoint_windows=True,
            pushes_changes=True,
            auto_lock=True,
        ),
        notes=("Needs a keypad and Wi-Fi or a Connect bridge.",),
    ),
    Brand(
        "schlage",
        "Schlage",
        "schlage_lock",
        "schlage",
        Capabilities(
            native_scheduling=True,
            names_opening_code=True,
            one_pin_length=True,
            pin_lengths=(4, 5, 6, 7, 8),
            name_rule=NameRule(
                max_length=9, unique=True
            ),  # its cloud refuses a second code of one name (F69)
            max_codes=100,  # UNKNOWN in the documents; vendors publish 100 for Encode
            settle=EVENTUAL,
            shifts_with_clocks=True,  # its lock system knows no zone (F71)
            pushes_changes=True,
            auto_lock=True,
        ),
        notes=("All codes of one lock have the same length; changing that length in the app ends them all.",),
    ),
    Brand(
        "kwikset",
        "Kwikset",
        "kwikset_lock",
        "kwikset",
        Capabilities(
            native_scheduling=True,
            reads_foreign_codes=False,
            converts_foreign_codes=False,
            names_opening_code=True,
            pin_lengths=(4, 5, 6, 7, 8),
            pin_rules=frozenset({PinRule.START_DATE_IN_FUTURE}),
            name_rule=NameRule(min_length=2, max_length=14),
            max_codes=250,  # UNKNOWN; the maker sells its Wi-Fi locks as holding 250
            grain=dt.timedelta(minutes=1),
            holds_same_pin_in_disjoint_windows=True,
            start_in_future=True,
            start_lead=CLAMPED,
            both_bounds=True,
            pushes_changes=True,
            auto_lock=True,
            tells_auto_lock=True,
            tells_refused_entries=3,
        ),
        notes=(
            "Switch off two-step sign-in of the Kwikset account.",
            "Codes made in the Kwikset app are not visible.",
        ),
    ),
    Brand(
        "nuki",
        "Nuki",
        "nuki_lock",
        "nuki",
        Capabilities(
            native_scheduling=True,
            pin_lengths=(6,),
            pin_rules=frozenset({PinRule.NO_ZEROS, PinRule.CANNOT_START_WITH_12}),
            name_rule=NameRule(max_length=20),
            max_codes=100,  # 200 from Smart Lock 3.0 on, which then reports it
            settle=EVENTUAL,
            holds_same_pin_in_disjoint_windows=True,
            pushes_changes=True,
            auto_lock=True,
        ),
        notes=("Needs a keypad and the paid Smart Hosting plan.",),
    ),
    Brand(
        "salto_ks",
        "Salto KS",
        "salto_lock",
        "salto_ks",
        Capabilities(
            native_scheduling=True,
            names_opening_code=True,
            assigns_pin=True,
            pin_lengths=(6,),  # the documents disagree (6, or 6 to 10); the sample device says 6
            pin_rules=frozenset({PinRule.CANNOT_SPECIFY_PIN_CODE}),
            max_codes=100,
            supports_backup_pool=False,
            holds_same_pin_in_disjoint_windows=True,
            pushes_changes=True,
            can_lock=False,  # its locks close by themselves
        ),
        notes=("Salto chooses each code itself.", "The site's number of users limits the codes."),
    ),
    Brand(
        "tedee",
        "Tedee",
        "tedee_lock",
        "tedee",
        Capabilities(
            native_scheduling=True,
            names_opening_code=True,
            pin_lengths=(5, 6, 7, 8),
            pin_rules=frozenset(
                {PinRule.AT_LEAST_THREE_UNIQUE_DIGITS, PinRule.NO_ASCENDING_OR_DESCENDING_SEQUENCE}
            ),
            max_codes=100,  # UNKNOWN; the maker's keypad holds 100
            holds_same_pin_in_disjoint_windows=True,
            pushes_changes=True,
            auto_lock=True,
        ),
        notes=("Needs a bridge and a keypad.",),
    ),
    Brand(
        "ttlock",
        "TTLock",
        "ttlock_lock",
        "ttlock",
        Capabilities(
            native_scheduling=True,
            names_opening_code=True,
            pin_lengths=(4, 5, 6, 7, 8, 9),  # UNKNOWN; the maker's interface takes 4 to 9
            # Capacity UNKNOWN: none assumed, a full lock says so. Keypads without 0, 7, 8, 9 report their own rules.
            holds_same_pin_in_disjoint_windows=True,
            pushes_changes=True,
            auto_lock=True,
            parallel_per_gateway=1,
        ),
        notes=("Needs a gateway with Remote Unlock on, and the login of the top administrator.",),
    ),
    Brand(
        "wyze",
        "Wyze",
        "wyze_lock",
        "wyze",
        Capabilities(
            native_scheduling=True,
            reads_pins=False,
            pin_lengths=(4, 5, 6, 7, 8),  # UNKNOWN; the maker's app takes 4 to 8
            name_rule=NameRule(unique=True),
            # Capacity UNKNOWN: none assumed, a full lock says so.
            auto_lock=True,
        ),
        notes=(
            "Needs a gateway and a keypad; not the Lock Bolt.",
            "Codes cannot be read back, only that they are there.",
        ),
    ),
    Brand(
        "igloohome",
        "igloohome",
        "igloohome_lock",
        "igloohome",
        Capabilities(
            native_scheduling=True,
            offline_kinds=frozenset({OfflineKind.HOURLY, OfflineKind.DAILY, OfflineKind.ONE_TIME}),
            converts_foreign_codes=False,
            pin_lengths=(4, 5, 6),
            pin_rules=frozenset({PinRule.START_DATE_IN_FUTURE}),
            name_rule=NameRule(max_length=20),  # UNKNOWN in the documents; cut at 20 in the field (F70)
            max_codes=199,
            holds_same_pin_in_disjoint_windows=True,
            offline_rules=IGLOO_OFFLINE,
            start_in_future=True,
            start_lead=CLAMPED,
            pushes_changes=True,
            auto_lock=True,
            tells_auto_lock=True,
            tells_refused_entries=1,
            parallel_per_gateway=1,
            max_locks_per_gateway=5,
        ),
        notes=("Online codes need a bridge; at most five locks on one.",),
    ),
    Brand(
        "lockly",
        "Lockly",
        "lockly_lock",
        "lockly",
        Capabilities(
            native_scheduling=False,
            holds_disabled_codes=True,  # UNKNOWN; its hub keeps a user's code while the user is disabled
            # "Time-bound and one-time" in the documents; bounds to the hour are our reading.
            offline_kinds=frozenset({OfflineKind.HOURLY, OfflineKind.ONE_TIME}),
            pin_lengths=(6, 7, 8),
            max_codes=100,  # UNKNOWN; below every model the maker sells
            offline_rules=LOCKLY_OFFLINE,
            pushes_changes=True,
            auto_lock=True,
            parallel_per_gateway=1,
        ),
        notes=("Needs the Secure Link hub unless the lock has Wi-Fi, and its time zone set.",),
    ),
    Brand(
        "dormakaba_oracode",
        "Dormakaba Oracode",
        "dormakaba_oracode_door",
        "dormakaba_oracode",
        Capabilities(
            native_scheduling=False,
            online_codes=False,
            offline_kinds=frozenset({OfflineKind.HOURLY, OfflineKind.DAILY}),
            reads_codes=False,
            reads_pins=False,
            reads_foreign_codes=False,  # UNKNOWN; a lock without connection has nothing to read
            converts_foreign_codes=False,
            assigns_pin=True,
            pin_lengths=(6,),  # UNKNOWN; matters little, the code is computed by the maker
            supports_backup_pool=False,
            offline_rules=ORACODE_OFFLINE,
            keeps_log=False,
            can_lock=False,
            can_unlock=False,
        ),
        notes=("Offline codes only: they run out by themselves and cannot be taken back.",),
    ),
    Brand(
        "smartthings",
        "SmartThings",
        "smartthings_lock",
        "smartthings",
        Capabilities(
            native_scheduling=False,
            holds_disabled_codes=True,  # UNKNOWN; a Z-Wave lock keeps a code with user status "disabled"
            reads_pins=False,
            converts_foreign_codes=False,
            pin_lengths=(4, 5, 6, 7, 8),  # not reported by the hub; most Z-Wave keypads take 4 to 8
            max_codes=30,  # slot-limited, number UNKNOWN; the common size of Z-Wave locks
            pushes_changes=True,
            parallel_per_gateway=1,  # one radio speaks to all locks of a hub
        ),
        notes=("Remove other lock managers from the hub: two writers undo each other's codes.",),
    ),
)

BRANDS: Mapping[str, Brand] = MappingProxyType({brand.key: brand for brand in _ROWS})


_CAUTIOUS = Capabilities(native_scheduling=False, converts_foreign_codes=False)


def brand_of(key: str) -> Brand:
    """Return the brand's row, or a cautious one for a lock system that only its driver knows."""
    return BRANDS.get(key) or Brand(key, key, key, key, _CAUTIOUS)
