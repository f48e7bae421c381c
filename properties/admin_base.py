"""What every admin page of this project starts from: read-mostly, and blind to secrets.

The admin is for the person who runs the installation, across all workspaces. A page shows every field of its model
except those that hold a secret, and lets only the few named in `editable` be changed: whatever has consequences for
doors (stays, codes, devices, feeds) is changed through its own functions, which lock, record and announce.
Nothing is deleted here unless an admin says so, because rows outlive their reason until a lock has confirmed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.db import models

from properties.fields import EncryptedJSONField, EncryptedTextField

if TYPE_CHECKING:
    from django.forms import ModelForm
    from django.http import HttpRequest

    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin

SECRET_NAMES = frozenset({"pin_key", "key_hash", "token", "token_hash", "password"})


def is_secret(field: models.Field[Any, Any]) -> bool:
    return isinstance(field, EncryptedTextField | EncryptedJSONField) or field.name in SECRET_NAMES


def shown_fields(model: type[models.Model]) -> list[str]:
    own = [*model._meta.fields, *model._meta.many_to_many]
    return [field.name for field in own if field.name != "id" and not is_secret(field)]


class ReadMostlyAdmin(_ModelAdmin):
    editable: ClassVar[tuple[str, ...]] = ()
    hidden: ClassVar[tuple[str, ...]] = ()
    computed: ClassVar[tuple[str, ...]] = ()
    can_add: ClassVar[bool] = False
    can_delete: ClassVar[bool] = False
    list_per_page = 50
    show_full_result_count = False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        if obj is None:
            return list(self.editable)
        return [*self.computed, *(name for name in shown_fields(self.model) if name not in self.hidden)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for name in self.get_fields(request, obj) if name not in self.editable]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.can_add and super().has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_delete and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        if not change:
            obj.save()
        elif form.changed_data:
            # Only what was edited: the rest may have been written by a runner since the page was opened.
            obj.save(update_fields=form.changed_data)


class ReadOnlyAdmin(ReadMostlyAdmin):
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
