"""A KDC to the eye of a client: a TCP relay on port 88 before a real one, faulty or false at will.

    pass        everything goes through
    silent      accepts and never answers
    refuse      no connection
    lying       AS-REQs are answered by another, false KDC, the rest by the real one
    cut         what answers a TGS-REQ ends in its middle
"""
import socket
import socketserver
from collections import Counter

from .relay import Door

MODES = "pass", "silent", "refuse", "lying", "cut"
AS_REQ, TGS_REQ = 0x6A, 0x6C            # [APPLICATION 10] and [APPLICATION 12]
KINDS = {AS_REQ: "as", TGS_REQ: "tgs"}


def receive(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def receive_message(connection):
    return receive(connection, int.from_bytes(receive(connection, 4), "big"))


def send_message(connection, message):
    connection.sendall(len(message).to_bytes(4, "big") + message)


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        relay = self.server.relay
        try:
            while True:
                request = receive_message(self.request)
                answer = relay.answer(request)
                if answer is None:
                    relay.stopped.wait()
                    return
                if relay.mode == "cut" and request[0] == TGS_REQ:
                    self.request.sendall(len(answer).to_bytes(4, "big") + answer[:300])
                    return
                send_message(self.request, answer)
        except (EOFError, OSError):
            pass


class Relay(Door):
    """counts: {(mode, "as" or "tgs"): requests seen}."""

    def __init__(self, address, kdc, mode="pass", false_kdc=None):
        self.kdc, self.false_kdc, self.counts = kdc, false_kdc, Counter()
        super().__init__(address, 88, Handler, mode)

    def set_mode(self, mode):
        """Takes effect with the next request."""
        if mode not in MODES or (mode == "lying" and not self.false_kdc):
            raise ValueError(f"mode {mode}: one of {MODES}, lying only with a false KDC")
        super().set_mode(mode)

    def answer(self, request):
        """None: never answer."""
        mode, kind = self.mode, KINDS.get(request[0], "other")
        self.counts[mode, kind] += 1
        if mode == "silent":
            return None
        target = self.false_kdc if mode == "lying" and kind == "as" else self.kdc
        with socket.create_connection((target, 88), timeout=10) as upstream:
            send_message(upstream, request)
            return receive_message(upstream)

    def seen(self, kind, mode=None):
        """How many requests ("as", "tgs"), in one mode or in all."""
        return sum(n for (m, k), n in self.counts.items() if k == kind and mode in (None, m))
