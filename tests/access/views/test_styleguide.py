"""The style guide shows all there is: each state with its word, icon and colour in each component, each symbol."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from access.states import CodeState
from access.status import STATE_TEXT
from properties.templatetags.ui import icon
from tests.factories import make_member, make_workspace
from tests.pages import signed_in

if TYPE_CHECKING:
    from django.conf import LazySettings

# Chip, door of a stay, cell of readiness, bar of the timeline.
COMPONENTS = 4


@pytest.mark.django_db
def test_every_state_of_a_code_is_shown_in_every_component(settings: LazySettings) -> None:
    settings.DEBUG = True
    page = signed_in(make_member(make_workspace())).get(reverse("styleguide")).content.decode()

    rows = dict(re.findall(r'<tr data-state="(\w+)">(.*?)</tr>', page, re.DOTALL))
    assert list(rows) == list(CodeState)
    for state, row in rows.items():
        text = STATE_TEXT[CodeState(state)]
        assert row.count(text.label) == COMPONENTS, state
        assert row.count(icon(state)) == COMPONENTS, state
        assert row.count(f'data-tone="{text.tone}"') == COMPONENTS, state
