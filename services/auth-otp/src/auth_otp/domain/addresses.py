"""Addresses people sign in with, brought to one form before anything counts, stores or compares them."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote

import phonenumbers
from chassis.email_addresses import LONGEST_EMAIL, canonical_email
from servicehub_events import Channel

from auth_otp.domain.typed_text import plain_text

_NAMED = re.compile(r"[^<>]*<([^<>]*)>")  # `Ann Fx <ann@mail.example>` (RFC 5322, 3.4)
_LINK = re.compile(r"(?:(mailto)|tel):([^?;]*).*", re.IGNORECASE | re.DOTALL)  # RFC 6068, RFC 3966
_STOPS = (".", ",", ";", "。", "、")  # from the end of a sentence, or out of a list of recipients
# Everything people and Japanese input methods type between the digits of a number; ー is the long vowel mark.
_BETWEEN_DIGITS = re.compile(r"[\s\-‐‑‒–—―−ー─・.()/]")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class NotAnAddress(ValueError):
    """What was typed is neither an email address nor a phone number."""


@dataclass(frozen=True, slots=True)
class Address:
    """`value` is a lower-case email address with an ASCII domain, or a phone number in E.164."""

    channel: Channel
    value: str

    @classmethod
    def known(cls, value: str) -> Self:
        """An address that was parsed before."""
        return cls("email" if "@" in value else "sms", value)


def parse_address(typed: str, country: str) -> Address:
    """The one form of all variants of an address. `country` (ISO 3166-1) reads national phone numbers.

    Raises `NotAnAddress`.
    """
    if len(typed) > LONGEST_EMAIL * 2:
        raise NotAnAddress
    text = _bare(plain_text(typed).strip())
    if "@" in text:
        return Address("email", _email(text))
    return Address("sms", _phone(text, country))


def recorded_address(text: str | None) -> Address | None:
    """A contact's address in the form that typed ones take; None for one that nobody could type here."""
    try:
        return parse_address(text, "") if text else None
    except NotAnAddress:
        return None


def _bare(text: str) -> str:
    """The address alone, without what address books, links and sentences put around it."""
    if text.endswith(_STOPS):
        text = text[:-1].rstrip()
    if named := _NAMED.fullmatch(text):
        text = named[1].strip()
    if link := _LINK.fullmatch(text):
        text = plain_text(unquote(link[2])) if link[1] else link[2]
    return text


def _email(text: str) -> str:
    local, _, domain = text.rpartition("@")
    try:
        return canonical_email(f"{plain_text(local.lower())}@{domain}")
    except ValueError:
        raise NotAnAddress from None


def _phone(text: str, country: str) -> str:
    digits = _BETWEEN_DIGITS.sub("", text)
    if not re.fullmatch(r"\+?[0-9]+", digits, re.ASCII):
        raise NotAnAddress
    try:
        number = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        raise NotAnAddress from None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    length = phonenumbers.is_possible_number_with_reason(number)  # without its area code it reaches nobody
    if length != phonenumbers.ValidationResult.IS_POSSIBLE or not _E164.fullmatch(e164):
        raise NotAnAddress
    return e164
