"""Which businesses and customers there are: what a name that an operator typed is held against."""

from typing import Final

from chassis.database import Transaction

_BUSINESSES: Final = "SELECT array_agg(business_id) FROM businesses"
_CUSTOMERS: Final = (
    "SELECT array_agg(customer_id) FROM customers WHERE business_id = :business_id AND NOT erased"
)


async def list_business_ids(tx: Transaction) -> list[str]:
    """The ids of all businesses."""
    return await tx.value(_BUSINESSES, list[str]) or []


async def list_customer_ids(tx: Transaction) -> list[str]:
    """The ids of a business's customers, without the erased."""
    return await tx.value(_CUSTOMERS, list[str]) or []
