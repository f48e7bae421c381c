"""Every refusal of the REST face in one shape: {"error": {"type", "message", "fields"?}}.

`fields` maps the path of a field ("guest.email") to sentences. Bad input is 422, whatever found it.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import PermissionDenied
from django.core.signals import got_request_exception
from django.http import Http404
from django.utils.log import log_response
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from access.api.vocabulary import showable
from access.staffing import StaffRefused
from access.webhooks import EndpointRefused
from properties.booking import BookingError
from properties.calendars.feeds import FeedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rest_framework.request import Request


Errors = dict[str, list[str]]

TYPES: Final[Mapping[int, str]] = {
    HTTPStatus.BAD_REQUEST: "malformed",
    HTTPStatus.UNAUTHORIZED: "unauthenticated",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.CONFLICT: "conflict",
    HTTPStatus.NOT_ACCEPTABLE: "not_acceptable",
    HTTPStatus.LENGTH_REQUIRED: "length_required",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
    HTTPStatus.UNPROCESSABLE_ENTITY: "invalid",
    HTTPStatus.TOO_MANY_REQUESTS: "throttled",
    HTTPStatus.INTERNAL_SERVER_ERROR: "internal",
}
BODY: Final = "body"
# Where this face has another word than the stay.
SENT_AS: Final = {"reference": "channel_reference"}
INVALID_MESSAGE: Final = (
    "Some fields cannot be taken as they are; `fields` says which and why. Nothing was changed."
)

BROKEN_TITLE: Final = "Internal Server Error"
BROKEN_MESSAGE: Final = (
    "Something broke here. Send it again in a while: sent twice, a reservation is still one."
)


class TooLarge(exceptions.APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large; send fewer at once."


class LengthRequired(exceptions.APIException):
    """Without a length the body would be taken for an empty one, and the sender told that all is well."""

    status_code = HTTPStatus.LENGTH_REQUIRED
    default_detail = "Send the body with its Content-Length; a chunked body is not read."


class Conflict(exceptions.APIException):
    status_code = HTTPStatus.CONFLICT
    default_code = "conflict"


class Invalid(exceptions.APIException):
    """Bad input found outside a serializer; `errors` maps a field's path to a sentence."""

    status_code = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(INVALID_MESSAGE)
        self.errors: Errors = {path: [sentence] for path, sentence in errors.items()}


def answer_error(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler."""
    # Views read the settings as they load, and those name a parser that imports this module.
    from rest_framework.views import exception_handler

    # An operation may answer in another format than its refusals.
    context["request"].accepted_renderer = JSONRenderer()
    context["request"].accepted_media_type = JSONRenderer.media_type
    error = _known(error)
    ordinary = exception_handler(error, context)
    if ordinary is None or not isinstance(error, exceptions.APIException):
        return _own_fault(error, context["request"])
    status, shown = _told(error)
    answer = Response(shown, status=status)
    for name in ("WWW-Authenticate", "Retry-After"):
        if name in ordinary.headers:
            answer[name] = ordinary.headers[name]
    return answer


def refusal_of(error: Exception) -> tuple[int, dict[str, Any]] | None:
    """The status and body with which one of several things that were sent together is refused; None: our own fault."""
    known = _known(error)
    return _told(known) if isinstance(known, exceptions.APIException) else None


def _known(error: Exception) -> Exception:
    if isinstance(error, BookingError | StaffRefused | FeedError):
        return Invalid({SENT_AS.get(path, path) or BODY: text for path, text in error.errors.items()})
    if isinstance(error, EndpointRefused):
        return Invalid({BODY if error.field == "endpoint" else error.field: error.sentence})
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    return error


def _told(error: exceptions.APIException) -> tuple[int, dict[str, Any]]:
    if isinstance(error, exceptions.ValidationError):
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return status, _shape(status, INVALID_MESSAGE, dict(_flatten(error.detail)))
    fields = error.errors if isinstance(error, Invalid) else None
    return error.status_code, _shape(error.status_code, str(error.detail), fields)


def _own_fault(error: Exception, request: Request) -> Response:
    """Log as Django does, so that whoever watches for 500s sees this one, and answer in JSON all the same."""
    inner = request._request  # noqa: SLF001 -- what Django itself was given
    got_request_exception.send(sender=None, request=inner)
    broken = HTTPStatus.INTERNAL_SERVER_ERROR
    answer = Response(_shape(broken, BROKEN_MESSAGE), status=broken)
    log_response("%s: %s", BROKEN_TITLE, request.path, response=answer, request=inner, exception=error)
    return answer


def _shape(status: int, message: str, fields: Errors | None = None) -> dict[str, Any]:
    error: dict[str, Any] = {"type": TYPES.get(status, "error"), "message": message}
    if fields is not None:
        error["fields"] = fields
    return {"error": error}


def _flatten(detail: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            here = "" if name == "non_field_errors" else str(name)
            yield from _flatten(inner, ".".join(filter(None, (path, here))))
    elif isinstance(detail, list) and any(isinstance(one, dict | list) for one in detail):
        for index, inner in enumerate(detail):
            yield from _flatten(inner, f"{path}.{index}".lstrip("."))
    else:
        yield path or BODY, [showable(str(one)) for one in (detail if isinstance(detail, list) else [detail])]
