"""The OpenAPI document of the settings API, as checked in: `python -m tests.contract.support.settings_api`.

`make derive` writes it; branding serves the same.
"""

import json
from typing import Final

from branding.http.openapi import document
from branding.http.routes import REFUSALS
from servicehub_events_tools import REPOSITORY

FILE: Final = REPOSITORY / "services" / "branding" / "openapi.json"


def rendered() -> str:
    """The file's text, as the service states it now."""
    return json.dumps(document(REFUSALS), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(rendered(), encoding="utf-8")
