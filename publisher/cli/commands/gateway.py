"""`publish gateway`: the gateway alone, for a home server or for a look at any site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.app.context import Session
from publisher.cli.options import OfRoots, common, plain
from publisher.cli.values import addresses, hosts, size

if TYPE_CHECKING:
    from publisher.app.gateway_options import GatewayOptions
    from publisher.gateway.serve.server import Server


@click.command(cls=OfRoots)
@click.argument("target", metavar="[ROOT|NAME]", default="")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to serve.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0: any free one.")
@click.option("--open", "browse", is_flag=True, help="Open it in a browser.")
@click.option("--upstream", multiple=True, metavar="URL", help="A trustless gateway to fetch blocks from; repeatable.")
@click.option("--rpc", multiple=True, metavar="URL", help="An end point of the chain, to look names up; repeatable.")
@click.option("--chain-id", type=click.IntRange(1), help="The chain of --rpc (default: 1, the main one).")
@click.option(
    "--dns", default="", metavar="ADDRESS", help="The name server to ask for DNSLink (default: the system's), or none."
)
@click.option("--offline", is_flag=True, help="Only what is here: nothing is fetched, no name is looked up.")
@click.option("--keep", default="1GB", show_default=True, callback=size, help="Fetched blocks on the disk; 0: none.")
@click.option("--allow-host", multiple=True, metavar="HOST", help="Serve requests for this host too; repeatable.")
@click.option(
    "--subdomains", multiple=True, metavar="HOST", help="A host with CID.ipfs.HOST for each root; repeatable."
)
@click.option(
    "--behind", multiple=True, metavar="ADDRESS", help="A proxy that may say which host was asked; repeatable."
)
@common
@click.pass_obj
@plain
def command(
    session: Session,
    /,
    target: str,
    host: str,
    port: int,
    browse: bool,
    upstream: tuple[str, ...],
    rpc: tuple[str, ...],
    chain_id: int | None,
    dns: str,
    offline: bool,
    keep: int,
    allow_host: tuple[str, ...],
    subdomains: tuple[str, ...],
    behind: tuple[str, ...],
) -> None:
    """Serve any root, and any .eth name, to browsers here: each block is checked by its hash, wherever it comes from.

    Blocks come from the cache of the site here, its stores and gateways, and from --upstream; .eth names through the
    end points of the site's own names, or --rpc; the DNSLink of other names through DNS. ROOT or NAME is what `/` leads
    to.
    """
    from publisher.app.gateway_options import GatewayOptions
    from publisher.app.serving import opened

    options = GatewayOptions(
        target.strip(),
        upstream,
        rpc,
        chain_id,
        dns.strip(),
        offline,
        keep,
        hosts(allow_host),
        hosts(subdomains),
        addresses(behind),
    )
    with opened(session, options, host, port) as (server, home):
        url = server.named(home.name) if home.name and server.is_loopback else server.address
        warn(session, server, options)
        session.report.add("url", url)
        session.report.result(url)
        session.report.say("Ctrl-C ends it")
        session.report.finish()
        if browse:
            click.launch(url)
        server.run()


def warn(session: Session, server: Server, options: GatewayOptions) -> None:
    """Say who can read what here."""
    if server.is_loopback:
        return
    session.report.warn("everybody who can reach this machine can read through it, and have it fetch what they name")
    if not (options.hosts or options.subdomains):
        session.report.say("only addresses in figures are served: name this machine's host with --allow-host")
