"""A Host header is believed by nobody: pages, links and the origin of posts stay as configured."""

import pytest
from portal_testing.stack import Servers

from tests.security.front_door import SLUG, FrontDoor

pytestmark = pytest.mark.stack
POISONED = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
EMAIL = "hanako@mail.example"


async def test_a_poisoned_host_header_changes_no_link_and_no_page(servers: Servers) -> None:
    async with FrontDoor.open(servers, [EMAIL]) as door:
        for path in ("", "/sign-in", "/code"):
            url = f"/portal/{SLUG}{path}"
            honest = await door.pages.browser().get(url)
            poisoned = await door.pages.browser().get(url, headers=POISONED)
            assert (poisoned.status_code, poisoned.content) == (honest.status_code, honest.content)
            assert "evil" not in str(poisoned.headers)
        answer = await door.sign_in.browser().post(
            f"/auth/{SLUG}/codes", data={"address": EMAIL}, headers=POISONED
        )
        assert answer.headers["location"] == f"/portal/{SLUG}/code"


async def test_a_post_of_another_origin_stays_foreign_whatever_its_host_header_says(servers: Servers) -> None:
    async with FrontDoor.open(servers, [EMAIL]) as door:
        foreign = {**POISONED, "Origin": "https://evil.example"}
        answer = await door.sign_in.browser().post(
            f"/auth/{SLUG}/codes", data={"address": EMAIL}, headers=foreign
        )
        assert answer.status_code == 403
