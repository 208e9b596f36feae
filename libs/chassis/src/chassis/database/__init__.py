"""PostgreSQL: transactions of one business or of all, rows by name, locks, and tables of what others own."""

from chassis.database.connection_queue import Overloaded
from chassis.database.database import Database, is_transient
from chassis.database.locks import lock_customers, lock_named
from chassis.database.transaction import Transaction

__all__ = ["Database", "Overloaded", "Transaction", "is_transient", "lock_customers", "lock_named"]
