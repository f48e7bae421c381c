"""The witness asks the keypad, and counts to the minute."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from access.simulation.witness import Claim, DoorWatch

NOW = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
WINDOW = (NOW + HOUR, NOW + 5 * HOUR)


@dataclass
class Lock:
    """A door with at most one code per PIN, each with a window."""

    codes: dict[str, tuple[dt.datetime, dt.datetime]] = field(default_factory=dict)

    def opens(self, pin: str, at: dt.datetime) -> bool:
        return pin in self.codes and self.codes[pin][0] <= at < self.codes[pin][1]

    def moments(self, pin: str) -> Iterator[dt.datetime]:
        yield from self.codes.get(pin, ())


def watch(lock: Lock) -> DoorWatch:
    found = DoorWatch("door", lock, NOW)
    found.claims.append(Claim("stay", "2468", WINDOW, NOW))
    return found


def minutes(watched: DoorWatch, *, stale: bool = False, edited: bool = False) -> float:
    watched.finish(NOW + 48 * HOUR)
    return sum(one.minutes for one in watched.spells if (one.stale, one.edited) == (stale, edited))


def test_door_that_opens_in_the_window_and_only_then_is_no_trouble() -> None:
    watched = watch(Lock({"2468": WINDOW}))
    watched.finish(NOW + 48 * HOUR)
    assert watched.spells == []


def test_code_that_comes_late_locks_out_until_it_comes() -> None:
    lock = Lock()
    watched = watch(lock)
    watched.advance(NOW + HOUR + 7 * MINUTE)
    lock.codes["2468"] = WINDOW
    assert minutes(watched) == 7


def test_lock_whose_clock_is_fast_locks_out_at_the_end() -> None:
    early = (WINDOW[0] - 3 * MINUTE, WINDOW[1] - 3 * MINUTE)
    assert minutes(watch(Lock({"2468": early}))) == 3


def test_code_that_outlives_its_end_is_stale_beyond_the_bound() -> None:
    late = (WINDOW[0], WINDOW[1] + 10 * MINUTE)
    assert minutes(watch(Lock({"2468": late})), stale=True) == 8


def test_deleted_by_hand_counts_apart_until_it_could_be_read() -> None:
    lock = Lock({"2468": WINDOW})
    watched = watch(lock)
    edited_at = NOW + 2 * HOUR
    watched.advance(edited_at)
    del lock.codes["2468"]
    watched.edits["2468"] = edited_at
    watched.finish(NOW + 48 * HOUR)
    assert [(one.edited, one.minutes) for one in watched.spells] == [(True, 11), (False, 169)]


def test_pin_that_is_another_guests_by_now_is_not_stale() -> None:
    lock = Lock({"2468": (WINDOW[0], WINDOW[1] + 10 * HOUR)})
    watched = watch(lock)
    watched.claims.append(Claim("next", "2468", (WINDOW[1], WINDOW[1] + 10 * HOUR), WINDOW[1]))
    watched.finish(WINDOW[1] + 9 * HOUR)
    assert watched.spells == []


def test_holders_pin_that_opens_between_two_windows_is_stale() -> None:
    watched = watch(Lock({"2468": (WINDOW[0], WINDOW[1] + 10 * HOUR)}))
    watched.claims[0].shut_until = WINDOW[1] + 3 * HOUR
    watched.claims.append(Claim("stay", "2468", (WINDOW[1] + 3 * HOUR, WINDOW[1] + 10 * HOUR), NOW))
    assert minutes(watched, stale=True) == 178


def test_offline_code_goes_on_until_it_runs_out() -> None:
    watched = watch(Lock({"2468": WINDOW}))
    watched.claims[0].over_at = NOW + 2 * HOUR
    watched.claims[0].runs_out_at = WINDOW[1]
    watched.finish(NOW + 48 * HOUR)
    assert watched.spells == []
