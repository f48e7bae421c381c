from __future__ import annotations

import pytest

from locks.brands import BRANDS, brand_of
from locks.capabilities import PinRule
from locks.constraints import NoPin, choose_pin, common_constraints, takes_our_pin

NATIVE = {
    "two_n",
    "august",
    "igloohome",
    "kwikset",
    "nuki",
    "salto_ks",
    "schlage",
    "tedee",
    "ttlock",
    "yale",
    "wyze",
}
JUST_IN_TIME = {"lockly", "smartthings", "dormakaba_oracode"}


def test_brands_are_the_fourteen_of_the_founding_documents() -> None:
    assert set(BRANDS) == NATIVE | JUST_IN_TIME
    assert all(key == brand.key for key, brand in BRANDS.items())
    assert len({brand.device_type for brand in BRANDS.values()}) == len(BRANDS)


def test_native_scheduling_is_as_the_founding_table_says() -> None:
    assert {key for key, brand in BRANDS.items() if brand.capabilities.native_scheduling} == NATIVE


def test_just_in_time_locks_can_hold_a_code_that_does_not_open_yet() -> None:
    online = {key for key in JUST_IN_TIME if BRANDS[key].capabilities.online_codes}

    assert online == {"lockly", "smartthings"}
    assert all(BRANDS[key].capabilities.holds_disabled_codes for key in online)


def test_brands_that_name_the_opening_code_are_the_seven_listed() -> None:
    naming = {key for key, brand in BRANDS.items() if brand.capabilities.names_opening_code}

    assert naming == {"august", "kwikset", "salto_ks", "schlage", "tedee", "ttlock", "yale"}


def test_foreign_codes_are_converted_except_where_the_documents_say_not() -> None:
    fixed = {key for key, brand in BRANDS.items() if not brand.capabilities.converts_foreign_codes}

    assert fixed == {"igloohome", "kwikset", "smartthings", "dormakaba_oracode"}


@pytest.mark.parametrize("key", sorted(BRANDS))
def test_every_brand_that_takes_our_pin_has_one_to_give(key: str) -> None:
    capabilities = BRANDS[key].capabilities
    space = common_constraints([("Door", capabilities)])

    pin = choose_pin(space, taken=lambda _: False)

    assert isinstance(pin, NoPin) == (not takes_our_pin(capabilities))


def test_brand_that_nobody_knows_is_taken_for_just_in_time() -> None:
    capabilities = brand_of("acme").capabilities

    assert not capabilities.native_scheduling
    assert not capabilities.holds_disabled_codes
    assert PinRule.CANNOT_SPECIFY_PIN_CODE not in capabilities.pin_rules
