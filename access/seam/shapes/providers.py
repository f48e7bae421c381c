"""Lock systems as the founding API lists them: what at least one lock of each can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from access.connecting.providers import categories_of
from access.seam.shapes.device_flags import flags_of
from locks.brands import Brand
from locks.sandbox import SIMULATIONS

if TYPE_CHECKING:
    from access.seam.routing import Call


def show_provider(brand: Brand, call: Call) -> dict[str, Any]:
    simulations = SIMULATIONS.get(brand.key, frozenset()) if call.workspace.is_sandbox else frozenset()
    return {
        "device_provider_name": brand.provider,
        "display_name": brand.display_name,
        "image_url": None,
        "provider_categories": list(categories_of(brand)),
        **flags_of(brand.capabilities, (), simulations),
    }
