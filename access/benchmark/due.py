"""How long it takes to find what is due among ten thousand, a hundred thousand and a million codes: the runners' own
question, and those of the sweeps where nothing is to be found.

Twenty codes to a device, 25 devices to an account, two codes to a stay; most codes are history, fifty devices are due.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence

from django.db import connection
from django.utils import timezone

from access.backups.sweeping import sweep_backups
from access.benchmark.bench import Bench
from access.benchmark.copying import copy_row
from access.benchmark.figures import Figure, quantile
from access.declaring import sweep_stays
from access.models import AccessCode, AccessGrant
from access.running.finding import find_due
from access.staffing.declaring import sweep_staff
from access.states import Seen, WriteState
from locks.models import Account, Device
from properties.models import Property, Stay, Unit, Workspace

SIZES = (10_000, 100_000, 1_000_000)
CODES_PER_DEVICE = 20
DEVICES_PER_ACCOUNT = 25
CODES_PER_STAY = 2
DUE = 50
FINISHED_PERCENT = 85
TIMES = 2_000
ROUNDS = 50
PAUSE_SECONDS = 0.1
BOUND_MS = 5.0
SWEEP_BOUND_MS = {"stays": BOUND_MS, "staff": BOUND_MS, "backups": 4 * BOUND_MS}  # it asks four questions
MOST_GROWTH = 1.5

Question = Callable[[dt.datetime], object]
SWEEPS: Mapping[str, Question] = {
    "stays": lambda now: sweep_stays(now=now),
    "staff": lambda now: sweep_staff(now=now),
    "backups": lambda now: sweep_backups(now=now),
}


def measure(bench: Bench, *, sizes: Sequence[int] = SIZES, times: int = TIMES) -> list[Figure]:
    now = timezone.now()
    stock = _Stock(now)
    found: dict[str, dict[int, float]] = {name: {} for name in ("due", *SWEEPS)}
    for size in sizes:
        bench.say(f"making {size:,} codes")
        stock.grow_to(size)
        bench.say(f"asking {times} times among {size:,}")
        found["due"][size] = _median_ms(lambda: _ask_due(now), times)
        for name, sweep in SWEEPS.items():
            found[name][size] = _median_ms(lambda sweep=sweep: sweep(now), max(1, times // 10))  # type: ignore[misc]
    figures = [
        Figure(f"due_{size}", f"finding what is due among {size:,} codes, p50", "ms", ms, BOUND_MS)
        for size, ms in found["due"].items()
    ]
    growth = max(found["due"].values()) / min(found["due"].values())
    figures.append(Figure("due_growth", "slowest against fastest of these", "times", growth, MOST_GROWTH))
    for name in SWEEPS:
        title = f"sweep of {name} that finds nothing, among {sizes[-1]:,} codes, p50"
        details = {f"among_{size}_ms": round(ms, 3) for size, ms in found[name].items()}
        figures.append(
            Figure(
                f"sweep_{name}", title, "ms", found[name][sizes[-1]], SWEEP_BOUND_MS[name], details=details
            )
        )
    return figures


def _ask_due(now: dt.datetime) -> None:
    rows = find_due("benchmark", now)
    if len(rows) != DUE:
        raise RuntimeError(f"{len(rows)} devices were found due, not {DUE}")


def _median_ms(ask: Callable[[], object], times: int) -> float:
    """The median of the quietest of some rounds: what else this machine does is not the question. They are spread over
    seconds, since what disturbs one lasts as long as many of them."""
    medians = []
    for _ in range(min(ROUNDS, times)):
        medians.append(quantile([_took_ms(ask) for _ in range(max(1, times // ROUNDS))], 0.5))
        time.sleep(PAUSE_SECONDS)
    return min(medians)


def _took_ms(ask: Callable[[], object]) -> float:
    begun = time.perf_counter()
    ask()
    return (time.perf_counter() - begun) * 1000


class _Stock:
    """Rows in bulk: the first of each kind is made by its model, all others are copies of it within the database."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now
        self.size = 1
        workspace = Workspace.objects.create(name="Benchmark")
        unit = Unit.objects.create(
            property=Property.objects.create(workspace=workspace, name="House"), name="Flat"
        )
        window = {"starts_at": now - dt.timedelta(days=400), "ends_at": now - dt.timedelta(days=397)}
        arrival, departure = window["starts_at"].date(), window["ends_at"].date()
        self.stay = Stay.objects.create(
            workspace=workspace,
            unit=unit,
            source="benchmark",
            external_id="0",
            arrival_date=arrival,
            departure_date=departure,
            acknowledged_revision=1,
            **window,
        )
        self.grant = AccessGrant.objects.create(workspace=workspace, stay=self.stay)
        self.account = Account.objects.create(
            workspace=workspace, driver="benchmark", brand="benchmark", name="A"
        )
        later = now + dt.timedelta(hours=1)
        self.device = Device.objects.create(
            account=self.account, external_id="0", brand="benchmark", name="L", wake_at=later
        )
        self.code = AccessCode.objects.create(
            device=self.device,
            grant=self.grant,
            name="Imogen Varga",
            pin="2580",
            pin_key=0,
            write_state=WriteState.APPLIED,
            seen=Seen.PRESENT,
            confirmed_at=now,
            set_at=now,
            ended_at=now,
            **window,
        )

    def grow_to(self, size: int) -> None:
        before, self.size = self.size, size

        def span(each: int) -> tuple[int, int]:
            return max(1, before // each), size // each

        days = "(n % 500 - 470) * interval '1 day'"
        copy_row(self.account, span(CODES_PER_DEVICE * DEVICES_PER_ACCOUNT), {"name": "'Account ' || n"})
        copy_row(
            self.device,
            span(CODES_PER_DEVICE),
            {
                "account_id": f"{self.account.pk} + n % {max(1, size // CODES_PER_DEVICE // DEVICES_PER_ACCOUNT)}",
                "external_id": "n::text",
                "wake_at": "now() + interval '10 minutes' + (n % 3600) * interval '1 second'",
            },
        )
        copy_row(
            self.stay,
            span(CODES_PER_STAY),
            {
                "external_id": "n::text",
                "starts_at": f"now() + {days}",
                "ends_at": f"now() + {days} + interval '3 days'",
            },
        )
        copy_row(self.grant, span(CODES_PER_STAY), {"stay_id": f"{self.stay.pk} + n"})
        copy_row(
            self.code,
            span(1),
            {
                "device_id": f"{self.device.pk} + n % {size // CODES_PER_DEVICE}",
                "grant_id": f"{self.grant.pk} + n % {size // CODES_PER_STAY}",
                "pin_key": "n",
                "starts_at": f"now() + {days}",
                "ends_at": f"now() + {days} + interval '3 days'",
                "ended_at": f"CASE WHEN n % 100 < {FINISHED_PERCENT} THEN now() END",
            },
        )
        due = Device.objects.order_by("pk").values_list("pk", flat=True)[
            :: max(1, size // CODES_PER_DEVICE // DUE)
        ]
        Device.objects.filter(wake_at__lte=self.now).update(wake_at=self.now + dt.timedelta(hours=1))
        Device.objects.filter(pk__in=list(due)[:DUE]).update(wake_at=self.now)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
