"""PostgreSQL: transactions of one business or of all, rows by name, locks, and tables of what others own."""

from chassis.database.connection_queue import Overloaded
from chassis.database.database import Database, is_transient, wait_for_notices
from chassis.database.locks import LOCKED_AT_ONCE, lock_customers, lock_named
from chassis.database.transaction import Transaction

__all__ = [
    "LOCKED_AT_ONCE",
    "Database",
    "Overloaded",
    "Transaction",
    "is_transient",
    "lock_customers",
    "lock_named",
    "wait_for_notices",
]
