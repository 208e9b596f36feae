"""What customers ask for in the portal: staff see it, do it or decline it, and the portal hears which."""

import httpx
import pytest
from msgspec.structs import replace
from portal_testing.envelopes import envelope_of
from servicehub_events import Appointment, Customer, CustomerRequest, RequestMade, RequestWithdrawn, as_event
from servicehub_events_tools.testing import samples
from stand_in_servicehub.actions import ACTIONS
from stand_in_servicehub.actions.requests import waiting
from stand_in_servicehub.core import Core
from stand_in_servicehub.errors import BadInput
from stand_in_servicehub.payments import take

from .fakes import FakePublisher
from .payment_samples import SPARKLE

ASKED = replace(
    as_event(RequestMade, samples.customer_request()),
    business_id=SPARKLE,
    customer_id="c-1001",
    contact_id="p-1",
    appointment_id="v-2012",
    text="The neighbour has <b>keys</b>.",
)


async def ask(core: Core, *requests: CustomerRequest) -> None:
    await take(core, [envelope_of(request, version) for version, request in enumerate(requests, start=1)])


async def test_a_request_is_shown_as_it_was_typed_until_it_is_withdrawn(
    client: httpx.AsyncClient, core: Core
) -> None:
    await ask(core, ASKED)
    page = (await client.get(f"/businesses/{SPARKLE}")).text
    assert "The neighbour has &lt;b&gt;keys&lt;/b&gt;." in page
    assert "2026-11-26 morning, 2026-11-27 any time" in page
    assert f'action="/businesses/{SPARKLE}/answer"' in page
    await ask(core, ASKED, as_event(RequestWithdrawn, ASKED, status="withdrawn"))
    assert "The neighbour" not in (await client.get(f"/businesses/{SPARKLE}")).text


@pytest.mark.parametrize(
    ("kind", "action", "values"),
    [("move", "reschedule", {"start": "2026-12-01T09:00"}), ("cancel", "cancel", {})],
)
async def test_who_does_what_was_asked_answers_it_with_the_same_event(
    core: Core, publisher: FakePublisher, kind: str, action: str, values: dict[str, object]
) -> None:
    await ask(core, replace(ASKED, kind=kind))
    await core.act(SPARKLE, ACTIONS[action], {"appointment_id": "v-2012", **values})
    (envelope,) = publisher.sent
    assert isinstance(envelope.event, Appointment)
    assert [(a.request_id, a.outcome) for a in envelope.event.answers] == [("rq-1", "done")]
    assert waiting(core.desk(SPARKLE)) == []


async def test_a_visit_that_is_moved_answers_no_wish_to_cancel_it(core: Core) -> None:
    await ask(core, replace(ASKED, kind="cancel"))
    await core.act(SPARKLE, ACTIONS["reschedule"], {"appointment_id": "v-2012", "start": "2026-12-01T09:00"})
    assert [request.request_id for request in waiting(core.desk(SPARKLE))] == ["rq-1"]


async def test_an_answer_in_words_comes_with_the_customer_and_only_once(
    core: Core, publisher: FakePublisher
) -> None:
    await ask(core, ASKED)
    given = {"request_id": "rq-1", "outcome": "declined", "message": "We are full that week."}
    await core.act(SPARKLE, ACTIONS["answer"], given)
    (envelope,) = publisher.sent
    assert isinstance(envelope.event, Customer)
    assert envelope.event.answers[-1].message == "We are full that week."
    with pytest.raises(BadInput, match="answered already"):
        await core.act(SPARKLE, ACTIONS["answer"], given)
