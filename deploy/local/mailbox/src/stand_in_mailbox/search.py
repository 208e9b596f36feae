"""Mailpit's search, as far as tests use it: words, and `to:`, `from:`, `subject:`, `tag:` before a word."""

from stand_in_mailbox.message import Message


def matches(message: Message, query: str) -> bool:
    """True when every term of `query` fits; quotes around a value are dropped."""
    return all(_fits(message, term) for term in query.lower().split())


def _fits(message: Message, term: str) -> bool:
    field, separator, value = term.partition(":")
    value = value.strip('"')
    to = " ".join(address.address for address in (*message.to, *message.cc, *message.bcc))
    fields = {
        "to": to,
        "addressed": f"{to} {message.sender.address}",
        "from": message.sender.address,
        "subject": message.subject,
        "tag": message.kind,
    }
    if separator and field in fields:
        return value in fields[field].lower()
    return term.strip('"') in f"{message.subject} {message.text} {to}".lower()
