"""The topics as data: names, keys, retention, publisher, readers and events. Stated here and nowhere else."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from servicehub_events.catalogue import (
    appointment,
    autopay,
    business,
    contact_status,
    customer,
    invoice,
    message,
    payment,
    preferences,
    rejection,
    request,
    session,
)
from servicehub_events.topic import DEFAULT_PARTITIONS, MAX_BYTES, PARTITIONER, Reader, Topic

__all__ = [
    "APPOINTMENTS",
    "AUTOPAY",
    "BUSINESSES",
    "CONTACTS",
    "CUSTOMERS",
    "DEFAULT_PARTITIONS",
    "INVOICES",
    "MAX_BYTES",
    "MESSAGES",
    "PARTITIONER",
    "PAYMENTS",
    "PREFERENCES",
    "REJECTIONS",
    "REQUESTS",
    "SESSIONS",
    "TOPICS",
    "Reader",
    "Topic",
]

CUSTOMERS = Topic(
    name="servicehub.customers.v1",
    purpose="The customers of a business and the contacts who may act for them: who may sign in.",
    id_field="customer_id",
    owner="servicehub",
    source="/servicehub/core",
    readers=("auth-otp", "billing", "notifier", "portal-read"),
    events=(customer.CustomerRegistered, customer.CustomerRevised, customer.CustomerErased),
    compact=True,
    min_compaction_lag=timedelta(days=7),  # so that access switched off and on again is seen
)
APPOINTMENTS = Topic(
    name="servicehub.appointments.v1",
    purpose="The visits of a business: what, when, where and who comes.",
    id_field="appointment_id",
    owner="servicehub",
    source="/servicehub/core",
    readers=("notifier", "portal-read"),
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
    purpose="What customers are asked to pay, and what the business itself has received on it.",
    id_field="invoice_id",
    owner="servicehub",
    source="/servicehub/core",
    readers=("billing", "notifier", "portal-read"),
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
    purpose="Each business's portal: whether it is on, its address, its brand and its settings.",
    id_field="business_id",
    owner="portal",
    source="/portal/branding",
    readers=("auth-otp", "billing", "notifier", "portal-read"),
    events=(business.PortalEnabled, business.BrandingRevised, business.PortalDisabled),
    compact=True,
)
PAYMENTS = Topic(
    name="portal.payments.v1",
    purpose="Every payment made in the portal, from its start to refunds and disputes. No personal data.",
    id_field="payment_id",
    owner="portal",
    source="/portal/billing",
    readers=("notifier", "portal-read", "servicehub-core"),
    events=(
        payment.PaymentStarted,
        payment.PaymentProcessing,
        payment.PaymentCaptured,
        payment.PaymentFailed,
        payment.PaymentExpired,
        payment.PaymentRefunded,
        payment.RefundStarted,
        payment.RefundFailed,
        payment.TipRefunded,
        payment.PaymentBooked,
        payment.PaymentDisputed,
        payment.DisputeClosed,
        payment.ReceiptIssued,
        payment.RefundNoteIssued,
        payment.PaymentFlagged,
        payment.PaymentCleared,
    ),
    compact=False,
)
AUTOPAY = Topic(
    name="portal.autopay.v1",
    purpose="Which customers agreed to have new invoices paid by a kept card, and what is charged when.",
    id_field="customer_id",
    owner="portal",
    source="/portal/billing",
    readers=("notifier", "portal-read", "servicehub-core"),
    events=(
        autopay.AutopaySwitchedOn,
        autopay.AutopaySwitchedOff,
        autopay.AutopayPlanned,
        autopay.AutopayAnnounced,
        autopay.AutopayDeclined,
    ),
    compact=True,
)
SESSIONS = Topic(
    name="portal.sessions.v1",
    purpose="Who is signed in where, and every session that ended before its time.",
    id_field="session_id",
    owner="portal",
    source="/portal/auth-otp",
    readers=("billing", "portal-read", "servicehub-core"),
    events=(session.SignedIn, session.SessionRevoked),
    compact=True,
    retention=timedelta(days=45),  # longer than the longest session lives
)
CONTACTS = Topic(
    name="portal.contacts.v1",
    purpose=(
        "What staff should know of how contacts sign in: who is tried with wrong codes, whom no code reaches."
        " Ids, times and words, and never an address."
    ),
    id_field="contact_id",
    owner="portal",
    source="/portal/auth-otp",
    readers=("servicehub-core",),
    events=(
        contact_status.WrongCodesEntered,
        contact_status.SignInGuarded,
        contact_status.SignInGuardEnded,
        contact_status.ContactUnreachable,
        contact_status.ContactReachable,
        contact_status.ContactForgotten,
    ),
    compact=True,
)
PREFERENCES = Topic(
    name="portal.preferences.v1",
    purpose="What each contact wants to be told, and in which language.",
    id_field="contact_id",
    owner="portal",
    source="/portal/notifier",
    readers=("notifier", "portal-read"),
    events=(preferences.PreferencesSet,),
    compact=True,
)
MESSAGES = Topic(
    name="portal.messages.v1",
    purpose="What became of each mail and text, and who ended texts; never the whole address.",
    id_field="message_id",
    owner="portal",
    source="/portal/notifier",
    readers=("auth-otp", "billing", "portal-read", "servicehub-core"),
    events=(
        message.MessageSent,
        message.MessageDelivered,
        message.MessageFailed,
        message.TextsStopped,
        message.TextsResumed,
    ),
    compact=False,
    retention=timedelta(days=30),
)

REJECTIONS = Topic(
    name="portal.rejections.v1",
    purpose="Records that the portal could not use: what to correct, and to publish again. No personal data.",
    id_field="rejection_id",
    owner="portal",
    source="/portal/portal-read",
    readers=("servicehub-core",),
    events=(rejection.RecordRejected,),
    compact=False,
    retention=timedelta(days=30),
)
REQUESTS = Topic(
    name="portal.requests.v1",
    purpose="What customers ask: to move or cancel a visit, to book one, a message, changed details.",
    id_field="request_id",
    owner="portal",
    source="/portal/portal-read",
    readers=("notifier", "servicehub-core"),
    events=(request.RequestMade, request.RequestWithdrawn, request.RequestErased),
    compact=True,
)

TOPICS: Final = (
    CUSTOMERS,
    APPOINTMENTS,
    INVOICES,
    BUSINESSES,
    PAYMENTS,
    AUTOPAY,
    SESSIONS,
    CONTACTS,
    PREFERENCES,
    MESSAGES,
    REJECTIONS,
    REQUESTS,
)
