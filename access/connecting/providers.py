"""Which lock systems a connect webview offers, in the founding API's words for providers and their categories. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from locks.brands import BRANDS, Brand

STABLE: Final = "stable"
CONSUMER: Final = "consumer_smartlocks"
ACCESS_CONTROL: Final = "access_control_systems"
# Words of the founding API; what no brand of ours is in offers nothing.
CATEGORIES: Final = (
    STABLE, CONSUMER, "beta", "thermostats", "noise_sensors", ACCESS_CONTROL, "cameras", "connectors",
    "internal_beta",
)  # fmt: skip
_OF_BUILDINGS = frozenset({"two_n", "salto_ks", "dormakaba_oracode"})
# Older names of providers, and names that programs use for them.
ALIASES: Final[Mapping[str, str]] = {"salto": "salto_ks", "two_n": "my_2n"}
BY_PROVIDER: Final[Mapping[str, Brand]] = {brand.provider: brand for brand in BRANDS.values()}


class NoProvider(ValueError):
    """Nothing can be offered; the message is a sentence."""


def categories_of(brand: Brand) -> tuple[str, ...]:
    return (STABLE, ACCESS_CONTROL if brand.key in _OF_BUILDINGS else CONSUMER)


def providers_in(category: str) -> list[str]:
    return [name for name, brand in BY_PROVIDER.items() if category in categories_of(brand)]


def offered_providers(
    *, accepted: Iterable[str] | None, category: str | None, excluded: Iterable[str] = ()
) -> list[str]:
    """What a webview offers. Providers that the founding API has and this product has not are passed over."""
    left_out = {_named(name) for name in excluded}
    if accepted is not None:
        names = list(dict.fromkeys(_named(name) for name in accepted))
    else:
        names = providers_in(category or STABLE)
    offered = [name for name in names if name in BY_PROVIDER and name not in left_out]
    if not offered:
        raise NoProvider(
            f"None of these lock systems can be connected. There are: {', '.join(sorted(BY_PROVIDER))}."
        )
    return offered


def _named(name: str) -> str:
    return ALIASES.get(name, name)
