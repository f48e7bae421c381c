"""The OpenAPI description: what each operation may answer, and the page that serves it to keys and signed-in people."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.authentication import SessionAuthentication

from access.api.authentication import ApiKeyAuthentication
from access.api.serializers import ErrorOut

if TYPE_CHECKING:
    from collections.abc import Mapping


def answers(shapes: Mapping[int, Any], *errors: int) -> dict[int, Any]:
    refused = {
        code: OpenApiResponse(response=ErrorOut, description=HTTPStatus(code).phrase) for code in errors
    }
    return {**shapes, **refused}


@extend_schema(exclude=True)
class SchemaView(SpectacularAPIView):
    authentication_classes = (ApiKeyAuthentication, SessionAuthentication)
