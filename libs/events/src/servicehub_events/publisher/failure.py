"""Why an event may not have arrived, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from aiokafka.errors import (
    AuthenticationFailedError,
    ClusterAuthorizationFailedError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    NoBrokersAvailable,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

if TYPE_CHECKING:
    from servicehub_events.publisher.publication import Publication

FailureCode = Literal["no_answer", "no_topic", "not_allowed", "too_large", "refused"]
AGAIN: Final = "Publish it again with the same sequence: a repeat does no harm."


class PublishFailed(Exception):
    """The brokers did not confirm an event; whether they have it is not known.

    `code` is stable, for machines. `unpublished` is what was not confirmed, in order, for
    `publish_all`.
    """

    def __init__(self, code: FailureCode, message: str, unpublished: tuple[Publication, ...] = ()) -> None:
        super().__init__(f"{message} {AGAIN}" if unpublished and code != "too_large" else message)
        self.code: FailureCode = code
        self.unpublished = unpublished


def explain(error: Exception, topic: str, bootstrap: str, seconds: float) -> tuple[FailureCode, str]:
    """What an error of the client, or `seconds` without an answer, means for whoever publishes to `topic`."""
    match error:
        case TimeoutError() | KafkaTimeoutError():
            return "no_answer", (
                f"Kafka at {bootstrap} confirmed nothing for {seconds:g} s: is it up, and can it be reached"
                f" at the address that it advertises?"
            )
        case KafkaConnectionError() | NoBrokersAvailable() | OSError():
            return "no_answer", (
                f"Kafka at {bootstrap} cannot be reached, or refuses TLS or the user (the log of aiokafka"
                f" says which): check the address and the security settings."
            )
        case UnknownTopicOrPartitionError():
            return "no_topic", (
                f"Kafka at {bootstrap} has no topic {topic}: create it as libs/events/topics.json says."
            )
        case TopicAuthorizationFailedError() | ClusterAuthorizationFailedError():
            return "not_allowed", f"This user may not write to {topic}: grant it WRITE and DESCRIBE."
        case AuthenticationFailedError() | SaslAuthenticationFailed():
            return "not_allowed", f"Kafka at {bootstrap} refuses this user: check name, password, mechanism."
        case MessageSizeTooLargeError():
            return "too_large", (
                f"{topic} takes smaller records only: set max.message.bytes as libs/events/topics.json says."
            )
        case _:
            name = str(error) if isinstance(error, KafkaError) else type(error).__name__
            return "refused", f"Kafka did not take an event of {topic} ({name})."
