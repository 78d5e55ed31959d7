"""A real name server on loopback, over UDP and TCP, that says what a test tells it to."""

import contextlib
import socketserver
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

NXDOMAIN, SERVFAIL, REFUSED = dns.rcode.NXDOMAIN, dns.rcode.SERVFAIL, dns.rcode.REFUSED
SILENT = -1
"""No answer at all."""


@dataclass(slots=True)
class NameServer:
    """`records`: name -> its texts, or how it fails; names that are not there are NXDOMAIN."""

    port: int = 0
    records: dict[str, list[str] | int] = field(default_factory=dict)
    ttl: int = 300
    asked: list[str] = field(default_factory=list)
    by_tcp: int = 0
    """How many of them came over TCP, since the answer was too long for UDP."""

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def answer(self, wire: bytes, longest: int) -> bytes:
        """The answer to a question, cut where it is too long; empty for none."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True)
        self.asked.append(name)
        said = self.records.get(name, int(NXDOMAIN))
        if said == SILENT:
            return b""
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        if isinstance(said, int):
            reply.set_rcode(dns.rcode.Rcode(said))
        elif said:
            texts = [" ".join(f'"{text[at : at + 200]}"' for at in range(0, len(text), 200)) for text in said]
            reply.answer.append(dns.rrset.from_text(question.name, self.ttl, "IN", "TXT", *texts))
        data = reply.to_wire()
        if len(data) > longest:
            reply.answer.clear()
            reply.flags |= dns.flags.TC
            data = reply.to_wire()
        return data


@contextlib.contextmanager
def name_server(**records: list[str] | int) -> Iterator[NameServer]:
    """A server on a free port; `records` by names in which `__` stands for a dot are of `_dnslink`."""
    served = NameServer(records={f"_dnslink.{name.replace('__', '.')}": said for name, said in records.items()})

    class Udp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, line = self.request
            if answer := served.answer(data, 512):
                line.sendto(answer, self.client_address)

    class Tcp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            served.by_tcp += 1
            (length,) = struct.unpack("!H", self.rfile.read(2))
            answer = served.answer(self.rfile.read(length), 65535)
            self.wfile.write(struct.pack("!H", len(answer)) + answer)

    with (
        socketserver.ThreadingTCPServer(("127.0.0.1", 0), Tcp) as tcp,
        socketserver.ThreadingUDPServer(("127.0.0.1", tcp.server_address[1]), Udp) as udp,
    ):
        served.port = tcp.server_address[1]
        threads = [threading.Thread(target=each.serve_forever, args=(0.01,)) for each in (tcp, udp)]
        for thread in threads:
            thread.start()
        try:
            yield served
        finally:
            for each in (tcp, udp):
                each.shutdown()
            for thread in threads:
                thread.join()
