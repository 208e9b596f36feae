"""Every service's rows a second time, as plainly as can be: the whole log at once, on raw JSON.

Shares no code with the services: no decoder, no table, no upsert.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from portal_testing.stack.whole_log import LogRecord, Place

Key = tuple[str, ...]
State = dict[str, object]
Rows = dict[Key, State]
"""Primary key → the other columns."""
More = Callable[[State | None], State]
"""Columns that follow from a state."""
LAST = 9223372036854775807
_SUBJECTS = {"appointments": "appointment", "invoices": "invoice", "payments": "payment"}
"""Topic → what the notifier calls its aggregates."""


@dataclass(frozen=True)
class Told:
    """The last word on one aggregate. `state` is None when that word is its erasure."""

    sequence: int
    customer: str
    state: State | None


class Judge:
    """Says what each table must hold, after one look at the whole log."""

    def __init__(self, log: Iterable[LogRecord], poison: Set[Place]) -> None:
        self._last: defaultdict[str, dict[Key, Told]] = defaultdict(dict)
        for record in log:
            if record.place not in poison:
                self._hear(record)
        self.erased = {key for key, told in self._last["customers"].items() if told.state is None}

    def _hear(self, record: LogRecord) -> None:
        kind = record.place.topic.split(".")[1]
        business, subject = record.key.split("/", 1)
        known = self._last[kind].get((business, subject))
        ended = record.event.endswith("Erased")
        if known and not ended and (known.state is None or known.sequence >= record.sequence):
            return
        value = cast(State, json.loads(record.value))
        customer = str(value.get("customer_id", ""))
        self._last[kind][business, subject] = Told(record.sequence, customer, None if ended else value)

    def _theirs(self, kind: str) -> Iterable[tuple[Key, Told, bool]]:
        """Key, last word, and whether the customer it belongs to is erased."""
        for key, told in self._last[kind].items():
            yield key, told, (key[0], told.customer) in self.erased

    def portal_read(self) -> dict[str, Rows]:
        """The read model."""
        businesses = self._last["businesses"]
        customers = {
            key: {"version": told.sequence if told.state else LAST, "state": told.state}
            for key, told in self._last["customers"].items()
        }
        return {
            "businesses": {(key[0],): _versioned(told, "slug") for key, told in businesses.items()},
            "business_slugs": {
                (key[0], slug): {"version": told.sequence}
                for key, told in businesses.items()
                for slug in _slugs(told)
            },
            "customers": cast(Rows, customers),
            "sessions": self._rows("sessions", ("customer_id", "contact_id"), _session),
            "preferences": {key: _versioned(told) for key, told in self._last["preferences"].items()},
            "appointments": self._rows("appointments", ("customer_id", "status"), _appointment),
            "invoices": self._invoices(),
            "payments": self._rows("payments", ("customer_id",)),
            "payment_invoices": self._parts(),
        }

    def _rows(self, kind: str, columns: Iterable[str], more: More | None = None) -> Rows:
        rows: Rows = {}
        for key, told, gone in self._theirs(kind):
            state = None if gone else told.state
            row: State = {"version": LAST if told.state is None else told.sequence, "state": state}
            row |= {name: state[name] if state else None for name in columns}
            rows[key] = row | (more(state) if more else {})
        return rows

    def _parts(self) -> Rows:
        return {
            (business, str(part["invoice_id"]), payment): {
                "version": told.sequence,
                "customer_id": told.customer,
            }
            for (business, payment), told, gone in self._theirs("payments")
            if told.state is not None and not gone
            for part in cast(list[State], told.state["allocations"])
        }

    def _received(self) -> dict[tuple[str, str], list[int]]:
        """What each payment on an invoice brought it; none of this log is in another currency."""
        received = defaultdict[tuple[str, str], list[int]](list)
        for (business, _), told, gone in self._theirs("payments"):
            state = told.state
            if state is None or gone:
                continue
            counts = state["status"] == "captured" and not state.get("review")
            for part in cast(list[State], state["allocations"]):
                amount = cast(int, part["amount"]) if counts else 0
                received[business, str(part["invoice_id"])].append(amount)
        return received

    def _invoices(self) -> Rows:
        rows = self._rows("invoices", ("customer_id", "issued_on", "due_on"), _owed)
        received = self._received()
        for (business, invoice), row in rows.items():
            amounts, owed = received.get((business, invoice), []), cast(int | None, row["owed"])
            row["covered"] = bool(amounts) and owed is not None and sum(amounts) >= owed
        return rows

    def billing(self) -> dict[str, Rows]:
        """What billing knows."""
        invoices: Rows = {}
        for key, told, gone in self._theirs("invoices"):
            erased = gone or told.state is None
            invoices[key] = {
                "version": LAST if erased else told.sequence,
                "customer_id": told.customer,
                "state": None if erased else told.state,
            }
        businesses = self._last["businesses"]
        return {
            "businesses": {(key[0],): _versioned(told) for key, told in businesses.items()},
            "business_slugs": self.portal_read()["business_slugs"],
            "customers": {key: _access(told) for key, told in self._last["customers"].items()},
            "invoices": invoices,
        }

    def notifier(self) -> dict[str, Rows]:
        """What the notifier knows: whom it may write to, and what about."""
        subjects: Rows = {}
        for kind, aggregate in _SUBJECTS.items():
            for key, told, gone in self._theirs(kind):
                if not gone:
                    version = told.sequence if told.state else LAST
                    subjects[key[0], aggregate, key[1]] = {"version": version, "customer_id": told.customer}
        businesses, customers = self._last["businesses"], self._last["customers"]
        return {
            "businesses": {(key[0],): _versioned(told) for key, told in businesses.items()},
            "business_slugs": self.portal_read()["business_slugs"],
            "customers": {key: _access(told) for key, told in customers.items()},
            "contact_addresses": {key: State() for key, told in customers.items() if _has_address(told)},
            "notification_sources": subjects,
        }

    def auth_otp(self) -> dict[str, Rows]:
        """Whom sign-in may let in, and who is in."""
        contacts: Rows = {}
        for key, told in self._last["customers"].items():
            if told.state and told.state["portal_access"]:
                for contact in cast(list[State], told.state["contacts"]):
                    contacts[*key, str(contact["contact_id"])] = _contact(told, contact)
        live = {
            key: {"customer_id": told.customer}
            for key, told in self._last["sessions"].items()
            if told.state and "revoked_at" not in told.state
        }
        customers = {key: _access(told) for key, told in self._last["customers"].items()}
        return {"customers": customers, "contacts": contacts, "sessions": cast(Rows, live)}


def _versioned(told: Told, *columns: str) -> State:
    state = told.state or {}
    return {"version": told.sequence, "state": told.state, **{name: state.get(name) for name in columns}}


def _slugs(told: Told) -> list[str]:
    state = told.state or {}
    return [str(state["slug"]), *cast(list[str], state.get("former_slugs", []))]


def _session(state: State | None) -> State:
    return {"revoked": ("revoked_at" in state) if state else None}


def _appointment(state: State | None) -> State:
    window = cast(Mapping[str, str], state["window"] if state else {})
    return {
        "starts_at": datetime.fromisoformat(window["start"]) if window else None,
        "ends_at": datetime.fromisoformat(window["end"]) if window else None,
    }


def _owed(state: State | None) -> State:
    if state is None:
        return {"owed": None}
    recorded = cast(list[State], state.get("recorded_payments", []))
    cash = sum(cast(int, paid["amount"]) for paid in recorded if "portal_payment_id" not in paid)
    return {"owed": max(0, cast(int, state["total"]) - cash) if state["status"] == "open" else 0}


def _access(told: Told) -> State:
    if told.state is None:
        return {"version": LAST, "portal_access": False, "erased": True, "contacts": {}}
    contacts = cast(list[State], told.state["contacts"])
    roles = {contact["contact_id"]: contact.get("roles") for contact in contacts}
    access = told.state["portal_access"]
    return {"version": told.sequence, "portal_access": access, "erased": False, "contacts": roles}


def _has_address(told: Told) -> bool:
    state = told.state or {"portal_access": False}
    if not state["portal_access"]:
        return False
    return any(contact.get("email") for contact in cast(list[State], state["contacts"]))


def _contact(told: Told, contact: State) -> State:
    locale = contact.get("locale") or cast(State, told.state).get("locale")
    return {"version": told.sequence, "email": contact.get("email"), "locale": locale}
