"""A domain controller's LDAP to the eye of a client: a relay on port 389, which notes what passes.

    pass        everything goes through
    silent      accepts and never answers
    refuse      no connection
    spoil       changes a bit of each sealed answer
"""
import socket
import socketserver
import threading

from lab.relay import Door

LDAP = 389
PLAIN = b"\x30"         # how a message begins that is not sealed


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        relay = self.server.relay
        relay.connections += 1
        if relay.mode == "silent":
            relay.stopped.wait()
            return
        with socket.create_connection((relay.to, LDAP), timeout=10) as upstream:
            back = threading.Thread(target=self.pump, args=(upstream, self.request, True))
            back.start()
            self.pump(self.request, upstream, False)
            back.join()

    def pump(self, source, target, is_answer):
        relay = self.server.relay
        try:
            while data := source.recv(65536):
                relay.seen.append(data)
                if is_answer and relay.mode == "spoil" and not data.startswith(PLAIN):
                    data = data[:-1] + bytes([data[-1] ^ 1])
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class LdapRelay(Door):
    """A mode takes effect with the next connection. seen: the pieces that passed, either way."""

    def __init__(self, address, to):
        self.to, self.seen, self.connections = to, [], 0
        super().__init__(address, LDAP, Handler, "pass")
