"""Identifiers in Stripe's form: a prefix and random letters and digits."""

import secrets
import string

ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 24) -> str:
    """`pi_3Q…`: `prefix`, an underscore and `length` random characters."""
    return f"{prefix}_{_random(length)}"


def session_id() -> str:
    """`cs_test_a1…`, 66 characters in all."""
    return f"cs_test_a1{_random(56)}"


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
