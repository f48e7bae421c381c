"""Rules as people would say them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.staffing.rules import PARTS, RuleError, normal_rule
from access.staffing.wording import rule_in_words

FIRST = dt.date(2027, 3, 3)  # a Wednesday
VALUES = {
    "BYDAY": [
        "MO",
        "TU,SA",
        "1MO,3MO",
        "-1FR",
        "2TU,-1TU",
        "MO,1FR",
        "MO,TU,WE,TH,FR",
        "MO,TU,WE,TH,FR,SA,SU",
    ],
    "BYMONTH": ["7", "6,7,8"],
    "BYMONTHDAY": ["1,15", "-1", "31", "-9,22"],
    "BYSETPOS": ["1", "-1", "1,-2"],
}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=DAILY", "Every day"),
        ("FREQ=DAILY;INTERVAL=2", "Every second day"),
        ("FREQ=DAILY;BYDAY=SA,MO", "Monday and Saturday"),
        ("FREQ=WEEKLY", "Wednesday"),
        ("FREQ=WEEKLY;BYDAY=TU,SA", "Tuesday and Saturday"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Monday to Friday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU", "Every second week on Saturday and Sunday"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,TH", "Monday, Tuesday and Thursday"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "Every day"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "Every second week on Tuesday"),
        ("FREQ=WEEKLY;INTERVAL=4;BYDAY=TU", "Every 4 weeks on Tuesday"),
        ("FREQ=WEEKLY;BYDAY=TU;BYMONTH=6,7", "Tuesday, in June and July only"),
        ("FREQ=MONTHLY", "The 3rd of the month"),
        ("FREQ=MONTHLY;BYDAY=1MO,3MO", "The first and third Monday of the month"),
        ("FREQ=MONTHLY;BYDAY=1MO,-1FR", "The first Monday and the last Friday of the month"),
        ("FREQ=MONTHLY;BYDAY=MO", "Monday"),
        ("FREQ=MONTHLY;BYDAY=MO,1FR", "Every Monday and the first Friday of the month"),
        ("FREQ=MONTHLY;INTERVAL=2;BYDAY=-2FR", "The second last Friday of every second month"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "The 1st and 15th of the month"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "The last day of the month"),
        ("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR", "The 13th of the month, where it is Friday"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "The last working day of the month"),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1", "The first among Monday and Tuesday of the month"),
        ("FREQ=YEARLY", "The 3rd of March"),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24", "The 24th of December"),
        ("FREQ=YEARLY;BYMONTHDAY=1", "The 1st of any month"),
        ("FREQ=YEARLY;BYMONTH=5;BYDAY=MO", "Monday in May"),
        ("FREQ=YEARLY;INTERVAL=2;BYMONTH=5;BYDAY=1MO", "The first Monday of May, every second year"),
        ("FREQ=MONTHLY;BYDAY=1MO;COUNT=3", "The first Monday of the month, 3 times in all"),
    ],
)
def test_rule_is_said_as_people_would(rule: str, words: str) -> None:
    assert rule_in_words(normal_rule(rule), first_day=FIRST) == words


@given(st.sampled_from(sorted(PARTS)), st.data())
def test_every_rule_that_is_taken_has_words(frequency: str, data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.sampled_from(sorted(VALUES))))
    parts = [f"FREQ={frequency}", *(f"{name}={data.draw(st.sampled_from(VALUES[name]))}" for name in chosen)]
    try:
        rule = normal_rule(";".join(parts))
    except RuleError:
        return

    said = rule_in_words(rule, first_day=FIRST)

    assert not [word for word in ("=", "BY", "FREQ", "  ") if word in said]
