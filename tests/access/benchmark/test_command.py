"""The command: a database of its own that is gone afterwards, a table, and one JSON object by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from access.benchmark import table
from access.benchmark.bench import Bench
from access.benchmark.figures import Figure
from access.benchmark.fleet import Stuck
from properties.models import Workspace

pytestmark = pytest.mark.django_db(transaction=True)


def measure_rows(bench: Bench) -> list[Figure]:
    bench.say("counting")
    Workspace.objects.create(name="Scratch")
    return [
        Figure("rows", "rows of ours", "rows", float(Workspace.objects.count()), bound=1.0),
        Figure("place", "", "", float("_benchmark_" in bench.url), bound=1.0),
    ]


def measure_nothing(bench: Bench) -> list[Figure]:
    raise Stuck("Waited in vain.")


def measure_for_ever(bench: Bench) -> list[Figure]:
    raise KeyboardInterrupt


@pytest.fixture(autouse=True)
def _small_table(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    here = "tests.access.benchmark.test_command"
    names = {"rows": "measure_rows", "nothing": "measure_nothing", "for_ever": "measure_for_ever"}
    monkeypatch.setattr(table, "BENCHMARKS", {name: f"{here}.{function}" for name, function in names.items()})
    Workspace.objects.create(name="Ours")
    before = databases()
    yield
    assert databases() == before
    assert list(Workspace.objects.values_list("name", flat=True)) == ["Ours"]


def databases() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return {name for (name,) in cursor.fetchall() if "_benchmark_" in name}


def test_command_writes_figures_by_name_with_the_machine(tmp_path: Path) -> None:
    out, file = StringIO(), tmp_path / "figures.json"

    call_command("benchmark", "rows", "nothing", json=str(file), stdout=out)

    found = json.loads(file.read_text())
    assert set(found) == {"rows", "place", "nothing", "machine"}
    assert (found["rows"]["value"], found["place"]["holds"]) == (1.0, True)
    assert (found["nothing"]["value"], found["nothing"]["reason"]) == (None, "Waited in vain.")
    assert found["machine"]["cores"] >= 1
    assert "rows" in out.getvalue()
    assert "cores" in out.getvalue()


def test_command_that_is_interrupted_leaves_no_database() -> None:
    with pytest.raises(KeyboardInterrupt):
        call_command("benchmark", "for_ever", stdout=StringIO())


def test_unknown_benchmark_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(CommandError, match="rows, nothing, for_ever"):
        call_command("benchmark", "nonsense", stdout=StringIO())
