"""`portal domains gateway`: what a cluster has to listen for."""

import json
from typing import Annotated

import typer
from chassis.commands.environment import EXIT_CODES, run
from chassis.settings import load

from branding import store
from branding.domain.domain_gateway import domain_gateway
from branding.service import build
from branding.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    help="Domains of businesses. Run it in branding's worker.",
    epilog=EXIT_CODES,
)


@app.callback()
def _group() -> None:
    """A group, though it has one command."""


@app.command(epilog=EXIT_CODES)
def gateway(
    gateway_class: Annotated[str, typer.Option("--class", help="The GatewayClass.")],
    issuer: Annotated[str, typer.Option(help="cert-manager's ClusterIssuer.")],
) -> None:
    """Print the Gateway of all domains as JSON, for `kubectl apply -f -`.

    A domain is in it from the moment it is asked for, so that its certificate is there when it is verified,
    until it failed or is given up.
    """
    domains = run(_list_domains())
    try:
        manifest = domain_gateway(domains, gateway_class, issuer)
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    typer.echo(json.dumps(manifest, indent=2))


async def _list_domains() -> list[str]:
    ctx = build(load(Settings))
    try:
        async with ctx.all_tenants() as tx:
            return await store.list_domains(tx)
    finally:
        await ctx.close()
