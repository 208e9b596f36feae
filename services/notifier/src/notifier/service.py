"""The composition root: settings become a context, and tables over it a service."""

from chassis.database import Database
from chassis.encryption import BlindIndex, FieldCipher
from chassis.events_out import EventStore
from chassis.process import WORKER, ServiceDefinition
from chassis.rotation import in_columns

from notifier.adapters.smtp import SmtpSender
from notifier.adapters.twilio_sms import TwilioSender
from notifier.adapters.twilio_webhooks import TwilioWebhooks
from notifier.context import Context
from notifier.domain.channels import AddressIndex
from notifier.domain.text_senders import TextSenders
from notifier.handlers.receive_reports import rewrite_old_keys
from notifier.http import REFUSALS, ROUTES
from notifier.settings import Settings
from notifier.store import channels, contacts, deliveries, notifications, reports, visits
from notifier.worker import LOOPS


def build(settings: Settings) -> Context:
    """Everything the handlers need, connected to nothing yet. Only the local profile mails without TLS."""
    return Context(
        settings=settings,
        database=Database(settings.database_url, pool_size=settings.database_pool_size),
        events=EventStore(cipher=FieldCipher(settings.field_encryption_keys)),
        mail=SmtpSender(settings.smtp_url, settings.sender, plaintext=settings.portal_profile == "local"),
        sms=TwilioSender(
            account=settings.twilio_account_sid,
            token=settings.twilio_auth_token,
            senders=TextSenders(settings.twilio_from, settings.senders_by_calling_code),
            base_url=settings.twilio_base_url,
            at_once=settings.deliveries_at_once,
        ),
        text_webhooks=TwilioWebhooks(settings.twilio_auth_token),
        cipher=FieldCipher(settings.field_encryption_keys),
        addresses=AddressIndex(BlindIndex(settings.blind_index_keys)),
        links=FieldCipher(settings.unsubscribe_keys),
    )


SERVICE = ServiceDefinition(
    package="notifier",
    settings=Settings,
    build=build,
    routes=ROUTES,
    refusals=REFUSALS,
    asks={"smtp_url": WORKER, "twilio_base_url": WORKER},
    loops=LOOPS,
    keyed_columns=in_columns(
        *contacts.KEYED, deliveries.KEYED, *channels.KEYED, *notifications.KEYED, reports.KEYED, *visits.KEYED
    ),
    rewrite_old_keys=rewrite_old_keys,
)
