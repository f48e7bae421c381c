"""From a request to an endpoint and back: path, method, who asks, scope, parameters, answer. No rule of the domain.

One catch-all address serves all paths by a dict: with seventy of them, looking through patterns would cost more than
many a query. The order of refusals: 404 path, 405 method, 401, 403, 400 parameters, then what the endpoint says.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from django.core.exceptions import SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import HttpResponse
from django.utils import timezone
from django.utils.log import log_response

from access.codes import CodeRefused
from access.enums import Scope
from access.seam.auth import Caller, identify
from access.seam.errors import DOMAIN_REFUSALS, SeamError, invalid, translated
from access.seam.limits import check_key_rate
from access.seam.reading import Params, read_params
from access.seam.secrecy import hide_values
from properties.models import Workspace
from properties.scoping import ScopedModel, ScopedQuerySet

if TYPE_CHECKING:
    from django.http import HttpRequest

Answer = dict[str, Any]
M = TypeVar("M", bound=ScopedModel)
REQUEST_ID: Final = "seam-request-id"
NO_SUCH_PATH: Final = "There is no such path. Keyturn serves lock access codes: see /seam/access_codes/list."
BROKEN: Final = "Something broke here, and whoever runs this server can see what. Try again in a while."


@dataclass(frozen=True, slots=True)
class Call:
    """One request, read. `call["x"]` is a parameter, `call.get("x")` one that may be missing."""

    caller: Caller
    values: Mapping[str, Any] = field(repr=False)
    now: dt.datetime
    path: str
    request: HttpRequest

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def get(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)

    @property
    def actor(self) -> str:
        return self.caller.actor

    @property
    def workspace(self) -> Workspace:
        if self.caller.workspace is None:
            raise RuntimeError("An endpoint for callers without a workspace must not ask for one.")
        return self.caller.workspace

    def rows(self, model: type[M]) -> ScopedQuerySet[M]:
        """Everything of this kind that the caller sees; each query of an endpoint begins here."""
        return self.caller.sees(model.objects.all())


class Run(Protocol):
    def __call__(self, call: Call) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`for_sessions`: client sessions may call it, and see their accounts only. `anywhere`: a person's token may call
    it without naming a workspace."""

    path: str
    run: Run
    params: Params
    methods: frozenset[str]
    scope: Scope
    for_sessions: bool
    anywhere: bool


class Routes:
    """The endpoints of one module."""

    def __init__(self) -> None:
        self.endpoints: list[Endpoint] = []

    def read(
        self, path: str, params: Params, *, for_sessions: bool = False, anywhere: bool = False
    ) -> Callable[[Run], Run]:
        methods = frozenset({"GET", "HEAD", "POST"})
        return self._add(path, params, methods, Scope.READ, for_sessions=for_sessions, anywhere=anywhere)

    def change(
        self, path: str, params: Params, *also: str, for_sessions: bool = False, anywhere: bool = False
    ) -> Callable[[Run], Run]:
        """POST, and the methods in `also`."""
        methods = frozenset({"POST", *also})
        return self._add(path, params, methods, Scope.WRITE, for_sessions=for_sessions, anywhere=anywhere)

    def _add(
        self,
        path: str,
        params: Params,
        methods: frozenset[str],
        scope: Scope,
        *,
        for_sessions: bool,
        anywhere: bool,
    ) -> Callable[[Run], Run]:
        def add(run: Run) -> Run:
            self.endpoints.append(
                Endpoint(path, run, params, methods, scope, for_sessions=for_sessions, anywhere=anywhere)
            )
            return run

        return add


class Table:
    """All endpoints by path, and the groups of paths that the founding API has and Keyturn does not."""

    def __init__(self, routes: Iterable[Routes], *, foreign: Iterable[str] = ()) -> None:
        self.endpoints = {endpoint.path: endpoint for one in routes for endpoint in one.endpoints}
        self.foreign = frozenset(foreign)

    def find(self, path: str) -> Endpoint:
        path = path.rstrip("/")
        endpoint = self.endpoints.get(path)
        if endpoint is not None:
            return endpoint
        group = path.partition("/")[0]
        if group in self.foreign:
            raise SeamError(
                HTTPStatus.NOT_FOUND,
                "endpoint_not_supported",
                f"Keyturn serves access codes of locks only; it has nothing under /{group}.",
            )
        raise SeamError(HTTPStatus.NOT_FOUND, "not_found", NO_SUCH_PATH)

    def answer(self, request: HttpRequest, path: str) -> HttpResponse:
        request_id = str(uuid.uuid4())
        try:
            answer = self._run(request, path)
            return _respond(HTTPStatus.OK, {**answer, "ok": True}, request_id)
        except SeamError as error:
            return _refuse(error, request_id)
        except DOMAIN_REFUSALS as refusal:
            return _refuse(translated(refusal), request_id)
        except SuspiciousOperation:
            return _refuse(invalid("This request cannot be read."), request_id)
        except Exception as error:  # noqa: BLE001 -- answered as JSON, and reported as Django does
            return _own_fault(request, error, request_id)

    def _run(self, request: HttpRequest, path: str) -> Answer:
        endpoint = self.find(path)
        if request.method not in endpoint.methods:
            allowed = ", ".join(sorted(endpoint.methods))
            raise SeamError(
                HTTPStatus.METHOD_NOT_ALLOWED,
                "method_not_allowed",
                f"This path takes {allowed}.",
                headers={"Allow": allowed},
            )
        now = timezone.now()
        caller = identify(request, now=now)
        if caller.key is not None:
            check_key_rate(caller.key, request)
        _check_rights(endpoint, caller)
        call = Call(caller, read_params(request, endpoint.params), now, f"/{endpoint.path}", request)
        try:
            return endpoint.run(call)
        except CodeRefused as refusal:
            if caller.may_reveal:
                raise
            # Else whoever may write could ask whose a PIN is by trying it.
            raise CodeRefused(refusal.type, refusal.unnamed, refusal.field) from None


def _check_rights(endpoint: Endpoint, caller: Caller) -> None:
    if caller.workspace is None and not endpoint.anywhere:
        raise SeamError(
            HTTPStatus.UNAUTHORIZED,
            "unauthorized",
            "Say which workspace this is about: send its id in the header “seam-workspace”.",
        )
    if caller.session is not None and not endpoint.for_sessions:
        raise SeamError(
            HTTPStatus.FORBIDDEN, "forbidden", "A client session may not do this. Use an API key."
        )
    if endpoint.scope not in caller.scopes:
        raise SeamError(
            HTTPStatus.FORBIDDEN,
            "forbidden",
            f"This needs the scope “{endpoint.scope.value}”. Use a key, or a role, that has it.",
        )


def _refuse(error: SeamError, request_id: str) -> HttpResponse:
    return _respond(error.status, error.body(request_id), request_id, error.headers)


def _own_fault(request: HttpRequest, error: Exception, request_id: str) -> HttpResponse:
    """Log as Django does, so that whoever watches for 500s sees this one."""
    hide_values(request)
    got_request_exception.send(sender=None, request=request)
    fault = SeamError(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_server_error", BROKEN)
    answer = _refuse(fault, request_id)
    log_response(
        "%s: %s", "Internal Server Error", request.path, response=answer, request=request, exception=error
    )
    return answer


def _respond(
    status: int, body: Answer, request_id: str, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    answer = HttpResponse(text, status=status, content_type="application/json", headers=dict(headers or {}))
    answer[REQUEST_ID] = request_id
    answer["Cache-Control"] = "no-store"
    return answer
