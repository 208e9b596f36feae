"""Settings: the environment becomes one frozen object, checked whole before anything starts."""

from chassis.settings.base import (
    InvalidSettings,
    KafkaSettings,
    MigrateSettings,
    ProcessSettings,
    Secret,
    ServiceSettings,
    kafka_problems,
    load,
    weak_secret,
)
from chassis.settings.integration_keys import IntegrationKeys
from chassis.settings.keys import InvalidKeys, KeyRing

__all__ = [
    "IntegrationKeys",
    "InvalidKeys",
    "InvalidSettings",
    "KafkaSettings",
    "KeyRing",
    "MigrateSettings",
    "ProcessSettings",
    "Secret",
    "ServiceSettings",
    "kafka_problems",
    "load",
    "weak_secret",
]
