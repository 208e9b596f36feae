"""Books what customers pay: `python payments.py [file]`. See docs/reading-payments.md."""

# aiokafka has no types:
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from aiokafka import AIOKafkaConsumer
from connection import BOOTSTRAP, security
from servicehub_events import Envelope, InvalidEvent, Payment, decode, event_type

TOPIC = "portal.payments.v1"
GROUP = "servicehub-core"


class Ledger:
    """Each payment at its highest sequence, with the bookings that follow from its state, in one file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.payments: dict[str, dict[str, object]] = json.loads(file.read_text()) if file.exists() else {}

    def take(self, envelope: Envelope) -> bool:
        """Replace the payment, bookings and all, unless this sequence or a higher one is booked already."""
        key, payment = f"{envelope.business_id}/{envelope.subject}", envelope.event
        known = self.payments.get(key)
        if not isinstance(payment, Payment) or (known and int(str(known["sequence"])) >= envelope.sequence):
            return False
        self.payments[key] = {
            "sequence": envelope.sequence,
            "status": payment.status,
            "bookings": bookings(payment),
            "movements": movements(payment),
        }
        return True

    def save(self) -> None:
        """Write everything, whole or not at all. In ServiceHub: commit the transaction."""
        new = self._file.with_suffix(".new")
        with new.open("w") as file:
            json.dump(self.payments, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._file)


def bookings(payment: Payment) -> list[dict[str, object]]:
    """Everything that a payment has moved, by invoice; a tip by none. The whole list, each time."""
    tip = payment.tip
    moved: list[tuple[str, str, int]] = []
    if payment.status == "captured" and payment.review is None:
        moved += [("received", part.invoice_id, part.amount) for part in payment.allocations]
        moved += [("tip", "", tip.amount)] if tip else []
    for refund in payment.refunds:
        moved += [("refunded", part.invoice_id, part.amount) for part in refund.allocations]
    for refund in tip.refunds if tip else ():
        moved += [("tip refunded", "", refund.amount)] if refund.status == "succeeded" else []
    for dispute in (one for one in payment.disputes if one.status == "lost"):
        moved += [("lost", part.invoice_id, part.amount) for part in dispute.allocations]
        moved += [("tip lost", "", dispute.tip)] if dispute.tip else []
    return [
        {"kind": kind, "invoice_id": invoice_id, "amount": amount, "currency": payment.currency}
        for kind, invoice_id, amount in moved
    ]


def movements(payment: Payment) -> list[dict[str, object]]:
    """What Stripe's balance shows of it: gross, fee, net, and the payout once there is one."""
    return [
        {
            "movement_id": line.movement_id,
            "kind": line.kind,
            "amount": line.amount,
            "fee": line.fee,
            "net": line.net,
            "currency": line.currency,
            "payout_id": line.payout_id,
        }
        for line in payment.movements
    ]


def tell(envelope: Envelope, entries: object) -> None:
    """Say what happened, and what is booked for it now."""
    name = event_type(type(envelope.event)).split(".")[1]
    where = f"{envelope.business_id}/{envelope.subject} v{envelope.sequence}"
    sys.stdout.write(f"{where} {name}: {json.dumps(entries)}\n")
    sys.stdout.flush()


async def follow(ledger: Ledger) -> None:
    """Read from where the group stopped, for ever."""
    access = security()
    consumer = AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=BOOTSTRAP,
        group_id=os.environ.get("KAFKA_GROUP", GROUP),
        isolation_level="read_committed",  # what was aborted never happened
        auto_offset_reset="earliest",  # a new group begins with the first payment
        enable_auto_commit=False,  # only what is booked counts as read
        security_protocol=access.protocol if access else "PLAINTEXT",
        ssl_context=access.ssl_context() if access else None,
        sasl_mechanism=access.mechanism if access else "PLAIN",
        sasl_plain_username=access.username if access else None,
        sasl_plain_password=access.password if access else None,
    )
    await consumer.start()
    try:
        while True:
            batches = await consumer.getmany(timeout_ms=1000)
            for record in (record for records in batches.values() for record in records):
                book(ledger, record.partition, record.offset, record.key, record.headers, record.value)
            if batches:
                ledger.save()
                await consumer.commit()  # after the ledger: a crash in between repeats, and loses nothing
    finally:
        await consumer.stop()


def book(
    ledger: Ledger,
    partition: int,
    offset: int,
    key: bytes | None,
    headers: Sequence[tuple[str, bytes]],
    value: bytes | None,
) -> None:
    """Take one record. One that cannot be read is named, and does not stop the others."""
    try:
        envelope = decode(topic=TOPIC, key=key, headers=headers, value=value)
    except InvalidEvent as error:
        sys.stderr.write(f"{TOPIC}[{partition}]@{offset} is left out: {error}\n")
        return
    if ledger.take(envelope):
        tell(envelope, ledger.payments[f"{envelope.business_id}/{envelope.subject}"]["bookings"])


async def main() -> None:
    ledger = Ledger(Path(sys.argv[1] if len(sys.argv) > 1 else "payments.json"))
    following = asyncio.ensure_future(follow(ledger))
    for ending in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(ending, following.cancel)
    await asyncio.gather(following, return_exceptions=True)
    if not following.cancelled() and (error := following.exception()):
        sys.exit(str(error))


if __name__ == "__main__":
    asyncio.run(main())
