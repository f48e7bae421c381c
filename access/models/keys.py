"""What programs sign in with: API keys, personal tokens, client sessions; and what is remembered about their calls.

Every secret is shown once and stored as a hash. `prefix` is the part that may be shown again, to tell them apart.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from access.enums import Scope
from access.models.codes import AccessCode
from locks.models import Account
from properties.fields import EncryptedTextField
from properties.models import Property, User, Workspace
from properties.scoping import PublicModel, ScopedModel


def all_scopes() -> list[str]:
    return [scope.value for scope in Scope]


class ApiKey(PublicModel):
    """`properties` empty and `all_properties` True: the whole workspace. `rate`: calls, such as "600/min"; empty: the
    usual one. A key that replaces another names it in `replaces`; the old one ends at its `expires_at`."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=30)
    key_hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope), default=all_scopes)
    all_properties = models.BooleanField(default=True)
    properties = models.ManyToManyField(Property, related_name="api_keys", blank=True)
    rate = models.CharField(max_length=20, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    replaces = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class KeyRate(models.Model):
    """How far a key's calls are used up (access.api.metering). Seconds, since moments would be reckoned in SQL all the
    same; the table is not logged."""

    key = models.OneToOneField(ApiKey, on_delete=models.CASCADE, primary_key=True, related_name="+")
    used_until = models.FloatField()
    taken = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return f"Rate of key {self.key_id}"


class PersonalToken(models.Model):
    """A person's token for programs; it works in each workspace of which the person is a member, by role there."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=30)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class ClientSession(PublicModel):
    """A token for somebody's browser (facts on the founding API, 8.1): it sees the accounts that it was granted, and
    the devices of those, and nothing else of the workspace. `webview_ids`: public ids of connect webviews."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="client_sessions")
    token = EncryptedTextField()
    token_hash = models.CharField(max_length=64, unique=True)
    user_identifier_key = models.CharField(max_length=200, blank=True)
    customer_key = models.CharField(max_length=200, blank=True)
    accounts = models.ManyToManyField(Account, related_name="client_sessions", blank=True)
    webview_ids = models.JSONField(default=list, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "user_identifier_key"],
                condition=models.Q(revoked_at__isnull=True) & ~models.Q(user_identifier_key=""),
                name="client_session_once_per_user",
            )
        ]

    def __str__(self) -> str:
        return f"Client session {self.public_id}"


class IdempotentAnswer(ScopedModel):
    """What a request with an Idempotency-Key was answered, to be answered again. `body` is encrypted: it may hold a
    code. `status` None: the first request is still at work."""

    workspace_path = "key__workspace"

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="answers")
    idempotency_key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    body = EncryptedTextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "idempotency_key"], name="answer_once_per_key")
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="answer_by_age")]

    def __str__(self) -> str:
        return f"Answer to {self.idempotency_key}"


class PinLook(ScopedModel):
    """That a program was shown a PIN of a code: once per key, code and PIN, so that polling writes no second line."""

    workspace_path = "access_code__device__account__workspace"

    access_code = models.ForeignKey(AccessCode, on_delete=models.CASCADE, related_name="looks")
    reader = models.CharField(max_length=60)
    pin_key = models.BigIntegerField()
    first_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["access_code", "reader", "pin_key"], name="pin_look_once")
        ]

    def __str__(self) -> str:
        return f"{self.reader} saw {self.access_code}"
