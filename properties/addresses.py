"""Which addresses lie in the open internet: for whatever connects to a place that somebody typed in.

Used by properties.calendars.addresses (feeds) and by access.webhooks (endpoints).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Final

_WRAPPERS: Final = {
    ipaddress.IPv6Network("64:ff9b::/96"): 0,
    ipaddress.IPv6Network("2002::/16"): 80,
}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public(address: Address) -> bool:
    return all(map(_is_public_layer, _layers(address)))


def parse_address(text: str) -> Address:
    """Raise ValueError where it is none, but a name. A zone (`%eth0`) is left out."""
    return ipaddress.ip_address(text.partition("%")[0])


def _is_public_layer(one: Address) -> bool:
    # Site-local addresses (fec0::/10) were given up, so Python counts them as global; routers may still know them.
    inner = one.is_multicast or one.is_reserved or (one.version == 6 and one.is_site_local)  # noqa: PLR2004 -- IPv6
    return one.is_global and not inner


def _layers(address: Address) -> Iterator[Address]:
    """The address, or the IPv4 address inside it: translators reach private networks that way."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
    elif address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    else:
        yield address
        for network, shift in _WRAPPERS.items():
            if address in network:
                yield ipaddress.IPv4Address(int(address) >> shift & 0xFFFFFFFF)
        if address.teredo is not None:
            yield from address.teredo
