"""Identity of a message, and the waits between attempts."""

from datetime import timedelta

from code_samples import ADDRESS, CODE, NOW
from code_samples import code as sample
from hypothesis import given
from hypothesis import strategies as st
from notifier.domain.delivery import CodeDelivery, NotificationDelivery, SignInCode, message_id, next_attempt


def code(attempts: int) -> CodeDelivery:
    return CodeDelivery(
        business_id="b-1",
        message_id=message_id(caused_by="e-1", recipient="ch-1", kind="sign_in_code", channel="email"),
        channel="email",
        locale="ja",
        caused_by="e-1",
        content=b"x",
        expires_at=NOW + timedelta(minutes=10),
        requested_at=NOW,
        traceparent=None,
        attempts=attempts,
    )


def test_the_same_cause_gives_the_same_message_and_another_gives_another() -> None:
    one = code(1).message_id
    assert str(one) == str(code(2).message_id)
    assert one != message_id(caused_by="e-2", recipient="ch-1", kind="sign_in_code", channel="email")
    assert one != message_id(caused_by="e-1", recipient="ch-1", kind="sign_in_code", channel="sms")


def test_waits_double_up_to_half_a_minute() -> None:
    waits = [(next_attempt(code(n), NOW, lambda: 1.0) - NOW).total_seconds() for n in range(1, 8)]
    assert waits == [1, 2, 4, 8, 16, 30, 30]


def test_notifications_wait_longer_between_attempts_than_codes() -> None:
    notification = NotificationDelivery(
        business_id="b-1",
        message_id=message_id(caused_by="e-1", recipient="co-1", kind="receipt", channel="email"),
        kind="receipt",
        channel="email",
        locale="ja",
        caused_by="e-1",
        customer_id="cu-1",
        contact_id="co-1",
        aggregate="payment",
        subject_id="pa-1",
        subject_version=1,
        expires_at=NOW + timedelta(hours=1),
        requested_at=NOW,
        traceparent=None,
        attempts=12,
    )
    assert next_attempt(notification, NOW, lambda: 1.0) - NOW == timedelta(minutes=5)


@given(attempts=st.integers(1, 1000), jitter=st.floats(0, 1), left=st.integers(1, 600))
def test_the_next_attempt_lies_ahead_and_not_after_the_end(attempts: int, jitter: float, left: int) -> None:
    now = code(attempts).expires_at - timedelta(seconds=left)
    assert now < next_attempt(code(attempts), now, lambda: jitter) <= code(attempts).expires_at


def test_a_code_shows_in_no_log() -> None:
    assert CODE not in repr(SignInCode(ADDRESS, CODE))
    assert CODE not in repr(sample(challenge_id="ch-1"))
    assert ADDRESS not in repr(sample(challenge_id="ch-1"))
