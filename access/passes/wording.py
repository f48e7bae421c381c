"""How guests read a moment, in their own language."""

from __future__ import annotations

import datetime as dt

from django.utils import dateformat
from django.utils.translation import pgettext


def say_moment(value: dt.datetime) -> str:
    """Friday 5 March, 15:00. `value` is in the zone to be told."""
    # Translators: a moment, as Django's date filter writes it: weekday, day, month, time.
    return dateformat.format(value, pgettext("date format", "l j F, H:i"))
