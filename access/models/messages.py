"""What guests are sent, and what managers are alerted to."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from access.enums import AlertKind, Anchor, ChannelKind, MessageKind, NoticeStatus, SendStatus
from properties.fields import EncryptedTextField
from properties.models import Property, Stay, Workspace
from properties.scoping import PublicModel, ScopedModel


class MessageChannel(PublicModel):
    """A way to guests besides e-mail. `address`: an apprise URL that names the guest by {phone} or {email}."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="message_channels")
    name = models.CharField(max_length=100)
    address = EncryptedTextField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class MessageTemplate(PublicModel):
    """A message that guests get, in as many languages as it has texts. `channel` None: e-mail.

    `offset_minutes` counts from `anchor`, below zero before it; a kind that follows an event has none. `active_since`
    None: switched off. What would have been due before that moment is not sent.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="message_templates")
    kind = models.CharField(max_length=20, choices=MessageKind)
    name = models.CharField(max_length=100)
    anchor = models.CharField(max_length=12, choices=Anchor)
    offset_minutes = models.IntegerField(default=0)
    channel = models.ForeignKey(
        MessageChannel, on_delete=models.SET_NULL, null=True, blank=True, related_name="templates"
    )
    active_since = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "name"],
                condition=Q(deleted_at__isnull=True),
                name="template_name_once_per_workspace",
            )
        ]

    def __str__(self) -> str:
        return self.name


class MessageText(ScopedModel):
    """The words of a template in one language."""

    workspace_path = "template__workspace"

    template = models.ForeignKey(MessageTemplate, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=2)
    subject = models.CharField(max_length=200)
    body = models.TextField(max_length=5000)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["template", "language"], name="text_once_per_language")
        ]

    def __str__(self) -> str:
        return f"{self.template} ({self.language})"


class Message(PublicModel):
    """One message to one guest; once for each stay, template and occasion.

    Written before it is sent: `sending` with no end means that it may have been sent, and it is not sent again by
    itself. `subject` and `body` are what was sent, with its codes. `told_digest`: of the codes that it told, if any.
    """

    workspace_path = "stay__workspace"

    stay = models.ForeignKey(Stay, on_delete=models.CASCADE, related_name="messages")
    template = models.ForeignKey(MessageTemplate, on_delete=models.PROTECT, related_name="messages")
    occasion = models.CharField(max_length=100)
    status = models.CharField(max_length=10, choices=SendStatus, default=SendStatus.PENDING)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    language = models.CharField(max_length=2, blank=True)
    recipient = EncryptedTextField(blank=True)
    subject = EncryptedTextField(blank=True)
    body = EncryptedTextField(blank=True)
    told_digest = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stay", "template", "occasion"], name="message_once_per_occasion")
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_try_at"], condition=Q(status="pending"), name="message_due"),
            models.Index(fields=["stay", "-id"], name="message_of_stay"),
        ]

    def __str__(self) -> str:
        return f"{self.template} for {self.stay_id}"


class AlertChannel(PublicModel):
    """Where managers are told what is wrong, and of what else they asked to hear.

    `address`: e-mail addresses by commas, or an apprise URL. `since`: what happened before is no news to it.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="alert_channels")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=ChannelKind, default=ChannelKind.EMAIL)
    address = EncryptedTextField()
    severities = ArrayField(models.CharField(max_length=10, choices=AlertKind), default=list)
    is_active = models.BooleanField(default=True)
    since = models.DateTimeField()
    failing_since = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    last_sent_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Alert(PublicModel):
    """One cause that managers are told of, open while `cleared_at` is None. `count`: how often it came so far.

    `is_urgent`: a guest stands before the door, and no quiet hours hold it back.
    """

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="alerts")
    key = models.CharField(max_length=120)
    severity = models.CharField(max_length=10, choices=AlertKind)
    is_urgent = models.BooleanField(default=False)
    title = models.CharField(max_length=200)
    text = models.CharField(max_length=400)
    path = models.CharField(max_length=200, blank=True)
    place = models.ForeignKey(Property, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "key"], condition=Q(cleared_at__isnull=True), name="alert_open_once"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["workspace", "key", "-last_at"], name="alert_of_key")]

    def __str__(self) -> str:
        return self.title


class AlertNotice(ScopedModel):
    """That one channel is told of one alert, on one occasion: that it came, that it became urgent, that it cleared."""

    workspace_path = "channel__workspace"

    channel = models.ForeignKey(AlertChannel, on_delete=models.CASCADE, related_name="notices")
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="notices")
    occasion = models.CharField(max_length=30)
    status = models.CharField(max_length=10, choices=NoticeStatus, default=NoticeStatus.PENDING)
    made_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["channel", "alert", "occasion"], name="notice_once_per_occasion")
        ]
        indexes: ClassVar = [
            models.Index(fields=["channel"], condition=Q(status="pending"), name="notice_pending"),
        ]

    def __str__(self) -> str:
        return f"{self.occasion} of {self.alert}"
