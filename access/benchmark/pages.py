"""How long the pages of managers take to answer: Today and readiness of a thousand units, the timeline of two hundred.

Server time: a whole request within this process, through all middleware, with its queries and its template, and
without the web server. Each page is asked for in several rounds, and the quietest is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from access.benchmark.bench import Bench
from access.benchmark.figures import Figure, quantile
from access.benchmark.portfolio import make_portfolio
from properties.enums import Role
from properties.models import Membership, User, Workspace

LARGE: Final = 1_000
MEDIUM: Final = 200
BOUND_MS: Final = 300.0
ROUNDS: Final = 5
TIMES: Final = 5

# Title, address, and whether it is asked of the large portfolio.
PAGES: Final[dict[str, tuple[str, Callable[[], str], bool]]] = {
    "today": ("Today, {} units", lambda: reverse("board"), True),
    "today_arrivals": ("Today, all arrivals, {} units", lambda: reverse("board") + "?show=arrivals", True),
    "timeline": ("timeline of two weeks, {} units", lambda: reverse("timeline"), False),
    "timeline_six_weeks": (
        "timeline of six weeks, {} units",
        lambda: reverse("timeline") + "?weeks=6",
        False,
    ),
    "readiness": ("readiness, {} units", lambda: reverse("readiness"), True),
    "reliability": ("reliability, {} units", lambda: reverse("reliability"), True),
}


def measure(
    bench: Bench, *, large: int = LARGE, medium: int = MEDIUM, rounds: int = ROUNDS, times: int = TIMES
) -> list[Figure]:
    now = timezone.now()
    clients = {}
    for is_large, units in ((True, large), (False, medium)):
        bench.say(f"making a portfolio of {units:,} units")
        clients[is_large] = client_of(make_portfolio(units, now=now)), units
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    figures = []
    for name, (title, address, is_large) in PAGES.items():
        client, units = clients[is_large]
        bench.say(title.format(f"{units:,}"))
        figures.append(
            figure_of(name, title.format(f"{units:,}"), client, address(), rounds=rounds, times=times)
        )
    return figures


def client_of(workspace: Workspace) -> Client:
    """Somebody who manages the workspace, signed in."""
    user = User.objects.create_user(f"{workspace.pk}@benchmark.example", "not needed")
    Membership.objects.create(workspace=workspace, user=user, role=Role.OWNER)
    client = Client(headers={"Host": "localhost"})
    client.force_login(user)
    return client


def figure_of(name: str, title: str, client: Client, address: str, *, rounds: int, times: int) -> Figure:
    size = len(client.get(address).content)
    found = [[took_ms(client, address) for _ in range(times)] for _ in range(rounds)]
    quietest: Sequence[float] = min(found, key=lambda took: quantile(took, 0.5))
    every = [one for took in found for one in took]
    begun = time.process_time()
    took_ms(client, address)
    details = {
        "p95_ms": round(quantile(every, 0.95), 1),
        "cpu_ms": round((time.process_time() - begun) * 1000, 1),
        "kib": round(size / 1024, 1),
    }
    return Figure(f"page_{name}", f"{title}, p50", "ms", quantile(quietest, 0.5), BOUND_MS, details=details)


def took_ms(client: Client, address: str) -> float:
    begun = time.perf_counter()
    answer = client.get(address)
    took = (time.perf_counter() - begun) * 1000
    if answer.status_code != 200:  # noqa: PLR2004 -- OK
        raise RuntimeError(f"{address} answered {answer.status_code}")
    return took
