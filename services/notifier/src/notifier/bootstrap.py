"""The composition root: settings become the parts of each process."""

import random

from chassis.clock import new_id, system_clock
from chassis.context import ServiceContext
from chassis.database.database import Database
from chassis.encryption import FieldCipher
from chassis.events_in.dead_letters import DeadLetters
from chassis.events_out.event_store import EventStore
from chassis.process.unconverted import Service, Worker
from fastapi import FastAPI

from notifier.adapters.smtp import SmtpSender
from notifier.adapters.twilio_sms import TwilioSender
from notifier.api import create_api
from notifier.code_writer import CodeWriter
from notifier.delivery import Courier
from notifier.domain import SIGN_IN_CODE
from notifier.news.intake import NAME, Intake
from notifier.news.planner import Planner
from notifier.news.writer import KINDS, NewsWriter
from notifier.people import People
from notifier.ports import MailSender, SmsSender
from notifier.settings import Settings
from notifier.worker import loops


def api(settings: Settings) -> FastAPI:
    """The HTTP process."""
    return create_api(settings, Database(settings.database_url, pool_size=settings.database_pool_size))


def worker(settings: Settings) -> Worker:
    """The worker process."""
    from notifier.adapters.faust_lane import FaustLane  # Faust takes 20 MB that no other process needs

    database = Database(settings.database_url, pool_size=settings.database_pool_size)
    people, sms = People(FieldCipher(settings.field_keys)), sms_sender(settings)
    courier = courier_of(settings, database, people, mail=mail_sender(settings), sms=sms)
    ctx = ServiceContext(settings=settings, database=database, events=EventStore())
    intake = Intake(database, people, system_clock, DeadLetters(NAME, ctx))
    news = FaustLane(settings, database, intake, Planner(database, people, system_clock))
    return Worker(loops(settings, database, courier, people, news), database, closing=[sms.close])


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


def courier_of(
    settings: Settings, database: Database, people: People, *, mail: MailSender, sms: SmsSender
) -> Courier:
    """The courier with these senders."""
    origin, clock = settings.public_origin, system_clock
    codes = CodeWriter(settings.seal_private_keys, origin, settings.public_host, clock)
    news = NewsWriter(database, people, origin, clock)
    return Courier(
        database=database,
        writers={SIGN_IN_CODE: codes, **dict.fromkeys(KINDS, news)},
        mail=mail,
        sms=sms,
        sender=settings.sender,
        clock=clock,
        new_id=new_id,
        jitter=random.random,
    )


SERVICE = Service("notifier", Settings, api, worker)
