"""What contacts choose crosses from the pages to the notifier: the client of one on the app of the other."""

import secrets
from datetime import UTC, datetime

import httpx
import pytest
from chassis.settings import KeyRing
from notifier.domain.kinds import GROUPS
from portal_read.adapters.notifier import NotifierClient
from portal_read.pages.message_choices import GROUPS as LABELS
from portal_read.ports import ChosenMessages, MessagesUnavailable
from servicehub_events_tools.testing import samples

from tests.contract.support.services_without_servers import LocalStack, local_stack

STRANGE = KeyRing("k1", {"k1": secrets.token_bytes(32)})


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> LocalStack:
    return local_stack(tmp_path_factory.mktemp("secrets"))


def test_the_settings_have_words_for_each_group_of_the_notifier() -> None:
    assert list(LABELS) == list(GROUPS)


@pytest.mark.parametrize(("ours", "status"), [(True, "503"), (False, "401")])
async def test_the_pages_are_known_to_the_notifier_by_their_ring(
    stack: LocalStack, ours: bool, status: str
) -> None:
    ring = KeyRing.parse(stack.environment("portal-read")["NOTIFIER_KEYS"]) if ours else STRANGE
    transport = httpx.ASGITransport(stack.app("notifier"))
    client = NotifierClient("http://notifier", ring, lambda: datetime.now(UTC), transport)
    contact = samples.customer().contacts[0]
    chosen = ChosenMessages(business_id="b1", customer_id="c1", contact_id="co1", locale="ja")
    assert await client.list_choices("b1", contact) is None
    with pytest.raises(MessagesUnavailable, match=status):
        await client.choose(chosen)
    # Without its database it can't tell whose a link is; one that is no link at all it refuses by itself.
    if ours:
        assert await client.unsubscribe("b1", "x") is None
    else:
        with pytest.raises(MessagesUnavailable, match=status):
            await client.unsubscribe("b1", "x")
    await client.close()
