"""This API as an OpenAPI 3.1 document, read off the table of its endpoints: no path, method or parameter is named here.

Written to docs/seam-openapi.json by `manage.py describe_seam`; a test compares it and sends what it allows. Answers are
told as far as the table knows them: the envelope, and the documented shape of refusals.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from functools import singledispatch
from http import HTTPStatus
from typing import Any, Final

from access.enums import Scope
from access.seam.errors import INVALID
from access.seam.kinds import Choice, Flag, Id, Kind, Many, Moment, Record, Text, Whole
from access.seam.reading import Nested, Params
from access.seam.routing import Endpoint

Schema = dict[str, Any]
# Their parameters stand in the query; those of all other methods in a body.
BY_QUERY: Final = frozenset({"GET", "DELETE"})
UNSHOWN: Final = frozenset({"HEAD"})
# What a query can hold without dots in its names.
PLAIN: Final = (Text, Id, Whole, Flag, Choice, Moment, Many)
_S: Final = HTTPStatus
_ALWAYS: Final = (_S.BAD_REQUEST, _S.UNAUTHORIZED, _S.FORBIDDEN, _S.NOT_FOUND, _S.TOO_MANY_REQUESTS)
_WITH_BODY: Final = (_S.LENGTH_REQUIRED, _S.REQUEST_ENTITY_TOO_LARGE)
_REFUSALS: Final = sorted({*_ALWAYS, *_WITH_BODY, _S.CONFLICT})
_ERROR: Final[Schema] = {
    "type": "object",
    "required": ["error", "ok"],
    "additionalProperties": False,
    "properties": {
        "ok": {"const": False},
        "error": {
            "type": "object",
            "required": ["type", "message", "request_id"],
            "additionalProperties": False,
            "properties": {
                "type": {"type": "string", "pattern": "^[a-z_]+$"},
                "message": {"type": "string", "minLength": 1},
                "request_id": {"type": "string", "format": "uuid"},
                "data": {"type": "object"},
                "validation_errors": {
                    "type": "object",
                    "required": ["_errors"],
                    "description": f"Of the type {INVALID} only: what is wrong, field by field.",
                },
            },
        },
    },
}
_ANSWER: Final[Schema] = {"type": "object", "required": ["ok"], "properties": {"ok": {"const": True}}}


def describe(endpoints: Iterable[Endpoint], *, title: str) -> Schema:
    found = sorted(endpoints, key=lambda one: one.path)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1", "description": "Mounted at /seam."},
        "security": [{"bearer": []}],
        "paths": {f"/seam/{one.path}": _path(one) for one in found},
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Answer": _ANSWER,
                "Error": _ERROR,
                **{_name(one): object_of(one.params) for one in found},
            },
            "responses": {
                "Done": _response("Done.", "Answer"),
                **{_word(status): _response(status.phrase, "Error") for status in _REFUSALS},
            },
        },
    }


def _path(endpoint: Endpoint) -> Schema:
    methods = sorted(endpoint.methods - UNSHOWN)
    return {method.lower(): _operation(endpoint, method) for method in methods}


def _operation(endpoint: Endpoint, method: str) -> Schema:
    told: Schema = {
        "operationId": f"{method.lower()}_{_name(endpoint)}",
        "tags": [endpoint.path.partition("/")[0]],
        "description": _description(endpoint, method),
        "responses": _responses(endpoint, method),
    }
    if method in BY_QUERY:
        return told | {"parameters": _query(endpoint.params)}
    content = {"application/json": {"schema": _ref("schemas", _name(endpoint))}}
    return told | {"requestBody": {"required": bool(_needed(endpoint.params)), "content": content}}


def _description(endpoint: Endpoint, method: str) -> str:
    said = [inspect.getdoc(endpoint.run) or "", f"Needs the scope “{endpoint.scope.value}”."]
    if endpoint.for_sessions:
        said.append("A client session may call it, too, for its own accounts.")
    if endpoint.anywhere:
        said.append("A personal token may call it without naming a workspace.")
    if method in BY_QUERY and any(not isinstance(one.kind, PLAIN) for one in endpoint.params.values()):
        said.append("In a query, fields of objects have dots: custom_metadata_has.key=value.")
    return " ".join(" ".join(one.split()) for one in said if one)


def _responses(endpoint: Endpoint, method: str) -> Schema:
    refusals = [*_ALWAYS, *(() if method in BY_QUERY else _WITH_BODY)]
    if endpoint.scope is not Scope.READ:
        refusals.append(_S.CONFLICT)
    told = {str(int(status)): _ref("responses", _word(status)) for status in sorted(refusals)}
    return {"200": _ref("responses", "Done"), **told}


def _response(description: str, shape: str) -> Schema:
    content = {"application/json": {"schema": _ref("schemas", shape)}}
    return {"description": description, "content": content}


def _ref(where: str, name: str) -> Schema:
    return {"$ref": f"#/components/{where}/{name}"}


def _name(endpoint: Endpoint) -> str:
    return endpoint.path.replace("/", "_")


def _word(status: HTTPStatus) -> str:
    return status.name.title().replace("_", "")


def _query(params: Params) -> list[Schema]:
    return [
        {"name": name, "in": "query", "required": param.required, "schema": schema_of(param.kind)}
        for name, param in params.items()
        if isinstance(param.kind, PLAIN)
    ]


def object_of(params: Params) -> Schema:
    """Null says as much as nothing; other names for a parameter are told as such."""
    properties: Schema = {}
    for name, param in params.items():
        shape = schema_of(param.kind)
        properties[name] = shape if param.required else _or_null(shape)
        for other in param.also:
            properties[other] = {**_or_null(shape), "deprecated": True, "description": f"The same as {name}."}
    told: Schema = {"type": "object", "properties": properties}
    needed = _needed(params)
    return told | {"required": needed} if needed else told


def _needed(params: Params) -> list[str]:
    """One that has other names may come by any of them."""
    return [name for name, param in params.items() if param.required and not param.also]


def _or_null(shape: Mapping[str, Any]) -> Schema:
    return {"anyOf": [dict(shape), {"type": "null"}]}


@singledispatch
def schema_of(kind: Kind) -> Schema:
    raise TypeError(f"No schema for {type(kind).__name__}.")


@schema_of.register
def _(kind: Text) -> Schema:
    told: Schema = {"type": "string", "maxLength": kind.longest}
    if kind.shortest:
        told["minLength"] = kind.shortest
    return told | {"pattern": f"^(?:{kind.pattern})$"} if kind.pattern else told


@schema_of.register
def _(_: Id) -> Schema:
    return {"type": "string", "format": "uuid"}


@schema_of.register
def _(kind: Whole) -> Schema:
    return {"type": "integer", "minimum": kind.least, "maximum": kind.most}


@schema_of.register
def _(_: Flag) -> Schema:
    return {"type": "boolean"}


@schema_of.register
def _(kind: Choice) -> Schema:
    return {"type": "string", "enum": list(kind.values)}


@schema_of.register
def _(_: Moment) -> Schema:
    return {"type": "string", "format": "date-time"}


@schema_of.register
def _(kind: Many) -> Schema:
    return {
        "type": "array", "items": schema_of(kind.kind), "minItems": kind.least, "maxItems": kind.most,
    }  # fmt: skip


@schema_of.register
def _(kind: Record) -> Schema:
    value = {"anyOf": [{"type": "string", "maxLength": kind.longest_value}, {"type": ["boolean", "null"]}]}
    return {
        "type": "object",
        "propertyNames": {"minLength": 1, "maxLength": kind.longest_key},
        "maxProperties": kind.most,
        "additionalProperties": value,
    }


@schema_of.register
def _(kind: Nested) -> Schema:
    return object_of(kind.params)
