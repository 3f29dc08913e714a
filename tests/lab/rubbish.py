"""Servers that are none: they stand where a domain controller, a name server or an application is
looked for, on TCP and UDP, and answer what no protocol allows, or nothing.

    rubbish     bytes that mean nothing, as soon as somebody connects or sends
    zeros       likewise, zeros
    hang        takes connections and says nothing
    drip        one byte a second, for ever
    reset       ends each connection by RST
    endless     rubbish without an end
"""
import random
import socket
import socketserver
import struct
import threading
from contextlib import contextmanager

MODES = "rubbish", "zeros", "hang", "drip", "reset", "endless"
PIECE = 4096
RESET = struct.pack("ii", 1, 0)         # SO_LINGER: on, for no time


def noise(size, seed=1):
    """Always the same, so that a failure can be seen again; how it begins is nobody's protocol."""
    return b"\xff\xfe" + random.Random(seed).randbytes(size)


class Tcp(socketserver.BaseRequestHandler):
    def handle(self):
        try:
            getattr(self, self.server.mode)()
        except OSError:
            pass

    def rubbish(self):
        self.request.sendall(noise(PIECE))
        self.request.recv(PIECE)

    def zeros(self):
        self.request.sendall(bytes(PIECE))
        self.request.recv(PIECE)

    def hang(self):
        self.server.ended.wait()

    def drip(self):
        for byte in noise(PIECE):
            self.request.sendall(bytes([byte]))
            if self.server.ended.wait(1):
                return

    def reset(self):
        self.request.recv(PIECE)
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.request.close()

    def endless(self):
        while not self.server.ended.is_set():
            self.request.sendall(noise(PIECE))


class Udp(socketserver.BaseRequestHandler):
    def handle(self):
        answers = {"rubbish": noise(200), "zeros": bytes(200), "drip": b"\xff",
                   "endless": noise(PIECE)}
        data, answering = self.request
        if self.server.mode in answers:
            answering.sendto(answers[self.server.mode], self.client_address)


class TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads, allow_reuse_address = True, True


class UdpServer(socketserver.ThreadingUDPServer):
    daemon_threads = True


@contextmanager
def rubbish(address, port, mode):
    """One such server at an address and port, meanwhile."""
    ended = threading.Event()
    servers = [TcpServer((address, port), Tcp), UdpServer((address, port), Udp)]
    for server in servers:
        server.mode, server.ended = mode, ended
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        for server in servers:
            server.shutdown()
            server.server_close()


@contextmanager
def hole(address, port):
    """Where connections are neither taken nor refused, as behind a firewall that drops them: the
    queue of those that wait is full."""
    clients = []
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, port))
        server.listen(0)
        for _ in range(8):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex((address, port))
            clients.append(client)
        try:
            yield
        finally:
            for client in clients:
                client.close()
