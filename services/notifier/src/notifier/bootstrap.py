"""The composition root: settings become the parts of each process."""

import random

from chassis.clock import new_id, system_clock
from chassis.db import Database
from chassis.service import Service, Worker
from fastapi import FastAPI

from notifier.adapters.smtp import SmtpSender
from notifier.adapters.twilio_sms import TwilioSender
from notifier.api import create_api
from notifier.delivery import Courier
from notifier.ports import MailSender, SmsSender
from notifier.settings import Settings
from notifier.worker import loops


def api(settings: Settings) -> FastAPI:
    """The HTTP process."""
    return create_api(settings, Database(settings.database_url, pool_size=settings.database_pool_size))


def worker(settings: Settings) -> Worker:
    """The worker process."""
    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    sms = sms_sender(settings)
    courier = courier_of(settings, database, mail=mail_sender(settings), sms=sms)
    return Worker(loops(settings, database, courier), database, closing=[sms.close])


def mail_sender(settings: Settings) -> SmtpSender:
    """Mail by SMTP; without TLS only in the local profile."""
    return SmtpSender(settings.smtp_url, settings.sender, plaintext=settings.portal_profile == "local")


def sms_sender(settings: Settings) -> TwilioSender:
    """Text messages by Twilio."""
    return TwilioSender(
        account=settings.twilio_account_sid,
        token=settings.twilio_auth_token,
        sender=settings.twilio_from,
        base_url=settings.twilio_base_url,
        at_once=settings.deliveries_at_once,
    )


def courier_of(settings: Settings, database: Database, *, mail: MailSender, sms: SmsSender) -> Courier:
    """The courier with these senders."""
    return Courier(
        database=database,
        keys=settings.seal_private_keys,
        mail=mail,
        sms=sms,
        sender=settings.sender,
        public_origin=settings.public_origin,
        public_host=settings.public_host,
        clock=system_clock,
        new_id=new_id,
        jitter=random.random,
    )


SERVICE = Service("notifier", Settings, api, worker)
