// Publishes a customer, a visit and an invoice: `node publish.mjs [row version]`. See docs/publishing.md.
import { Partitioners } from "kafkajs";
import { kafka } from "./connection.mjs";
import { customer, invoice, visit } from "./events.mjs";
import { record } from "./record.mjs";

const producer = kafka.producer({
  idempotent: true, // a retry is not written twice
  maxInFlightRequests: 1, // and nothing overtakes it
  createPartitioner: Partitioners.DefaultPartitioner, // murmur2 of the key; LegacyPartitioner is another
});

async function publish(version) {
  const records = [
    record("servicehub.CustomerRegistered.v1", customer, version),
    record("servicehub.AppointmentScheduled.v1", visit, version),
    record("servicehub.InvoiceIssued.v1", invoice, version),
  ];
  await producer.connect();
  for (const { topic, message } of records) {
    const [{ partition, baseOffset }] = await producer.send({ topic, messages: [message] }); // acks: all
    console.log(`${message.headers.ce_type} ${message.key} -> ${topic}, partition ${partition}, offset ${baseOffset}`);
  }
  console.log(`Sign in as ${customer.contacts[0].email} to see them.`);
}

try {
  await publish(Number(process.argv[2] ?? 1)); // in ServiceHub: the version column of the row
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await producer.disconnect();
}
