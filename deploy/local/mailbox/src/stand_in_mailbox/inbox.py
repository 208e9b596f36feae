"""The received messages: in memory, newest first, the oldest dropped when it is full."""

from collections import deque
from collections.abc import Iterator

from stand_in_mailbox.message import Message

CAPACITY = 5_000


class Inbox:
    """Everything that arrived since the start, or since it was emptied."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._messages: deque[Message] = deque(maxlen=capacity)
        self._read: set[str] = set()
        self.version = 0
        """Rises with every change, so that a page knows when to look again."""

    def add(self, message: Message) -> None:
        """Take a message in."""
        self._messages.appendleft(message)
        self.version += 1

    def __iter__(self) -> Iterator[Message]:
        return iter(tuple(self._messages))

    def __len__(self) -> int:
        return len(self._messages)

    def find(self, identifier: str) -> Message | None:
        """Return a message by its id; `latest` is the newest."""
        if identifier == "latest":
            return next(iter(self), None)
        return next((message for message in self if message.id == identifier), None)

    def mark_read(self, message: Message) -> None:
        """Remember that somebody looked at it."""
        self._read.add(message.id)

    def is_read(self, message: Message) -> bool:
        """True once somebody has looked at it."""
        return message.id in self._read

    def unread(self) -> int:
        """Count what nobody has looked at."""
        return sum(message.id not in self._read for message in self)

    def clear(self) -> None:
        """Delete everything."""
        self._messages.clear()
        self._read.clear()
        self.version += 1

    def remove(self, identifiers: set[str]) -> None:
        """Delete some."""
        self._messages = deque((m for m in self if m.id not in identifiers), maxlen=self._messages.maxlen)
        self._read -= identifiers
        self.version += 1
