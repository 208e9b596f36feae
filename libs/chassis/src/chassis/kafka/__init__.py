"""Kafka clients, configured in one place."""

from chassis.kafka.clients import Record, TopicPartition

__all__ = ["Record", "TopicPartition"]
