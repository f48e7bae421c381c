"""An account is the connection to a lock system and the thing that a runner leases; a device is what is due.

The lease columns are written only by access.running.leases, the `wake_at`/`declared_seq` pair only through
locks.waking.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from locks.enums import AccountStatus, Chemistry
from properties.fields import EncryptedJSONField
from properties.models import Workspace
from properties.scoping import PublicModel


class Account(PublicModel):
    """A connection to a lock system.

    `lease_token` is the fencing number: it grows with every claim, and a write that carries an older one is refused.
    `failures` counts calls in a row that found no working connection; while `paused_until` lies ahead the breaker is
    open and no call is made. `conditions`: what the lock system says is wrong with the account, by code. `synced_at`:
    when its list of devices was last asked for. `login_name`: as whom somebody signed in. `deleted_at`: disconnected
    for good by a person; the row stays for its history, shown to nobody, and nothing is asked of it any more.
    """

    shown: ClassVar[Mapping[str, Any]] = {"deleted_at": None}

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="accounts")
    driver = models.CharField(max_length=30)
    brand = models.CharField(max_length=30)
    name = models.CharField(max_length=255)
    credentials = EncryptedJSONField(default=dict)
    status = models.CharField(max_length=15, choices=AccountStatus, default=AccountStatus.CONNECTED)
    max_parallel = models.PositiveSmallIntegerField(default=10)
    lease_owner = models.CharField(max_length=100, blank=True)
    lease_token = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    conditions = models.JSONField(default=list, blank=True)
    failures = models.PositiveIntegerField(default=0)
    paused_until = models.DateTimeField(null=True, blank=True)
    manages_new_devices = models.BooleanField(default=True)
    custom_metadata = models.JSONField(default=dict, blank=True)
    customer_key = models.CharField(max_length=200, blank=True)
    login_name = models.CharField(max_length=200, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    synced_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Device(PublicModel):
    """A lock. `wake_at` is the moment at which it must be looked at again; None: nothing is ever due.

    `last_read_at`: when its codes were last read; `last_seen_at`: when it last told its status;
    `status_wanted_at`: when somebody asked for it anew, whatever was heard before.
    `deadline_at`: by when the next thing must have been done on it; of devices that are due, the nearest comes first.

    `declared_seq` grows whenever what is declared on it changes, so that a reconciler that worked from older
    declarations cannot put the device to sleep over newer ones. `command_times`: the commands of the last minute (P7).
    `capabilities` holds what the device itself reported, over its brand's row; `conditions` what it says is wrong with
    it, by code. `gateway` names the bridge that it hangs on, if any. `log_cursor`: up to where its log was read.
    `command_failures` counts commands in a row that found the lock deaf; from some number on the breaker opens, and
    nothing is sent before `paused_until`. `removed_at`: the lock system no longer lists it.
    `backup_pool_enabled` None: by policy (a pool where the device is somebody's door). `nickname`: what people call it
    here, over the name that its lock system has. `reported`: what somebody told about it that the lock system does not
    say (`pin_lengths`, `time_zone`), over what it says.
    """

    workspace_path = "account__workspace"
    shown: ClassVar[Mapping[str, Any]] = {"account__deleted_at": None}

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="devices")
    external_id = models.CharField(max_length=200)
    brand = models.CharField(max_length=30)
    name = models.CharField(max_length=100)
    model = models.CharField(max_length=100, blank=True)
    capabilities = models.JSONField(default=dict, blank=True)
    is_managed = models.BooleanField(default=True)
    online = models.BooleanField(null=True, blank=True)
    online_changed_at = models.DateTimeField(null=True, blank=True)
    battery_level = models.FloatField(null=True, blank=True)
    locked = models.BooleanField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    status_wanted_at = models.DateTimeField(null=True, blank=True)
    last_read_at = models.DateTimeField(null=True, blank=True)
    unreadable_reason = models.CharField(max_length=30, blank=True)
    failures = models.PositiveIntegerField(default=0)
    wake_at = models.DateTimeField(null=True, blank=True)
    deadline_at = models.DateTimeField(null=True, blank=True)
    declared_seq = models.PositiveBigIntegerField(default=0)
    command_times = models.JSONField(default=list, blank=True)
    command_failures = models.PositiveIntegerField(default=0)
    paused_until = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    conditions = models.JSONField(default=list, blank=True)
    gateway = models.CharField(max_length=100, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    log_cursor = models.CharField(max_length=100, blank=True)
    battery_chemistry = models.CharField(max_length=20, choices=Chemistry, blank=True)
    keypad_battery_level = models.FloatField(null=True, blank=True)
    has_direct_power = models.BooleanField(default=False)
    door_open = models.BooleanField(null=True, blank=True)
    auto_lock = models.BooleanField(null=True, blank=True)
    auto_lock_seconds = models.PositiveSmallIntegerField(null=True, blank=True)
    backup_pool_enabled = models.BooleanField(null=True, blank=True)
    nickname = models.CharField(max_length=100, blank=True)
    custom_metadata = models.JSONField(default=dict, blank=True)
    reported = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "external_id"], name="device_once_per_account")
        ]
        indexes: ClassVar = [
            models.Index(fields=["wake_at"], condition=Q(wake_at__isnull=False), name="device_due"),
        ]

    def __str__(self) -> str:
        return self.name
