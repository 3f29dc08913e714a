"""What the relays before a domain controller share: a port, open but in the mode "refuse"."""
import socketserver
import threading


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads, request_queue_size = True, True, 64


class Door:
    """Runs in threads of the owner's process. A handler finds it as self.server.relay; stopped is
    set when all should end."""

    def __init__(self, address, port, handler, mode):
        self.address, self.port, self.handler = address, port, handler
        self.server, self.mode, self.stopped = None, "refuse", threading.Event()
        self.set_mode(mode)

    def set_mode(self, mode):
        self.mode = mode
        if mode == "refuse":
            self.close()
        elif self.server is None:
            self.server = Server((self.address, self.port), self.handler)
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
