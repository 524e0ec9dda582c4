"""python3 flood.py PORT CONNECTIONS MEBIBYTES SECONDS: imports that nobody asked for, without a token, so many at once, and
all of them again a second later. Prints how many were answered, by status; "none" are those cut without an answer."""

import collections
import json
import selectors
import socket
import sys
import time

PIECE = b"a" * (1 << 18)


class Upload:
    def __init__(self, port: int, size: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.socket.setblocking(False)
        head = f"POST /api/v1/staff/import HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nContent-Length: {size}\r\n\r\n"
        self.head, self.left, self.received = head.encode(), size, b""

    def go_on(self) -> bool:
        """False when it is over. What was answered can still be read where nothing more can be sent."""
        try:
            if self.head:
                self.head = self.head[self.socket.send(self.head):]
            elif self.left:
                self.left -= self.socket.send(PIECE[:self.left])
        except BlockingIOError:
            pass
        except OSError:
            self.left = 0
        try:
            data = self.socket.recv(1 << 16)
            self.received += data
            return bool(data)
        except BlockingIOError:
            return True
        except OSError:
            return False


def burst(port: int, connections: int, size: int) -> collections.Counter:
    statuses: collections.Counter = collections.Counter()
    selector = selectors.DefaultSelector()
    for _ in range(connections):
        upload = Upload(port, size)
        selector.register(upload.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, upload)
    while selector.get_map():
        for key, _ in selector.select():
            if not key.data.go_on():
                statuses[key.data.received[9:12].decode() or "none"] += 1
                selector.unregister(key.fileobj)
                key.fileobj.close()
    return statuses


def main(port: int, connections: int, size: int, seconds: float) -> None:
    statuses: collections.Counter = collections.Counter()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        statuses += burst(port, connections, size)
        time.sleep(1)
    print(json.dumps(statuses))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) << 20, float(sys.argv[4]))
