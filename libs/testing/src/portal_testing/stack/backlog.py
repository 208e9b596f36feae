"""A backlog: very many rows in an outbox at once, each of them a record that readers accept."""

import json
from datetime import UTC, datetime

import psycopg
from servicehub_events import Envelope, SignedIn, WireRecord, as_event, encode, topic_of, uuid7
from servicehub_events_tools.testing import samples

TOPIC = topic_of(SignedIn).name
"""Where the records of a backlog come to lie."""
_SUBJECT = "S-TEMPLATE"
_ADD = (
    "INSERT INTO outbox (topic, key, headers, value, actor)"
    " SELECT %(topic)s, convert_to(replace(%(key)s, %(subject)s, name), 'UTF8'),"
    " replace(replace(%(headers)s, %(subject)s, name), %(id)s, uuidv7()::text)::jsonb,"
    " convert_to(replace(%(value)s, %(subject)s, name), 'UTF8'), 'test'"
    " FROM (SELECT %(prefix)s || n AS name FROM generate_series(1, %(rows)s) n) AS names"
)


async def add_backlog(connection: psycopg.AsyncConnection, business_id: str, prefix: str, rows: int) -> None:
    """In one transaction, so many sign-ins to so many sessions, `prefix` and a number being their ids."""
    record = _template(business_id)
    headers = [[name, value.decode()] for name, value in record.headers]
    parameters: dict[str, object] = {
        "topic": record.topic,
        "key": record.key.decode(),
        "headers": json.dumps(headers),
        "value": record.value.decode(),
        "id": dict(record.headers)["ce_id"].decode(),
        "subject": _SUBJECT,
        "prefix": prefix,
        "rows": rows,
    }
    await connection.execute(_ADD, parameters)


def _template(business_id: str) -> WireRecord:
    event = as_event(SignedIn, samples.session(), business_id=business_id, session_id=_SUBJECT)
    source = topic_of(SignedIn).source
    return encode(Envelope(event=event, id=str(uuid7()), source=source, time=datetime.now(UTC), sequence=1))
