"""The topics as data: names, keys, retention and the events in each. Stated here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from servicehub_events.catalogue import (
    appointment,
    business,
    code,
    customer,
    invoice,
    message,
    payment,
    preferences,
    session,
)
from servicehub_events.catalogue.base import Event

DEFAULT_PARTITIONS: Final = 12
"""Chosen once per installation before the first event; changing it later breaks order and compaction."""

MAX_BYTES: Final = 1_000_000
"""The most that key, headers and value may take together; below the broker's own default of 1,048,588."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic. The record key is `{business_id}/{id}`, the id being the event's field `id_field`."""

    name: str
    id_field: str
    owner: str
    """First part of the event types: `servicehub` or `portal`."""
    source: str
    """The `ce_source` of its only publisher."""
    events: tuple[type[Event], ...]
    compact: bool
    retention: timedelta | None = None
    """How long records are kept, on a compacted topic the last one of each key; None is for ever."""
    min_compaction_lag: timedelta = timedelta(0)

    @property
    def config(self) -> dict[str, str]:
        """Kafka's settings for this topic. Times are in milliseconds."""
        policy = ["compact"] * self.compact + ["delete"] * (self.retention is not None or not self.compact)
        config = {
            "cleanup.policy": ",".join(policy),
            "retention.ms": str(_milliseconds(self.retention)) if self.retention else "-1",
            "max.message.bytes": "1048588",
        }
        if self.retention:
            # Kafka deletes whole closed segments only: with its default of 7 days an hour would last a week.
            config["segment.ms"] = str(_milliseconds(min(self.retention / 4, timedelta(days=7))))
        if self.compact:
            config["min.compaction.lag.ms"] = str(_milliseconds(self.min_compaction_lag))
            # An erased person's older records must leave the log within a stated time, on a quiet topic too.
            config["max.compaction.lag.ms"] = str(_milliseconds(self.min_compaction_lag + timedelta(days=7)))
        return config


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


CUSTOMERS = Topic(
    name="servicehub.customers.v1",
    id_field="customer_id",
    owner="servicehub",
    source="/servicehub/core",
    events=(customer.CustomerRegistered, customer.CustomerRevised, customer.CustomerErased),
    compact=True,
    min_compaction_lag=timedelta(days=7),  # so that access switched off and on again is seen
)
APPOINTMENTS = Topic(
    name="servicehub.appointments.v1",
    id_field="appointment_id",
    owner="servicehub",
    source="/servicehub/core",
    events=(
        appointment.AppointmentScheduled,
        appointment.AppointmentRescheduled,
        appointment.StaffAssigned,
        appointment.AppointmentEnRoute,
        appointment.AppointmentStarted,
        appointment.AppointmentCompleted,
        appointment.AppointmentMissed,
        appointment.AppointmentCancelled,
        appointment.AppointmentErased,
    ),
    compact=True,
)
INVOICES = Topic(
    name="servicehub.invoices.v1",
    id_field="invoice_id",
    owner="servicehub",
    source="/servicehub/core",
    events=(
        invoice.InvoiceIssued,
        invoice.InvoiceRevised,
        invoice.InvoiceVoided,
        invoice.InvoiceWrittenOff,
        invoice.InvoiceErased,
    ),
    compact=True,
)
BUSINESSES = Topic(
    name="portal.businesses.v1",
    id_field="business_id",
    owner="portal",
    source="/portal/branding",
    events=(business.PortalEnabled, business.BrandingRevised, business.PortalDisabled),
    compact=True,
)
PAYMENTS = Topic(
    name="portal.payments.v1",
    id_field="payment_id",
    owner="portal",
    source="/portal/billing",
    events=(
        payment.PaymentStarted,
        payment.PaymentProcessing,
        payment.PaymentCaptured,
        payment.PaymentFailed,
        payment.PaymentExpired,
        payment.PaymentRefunded,
        payment.PaymentDisputed,
        payment.DisputeClosed,
        payment.PaymentFlagged,
        payment.PaymentCleared,
    ),
    compact=False,
)
SESSIONS = Topic(
    name="portal.sessions.v1",
    id_field="session_id",
    owner="portal",
    source="/portal/auth-otp",
    events=(session.SignedIn, session.SessionRevoked),
    compact=True,
    retention=timedelta(days=45),  # longer than the longest session lives
)
CODES = Topic(
    name="portal.codes.v1",
    id_field="challenge_id",
    owner="portal",
    source="/portal/auth-otp",
    events=(code.SignInCodeRequested,),
    compact=False,
    retention=timedelta(hours=1),
)
PREFERENCES = Topic(
    name="portal.preferences.v1",
    id_field="contact_id",
    owner="portal",
    source="/portal/notifier",
    events=(preferences.PreferencesSet,),
    compact=True,
)
MESSAGES = Topic(
    name="portal.messages.v1",
    id_field="message_id",
    owner="portal",
    source="/portal/notifier",
    events=(message.MessageSent, message.MessageDelivered, message.MessageFailed),
    compact=False,
    retention=timedelta(days=30),
)

TOPICS: Final = (
    CUSTOMERS,
    APPOINTMENTS,
    INVOICES,
    BUSINESSES,
    PAYMENTS,
    SESSIONS,
    CODES,
    PREFERENCES,
    MESSAGES,
)
