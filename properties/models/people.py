"""Workspaces are tenants; a user is a member of any number of them, with a role in each."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.validators import MaxValueValidator
from django.db import models

from properties.enums import PinPolicy, Role
from properties.scoping import ScopedModel


class UserManager(BaseUserManager["User"]):
    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})


class User(AbstractUser):
    """A person who signs in by e-mail address."""

    username = None  # type: ignore[assignment]  # the address is the name
    email = models.EmailField("e-mail address", unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]  # narrower than AbstractUser's

    def __str__(self) -> str:
        return self.get_full_name() or self.email


class Workspace(models.Model):
    """A tenant. Nothing of one workspace is ever seen from another."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100)
    is_sandbox = models.BooleanField(default=False)
    backup_pool_size = models.PositiveSmallIntegerField(
        default=5, validators=[MaxValueValidator(20)], help_text="Backup codes kept ready on each lock."
    )
    same_pin_in_disjoint_windows = models.BooleanField(
        default=False, help_text="Let one PIN serve two codes of a lock whose windows do not touch."
    )
    pin_policy = models.CharField(max_length=10, choices=PinPolicy, default=PinPolicy.RANDOM)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    reply_to = models.EmailField(blank=True, help_text="Where answers to messages to guests go.")
    guest_language = models.CharField(
        max_length=2, default="en", help_text="For guests whose language nobody told us."
    )
    webview_look = models.JSONField(
        default=dict,
        blank=True,
        help_text="How sign-in pages of lock systems look; see access.connecting.looks.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    members: models.ManyToManyField[User, Membership] = models.ManyToManyField(
        User, through="Membership", related_name="workspaces"
    )

    def __str__(self) -> str:
        return self.name


class Membership(ScopedModel):
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.STAFF)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "user"], name="membership_once_per_workspace")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.workspace}"


class WorkspaceChange(ScopedModel):
    """One line of what people did to the workspace itself: its team, keys, settings, houses, feeds. Never a secret."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="changes")
    place = models.ForeignKey(
        "properties.Property", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    what = models.CharField(max_length=100)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["workspace", "-at"], name="workspace_change_latest")]

    def __str__(self) -> str:
        return f"{self.what} by {self.actor}"
