# SPDX-License-Identifier: MIT
"""A TCP connection that a test can slow down, cut, or let go silent."""

import asyncio
import contextlib
import socket
import struct
import threading

_PIECE = 65_536
_HELD_PIECES = 256  # what a silent network would hold in buffers before the sender notices


class TcpGate:
    """A context manager: forwards connections to `port` to `target`, a port of this machine, as the test allows. Its methods act at once, also on connections that are open, and may be called by any thread."""

    def __init__(self, target):
        self.target = target  # may be changed; applies to new connections
        self.delay = 0.0  # seconds that each piece takes, in either direction; may be changed
        self.accepted = 0  # connections so far
        self._is_cut = False
        self._pairs = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        self._run(self._listen())
        return self

    def __exit__(self, *_):
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self):
        """Resets every connection, and each new one, until `restore`."""
        self._run(self._cut())

    def blackhole(self):
        """Lets nothing through, not even the end of a connection, until `restore`. Connections stay open, and new ones can be made, as with a network that drops packets."""
        self._run(self._set_silent(True))

    def restore(self):
        """Lets everything through again, beginning with what was held back."""
        self._run(self._set_silent(False))

    @property
    def open_connections(self):
        return len(self._pairs)

    def _run(self, task):
        return asyncio.run_coroutine_threadsafe(task, self._loop).result(10)

    async def _listen(self):
        self._is_open = asyncio.Event()
        self._is_open.set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self):
        self._server.close()
        await self._cut()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _cut(self):
        self._is_cut = True
        for pair in list(self._pairs):
            for writer in pair:
                _reset(writer)

    async def _set_silent(self, is_silent):
        self._is_cut = False
        (self._is_open.clear if is_silent else self._is_open.set)()

    async def _serve(self, from_client, to_client):
        self.accepted += 1
        if self._is_cut:
            return _reset(to_client)
        try:
            await self._is_open.wait()
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            return _reset(to_client)
        pair = (to_client, to_server)
        self._pairs.add(pair)
        try:
            if not self._is_cut:
                await asyncio.gather(self._forward(from_client, to_server), self._forward(from_server, to_client))
        except OSError:
            pass
        finally:
            self._pairs.discard(pair)
            for writer in pair:
                _reset(writer)

    async def _forward(self, reader, writer):
        pieces = asyncio.Queue(_HELD_PIECES)

        async def read():
            piece = b"first"
            while piece:
                piece = await reader.read(_PIECE)
                await pieces.put((self._loop.time() + self.delay, piece))

        async def write():
            piece = b"first"
            while piece:
                due, piece = await pieces.get()
                await asyncio.sleep(max(0.0, due - self._loop.time()))
                await self._is_open.wait()
                writer.write(piece)
                await writer.drain()
            writer.write_eof()

        await asyncio.gather(read(), write())


def _reset(writer):
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
