"""Which PINs a lock takes, which all doors of a stay take, and the choice of one (pure: no Django, no clock).

Called by forms and the API (`pin_problem`, `space_problem`), by issuing (`common_constraints`, `choose_pin`,
`phone_pin`) and by the virtual locks. It does not know which PINs are in use: callers pass `taken`. No sentence made
here contains a PIN.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from types import MappingProxyType

from locks.capabilities import Capabilities, PinRule

DIGITS = "0123456789"
PHONE_DIGITS = 4
FEW_DIGITS = 3
LISTED_AS_RANGE = 3
LONG_RUN = 4  # "more than 3 digits" by the founding API's text; the rule's name would suggest three
DRAWS = 300  # enough unless nearly every PIN of a length is taken
WALKABLE = 10**6  # spaces up to this size are walked to the last PIN
LAST_DRAWS = 50_000  # in larger ones, this many failures in a row count as none left

Taken = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class NoPin:
    """No PIN could be had; `reason` is a sentence for a manager."""

    reason: str


@dataclass(frozen=True, slots=True)
class PinSpace:
    """The PINs that every door of a stay takes.

    `problem`: why there are none. `assigned`: no door needs a PIN of ours (each chooses its own).
    """

    lengths: tuple[int, ...]
    rules: frozenset[PinRule] = frozenset()
    problem: str = ""
    assigned: bool = False

    @property
    def is_empty(self) -> bool:
        return bool(self.problem)

    @property
    def digits(self) -> str:
        return "".join(digit for digit in DIGITS if digit not in _forbidden(self.rules))


@dataclass(frozen=True, slots=True)
class _Check:
    """`broken` tells whether a PIN breaks the rule; `sentence` ends “A code for … ”."""

    broken: Callable[[str], bool]
    sentence: str


def is_run(pin: str) -> bool:
    """Whether the digits go straight up or straight down, by one each."""
    steps = {int(after) - int(before) for before, after in itertools.pairwise(pin)}
    return steps in ({1}, {-1})


def _is_same(pin: str) -> bool:
    return len(set(pin)) == 1


def _has_long_run(pin: str) -> bool:
    parts = (pin[at : at + LONG_RUN] for at in range(len(pin) - LONG_RUN + 1))
    return any(_is_same(part) or is_run(part) for part in parts)


_FORBIDDEN: Mapping[PinRule, str] = MappingProxyType(
    {PinRule.NO_ZEROS: "0", PinRule.CANNOT_CONTAIN_089: "089", PinRule.CANNOT_CONTAIN_0789: "0789"}
)
_CHECKS: Mapping[PinRule, _Check] = MappingProxyType(
    {
        PinRule.NO_ZEROS: _Check(lambda pin: "0" in pin, "cannot contain 0"),
        PinRule.CANNOT_CONTAIN_089: _Check(
            lambda pin: bool(set(pin) & set("089")), "cannot contain 0, 8 or 9"
        ),
        PinRule.CANNOT_CONTAIN_0789: _Check(
            lambda pin: bool(set(pin) & set("0789")), "cannot contain 0, 7, 8 or 9"
        ),
        PinRule.CANNOT_START_WITH_12: _Check(lambda pin: pin.startswith("12"), "cannot start with 12"),
        PinRule.NO_TRIPLE_CONSECUTIVE_INTS: _Check(
            _has_long_run, "cannot contain four digits in a row that are the same or follow each other"
        ),
        PinRule.NO_ASCENDING_OR_DESCENDING_SEQUENCE: _Check(
            is_run, "cannot be digits that simply go up or down"
        ),
        PinRule.AT_LEAST_THREE_UNIQUE_DIGITS: _Check(
            lambda pin: len(set(pin)) < FEW_DIGITS, "needs at least three different digits"
        ),
        PinRule.UNIQUE_FIRST_FOUR_DIGITS: _Check(
            lambda pin: len(set(pin[:4])) < len(pin[:4]), "needs four different digits at its start"
        ),
        PinRule.NO_ALL_SAME_DIGITS: _Check(_is_same, "cannot be one digit repeated"),
    }
)


def _forbidden(rules: frozenset[PinRule]) -> set[str]:
    return {digit for rule in rules for digit in _FORBIDDEN.get(rule, "")}


def allowed_lengths(capabilities: Capabilities) -> tuple[int, ...]:
    return tuple(sorted(set(capabilities.pin_lengths)))


def takes_our_pin(capabilities: Capabilities) -> bool:
    """Whether this lock is programmed with a PIN that we choose."""
    return capabilities.online_codes and not capabilities.assigns_pin


def pin_problem(pin: str, capabilities: Capabilities, *, lock: str = "this lock") -> str | None:
    """Return a sentence that says why `lock` does not take the PIN, or None."""
    if not takes_our_pin(capabilities):
        return f"Leave the code empty: {lock} chooses its codes itself."
    return _problem(pin, allowed_lengths(capabilities), capabilities.pin_rules, f"A code for {lock}")


def space_problem(pin: str, space: PinSpace) -> str | None:
    """Return a sentence that says why a stay's doors do not all take the PIN, or None."""
    if space.is_empty:
        return space.problem
    if space.assigned:
        return "Leave the code empty: the locks choose their codes themselves."
    return _problem(pin, space.lengths, space.rules, "The code")


def _problem(pin: str, lengths: Sequence[int], rules: frozenset[PinRule], subject: str) -> str | None:
    if not (pin.isascii() and pin.isdigit()):
        return f"{subject} may contain digits only."
    if len(pin) not in lengths:
        return f"{subject} needs {spoken_lengths(lengths)} digits."
    broken = next(
        (rule for rule in PinRule if rule in rules and rule in _CHECKS and _CHECKS[rule].broken(pin)), None
    )
    return f"{subject} {_CHECKS[broken].sentence}." if broken else None


def spoken_lengths(lengths: Sequence[int]) -> str:
    """“4”, “4 or 6”, “4 to 8”, “4, 6 or 8”."""
    ordered = sorted(set(lengths))
    if len(ordered) >= LISTED_AS_RANGE and ordered[-1] - ordered[0] == len(ordered) - 1:
        return f"{ordered[0]} to {ordered[-1]}"
    *most, last = map(str, ordered)
    return f"{', '.join(most)} or {last}" if most else last


def common_constraints(doors: Sequence[tuple[str, Capabilities]]) -> PinSpace:
    """Intersect what the doors (name, capabilities) take; those that choose their own codes have no say."""
    ours = [(name, capabilities) for name, capabilities in doors if takes_our_pin(capabilities)]
    if not ours:
        return PinSpace(lengths=(), assigned=True)
    lengths = reduce(set.intersection, (set(capabilities.pin_lengths) for _, capabilities in ours))
    rules = frozenset[PinRule]().union(*(capabilities.pin_rules for _, capabilities in ours))
    if not lengths:
        return PinSpace(lengths=(), rules=rules, problem=_clash(ours))
    return PinSpace(lengths=tuple(sorted(lengths)), rules=rules)


def _clash(doors: Sequence[tuple[str, Capabilities]]) -> str:
    """Name the first two doors that have no length in common, else all of them."""
    for (name, one), (other_name, other) in itertools.combinations(doors, 2):
        if not set(one.pin_lengths) & set(other.pin_lengths):
            return (
                f"No code fits both doors: {name} takes {spoken_lengths(one.pin_lengths)} digits, "
                f"{other_name} takes {spoken_lengths(other.pin_lengths)}."
            )
    each = ", ".join(f"{name} {spoken_lengths(capabilities.pin_lengths)}" for name, capabilities in doors)
    return f"No length of code fits all doors. Digits taken: {each}."


def choose_pin(
    space: PinSpace, *, taken: Taken, preferred_length: int | None = None, rng: random.Random | None = None
) -> str | NoPin:
    """Choose a free PIN, each with the same probability, of the preferred length or else the shortest that has one.

    PINs that anyone would try first (1111, 1234, 4321) are used only when nothing else is left, 0000 never: some
    locks show it for an empty slot (F46).
    """
    if space.is_empty:
        return NoPin(space.problem)
    if space.assigned:
        return NoPin("The locks choose their codes themselves.")
    rng = rng or random.SystemRandom()
    lengths = sorted(space.lengths, key=lambda length: (length != preferred_length, length))
    for is_barred in (is_trivial, _is_zeros):
        for length in lengths:
            pin = _draw(space, length, _either(is_barred, taken), rng)
            if pin is not None:
                return pin
    return NoPin("Every code that these locks take is in use on one of them.")


def _either(one: Taken, other: Taken) -> Taken:
    return lambda pin: one(pin) or other(pin)


def is_trivial(pin: str) -> bool:
    return _is_same(pin) or is_run(pin)


def _is_zeros(pin: str) -> bool:
    return set(pin) == {"0"}


def _draw(space: PinSpace, length: int, barred: Taken, rng: random.Random) -> str | None:
    def is_good(pin: str) -> bool:
        return _problem(pin, (length,), space.rules, "") is None and not barred(pin)

    size = len(space.digits) ** length
    for _ in range(DRAWS if size <= WALKABLE else LAST_DRAWS):
        pin = "".join(rng.choices(space.digits, k=length))
        if is_good(pin):
            return pin
    if size > WALKABLE:
        return None
    rest = [pin for pin in _all_pins(space.digits, length) if is_good(pin)]
    return rng.choice(rest) if rest else None


def _all_pins(digits: str, length: int) -> Iterator[str]:
    return map("".join, itertools.product(digits, repeat=length))


def phone_pin(last4: str, space: PinSpace, *, taken: Taken) -> str | NoPin:
    """Return the guest's last four phone digits as the PIN, or the reason why they cannot be it."""
    if not last4:
        return NoPin("The booking gives no phone number.")
    if not (len(last4) == PHONE_DIGITS and last4.isascii() and last4.isdigit()):
        return NoPin("The booking does not give the last four digits of a phone number.")
    problem = space_problem(last4, space)
    if problem:
        return NoPin(f"The phone digits cannot be used. {problem}")
    if is_trivial(last4):
        return NoPin("The phone digits cannot be used: they are too easy to guess.")
    if taken(last4):
        return NoPin("The phone digits cannot be used: another code on one of the doors has them.")
    return last4
