"""WebSocket messages (RFC 6455): an echo behind the back end, and clients that wait for each.

    websocket.py echo ADDRESS PORT              serves until it is ended
    websocket.py ask ADDRESS HOST MESSAGES      asks through a proxy; prints the seconds it took
"""
import asyncio
import base64
import hashlib
import os
import sys
import time

CLIENTS, SIZE = 32, 119
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Echo(asyncio.Protocol):
    """What a client masks comes back as it came: those in between look at nothing of it."""

    def connection_made(self, transport):
        self.transport, self.head = transport, b""

    def data_received(self, data):
        if self.head is None:
            self.transport.write(data)
            return
        self.head += data
        if b"\r\n\r\n" not in self.head:
            return
        key = next(line.split(b":", 1)[1].strip() for line in self.head.split(b"\r\n")
                   if line.lower().startswith(b"sec-websocket-key:"))
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        self.transport.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                             b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept
                             + b"\r\n\r\n")
        self.head = None


async def echo(address, port):
    server = await asyncio.get_running_loop().create_server(Echo, address, port, backlog=512)
    await server.serve_forever()


async def client(address, host, messages):
    reader, writer = await asyncio.open_connection(address, 80)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(f"GET /websocket HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\n"
                 f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                 f"Sec-WebSocket-Key: {key}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 "), head
    frame = bytes([0x82, 0x80 | SIZE]) + os.urandom(4 + SIZE)
    for _ in range(messages):
        writer.write(frame)
        assert await reader.readexactly(len(frame)) == frame
    writer.close()


async def ask(address, host, messages):
    begun = time.monotonic()
    await asyncio.gather(*(client(address, host, messages // CLIENTS) for _ in range(CLIENTS)))
    print(time.monotonic() - begun)


if __name__ == "__main__":
    if sys.argv[1] == "echo":
        asyncio.run(echo(sys.argv[2], int(sys.argv[3])))
    else:
        asyncio.run(ask(sys.argv[2], sys.argv[3], int(sys.argv[4])))
