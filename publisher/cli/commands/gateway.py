"""`publish gateway`: serve roots and names from this machine to browsers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from publisher.app.context import Session
from publisher.cli.options import OfRoots, common, plain, several
from publisher.cli.values import PORT, addresses, hosts, size, whole_number

if TYPE_CHECKING:
    from publisher.app.gateway_options import GatewayOptions
    from publisher.gateway.serve.server import Server


@click.command(cls=OfRoots)
@click.argument("target", metavar="[ROOT|NAME]", default="")
@click.option("--host", metavar="HOST", default="127.0.0.1", show_default=True, help="Listen on this address.")
@click.option(
    "--port", type=PORT, metavar="N", default=0, show_default=True, help="Listen on this port; 0 takes a free one."
)
@click.option("--open", "browse", is_flag=True, help="Open the address in a browser.")
@several("--upstream", "URL", "Fetch blocks from this trustless gateway too.")
@several("--rpc", "URL", "Look up .eth names at this Ethereum end point.", "the end points of the site's names")
@click.option(
    "--chain-id",
    type=whole_number(1),
    metavar="N",
    show_default="that of the site's name, or 1",
    help="Expect this chain id at --rpc.",
)
@click.option(
    "--dns",
    default="",
    metavar="ADDRESS",
    show_default="the name server of the system",
    help="Ask this name server for DNSLink records; `none` turns DNSLink off.",
)
@click.option("--offline", is_flag=True, help="Serve only what is on this machine: fetch no block and look up no name.")
@click.option(
    "--keep",
    default="1GB",
    metavar="SIZE",
    show_default=True,
    callback=size,
    help="Keep fetched blocks on the disk, up to this size; 0 keeps none.",
)
@several("--allow-host", "HOST", "Answer requests for this host name too, besides localhost and IP addresses.")
@several("--subdomains", "HOST", "Give each root its own address below this host, such as CID.ipfs.HOST.")
@several("--behind", "ADDRESS", "Trust the X-Forwarded-Host and X-Forwarded-Proto headers of this proxy.")
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
    """Serve any root and any .eth site to browsers.

    The command prints an address: open it in a browser. The browser first shows ROOT or NAME. Blocks come from the
    cache of the site in this folder, from the stores and gateways of this site, and from --upstream. The gateway checks
    the hash of every block. It looks up .eth names on the chain, and other names through DNSLink. Press Ctrl-C to end
    it.

    It changes only files in `.publish`, and the blocks that it keeps on the disk: see --keep.

    Examples:
    publish gateway
    publish gateway example.eth --open
    publish gateway --upstream http://127.0.0.1:8080
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
    """If other machines can reach the gateway, warn that the users of these machines can read through it."""
    if server.is_loopback:
        return
    session.report.warn("everybody who can reach this machine can read through the gateway, and make it fetch any root")
    if not (options.hosts or options.subdomains):
        session.report.say(
            "only requests to an IP address are answered: name the host of this machine with --allow-host"
        )
