"""What a workspace may say about the look of its sign-in pages: the button's colours, and a sentence for the end. Pure.

Called by the Seam-compatible API, which is where it is set, and by the pages. There are no logos, since the pages load
nothing from elsewhere; a shape for one is kept, because programs of the founding API send it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

BUTTON, TEXT, MESSAGE, SHAPE = (
    "primary_button_color", "primary_button_text_color", "success_message", "logo_shape",
)  # fmt: skip
NAMES: Final = (BUTTON, TEXT, MESSAGE, SHAPE)
COLOUR: Final = "#[0-9a-fA-F]{6}"
LONGEST_MESSAGE: Final = 500
BLACK, WHITE = "#000000", "#ffffff"
# WCAG 2.2: what may be read (1.4.3), and up to where sRGB is linear (its definition of relative luminance).
LEAST_CONTRAST: Final = 4.5
LINEAR_UP_TO: Final = 0.04045


class LookRefused(Exception):
    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class Button:
    background: str
    text: str


def changed_look(look: Mapping[str, str], given: Mapping[str, str | None]) -> dict[str, str]:
    """What is given is changed, and goes where it is null; the rest stays. Raise LookRefused."""
    merged = {**look, **{name: given[name] for name in NAMES if name in given}}
    found = {name: value for name, value in merged.items() if value}
    if TEXT in found and BUTTON not in found:
        raise LookRefused("Say the colour of the button with that of its text.", TEXT)
    if TEXT in found and contrast(found[BUTTON], found[TEXT]) < LEAST_CONTRAST:
        raise LookRefused("These colours of button and text are too alike to be read.", TEXT)
    return found


def button_of(look: Mapping[str, str]) -> Button | None:
    """None: as everywhere. A text without a colour is black or white, whichever is easier to read."""
    background = look.get(BUTTON)
    if background is None:
        return None
    easier = max(BLACK, WHITE, key=lambda colour: contrast(background, colour))
    return Button(background, look.get(TEXT, easier))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= LINEAR_UP_TO else ((channel + 0.055) / 1.055) ** 2.4
