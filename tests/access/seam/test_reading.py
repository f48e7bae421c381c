"""Queries and bodies: each notation, each kind, and whatever else may come."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import pytest
from django.http import QueryDict
from django.test import RequestFactory, override_settings
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from seam.url_search_params_serializer import serialize_url_search_params

from access.seam.errors import SeamError
from access.seam.kinds import Asked, Choice, Flag, Id, Many, Moment, Record, Text, Whole, Wrong
from access.seam.reading import Nested, Params, may, needs, read_params, read_query
from access.seam.urls import TABLE
from properties.models import Workspace
from tests.access.seam.conftest import Face

PARAMS: Params = {
    "id": may(Id()),
    "name": may(Text(20), "label"),
    "note": may(Text(20), null=True),
    "count": may(Whole(1, 60)),
    "on": may(Flag()),
    "kind": may(Choice(("a", "b"))),
    "at": may(Moment()),
    "ids": may(Many(Id())),
    "custom_metadata_has": may(Record()),
    "properties": may(Nested({"name": needs(Text(10))})),
}
factory = RequestFactory()


def read(query: str = "", body: bytes = b"", content_type: str = "application/json") -> dict[str, Any]:
    request = factory.generic("POST", f"/?{query}", data=body, content_type=content_type)
    return read_params(request, PARAMS)


def sent(**params: Any) -> dict[str, Any]:
    return read(body=json.dumps(params).encode())


def refusal(query: str = "", body: bytes = b"", content_type: str = "application/json") -> SeamError:
    with pytest.raises(SeamError) as refused:
        read(query, body, content_type)
    return refused.value


ONE, TWO = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("", {}),
        (f"ids={ONE}&ids={TWO}", {"ids": [ONE, TWO]}),
        (f"ids[]={ONE}&ids[]={TWO}", {"ids": [ONE, TWO]}),
        (f"ids={ONE},{TWO}", {"ids": [ONE, TWO]}),
        (f"ids={ONE}", {"ids": [ONE]}),
        ("ids=", {"ids": []}),
        ("ids=&_strict=true", {"ids": []}),
        ("on=true&count=4", {"on": True, "count": 4}),
        ("on=false&count=4.0", {"on": False, "count": 4}),
        ("note=", {"note": None}),
        ("name=", {}),
        ("label=x", {"name": "x"}),
        ("unknown=1&_strict=true", {}),
        ("name=a%2Cb+c", {"name": "a,b c"}),
        ("at=2031-03-05T10%3A00%3A00%2B01%3A00", {"at": dt.datetime(2031, 3, 5, 9, tzinfo=dt.UTC)}),
        ("at=2031-03-05T10:00:00", {"at": dt.datetime(2031, 3, 5, 10, tzinfo=dt.UTC)}),
        (
            "custom_metadata_has.house=3&custom_metadata_has.vip=true",
            {"custom_metadata_has": {"house": "3", "vip": True}},
        ),
        ("properties.name=x", {"properties": {"name": "x"}}),
    ],
)
def test_query_is_read_as_documented(query: str, values: dict[str, Any]) -> None:
    assert read(query) == values


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("id=x", "id", "Invalid uuid"),
        ("count=61", "count", "Number must be less than or equal to 60"),
        ("count=many", "count", "Expected number, received string"),
        ("count=1&count=2", "count", "Expected one value, received array"),
        ("on=yes", "on", "Expected boolean, received string"),
        ("kind=c", "kind", "Invalid enum value. Expected 'a' | 'b'"),
        ("at=soon", "at", "Invalid datetime"),
        ("at=0001-01-01T00:00:00%2B14:00", "at", "Invalid datetime"),
        ("name=%00", "name", "String must not contain NUL or incomplete characters"),
        ("name.x=1", "name", "Expected string, received object"),
        ("ids.x=1", "ids", "Expected array, received object"),
    ],
)
def test_query_that_does_not_fit_is_told_by_field(query: str, field: str, message: str) -> None:
    error = refusal(query)
    assert error.tree == {"_errors": [], field: {"_errors": [message]}}
    assert error.message == f'{message} for provided "{field}"'


def test_faults_of_items_and_inner_fields_have_their_paths() -> None:
    error = refusal(body=json.dumps({"ids": [str(ONE), "x", None], "properties": {}}).encode())
    assert error.tree == {
        "_errors": [],
        "ids": {"_errors": [], "1": {"_errors": ["Invalid uuid"]}, "2": {"_errors": ["Required"]}},
        "properties": {"_errors": [], "name": {"_errors": ["Required"]}},
    }
    assert 'Required for provided "properties.name"' in error.message


def test_one_name_cannot_be_a_value_and_an_object() -> None:
    for query in ("name=1&name.x=2", "properties.name=x&properties=y", "ids=1&ids[]=2", "a.b.c.d.e.f.g=1"):
        assert refusal(query).status == 400


def test_body_wins_over_query_and_null_is_as_good_as_nothing() -> None:
    assert read("name=query", b'{"name": "body"}') == {"name": "body"}
    assert sent(name=None, note=None, on=None) == {"note": None}
    assert sent(count=4.0) == {"count": 4}
    assert read(body=b"  ", content_type="text/plain") == {}
    assert read(body=b"{}", content_type="application/vnd.api+json; charset=utf-8") == {}


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"[]", "application/json"),
        (b'"text"', "application/json"),
        (b"{", "application/json"),
        (b'{"count": NaN}', "application/json"),
        (b'{"name": "\xff"}', "application/json"),
        (b"name=x", "application/x-www-form-urlencoded"),
        (b"{}", "text/plain"),
        (b"[" * 100_000, "application/json"),
        (b'{"count": 1' + b"0" * 5000 + b"}", "application/json"),
        (b'{"name": "\\ud800"}', "application/json"),
        (b'{"custom_metadata_has": {"\\u0000": 1}}', "application/json"),
        (b'{"count": 1e999}', "application/json"),
        (b'{"count": true}', "application/json"),
    ],
)
def test_body_that_is_no_json_object_is_refused(body: bytes, content_type: str) -> None:
    assert refusal(body=body, content_type=content_type).status == 400


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100, DATA_UPLOAD_MAX_NUMBER_FIELDS=10)
def test_too_much_is_refused() -> None:
    assert refusal(body=b'{"name": "' + b"x" * 100 + b'"}').status == 413
    assert refusal("&".join(f"a{number}=1" for number in range(20))).status == 400


def test_body_without_a_length_is_refused() -> None:
    request = factory.post("/", headers={"Transfer-Encoding": "chunked"})
    request.META.pop("CONTENT_LENGTH", None)
    with pytest.raises(SeamError) as refused:
        read_params(request, PARAMS)
    assert refused.value.status == 411


NAMES = st.text("abc_", min_size=1, max_size=5)
LEAVES = st.booleans() | st.integers(-(10**9), 10**9) | st.text(min_size=1, max_size=10)


@given(st.dictionaries(NAMES, LEAVES | st.lists(LEAVES.map(str), min_size=2, max_size=3), max_size=4))
def test_what_the_official_package_writes_is_read_back(params: dict[str, Any]) -> None:
    found = read_query(QueryDict(serialize_url_search_params(params, strict=True)))
    assert set(found) == set(params)
    for name, value in params.items():
        asked = found[name]
        assert isinstance(asked, Asked)
        if isinstance(value, list):
            assert asked.many() == value
        elif isinstance(value, bool):
            assert Flag().read(asked) is value
        elif isinstance(value, int):
            assert asked.values == (str(value),)
        else:
            assert asked.values == (value,)


WILD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.uuids().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
KINDS = st.sampled_from([param.kind for param in PARAMS.values()])


@given(KINDS, WILD)
def test_a_kind_reads_anything_or_says_what_is_wrong(kind: Any, value: Any) -> None:
    try:
        kind.read(value)
    except Wrong as wrong:
        said = next(wrong.leaves())
        json.dumps([said, wrong.tree()])


@pytest.fixture
def caller(db: None, face: Face, workspace: Workspace) -> Face:
    return face


PATHS = st.sampled_from(
    sorted(path for path in TABLE.endpoints if path.startswith(("access_codes", "action")))
)
FIELDS = st.sampled_from(
    sorted({name for endpoint in TABLE.endpoints.values() for name in endpoint.params} | {"x", "_strict"})
)
SOME = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SOME
@given(PATHS, st.sampled_from(["POST", "PATCH", "DELETE", "PUT"]), st.dictionaries(FIELDS, WILD, max_size=5))
def test_no_body_breaks_an_endpoint(caller: Face, path: str, method: str, body: dict[str, Any]) -> None:
    answer = caller.send(method, path, body)
    assert answer.status_code < 500
    assert isinstance(answer.json()["ok"], bool)


@SOME
@given(PATHS, st.text(max_size=40) | st.binary(max_size=30).map(lambda raw: raw.decode("latin-1")))
@example("access_codes/get", "access_code_id[]=%ff&=&&;%zz")
@example("access_codes/list", "access_code_ids=,,&limit=99999999999999999999")
def test_no_query_breaks_an_endpoint(caller: Face, path: str, query: str) -> None:
    answer = caller.send("GET", path, query=query)
    assert answer.status_code < 500


@SOME
@given(PATHS, st.binary(max_size=60))
def test_no_bytes_break_an_endpoint(caller: Face, path: str, body: bytes) -> None:
    assert caller.send("POST", path, body).status_code < 500
