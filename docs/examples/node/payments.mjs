// Books what customers pay: `node payments.mjs [file]`. See docs/reading-payments.md.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { kafka } from "./connection.mjs";

const TOPIC = "portal.payments.v1";
const file = process.argv[2] ?? "payments.json";

// Each payment at its highest sequence, with the bookings that follow from its state.
const ledger = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};

/** Writes everything, whole or not at all. In ServiceHub: commit the transaction. */
function save() {
  const descriptor = openSync(`${file}.new`, "w");
  writeSync(descriptor, JSON.stringify(ledger, null, 1));
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(`${file}.new`, file);
}

/** Everything that a payment has moved, by invoice; a tip by none. The whole list, each time. */
function bookings(payment) {
  const entries = (kind, parts) =>
    parts.map(({ invoice_id, amount }) => ({ kind, invoice_id, amount, currency: payment.currency }));
  const ofTip = (kind, amount) => entries(kind, amount ? [{ invoice_id: "", amount }] : []);
  const received = payment.status === "captured" && !payment.review;
  const tipsBack = (payment.tip?.refunds ?? []).filter(({ status }) => status === "succeeded");
  const disputes = [...(payment.other_disputes ?? []), ...(payment.dispute ? [payment.dispute] : [])];
  return [
    ...(received ? [...entries("received", payment.allocations), ...ofTip("tip", payment.tip?.amount)] : []),
    ...payment.refunds.flatMap((refund) => entries("refunded", refund.allocations)),
    ...tipsBack.flatMap(({ amount }) => ofTip("tip refunded", amount)),
    ...disputes
      .filter(({ status }) => status === "lost")
      .flatMap(({ allocations, tip }) => [...entries("lost", allocations), ...ofTip("tip lost", tip)]),
  ];
}

/** What Stripe's balance shows of it: gross, fee, net, and the payout once there is one. */
function movements({ movements = [] }) {
  return movements.map(({ movement_id, kind, amount, fee, net, currency, payout_id = null }) =>
    ({ movement_id, kind, amount, fee, net, currency, payout_id }));
}

/** Replaces the payment, bookings and all, unless this sequence or a higher one is booked already. */
function book({ key, headers, value }) {
  const name = key.toString();
  const sequence = Number(headers.ce_sequence.toString());
  if (ledger[name]?.sequence >= sequence) return;
  const payment = JSON.parse(value.toString());
  ledger[name] = { sequence, status: payment.status, bookings: bookings(payment), movements: movements(payment) };
  const [, event] = headers.ce_type.toString().split(".");
  console.log(`${name} v${sequence} ${event}: ${JSON.stringify(ledger[name].bookings)}`);
}

const consumer = kafka.consumer({
  groupId: process.env.KAFKA_GROUP ?? "servicehub-core",
  readUncommitted: false, // what was aborted never happened
  sessionTimeout: 10_000, // so soon its partitions go to another process when it was killed
  rebalanceTimeout: 10_000,
});

try {
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true }); // a new group begins with the first payment
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
await consumer.run({
  autoCommit: false, // only what is booked counts as read
  eachBatchAutoResolve: false,
  eachBatch: async ({ batch, commitOffsetsIfNecessary, heartbeat }) => {
    for (const message of batch.messages) {
      try {
        book(message);
      } catch (error) { // one that cannot be read is named, and does not stop the others
        console.error(`${TOPIC}[${batch.partition}]@${message.offset} is left out: ${error.message}`);
      }
    }
    save();
    const next = String(BigInt(batch.lastOffset()) + 1n);
    // After the ledger: a crash in between repeats, and loses nothing.
    await commitOffsetsIfNecessary({ topics: [{ topic: TOPIC, partitions: [{ partition: batch.partition, offset: next }] }] });
    await heartbeat();
  },
});

for (const ending of ["SIGINT", "SIGTERM"]) process.once(ending, () => consumer.disconnect().then(() => process.exit(0)));
