from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from config.unprivileged import Runner, choose_runner

if TYPE_CHECKING:
    from pathlib import Path

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="about what root has to do")


def test_ordinary_user_runs_it_as_himself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4711)

    assert choose_runner(None, probe=["false"], folder=tmp_path) == Runner()
    assert choose_runner(4711, probe=["false"], folder=tmp_path) == Runner()


def test_data_of_another_user_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4711)

    refused = choose_runner(0, probe=["true"], folder=tmp_path)

    assert isinstance(refused, str)
    assert "belongs to another user (root)" in refused
    assert "run as that user" in refused


@root_only
def test_root_keeps_no_capability_where_none_is_needed(tmp_path: Path) -> None:
    runner = choose_runner(None, probe=["/bin/true"], folder=tmp_path.joinpath("/"))

    assert isinstance(runner, Runner)
    assert runner.uid not in (None, 0)
    assert not runner.pass_folders


@root_only
def test_root_that_cannot_give_way_is_a_sentence(tmp_path: Path) -> None:
    refused = choose_runner(None, probe=["/nonexistent"], folder=tmp_path)

    assert isinstance(refused, str)
    assert "run as an ordinary user, or move the checkout" in refused
