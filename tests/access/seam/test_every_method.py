"""Every method of the official package, over HTTP: those about locks do what they say, all others are refused in the
shape that the package reads. A method that a new version of it brings fails here until somebody decides about it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from django.utils import timezone
from seam.exceptions import SeamHttpApiError
from seam.resources.access_code import AccessCode
from seam.resources.webhook import Webhook
from seam.seam import Seam
from seam.seam_without_workspace import SeamWithoutWorkspace

from access.running.runner import run_due
from properties.models import Workspace
from tests.access.seam.calls import CALLS, URL, Scene
from tests.access.seam.judges import JUDGES
from tests.access.seam.judging import misfits
from tests.access.seam.test_programs import make_token
from tests.factories import make_device, make_member

pytestmark = pytest.mark.django_db(transaction=True)

SERVED = {
    "workspaces", "connect_webviews", "connected_accounts", "devices", "locks", "access_codes", "action_attempts",
    "events", "webhooks", "client_sessions",
}  # fmt: skip


def methods_of(group: Any, prefix: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in sorted(dir(group)):
        if name.startswith("_") or name in {"client", "defaults"}:
            continue
        found = getattr(group, name)
        if hasattr(found, "__seam_path__"):
            yield prefix + name, found
        elif type(found).__module__.startswith("seam.routes"):
            yield from methods_of(found, f"{prefix}{name}.")


METHODS = [name for name, _ in methods_of(Seam(api_key="seam_x", endpoint="http://127.0.0.1:9"))]

# Called elsewhere, since each needs a lock in a state of its own.
ELSEWHERE: Mapping[str, str] = {
    "access_codes.pull_backup_access_code": "test_stories: needs a pool that is filled",
    "devices.unmanaged.get": "test_devices: needs a lock that is left to others",
}
# The package reads this answer as a whole access code, of which it is two fields.
OTHER_SHAPES = {"access_codes.generate_code"}


def test_every_method_about_locks_is_called() -> None:
    served = {name for name in METHODS if name.partition(".")[0] in SERVED}
    assert served == CALLS.keys() | ELSEWHERE.keys()
    assert not CALLS.keys() & ELSEWHERE.keys()
    assert CALLS.keys() == JUDGES.keys()


def test_answers_that_are_not_as_the_package_says_are_found_out() -> None:
    """Else that none is would say nothing."""
    webhook = {"webhook_id": "1", "url": URL, "event_types": ["*"], "secret": None}
    assert list(misfits([Webhook.from_dict(webhook)])) == []
    for wrong, place in (
        ({"url": None}, "url"),
        ({"event_types": "*"}, "event_types"),
        ({"secret": 7}, "secret"),
    ):
        assert [one.partition(":")[0] for one in misfits([Webhook.from_dict(webhook | wrong)])] == [
            f"[0].{place}"
        ]
    pending = {"mutation_code": "creating", "message": "x"}
    code = AccessCode.from_dict({"pending_mutations": [pending], "type": "strange"})
    found = {one.partition(":")[0] for one in misfits(code)}
    assert {"access_code_id", "type", "pending_mutations.0.created_at"} <= found


def test_every_method_about_locks_does_what_it_says(
    seam_client: Seam, workspace: Workspace, live_server: Any
) -> None:
    device = make_device(workspace, brand="august", now=timezone.now())
    token = make_token(make_member(workspace))
    person = SeamWithoutWorkspace(personal_access_token=token, endpoint=f"{live_server.url}/seam")
    with_plan = make_device(workspace, brand="nuki", now=timezone.now())
    account = str(device.account.public_id)
    scene = Scene(seam_client, person, str(device.public_id), account, str(with_plan.public_id))
    run_due()
    wrong: dict[str, Any] = {}
    for name, call in CALLS.items():
        try:
            found = call(scene)
        except SeamHttpApiError as error:
            wrong[name] = (error.status_code, error.code, str(error))
            continue
        odd = [] if name in OTHER_SHAPES else list(misfits(found))
        if odd or not JUDGES[name](scene, found):
            wrong[name] = odd or found
    person.client.close()
    assert wrong == {}


def test_every_other_method_is_refused_in_the_documented_shape(seam_client: Seam) -> None:
    odd = {}
    for name, method in methods_of(seam_client):
        if name.partition(".")[0] in SERVED:
            continue
        needed = [
            one.name for one in inspect.signature(method).parameters.values() if one.default is one.empty
        ]
        # The package itself asks for one of these.
        needed += method.__seam_at_least_one_parameter_names__[:1]  # type: ignore[attr-defined]  # set by it
        try:
            method(**dict.fromkeys(needed, "7"))
        except SeamHttpApiError as error:
            if (error.status_code, error.code) != (404, "endpoint_not_supported") or not error.request_id:
                odd[name] = (error.status_code, error.code)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is not what a program expects
            odd[name] = (0, repr(error))
        else:
            odd[name] = (200, "")
    assert odd == {}
