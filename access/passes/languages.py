"""In which language a guest is spoken to: asked for on the page, else the guest's own, else the browser's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.conf import settings
from django.utils.translation.trans_real import parse_accept_lang_header

DEFAULT: Final = "en"


def known_languages() -> list[str]:
    return [code for code, _ in settings.LANGUAGES]


def match_language(text: str) -> str:
    """`de-CH`, `DE` and `de_AT` are German; empty where it is none of ours."""
    code = text.strip().replace("_", "-").partition("-")[0].lower()
    return code if code in known_languages() else ""


def choose_language(*, asked: str, of_guest: str, accepted: str, otherwise: str = DEFAULT) -> str:
    """`accepted`: an Accept-Language header."""
    return first_known(
        [asked, of_guest, *(code for code, _ in parse_accept_lang_header(accepted[:500])), otherwise]
    )


def first_known(wishes: Iterable[str]) -> str:
    return next(filter(None, map(match_language, wishes)), DEFAULT)
