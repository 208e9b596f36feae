"""What stands around the portal: the mailbox with the codes, and ServiceHub, where things happen."""

import re
import time
from dataclasses import dataclass, field

import httpx
import msgspec
from servicehub_events import Appointment, Invoice

PATIENCE_SECONDS = 20.0
_POLL_SECONDS = 0.02
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


class Listed(msgspec.Struct):
    ID: str


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
    """Mails and SMS of everybody, as `local_stack.mailbox` keeps them. `told` are those already returned."""

    url: str
    http: httpx.Client
    told: set[str] = field(default_factory=set[str])

    def next_to(self, address: str) -> Message:
        """The newest message to this address that was not returned before; waits for it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            for listed in self._listed(address):
                if listed.ID not in self.told:
                    self.told.add(listed.ID)
                    return self._message(listed.ID)
            time.sleep(_POLL_SECONDS)
        raise AssertionError(f"no message to {address} within {PATIENCE_SECONDS:.0f} s")

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
