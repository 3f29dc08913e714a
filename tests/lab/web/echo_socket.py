"""The lab's WebSocket server, to which Apache passes /socket: says first which header fields the
upgrade had, then every message back. The path /socket/bye closes instead."""
import asyncio
import json
import sys

from websockets.legacy.server import serve


async def answer(connection):
    fields = [[name.lower(), value] for name, value in connection.request_headers.raw_items()]
    await connection.send(json.dumps({"path": connection.path, "headers": fields}))
    if connection.path == "/socket/bye":
        return
    async for message in connection:
        await connection.send(message)


async def main(address, port):
    fields = [("Set-Cookie", "tab=7; Path=/socket"), ("Set-Cookie", "seen=yes; Path=/")]
    async with serve(answer, address, int(port), extra_headers=fields, compression=None):
        await asyncio.Future()


asyncio.run(main(*sys.argv[1:]))
