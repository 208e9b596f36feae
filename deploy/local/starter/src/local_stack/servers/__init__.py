"""The real servers: PostgreSQL, Valkey, Kafka and the gateway."""
