"""What the proxies stand between: the laboratory, a back end that costs little, a client."""
import os
import resource
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from proxy import HOST, LOAD_CPU, SSO_HOST, pinned
from gateway import wait_until
from lab import Lab

SMALL = 900   # bytes of the usual answer
WEBSOCKET_PORT = 81


class BackEnd:
    """nginx with files, and the WebSocket echo behind it."""

    def __init__(self, site, number):
        self.address = f"{site.net}.{number}"
        self.folder = site.folder / "back-end"
        self.folder.mkdir()
        files = self.folder / "files"
        files.mkdir()
        (files / "index.html").write_bytes(b"x" * SMALL)
        (files / "1m").write_bytes(os.urandom(1 << 20))
        with open(files / "1g", "wb") as large:
            large.truncate(1 << 30)
        self.processes = []

    def start(self):
        conf = self.folder / "nginx.conf"
        conf.write_text(f"""
worker_processes 1; daemon off; pid {self.folder}/pid; error_log {self.folder}/error.log;
events {{ worker_connections 8192; }}
http {{
  access_log off; sendfile on; tcp_nopush on;
  client_body_temp_path {self.folder}/body; proxy_temp_path {self.folder}/proxy;
  fastcgi_temp_path {self.folder}/f; uwsgi_temp_path {self.folder}/u;
  scgi_temp_path {self.folder}/s;
  keepalive_requests 100000000; keepalive_timeout 600s; large_client_header_buffers 8 64k;
  open_file_cache max=100;
  server {{ listen {self.address}:80; root {self.folder}/files;
    location = /token {{ return 200 "$http_authorization"; }}
    location = /websocket {{ proxy_pass http://{self.address}:{WEBSOCKET_PORT};
      proxy_http_version 1.1; proxy_set_header Connection upgrade;
      proxy_set_header Upgrade $http_upgrade; }} }}
}}
""")
        self.run("nginx", "-c", conf, "-e", self.folder / "error.log")
        self.run(sys.executable, Path(__file__).parent / "websocket.py", "echo", self.address,
                 WEBSOCKET_PORT)

    def run(self, *command):
        with open(self.folder / "log", "ab") as log:
            self.processes.append(subprocess.Popen(
                pinned(LOAD_CPU, *command), stdout=log, stderr=log, stdin=subprocess.DEVNULL))

    def stop(self):
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


class Testbed:
    """Lab, back end and the proxies asked for; a context manager."""

    def __init__(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]     # for all that is started
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self.lab = Lab()
        self.net = self.lab.net
        self.temporary = tempfile.TemporaryDirectory(prefix="kerbgate-bench-", dir="/dev/shm")
        self.folder = Path(self.temporary.name)
        self.folder.chmod(0o755)
        self.certificate, self.key = self.lab.ca.issue(HOST, SSO_HOST)
        self.back_end = BackEnd(self, 145)
        self.proxies, self.token, self.cookie = {}, "", ""
        self.half_load = None   # of this round, requests per second
        self.lap = 0
        self.direct = None      # of this lap: bench_load.Result without a proxy
        self.openid = None      # sign_in.Side, once a case asks for it

    def start(self, proxies):
        self.back_end.start()
        for number, kind in enumerate(proxies, 140):
            proxy = kind(self, number)
            self.proxies[kind.name] = proxy
            proxy.start()
            if kind.name == "kerbgate":
                self.sign_in(proxy.gateway)

    def sign_in(self, gateway):
        """The cookie every client sends, and how large a token is, for those who only forward."""
        browser = gateway.browser(SSO_HOST).sign_in("alice")
        self.cookie = "; ".join(f"{k}={v}" for k, v in browser.cookies.items())
        self.token = browser.get("/token").text
        assert self.token.startswith("Negotiate "), self.token

    def answers(self, address):
        done = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
                               "-H", f"Host: {HOST}", f"http://{address}/"],
                              capture_output=True, text=True)
        return done.stdout == "200"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.openid:
            self.openid.stop()
        for proxy in self.proxies.values():
            proxy.stop()
        self.back_end.stop()
        self.lab.stop()
        self.temporary.cleanup()
