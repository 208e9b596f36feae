"""What branding asks of the world: what a domain says of itself."""

from typing import Protocol


class TxtRecords(Protocol):
    """TXT records, as those who keep a domain publish them in DNS.

    One suite proves every implementation, `tests/test_txt_records.py`.
    """

    async def holds(self, name: str, value: str) -> bool | None:
        """Whether a TXT record of this name holds exactly the value, beside any others.

        Asked anew each time: a record counts from the moment it is published, and no longer than it is there.

        False also when those who keep the domain cannot be reached, which is the business's affair.
        None when nobody gives an answer, which is ours: nothing is known then, and nothing may follow.
        """
        ...
