// An event of ServiceHub as a Kafka record, checked against its published schema before it is sent.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import addFormats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import { v7 as uuidv7 } from "uuid";

const CONTRACT = new URL("../../../libs/events/", import.meta.url);
const TOPICS = JSON.parse(readFileSync(new URL("topics.json", CONTRACT), "utf8"));
const ajv = addFormats(new Ajv2020({ allErrors: true, keywords: ["x-money"] }));

/**
 * The topic and the message that kafkajs takes.
 *
 * @param {string} type      for example "servicehub.InvoiceIssued.v1"
 * @param {object} value     the full state of the customer, visit or invoice
 * @param {number} sequence  its row version: from 1, higher with each event of it
 * @param {Date}   time      when it happened
 * @param {string} trace     W3C trace context: of the current span, where you have a tracer
 * @throws {Error} if its schema does not take the value
 */
export function record(type, value, sequence, time = new Date(), trace = newTrace()) {
  const topic = TOPICS.find((each) => each.events.includes(type));
  if (!topic) throw new Error(`No topic has events of type ${type}.`);
  if (!Number.isSafeInteger(sequence) || sequence < 1) throw new Error(`${type}: a sequence is a number from 1.`);
  const validate = schema(type);
  if (!validate(value)) throw new Error(`${type}: ${ajv.errorsText(validate.errors, { dataVar: "value" })}`);
  const key = topic.key.replace(/\{(\w+)\}/g, (_, field) => value[field]); // {business_id}/{invoice_id}
  const headers = {
    ce_specversion: "1.0",
    ce_id: uuidv7(),
    ce_type: type,
    ce_source: topic.source,
    ce_subject: key.slice(key.indexOf("/") + 1),
    ce_time: time.toISOString(),
    ce_businessid: value.business_id,
    ce_sequence: String(sequence),
    traceparent: trace,
    "content-type": "application/json",
  };
  return { topic: topic.name, message: { key, value: JSON.stringify(value), headers } };
}

const newTrace = () => `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-01`;

function schema(type) {
  const id = `urn:servicehub:event:${type}`;
  if (!ajv.getSchema(id)) ajv.addSchema(JSON.parse(readFileSync(new URL(`schemas/${type}.json`, CONTRACT), "utf8")));
  return ajv.getSchema(id);
}
