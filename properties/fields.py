"""Model fields that keep their value encrypted in the database and plain in Python."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db import models

from properties import crypto

if TYPE_CHECKING:
    _TextField = models.TextField[str | None, str | None]
    _JSONBase = models.TextField[Any, Any]
else:
    _TextField = models.TextField
    _JSONBase = models.TextField


class EncryptedTextField(_TextField):
    """Text under Fernet encryption; each write yields another ciphertext, so it cannot be filtered on."""

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        return None if value is None else crypto.decrypt(value)

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else crypto.encrypt(str(value))


class EncryptedJSONField(_JSONBase):
    """A JSON document under Fernet encryption, for credentials."""

    _pyi_private_set_type: Any  # what django-stubs lets be assigned, else text only
    _pyi_private_get_type: Any

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
        return None if value is None else json.loads(crypto.decrypt(value))

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else crypto.encrypt(json.dumps(value))

    def value_to_string(self, obj: models.Model) -> str:
        return json.dumps(self.value_from_object(obj))
