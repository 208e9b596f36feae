"""What every table must hold, worked out a second time: from the whole log at once, on raw JSON.

Shares no code with the services: no decoder, no table, no upsert.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from portal_testing.stack.whole_log import LogRecord, Place

Key = tuple[str, ...]
State = dict[str, object]
Rows = dict[Key, State]
"""Primary key → the other columns."""
Columns = Callable[[State | None], State]
"""Columns that follow from a state."""
LAST = 9223372036854775807
"""The version of a row whose aggregate is erased."""
_SOURCES = {"appointments": "appointment", "invoices": "invoice", "payments": "payment"}
"""Topic → what the notifier calls its aggregates."""


@dataclass(frozen=True)
class Latest:
    """The record of an aggregate that counts. `state` is None when that is its erasure."""

    sequence: int
    customer_id: str
    state: State | None


class ExpectedRows:
    """One look at the whole log; then the tables of each service."""

    def __init__(self, log: Iterable[LogRecord], malformed: Set[Place]) -> None:
        self._latest: defaultdict[str, dict[Key, Latest]] = defaultdict(dict)
        for record in log:
            if record.place not in malformed:
                self._read(record)
        self._erased = {key for key, latest in self._latest["customers"].items() if latest.state is None}

    def _read(self, record: LogRecord) -> None:
        kind = record.place.topic.split(".")[1]
        business_id, subject = record.key.split("/", 1)
        known = self._latest[kind].get((business_id, subject))
        erased = record.event.endswith("Erased")
        if known and not erased and (known.state is None or known.sequence >= record.sequence):
            return
        state = cast(State, json.loads(record.value))
        customer_id = str(state.get("customer_id", ""))
        latest = Latest(record.sequence, customer_id, None if erased else state)
        self._latest[kind][business_id, subject] = latest

    def _of_customers(self, kind: str) -> Iterator[tuple[Key, Latest, bool]]:
        """Key, record, and whether the customer it belongs to is erased."""
        for key, latest in self._latest[kind].items():
            yield key, latest, (key[0], latest.customer_id) in self._erased

    def portal_read(self) -> dict[str, Rows]:
        """The read model."""
        businesses = self._latest["businesses"]
        customers: Rows = {
            key: {"version": latest.sequence if latest.state else LAST, "state": latest.state}
            for key, latest in self._latest["customers"].items()
        }
        return {
            "businesses": {
                (key[0],): _versioned(latest, "slug", "enabled") for key, latest in businesses.items()
            },
            "business_slugs": self._business_slugs(),
            "customers": customers,
            "sessions": self._rows("sessions", ("customer_id", "contact_id"), _revoked),
            "preferences": {key: _versioned(latest) for key, latest in self._latest["preferences"].items()},
            "appointments": self._rows("appointments", ("customer_id", "status"), _window),
            "invoices": self._covered_invoices(),
            "payments": self._rows("payments", ("customer_id",)),
            "payment_invoices": self._payment_invoices(),
            "autopays": self._rows("autopay", ("customer_id",)),
            "messages": self._messages(),
        }

    def billing(self) -> dict[str, Rows]:
        """What billing knows of others."""
        invoices: Rows = {}
        for key, latest, gone in self._of_customers("invoices"):
            state = None if gone else latest.state
            version = LAST if state is None else latest.sequence
            invoices[key] = {"version": version, "customer_id": latest.customer_id, "state": state}
        return {**self._identity(), "invoices": invoices}

    def notifier(self) -> dict[str, Rows]:
        """Whom the notifier may write to, and what about."""
        sources: Rows = {}
        for kind, aggregate in _SOURCES.items():
            for (business_id, subject), latest, gone in self._of_customers(kind):
                version = latest.sequence if latest.state else LAST
                if not gone:
                    row: State = {"version": version, "customer_id": latest.customer_id}
                    sources[business_id, aggregate, subject] = row
        customers = self._latest["customers"]
        return {
            **self._identity(),
            "contact_addresses": {key: State() for key, latest in customers.items() if _has_address(latest)},
            "notification_sources": sources,
        }

    def auth_otp(self) -> dict[str, Rows]:
        """Whom sign-in may let in, and who is in."""
        contacts: Rows = {}
        for key, latest in self._latest["customers"].items():
            if latest.state and latest.state["portal_access"]:
                for contact in cast(list[State], latest.state["contacts"]):
                    contacts[*key, str(contact["contact_id"])] = _contact(latest, contact)
        sessions: Rows = {
            key: {"customer_id": latest.customer_id}
            for key, latest in self._latest["sessions"].items()
            if latest.state and "revoked_at" not in latest.state
        }
        return {"customers": self._identity()["customers"], "contacts": contacts, "sessions": sessions}

    def _identity(self) -> dict[str, Rows]:
        businesses, customers = self._latest["businesses"], self._latest["customers"]
        return {
            "businesses": {(key[0],): _versioned(latest) for key, latest in businesses.items()},
            "business_slugs": self._business_slugs(),
            "customers": {key: _access(latest) for key, latest in customers.items()},
        }

    def _business_slugs(self) -> Rows:
        return {
            (key[0], slug): {"version": latest.sequence}
            for key, latest in self._latest["businesses"].items()
            for slug in _slugs(latest)
        }

    def _rows(self, kind: str, columns: Iterable[str], more: Columns | None = None) -> Rows:
        rows: Rows = {}
        for key, latest, gone in self._of_customers(kind):
            state = None if gone else latest.state
            row: State = {"version": LAST if latest.state is None else latest.sequence, "state": state}
            row |= {name: state[name] if state else None for name in columns}
            rows[key] = row | (more(state) if more else {})
        return rows

    def _messages(self) -> Rows:
        """Those to a customer that are about an invoice or a payment."""
        rows: Rows = {}
        for key, latest, gone in self._of_customers("messages"):
            state = latest.state or {}
            about = {name: state.get(name) for name in ("invoice_id", "payment_id")}
            if latest.customer_id and any(about.values()):
                row = {"customer_id": latest.customer_id, **about, "state": state}
                rows[key] = {"version": latest.sequence, **(dict.fromkeys(row) if gone else row)}
        return rows

    def _payment_invoices(self) -> Rows:
        return {
            (business_id, str(part["invoice_id"]), payment_id): {
                "version": latest.sequence,
                "customer_id": latest.customer_id,
            }
            for (business_id, payment_id), latest, gone in self._of_customers("payments")
            if latest.state is not None and not gone
            for part in cast(list[State], latest.state["allocations"])
        }

    def _covered_invoices(self) -> Rows:
        rows = self._rows(
            "invoices",
            ("customer_id", "issued_on", "due_on"),
            _owed,
        )
        received = self._received()
        for (business_id, invoice_id), row in rows.items():
            amounts, owed = received.get((business_id, invoice_id), []), cast(int | None, row["owed"])
            row["covered"] = bool(amounts) and owed is not None and sum(amounts) >= owed
            held = self._left_by_payments(business_id, invoice_id) - _asked_beyond_cash(row["state"])
            row["in_credit"] = bool(amounts) and row["state"] is not None and held > 0
        return rows

    def _left_by_payments(self, business_id: str, invoice_id: str) -> int:
        """What payments brought an invoice, less what went back, is going back, or was lost."""
        left = 0
        for (business, _), latest, gone in self._of_customers("payments"):
            state = latest.state
            if business != business_id or state is None or gone:
                continue
            if state["status"] != "captured" or state.get("review"):
                continue
            attempts = cast(list[State], state.get("refund_attempts", []))
            going = [one for one in attempts if one["status"] in ("pending", "requires_action")]
            dispute = cast(State | None, state.get("dispute"))
            lost = [dispute] if dispute and dispute["status"] == "lost" else []
            left += _part_of(state, invoice_id)
            left -= sum(
                _part_of(one, invoice_id) for one in (*cast(list[State], state["refunds"]), *going, *lost)
            )
        return left

    def _received(self) -> Mapping[tuple[str, str], list[int]]:
        """What each payment on an invoice brought it; none of this log is in another currency."""
        received = defaultdict[tuple[str, str], list[int]](list)
        for (business_id, _), latest, gone in self._of_customers("payments"):
            if latest.state is None or gone:
                continue
            counts = latest.state["status"] == "captured" and not latest.state.get("review")
            for part in cast(list[State], latest.state["allocations"]):
                amount = cast(int, part["amount"]) if counts else 0
                received[business_id, str(part["invoice_id"])].append(amount)
        return received


def _versioned(latest: Latest, *columns: str) -> State:
    state = latest.state or {}
    return {
        "version": latest.sequence,
        "state": latest.state,
        **{name: state.get(name) for name in columns},
    }


def _slugs(latest: Latest) -> list[str]:
    state = latest.state or {}
    return [str(state["slug"]), *cast(list[str], state.get("former_slugs", []))]


def _revoked(state: State | None) -> State:
    return {"revoked": ("revoked_at" in state) if state else None}


def _window(state: State | None) -> State:
    window = cast(Mapping[str, str], state["window"] if state else {})
    return {
        "starts_at": datetime.fromisoformat(window["start"]) if window else None,
        "ends_at": datetime.fromisoformat(window["end"]) if window else None,
    }


def _owed(state: State | None) -> State:
    if state is None:
        return {"owed": None, "overpaid": None}
    recorded = cast(list[State], state.get("recorded_payments", []))
    cash = sum(cast(int, paid["amount"]) for paid in recorded if "portal_payment_id" not in paid)
    less = [cast(list[State], state.get(name, [])) for name in ("withholdings", "credit_notes")]
    taken = sum(cast(int, part.get("amount", part.get("total"))) for parts in less for part in parts)
    asked = max(0, cast(int, state["total"]) - taken)
    owed = max(0, asked - cash) if state["status"] == "open" else 0
    return {"owed": owed, "overpaid": _asked_beyond_cash(state) < 0}


def _asked_beyond_cash(state: object) -> int:
    """What an invoice asks for beyond what was recorded and stayed; below zero where more was."""
    if state is None:
        return 0
    bill = cast(State, state)
    less = [cast(list[State], bill.get(name, [])) for name in ("withholdings", "credit_notes")]
    taken = sum(cast(int, part.get("amount", part.get("total"))) for parts in less for part in parts)
    asked = 0 if bill["status"] == "void" else max(0, cast(int, bill["total"]) - taken)
    for entry in cast(list[State], bill.get("recorded_payments", [])):
        asked -= 0 if "portal_payment_id" in entry else cast(int, entry["amount"])
        refunds = cast(list[State], entry.get("refunds", []))
        asked += sum(cast(int, one["amount"]) for one in refunds if "portal_refund_id" not in one)
    return asked


def _part_of(state: State, invoice_id: str) -> int:
    parts = cast(list[State], state["allocations"])
    return sum(cast(int, part["amount"]) for part in parts if part["invoice_id"] == invoice_id)


def _access(latest: Latest) -> State:
    if latest.state is None:
        return {"version": LAST, "portal_access": False, "erased": True, "contacts": {}}
    contacts = cast(list[State], latest.state["contacts"])
    roles = {contact["contact_id"]: contact.get("roles") for contact in contacts}
    access = latest.state["portal_access"]
    return {"version": latest.sequence, "portal_access": access, "erased": False, "contacts": roles}


def _has_address(latest: Latest) -> bool:
    state = latest.state or {"portal_access": False}
    if not state["portal_access"]:
        return False
    contacts = cast(list[State], state["contacts"])
    return any(contact.get("email") or contact.get("phone") for contact in contacts)


def _contact(latest: Latest, contact: State) -> State:
    locale = contact.get("locale") or cast(State, latest.state).get("locale")
    return {"version": latest.sequence, "email": contact.get("email"), "locale": locale}
