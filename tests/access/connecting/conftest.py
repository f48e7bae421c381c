from __future__ import annotations

import pytest

from access.connecting.webviews import WebviewDetails, create_webview
from access.models import ConnectWebview
from properties.models import Workspace
from tests.factories import make_workspace


@pytest.fixture
def sandbox(db: None) -> Workspace:
    return make_workspace("Seaside Stays", is_sandbox=True)


@pytest.fixture
def webview(sandbox: Workspace) -> ConnectWebview:
    return create_webview(sandbox, WebviewDetails())
