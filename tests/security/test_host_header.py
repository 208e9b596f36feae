"""A Host header names a domain that was shown to be a business's, or nothing: no page, no link, no post."""

import pytest
from portal_testing.stack import Servers

from tests.security.front_door import SLUG, FrontDoor

pytestmark = pytest.mark.stack
EVIL = "evil.example"
FORWARDED = {"X-Forwarded-Host": EVIL, "Forwarded": f"host={EVIL}"}
EMAIL = "hanako@mail.example"


async def test_a_poisoned_host_header_shows_no_portal_and_comes_back_in_no_link(servers: Servers) -> None:
    async with FrontDoor.open(servers, [EMAIL]) as door:
        for path in ("", "/sign-in", "/code"):
            answer = await door.pages.browser().get(f"/portal/{SLUG}{path}", headers={"Host": EVIL})
            assert answer.status_code == 404
            assert EVIL not in answer.text + str(answer.headers)


async def test_what_a_proxy_is_said_to_have_been_asked_changes_no_link_and_no_page(servers: Servers) -> None:
    async with FrontDoor.open(servers, [EMAIL]) as door:
        for path in ("", "/sign-in", "/code"):
            url = f"/portal/{SLUG}{path}"
            honest = await door.pages.browser().get(url)
            poisoned = await door.pages.browser().get(url, headers=FORWARDED)
            assert (poisoned.status_code, poisoned.content) == (honest.status_code, honest.content)
            assert EVIL not in str(poisoned.headers)
        answer = await door.sign_in.browser().post(
            f"/auth/{SLUG}/codes", data={"address": EMAIL}, headers=FORWARDED
        )
        assert answer.headers["location"] == f"/portal/{SLUG}/code"


@pytest.mark.parametrize(("host", "status"), [(EVIL, 404), ("", 403)])
async def test_a_post_of_another_origin_does_nothing_whatever_its_host_header_says(
    servers: Servers, host: str, status: int
) -> None:
    async with FrontDoor.open(servers, [EMAIL]) as door:
        foreign = {**FORWARDED, "Origin": f"https://{EVIL}", **({"Host": host} if host else {})}
        answer = await door.sign_in.browser().post(
            f"/auth/{SLUG}/codes", data={"address": EMAIL}, headers=foreign
        )
        assert answer.status_code == status
