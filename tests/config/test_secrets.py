from __future__ import annotations

import base64
import multiprocessing
from typing import TYPE_CHECKING

import pytest

from config.secrets import Secrets, find_problems, is_fernet_key, keep_development, read_production

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "kX3v9_TzQ1mB7nRy4LsW8cUe2HaJd6GfPo5iYtEbVrNwKxZq0A"
FERNET = base64.urlsafe_b64encode(bytes(range(32))).decode()
GOOD = {
    "SECRET_KEY": TOKEN,
    "KEYTURN_ENCRYPTION_KEYS": f"{FERNET}, {FERNET}",
    "KEYTURN_HASH_KEY": TOKEN,
    "ALLOWED_HOSTS": "keys.example.com",
}


def test_good_production_settings_have_no_problem() -> None:
    found, problems = read_production(GOOD)

    assert problems == []
    assert found.encryption_keys == [FERNET, FERNET]


def test_nothing_set_names_every_setting_once() -> None:
    _, problems = read_production({})

    assert [problem.split()[1] for problem in problems] == [*GOOD]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SECRET_KEY", "", "Set SECRET_KEY to"),
        ("SECRET_KEY", "changeme", "SECRET_KEY is too short"),
        ("SECRET_KEY", "a" * 80, "SECRET_KEY is too short or too regular"),
        ("SECRET_KEY", "django-insecure-" + TOKEN, "make a new one with: python -c"),
        ("KEYTURN_ENCRYPTION_KEYS", "", "Set KEYTURN_ENCRYPTION_KEYS to"),
        ("KEYTURN_ENCRYPTION_KEYS", f"{FERNET},secret", "not a Fernet key"),
        ("KEYTURN_HASH_KEY", "", "Set KEYTURN_HASH_KEY to"),
        ("KEYTURN_HASH_KEY", "short", "KEYTURN_HASH_KEY is too short"),
        ("ALLOWED_HOSTS", "", "Set ALLOWED_HOSTS to"),
        ("ALLOWED_HOSTS", "keys.example.com,*", "instead of *"),
    ],
)
def test_missing_or_weak_setting_is_one_sentence(name: str, value: str, sentence: str) -> None:
    _, problems = read_production({**GOOD, name: value})

    assert len(problems) == 1
    assert sentence in problems[0]


def test_weak_secret_not_repeated_in_its_sentence() -> None:
    _, problems = read_production({**GOOD, "SECRET_KEY": "hunter2"})

    assert "hunter2" not in problems[0]


def test_development_secrets_kept_private_and_good_enough_for_production(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secrets.json"

    made = keep_development(path)

    assert keep_development(path) == made
    assert path.stat().st_mode & 0o777 == 0o600
    assert find_problems(made, ["keys.example.com"]) == []
    assert made.hash_key not in repr(made)


def test_development_secrets_same_for_two_processes_at_once(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"

    with multiprocessing.get_context("forkserver").Pool(4) as pool:
        made: list[Secrets] = pool.map(keep_development, [path] * 16)

    assert len({each.hash_key for each in made}) == 1
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("text", ["", "abc", "ü" * 44, FERNET[:-4], "!" + FERNET[1:]])
def test_fernet_key_refused(text: str) -> None:
    assert not is_fernet_key(text)
