from __future__ import annotations

import pytest

from dashboard.models import ApiKey, Team
from projects_app.models import Clip
from tests.conftest import InProcessSandbox
from tests.publishing_app.support import exported_clip


@pytest.fixture
def clip(team: Team, api_key: ApiKey, sandbox: InProcessSandbox) -> Clip:
    """Approved here and exported at the sandbox."""
    return exported_clip(team, api_key, sandbox, title="Ask before you cut")
