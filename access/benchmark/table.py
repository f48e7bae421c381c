"""The measures, by name. Each line names a function that takes a `Bench` and returns figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from django.utils.module_loading import import_string

from access.benchmark.bench import Bench
from access.benchmark.figures import Figure

Measure = Callable[[Bench], list[Figure]]

BENCHMARKS: Mapping[str, str] = MappingProxyType(
    {
        "drain": "access.benchmark.drain.measure",
        "drain_mixed": "access.benchmark.drain.measure_mixed",
        "lateness": "access.benchmark.lateness.measure",
        "due": "access.benchmark.due.measure",
        "idle": "access.benchmark.idle.measure",
        "planning": "access.benchmark.planning.measure",
        "webhooks": "access.benchmark.webhooks.measure",
        "api": "access.benchmark.api.measure",
        "pages": "access.benchmark.pages.measure",
        "memory": "access.benchmark.memory.measure",
    }
)


def measure_of(name: str) -> Measure:
    measure: Measure = import_string(BENCHMARKS[name])
    return measure
