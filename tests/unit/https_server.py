"""An https server: answers each request as the files of its folder say, read anew each time.

Prints its port, and that of the same without TLS, when it listens, having written its certificate to ca.pem.
`jwks.json` is the body, but for a path with /.well-known/ in it, which is that of a file, or 404; `status` a status code
and `location` a Location, when they are there; `delay` seconds to wait first. Each request adds a byte to `count`.
"""

import http.server
import pathlib
import ssl
import subprocess
import sys
import threading
import time

folder = pathlib.Path(sys.argv[1])


def setting(name, default):
    path = folder / name
    return path.read_text().strip() if path.exists() else default


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open(folder / "count", "a") as count:
            count.write("x")
        time.sleep(float(setting("delay", "0")))
        document = folder / (self.path.lstrip("/") if "/.well-known/" in self.path else "jwks.json")
        body = document.read_bytes() if document.is_file() else b""
        self.send_response(int(setting("status", "200" if document.is_file() else "404")))
        if setting("location", ""):
            self.send_header("Location", setting("location", ""))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "server.key",
                "-out", folder / "ca.pem"], check=True, stderr=subprocess.DEVNULL)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(folder / "ca.pem", folder / "server.key")
http.server.ThreadingHTTPServer.daemon_threads = True
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True)
plain = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=plain.serve_forever, daemon=True).start()
print(server.server_address[1], plain.server_address[1], flush=True)
server.serve_forever()
