"""Who belongs to a workspace, and in which role: invited, changed, removed. Called by the pages of the team.

A workspace always keeps an owner. Whoever is invited and has no account yet gets one without a password, and a link to
choose it, which the one who invites passes on; so that link is made only while the person belongs nowhere else, or one
workspace's owner could enter another's under that name. Whoever has an account already needs no link.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from properties.enums import Role
from properties.models import Membership, User, Workspace
from properties.noting import note_change


class TeamRefused(Exception):
    """The team cannot be changed so; the text says why."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """`needs_link`: the person has to choose a password first."""

    membership: Membership
    needs_link: bool


@transaction.atomic
def invite(workspace: Workspace, *, email: str, role: Role, actor: str) -> Invitation:
    _lock(workspace)
    user = User.objects.select_for_update(no_key=True).filter(email__iexact=email).first()
    if user is not None and Membership.objects.filter(workspace=workspace, user=user).exists():
        raise TeamRefused("This person belongs to the workspace already; change the role in the list.")
    if user is not None and not user.is_active:
        raise TeamRefused("This person's account is closed; ask whoever runs this installation.")
    if user is not None and is_waiting(user) and user.memberships.exists():
        raise TeamRefused(
            "This person was invited elsewhere and has no password yet; invite them once they have."
        )
    if user is not None and is_waiting(user):
        _make_links_worthless(user)  # those that another workspace gave out before it let the person go
    user = user or User.objects.create_user(email.lower())
    membership = Membership.objects.create(workspace=workspace, user=user, role=role)
    note_change(workspace, "Person invited", f"{user.email}, {role.label.lower()}", actor=actor)
    return Invitation(membership, needs_link=is_waiting(user))


@transaction.atomic
def renew_invitation(membership: Membership, *, actor: str) -> User:
    """Make links that were given before worthless; the caller makes the next one. Raise TeamRefused."""
    user = User.objects.select_for_update(no_key=True).get(pk=membership.user_id)
    if not is_waiting(user):
        raise TeamRefused("This person has chosen a password; “Forgot password” is on the sign-in page.")
    if user.memberships.exclude(pk=membership.pk).exists():
        raise TeamRefused("This person belongs to another workspace, too, and has a link from there.")
    _make_links_worthless(user)
    note_change(membership.workspace, "New link for an invited person", user.email, actor=actor)
    return user


@transaction.atomic
def change_role(membership: Membership, *, role: Role, actor: str) -> None:
    _lock(membership.workspace)
    membership.refresh_from_db(fields=["role"])
    if membership.role == Role.OWNER and role != Role.OWNER:
        _check_not_last(membership)
    before, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    note_change(
        membership.workspace, "Role changed", f"{membership.user.email}: {before} → {role}", actor=actor
    )


@transaction.atomic
def remove_member(membership: Membership, *, actor: str) -> None:
    """Pages and personal tokens work no longer from the next request on; API keys are the workspace's and stay."""
    _lock(membership.workspace)
    membership.refresh_from_db(fields=["role"])
    if membership.role == Role.OWNER:
        _check_not_last(membership)
    note_change(membership.workspace, "Person removed", membership.user.email, actor=actor)
    membership.delete()


def is_waiting(user: User) -> bool:
    """Invited, and no password chosen yet."""
    return not user.has_usable_password() and user.last_login is None


def _make_links_worthless(user: User) -> None:
    user.set_unusable_password()
    user.save(update_fields=["password"])


def _lock(workspace: Workspace) -> None:
    """Two owners who remove each other at once would leave nobody."""
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)


def _check_not_last(membership: Membership) -> None:
    owners = Membership.objects.filter(workspace=membership.workspace_id, role=Role.OWNER)
    if not owners.exclude(pk=membership.pk).exists():
        raise TeamRefused("A workspace needs an owner: make somebody else an owner first.")
