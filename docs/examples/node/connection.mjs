// Where Kafka is, and how it is spoken to: what both programs take from the environment.
import { readFileSync } from "node:fs";
import { Kafka, logLevel } from "kafkajs";

const { KAFKA_BOOTSTRAP = "localhost:9092", KAFKA_USERNAME, KAFKA_PASSWORD, KAFKA_CA_FILE } = process.env;

export const kafka = new Kafka({
  clientId: "servicehub-core",
  brokers: KAFKA_BOOTSTRAP.split(","),
  logLevel: logLevel.NOTHING, // what fails is thrown
  retry: { retries: 3 }, // then it is an error; after one, go on with a new producer only
  ...(KAFKA_USERNAME && {
    ssl: KAFKA_CA_FILE ? { ca: readFileSync(KAFKA_CA_FILE) } : true,
    sasl: { mechanism: "scram-sha-512", username: KAFKA_USERNAME, password: KAFKA_PASSWORD },
  }),
});
