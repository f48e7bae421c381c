"""Each rule of facts 1.4, the intersection over doors, and the choice of a PIN."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from locks.brands import BRANDS
from locks.capabilities import Capabilities, PinRule
from locks.constraints import (
    NoPin,
    PinSpace,
    allowed_lengths,
    choose_pin,
    common_constraints,
    is_trivial,
    phone_pin,
    pin_problem,
    space_problem,
    spoken_lengths,
)

CHECKED = sorted(
    set(PinRule)
    - {PinRule.CANNOT_SPECIFY_PIN_CODE, PinRule.PIN_CODE_MATCHES_EXISTING_SET, PinRule.START_DATE_IN_FUTURE}
)
RULES = st.frozensets(st.sampled_from(CHECKED))
LENGTHS = st.sets(st.integers(4, 8), min_size=1).map(lambda lengths: tuple(sorted(lengths)))
CAPABILITIES = st.builds(
    Capabilities,
    native_scheduling=st.booleans(),
    pin_lengths=LENGTHS,
    pin_rules=RULES,
    assigns_pin=st.booleans(),
)
PINS = st.text("0123456789", min_size=3, max_size=9)


def nothing_taken(pin: str) -> bool:
    return False


def with_rules(*rules: PinRule, lengths: tuple[int, ...] = (4, 5, 6, 7, 8)) -> Capabilities:
    return Capabilities(native_scheduling=True, pin_lengths=lengths, pin_rules=frozenset(rules))


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        (PinRule.NO_ZEROS, "1023", "1123"),
        (PinRule.CANNOT_START_WITH_12, "1299", "2199"),
        (PinRule.NO_TRIPLE_CONSECUTIVE_INTS, "81234", "81239"),
        (PinRule.NO_TRIPLE_CONSECUTIVE_INTS, "98765", "98754"),
        (PinRule.NO_TRIPLE_CONSECUTIVE_INTS, "20000", "20001"),
        (PinRule.NO_ASCENDING_OR_DESCENDING_SEQUENCE, "1234", "1235"),
        (PinRule.NO_ASCENDING_OR_DESCENDING_SEQUENCE, "9876", "9875"),
        (PinRule.AT_LEAST_THREE_UNIQUE_DIGITS, "1122", "1123"),
        (PinRule.CANNOT_CONTAIN_089, "1118", "1117"),
        (PinRule.CANNOT_CONTAIN_0789, "1117", "1116"),
        (PinRule.UNIQUE_FIRST_FOUR_DIGITS, "12325", "12344"),
        (PinRule.NO_ALL_SAME_DIGITS, "5555", "5556"),
    ],
)
def test_rule_tells_a_bad_pin_from_a_good_one(rule: PinRule, bad: str, good: str) -> None:
    sentence = pin_problem(bad, with_rules(rule))

    assert sentence is not None
    assert sentence.startswith("A code for this lock ")
    assert pin_problem(good, with_rules(rule)) is None


@given(pin=PINS)
def test_no_zeros_allows_exactly_pins_without_zero(pin: str) -> None:
    assert (pin_problem(pin, with_rules(PinRule.NO_ZEROS, lengths=(len(pin),))) is None) == ("0" not in pin)


@given(pin=PINS)
def test_at_least_three_unique_digits_counts_them(pin: str) -> None:
    rule = with_rules(PinRule.AT_LEAST_THREE_UNIQUE_DIGITS, lengths=(len(pin),))

    assert (pin_problem(pin, rule) is None) == (len(Counter(pin)) >= 3)


@given(pin=PINS)
def test_sequence_rule_refuses_only_slices_of_the_digits(pin: str) -> None:
    rule = with_rules(PinRule.NO_ASCENDING_OR_DESCENDING_SEQUENCE, lengths=(len(pin),))

    assert (pin_problem(pin, rule) is None) == (pin not in "0123456789" and pin not in "9876543210")


@given(pin=PINS)
def test_long_run_rule_looks_at_every_four_digits(pin: str) -> None:
    rule = with_rules(PinRule.NO_TRIPLE_CONSECUTIVE_INTS, lengths=(len(pin),))
    parts = ["".join(part) for part in zip(pin, pin[1:], pin[2:], pin[3:], strict=False)]

    is_bad = any(part in "0123456789" or part in "9876543210" or len(set(part)) == 1 for part in parts)

    assert (pin_problem(pin, rule) is not None) == is_bad


@given(pin=PINS)
def test_first_four_digits_must_differ_and_the_rest_need_not(pin: str) -> None:
    rule = with_rules(PinRule.UNIQUE_FIRST_FOUR_DIGITS, lengths=(len(pin),))

    assert (pin_problem(pin, rule) is None) == (max(Counter(pin[:4]).values()) == 1)


@given(pin=PINS, capabilities=CAPABILITIES)
def test_sentence_never_holds_the_pin(pin: str, capabilities: Capabilities) -> None:
    assert pin not in (pin_problem(pin, capabilities) or "")


def test_f49_pin_of_a_wrong_length_is_refused_with_the_lock_and_its_lengths() -> None:
    assert pin_problem("123", BRANDS["igloohome"].capabilities, lock="Front door") == (
        "A code for Front door needs 4 to 6 digits."
    )
    assert pin_problem("48151", BRANDS["nuki"].capabilities) == "A code for this lock needs 6 digits."
    assert allowed_lengths(BRANDS["nuki"].capabilities) == (6,)


@pytest.mark.parametrize("pin", ["", "12a4", "١٢٣٤", "1 23", "²³45"])
def test_pin_of_anything_but_digits_is_refused(pin: str) -> None:
    assert pin_problem(pin, with_rules()) == "A code for this lock may contain digits only."


def test_lock_that_assigns_its_codes_takes_none() -> None:
    assert pin_problem("481516", BRANDS["salto_ks"].capabilities) == (
        "Leave the code empty: this lock chooses its codes itself."
    )


@pytest.mark.parametrize(
    ("lengths", "spoken"), [((4,), "4"), ((6, 4), "4 or 6"), ((4, 5, 6), "4 to 6"), ((4, 6, 8), "4, 6 or 8")]
)
def test_lengths_are_spoken(lengths: tuple[int, ...], spoken: str) -> None:
    assert spoken_lengths(lengths) == spoken


@given(doors=st.lists(CAPABILITIES, min_size=1, max_size=4), pin=PINS)
def test_f68_common_space_holds_exactly_what_every_door_takes(doors: list[Capabilities], pin: str) -> None:
    space = common_constraints([(f"Door {number}", door) for number, door in enumerate(doors)])
    ours = [door for door in doors if not door.assigns_pin]
    assume(ours)

    assert not space.assigned
    assert (space_problem(pin, space) is None) == all(pin_problem(pin, door) is None for door in ours)


def test_doors_that_clash_are_named() -> None:
    space = common_constraints(
        [
            ("Front door", with_rules(lengths=(4, 5))),
            ("Garage", with_rules(lengths=(4,))),
            ("Room 3", BRANDS["nuki"].capabilities),
        ]
    )

    assert space.is_empty
    assert space.problem == "No code fits both doors: Front door takes 4 or 5 digits, Room 3 takes 6."
    assert choose_pin(space, taken=nothing_taken) == NoPin(space.problem)


def test_doors_that_clash_only_together_are_all_named() -> None:
    space = common_constraints(
        [
            ("A", with_rules(lengths=(4, 5))),
            ("B", with_rules(lengths=(5, 6))),
            ("C", with_rules(lengths=(4, 6))),
        ]
    )

    assert space.problem == "No length of code fits all doors. Digits taken: A 4 or 5, B 5 or 6, C 4 or 6."


def test_doors_that_choose_their_own_codes_have_no_say() -> None:
    salto = ("Office", BRANDS["salto_ks"].capabilities)
    oracode = ("Gate", BRANDS["dormakaba_oracode"].capabilities)

    assert common_constraints([salto, oracode]).assigned
    assert common_constraints([salto, ("Hall", with_rules(lengths=(4,)))]) == PinSpace(lengths=(4,))


@given(capabilities=CAPABILITIES, preferred=st.none() | st.integers(3, 9), seed=st.integers())
def test_chosen_pin_is_taken_by_the_lock(
    capabilities: Capabilities, preferred: int | None, seed: int
) -> None:
    space = common_constraints([("Door", replace(capabilities, assigns_pin=False))])

    pin = choose_pin(space, taken=nothing_taken, preferred_length=preferred, rng=random.Random(seed))

    assert isinstance(pin, str)
    assert space_problem(pin, space) is None
    assert not is_trivial(pin)
    assert len(pin) == (preferred if preferred in space.lengths else min(space.lengths))


@given(taken=st.sets(st.text("123456", min_size=4, max_size=4), max_size=40), seed=st.integers())
def test_chosen_pin_is_free(taken: set[str], seed: int) -> None:
    space = PinSpace(lengths=(4,), rules=frozenset({PinRule.CANNOT_CONTAIN_0789}))

    assert choose_pin(space, taken=taken.__contains__, rng=random.Random(seed)) not in taken


def test_last_free_pin_is_found() -> None:
    space = PinSpace(lengths=(4,))

    assert choose_pin(space, taken=lambda pin: pin != "7305") == "7305"


def test_easy_pin_is_used_only_when_nothing_else_is_left() -> None:
    space = PinSpace(lengths=(4,))

    assert choose_pin(space, taken=lambda pin: pin not in {"1234", "7305"}) == "7305"
    assert choose_pin(space, taken=lambda pin: pin not in {"1234", "0000"}) == "1234"


def test_longer_pin_is_chosen_when_the_shorter_are_used_up() -> None:
    space = PinSpace(lengths=(4, 6))

    pin = choose_pin(space, taken=lambda pin: len(pin) == 4)

    assert isinstance(pin, str)
    assert len(pin) == 6


def test_f46_four_zeros_are_never_chosen() -> None:
    pin = choose_pin(PinSpace(lengths=(4,)), taken=lambda pin: pin != "0000")

    assert pin == NoPin("Every code that these locks take is in use on one of them.")


def test_choice_is_even_over_the_space() -> None:
    space = PinSpace(lengths=(4,), rules=frozenset({PinRule.CANNOT_CONTAIN_0789}))
    free = {"1135", "2246", "4415"}
    rng = random.Random(7)

    counts = Counter(choose_pin(space, taken=lambda pin: pin not in free, rng=rng) for _ in range(300))

    assert set(counts) == free
    assert min(counts.values()) > 70


def test_every_rule_together_still_leaves_pins() -> None:
    space = PinSpace(lengths=(4, 8), rules=frozenset(CHECKED))

    pins = [choose_pin(space, taken=nothing_taken, preferred_length=length) for length in (4, 8)]

    assert [space_problem(pin, space) for pin in pins if isinstance(pin, str)] == [None, None]


@pytest.mark.parametrize(
    ("last4", "lengths", "reason"),
    [
        ("", (4,), "The booking gives no phone number."),
        ("12", (4,), "The booking does not give the last four digits of a phone number."),
        ("7305", (6,), "The phone digits cannot be used. The code needs 6 digits."),
        ("7035", (4,), "The phone digits cannot be used. The code cannot contain 0."),
        ("4444", (4,), "The phone digits cannot be used: they are too easy to guess."),
        ("7315", (4,), "The phone digits cannot be used: another code on one of the doors has them."),
    ],
)
def test_phone_pin_that_cannot_be_used_says_why(last4: str, lengths: tuple[int, ...], reason: str) -> None:
    space = PinSpace(lengths=lengths, rules=frozenset({PinRule.NO_ZEROS}))

    assert phone_pin(last4, space, taken={"7315"}.__contains__) == NoPin(reason)


def test_phone_pin_is_the_digits_as_they_are() -> None:
    assert phone_pin("0412", PinSpace(lengths=(4, 6)), taken=nothing_taken) == "0412"


def test_four_digit_space_is_walked_completely() -> None:
    found: set[str] = set()
    space = PinSpace(lengths=(4,), rules=frozenset({PinRule.CANNOT_CONTAIN_0789}))
    everything = {"".join(digits) for digits in itertools.product("123456", repeat=4)}

    while not isinstance(
        pin := choose_pin(space, taken=found.__contains__, rng=random.Random(len(found))), NoPin
    ):
        found.add(pin)

    assert found == everything
