"""The proxies that are compared: one worker each, on one processor, all with the same task."""
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "e2e")]

from gateway import Gateway, app, wait_until  # noqa: E402

PROXY_CPU, LOAD_CPU = 0, 1   # clients and back end share the other one
HOST, SSO_HOST = "open.example.com", "sso.example.com"


def pinned(cpu, *command):
    return ["taskset", "-c", str(cpu), *map(str, command)]


def descendants(pid):
    found = [pid]
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += descendants(int(child))
    return found


class Proxy:
    """A proxy that runs: `address` serves 80 and 443."""

    name = None

    def __init__(self, site, number):
        self.site, self.address = site, f"{site.net}.{number}"
        self.folder = site.folder / self.name
        self.folder.mkdir()
        self.process = None

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(pinned(PROXY_CPU, *self.command()), stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL)
        try:
            wait_until(lambda: self.site.answers(self.address), 20, f"{self.name} answers")
        except AssertionError as e:
            raise SystemExit(f"{e}: {(self.folder / 'log').read_text()}") from e

    def pids(self):
        return descendants(self.process.pid)

    def processor_seconds(self):
        """User and system, of all processes and threads of the proxy, to the nanosecond."""
        total = 0
        for pid in self.pids():
            for task in Path(f"/proc/{pid}/task").iterdir():
                total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9

    def memory(self):
        """Resident bytes of all processes, shared pages counted once."""
        total = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        return total

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)


class Kerbgate(Proxy):
    name = "kerbgate"

    def __init__(self, site, number):
        super().__init__(site, number)
        back = f"http://{site.back_end.address}/"
        apps = [app("open", back, pre_authentication="passthrough"),
                app("sso", "http://web.corp.example/", spn=site.lab.web.spn,
                    backends=[f"{site.back_end.address}:80"]),
                app("plain", back, host=SSO_HOST) | {"external_url": f"https://{SSO_HOST}/plain/"}]
        self.gateway = Gateway(site.lab, self.folder, apps, address=number)
        listen = [{"address": f"{self.address}:443", "certificate": str(site.certificate),
                   "key": str(site.key)}, {"address": f"{self.address}:80", "mode": "http"}]
        self.gateway.write(gateway__threads=1, gateway__listen=listen,
                           gateway__limits__backend_connections_per_app=4096,
                           gateway__limits__backend_connections_per_identity=4096,
                           gateway__limits__requests_per_client=100000,
                           gateway__limits__connections=20000,
                           gateway__access_log={"file": str(self.folder / "access.log")})

    def start(self):
        self.gateway.under(*pinned(PROXY_CPU))
        self.gateway.start()
        self.process = self.gateway.process

    def stop(self):
        self.gateway.stop()


class Nginx(Proxy):
    name = "nginx"

    def command(self):
        conf = self.folder / "nginx.conf"
        token = self.site.token
        conf.write_text(f"""
worker_processes 1; daemon off; pid {self.folder}/pid; error_log {self.folder}/error.log;
events {{ worker_connections 20000; }}
worker_rlimit_nofile 50000;
http {{
  access_log {self.folder}/access.log;
  client_body_temp_path {self.folder}/body; proxy_temp_path {self.folder}/proxy;
  fastcgi_temp_path {self.folder}/f; uwsgi_temp_path {self.folder}/u;
  scgi_temp_path {self.folder}/s;
  keepalive_requests 100000000; keepalive_timeout 600s; client_max_body_size 0;
  proxy_max_temp_file_size 0; proxy_request_buffering off;
  upstream back {{ server {self.site.back_end.address}:80; keepalive 512;
                   keepalive_requests 100000000; keepalive_timeout 600s; }}
  proxy_http_version 1.1; large_client_header_buffers 8 64k;
  map $http_upgrade $connection_upgrade {{ default upgrade; "" ""; }}
  proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $host;
  proxy_set_header Connection $connection_upgrade; proxy_set_header Upgrade $http_upgrade;
  ssl_certificate {self.site.certificate}; ssl_certificate_key {self.site.key};
  ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache none;
  server {{ listen {self.address}:80; listen {self.address}:443 ssl http2; server_name {HOST};
           location / {{ proxy_pass http://back; }} }}
  server {{ listen {self.address}:80; listen {self.address}:443 ssl http2; server_name {SSO_HOST};
           location / {{ proxy_pass http://back;
             proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
             proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $host;
             proxy_set_header Connection ""; proxy_set_header Cookie "";
             proxy_set_header Authorization "{token}"; }} }}
}}
""")
        return ["nginx", "-c", conf, "-e", self.folder / "error.log"]


class Haproxy(Proxy):
    name = "haproxy"

    def command(self):
        pem = self.folder / "pair.pem"
        pem.write_text(Path(self.site.certificate).read_text() + Path(self.site.key).read_text())
        conf = self.folder / "haproxy.cfg"
        conf.write_text(f"""
global
  nbthread 1
  maxconn 8000
  tune.bufsize 32768
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  timeout connect 10s
  timeout client 600s
  timeout server 600s
  option forwardfor
  http-reuse always
frontend all
  bind {self.address}:80
  bind {self.address}:443 ssl crt {pem} alpn h2,http/1.1 ssl-min-ver TLSv1.2
  use_backend sso if {{ hdr(host) -m beg {SSO_HOST} }}
  default_backend plain
backend plain
  server one {self.site.back_end.address}:80 pool-max-conn 512
backend sso
  http-request set-header Authorization "{self.site.token.replace(' ', chr(92) + ' ')}"
  http-request del-header Cookie
  server one {self.site.back_end.address}:80 pool-max-conn 512
""")
        return ["haproxy", "-db", "-f", conf]


class Apache(Proxy):
    name = "apache"
    THREADS = """StartServers 1
ServerLimit 1
ThreadsPerChild 128
ThreadLimit 128
MaxRequestWorkers 128
AsyncRequestWorkerFactor 100
MaxKeepAliveRequests 0
KeepAliveTimeout 600"""

    def command(self):
        conf = self.folder / "apache.conf"
        modules = "mpm_event authz_core proxy proxy_http ssl http2 headers socache_shmcb"
        load = "\n".join(f"LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so"
                         for m in modules.split())
        ssl = f"SSLCertificateFile {self.site.certificate}\nSSLCertificateKeyFile {self.site.key}"

        def host(port, name, more):
            tls = f"SSLEngine on\n{ssl}\nProtocols h2 http/1.1" if port == 443 else ""
            return (f"<VirtualHost {self.address}:{port}>\nServerName {name}\n{tls}\n{more}\n"
                    f"ProxyPass / http://{self.site.back_end.address}/ keepalive=On max=512 "
                    "upgrade=websocket\n"
                    "</VirtualHost>\n")
        sso = f'RequestHeader set Authorization "{self.site.token}"\nRequestHeader unset Cookie'
        conf.write_text(f"""
ServerRoot {self.folder}
PidFile {self.folder}/pid
{load}
User www-data
Group www-data
ServerName {HOST}
Listen {self.address}:80
Listen {self.address}:443
{self.THREADS}
LimitRequestFieldSize 65536
ErrorLog {self.folder}/error.log
LogFormat "%h %l %u %t \\"%r\\" %>s %b" common
CustomLog {self.folder}/access.log common
""" + "".join(host(port, name, more) for port in (80, 443)
              for name, more in ((HOST, ""), (SSO_HOST, sso))))
        return ["apache2", "-DFOREGROUND", "-f", conf]


PROXIES = {p.name: p for p in (Kerbgate, Nginx, Haproxy, Apache)}
