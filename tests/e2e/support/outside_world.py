"""What stands around the portal: the mailbox, ServiceHub, where things happen, and the Stripe sandbox."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import msgspec
from portal_testing.stack.stripe_sandbox import BookedCharge, Json, StripeBooks, request_of
from servicehub_events import Appointment, Invoice
from stand_in_stripe import controls, disputes

PATIENCE_SECONDS = 20.0
TOLD_SECONDS = PATIENCE_SECONDS + 10
"""News of a visit or an invoice wait: what is corrected at once is one message. In tests they wait 2 s."""
_POLL_SECONDS = 0.02
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
A_CODE = "sign-in code|確認コード"
"""How the subject of a mail with a code reads; news of visits and invoices may lie beside it."""


class Listed(msgspec.Struct):
    ID: str
    Subject: str


class Inbox(msgspec.Struct):
    messages: list[Listed]


class Message(msgspec.Struct):
    ID: str
    Subject: str
    Text: str
    HTML: str
    Tags: list[str]

    @property
    def code(self) -> str:
        found = _CODE.search(self.Text)
        assert found, f"no code in: {self.Text}"
        return found[0]


@dataclass
class Mailbox:
    """Mails and SMS of everybody, as `stand_in_mailbox` keeps them. `told` are those already returned."""

    url: str
    http: httpx.Client
    told: set[str] = field(default_factory=set[str])

    def next_to(self, address: str, about: str = "", *, within: float = PATIENCE_SECONDS) -> Message:
        """The newest message to this address that was not returned before; waits for it.

        `about` is a pattern for the subject; a text message has none, and is taken whatever it says.
        """
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            for listed in self._listed(address):
                fits = not listed.Subject or re.search(about, listed.Subject)
                if listed.ID not in self.told and fits:
                    self.told.add(listed.ID)
                    return self._message(listed.ID)
            time.sleep(_POLL_SECONDS)
        raise AssertionError(f"no message to {address} about {about!r} within {within:.0f} s")

    def forget(self, address: str) -> None:
        """Everything that lies there for this address is old from now on."""
        self.told.update(listed.ID for listed in self._listed(address))

    def _listed(self, address: str) -> list[Listed]:
        query = {"query": f"to:{address}", "limit": "50"}
        answer = self.http.get(f"{self.url}/api/v1/search", params=query).raise_for_status()
        return msgspec.json.decode(answer.content, type=Inbox).messages

    def _message(self, identity: str) -> Message:
        answer = self.http.get(f"{self.url}/api/v1/message/{identity}").raise_for_status()
        return msgspec.json.decode(answer.content, type=Message)


class Published(msgspec.Struct):
    type: str
    id: str


class Outcome(msgspec.Struct):
    published: list[Published]


class Records(msgspec.Struct):
    """All that ServiceHub knows of a business."""

    today: str
    appointments: list[Appointment]
    invoices: list[Invoice]


@dataclass
class ServiceHub:
    """The simulator, asked over its JSON API."""

    url: str
    http: httpx.Client

    def act(self, business: str, action: str, **values: object) -> list[Published]:
        """Do it; what was published. The business is an id or a slug."""
        answer = self.http.post(f"{self.url}/api/businesses/{business}/{action}", json=values)
        assert answer.is_success, answer.text
        return msgspec.json.decode(answer.content, type=Outcome).published

    def records(self, business: str) -> Records:
        answer = self.http.get(f"{self.url}/api/businesses/{business}").raise_for_status()
        return msgspec.json.decode(answer.content, type=Records)


@dataclass
class Stripe:
    """The sandbox's controls and books. Money in its books is in Stripe's smallest unit."""

    url: str
    http: httpx.Client

    def fault(self, on: str, kind: str, *, times: int | None = 1, seconds: float | None = None) -> None:
        """Let something go wrong there; it behaves again after the test."""
        self._do(controls.fault, on, kind, times=times, seconds=seconds)

    def behave(self) -> None:
        """End all faults."""
        self._do(controls.behave)

    def pay(self, page: str) -> None:
        """Pay by card on this pay page, as a payer whose browser then dies."""
        self._do(controls.pay, _session(page))

    def refund(self, page: str, amount: int) -> None:
        """Give back part of what was paid on this pay page, as in the dashboard."""
        self._do(controls.refund, _session(page), amount)

    def dispute(self, page: str) -> None:
        """The payer's bank asks for the money back."""
        self._do(disputes.open_dispute, _session(page))

    def close_dispute(self, page: str, *, won: bool) -> None:
        """The bank decides."""
        self._do(disputes.close_dispute, _session(page), won=won)

    def sessions(self) -> list[str]:
        """The ids of all sessions."""
        return [session.id for session in self._books().sessions]

    def charges(self, page: str) -> list[BookedCharge]:
        """Every charge, taken or declined, that was made on this pay page."""
        books = self._books()
        (intent,) = (each.payment_intent for each in books.sessions if each.id == _session(page))
        return [charge for charge in books.charges if charge.payment_intent == intent]

    def _books(self) -> StripeBooks:
        answer = self.http.get(f"{self.url}/_sandbox/books").raise_for_status()
        return msgspec.json.decode(answer.content, type=StripeBooks)

    def _do(self, work: Callable[..., Json], *args: object, **sent: object) -> None:
        path, body = request_of(work, *args, **sent)
        answer = self.http.post(f"{self.url}/_sandbox/{path}", json=body)
        assert answer.is_success, answer.text


def _session(page: str) -> str:
    return page.rpartition("/")[2].partition("?")[0].partition("#")[0]
