"""Which events an endpoint may ask for."""

from __future__ import annotations

from typing import get_args, get_type_hints

from seam.routes.events import Events

from access.webhooks.event_types import SEAM_NAMES


def test_whatever_the_official_package_names_may_be_asked_for() -> None:
    optional = get_type_hints(Events.list)["event_type"]
    named = {name for one in get_args(optional) for name in get_args(one)}

    assert "access_code.issued" in named
    assert named - SEAM_NAMES == set()
