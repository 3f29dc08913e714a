"""A domain controller's LDAP to the eye of a client: a relay on port 389, which notes what passes.

    pass        everything goes through
    silent      accepts and never answers
    refuse      no connection
    spoil       changes a bit of each sealed answer
"""
import socket
import socketserver
import threading

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


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads, request_queue_size = True, True, 64


class LdapRelay:
    """Runs in threads of the owner's process. seen: the pieces that passed, either way."""

    def __init__(self, address, to):
        self.address, self.to = address, to
        self.seen, self.connections, self.stopped = [], 0, threading.Event()
        self.server, self.mode = None, "refuse"
        self.set_mode("pass")

    def set_mode(self, mode):
        """Takes effect with the next connection."""
        self.mode = mode
        if mode == "refuse":
            self.close()
        elif self.server is None:
            self.server = Server((self.address, LDAP), Handler)
            self.server.relay = self
            threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def stop(self):
        self.stopped.set()
        self.close()
