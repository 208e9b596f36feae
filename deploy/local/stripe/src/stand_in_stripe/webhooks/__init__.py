"""Webhooks: signed, sent after the books are committed, again until they are taken."""
