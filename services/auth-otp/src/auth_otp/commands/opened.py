"""What the commands of sign-in stand on: the worker's context, and names that there are."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import typer
from chassis.commands.known_names import check_name
from chassis.identity import find_business
from chassis.settings import load

from auth_otp.context import Context
from auth_otp.domain.addresses import Address, NotAnAddress, parse_address
from auth_otp.handlers.operate import OfCustomer
from auth_otp.service import build
from auth_otp.settings import Settings
from auth_otp.store import known_ids


@asynccontextmanager
async def opened() -> AsyncGenerator[Context]:
    """Sign-in, as the worker's environment tells it."""
    ctx = build(load(Settings))
    try:
        yield ctx
    finally:
        await ctx.close()


async def check_business(ctx: Context, business_id: str) -> None:
    """Raise `typer.BadParameter` for a business that is not there."""
    async with ctx.all_tenants() as tx:
        check_name("business", business_id, await known_ids.list_business_ids(tx))


async def read_customer(ctx: Context, text: str) -> OfCustomer:
    """The customer that BUSINESS/CUSTOMER names. Raises `typer.BadParameter`."""
    business_id, slash, customer_id = text.partition("/")
    if not business_id or not slash or not customer_id:
        raise typer.BadParameter("a customer is named by BUSINESS/CUSTOMER, as its events' keys are")
    await check_business(ctx, business_id)
    async with ctx.all_tenants() as tx:
        check_name("customer", customer_id, await known_ids.list_customer_ids(tx.of(business_id)))
    return OfCustomer(business_id, customer_id)


async def read_address(ctx: Context, business_id: str, typed: str) -> Address:
    """The address as customers of the business type it. Raises `typer.BadParameter`."""
    await check_business(ctx, business_id)
    async with ctx.all_tenants() as tx:
        business = await find_business(tx.of(business_id), business_id)
    try:
        return parse_address(typed, business.country if business else "")
    except NotAnAddress:
        raise typer.BadParameter("that is neither an email address nor a phone number") from None
