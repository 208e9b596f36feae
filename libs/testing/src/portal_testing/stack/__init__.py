"""For tests: the real servers, or the whole stack, on free ports with data that is thrown away.

    with servers() as running:             # PostgreSQL, Valkey, Kafka: about 4 s
        urls = await running.fresh_database("auth_otp")

    with full_stack() as addresses: ...    # everything, as `make run` starts it

Everything ends with the test process, also when that is killed. As fixtures: `portal_testing.plugin`.
"""

from portal_testing.stack.databases import Servers
from portal_testing.stack.eventually import NeverHappened, eventually
from portal_testing.stack.launch import StackFailed, full_stack, servers, shared_servers

__all__ = [
    "NeverHappened",
    "Servers",
    "StackFailed",
    "eventually",
    "full_stack",
    "servers",
    "shared_servers",
]
