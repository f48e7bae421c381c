from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from locks.drivers.virtual.moods import Mood, MoodSettings, moods_of
from tests.factories import make_virtual_lock

if TYPE_CHECKING:
    from locks.drivers.virtual.models import VirtualLock

pytestmark = pytest.mark.django_db


@pytest.fixture
def lock() -> VirtualLock:
    return make_virtual_lock("yale", name="Front")


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("virtual_lock", *words, stdout=out)
    return out.getvalue()


def types(monkeypatch: pytest.MonkeyPatch, pin: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{pin}\n"))


def test_seam_121_pin_typed_on_standard_input_opens_the_door_and_is_not_repeated(
    lock: VirtualLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    types(monkeypatch, "605182")
    added = run("foreign", "Front", "--name", "Owner")
    types(monkeypatch, "605182")
    opened = run("keypad", str(lock.external_id)[:8])
    types(monkeypatch, "605183")
    refused = run("keypad", "Front")

    assert added == "Front holds it in place 1.\n"
    assert opened == "The door opens (place 1).\n"
    assert refused == "The door stays shut.\n"


def test_moods_are_set_shown_and_cleared(lock: VirtualLock) -> None:
    run("mood", "Front", "slow", "--seconds", "2", "--calls", "3")
    run("mood", "Front", "offline")
    lock.refresh_from_db()
    assert moods_of(lock) == {Mood.SLOW: MoodSettings(seconds=2, calls=3), Mood.OFFLINE: MoodSettings()}

    assert run("list") == f"{lock.external_id}  Front (Yale): 0 codes, offline, slow\n"
    run("mood", "Front", "offline", "--off")
    assert run("mood", "Front", "clear") == "Front is healthy again.\n"
    lock.refresh_from_db()
    assert moods_of(lock) == {}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("keypad", "Back"), "There is no virtual lock “Back”"),
        (("mood", "Front", "angry"), "“angry” is not a mood"),
        (("mood", "Front", "angry", "--off"), "“angry” is not a mood"),
        (("mood", "Front", "rejecting", "--reason", "rain"), "“rain” is not one of"),
    ],
)
def test_command_that_makes_no_sense_says_why(
    lock: VirtualLock, words: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(*words)


def test_name_of_two_locks_is_not_enough(lock: VirtualLock) -> None:
    make_virtual_lock("nuki", name="Front")

    with pytest.raises(CommandError, match="2 virtual locks go by “Front”"):
        run("mood", "Front", "full")


def test_batteries_conditions_and_hands_reach_the_lock(lock: VirtualLock) -> None:
    run("parts", "Front", "--battery", "35", "--chemistry", "alkaline", "--time-zone", "Europe/Zurich")
    run("mood", "Front", "condition", "--condition", "power_saving_mode")
    run("mood", "Front", "condition", "--condition", "privacy_mode")
    run("mood", "Front", "condition", "--condition", "power_saving_mode", "--off")
    run("hand", "Front", "unlock")
    run("hand", "Front", "tamper")

    lock.refresh_from_db()
    assert (lock.battery_level, lock.locked) == (0.35, False)
    assert (lock.parts["battery_chemistry"], lock.parts["time_zone"]) == ("alkaline", "Europe/Zurich")
    assert moods_of(lock) == {Mood.CONDITION: MoodSettings(conditions=frozenset({"privacy_mode"}))}
    assert set(lock.log.values_list("action", flat=True)) == {"unlocked", "tampered"}


def test_help_of_moods_says_what_each_does_and_takes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("virtual_lock", "mood", "--help")

    told = capsys.readouterr().out
    assert all(mood.value in told for mood in Mood)
    assert "Answers after a delay (--calls --seconds)" in told
    assert "privacy_mode" in told
