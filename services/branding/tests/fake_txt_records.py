"""TXT records without DNS."""

from dataclasses import dataclass, field


@dataclass
class FakeTxtRecords:
    """What each name holds. With `silent` nobody answers."""

    values: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    silent: bool = False
    asked: list[str] = field(default_factory=list[str])

    async def holds(self, name: str, value: str) -> bool | None:
        self.asked.append(name)
        return None if self.silent else value in self.values.get(name, [])

    def put(self, name: str, *values: str) -> None:
        """Let a name hold these, beside what it holds."""
        self.values.setdefault(name, []).extend(values)
