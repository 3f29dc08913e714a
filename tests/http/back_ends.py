"""Six back ends as they are installed, each with a log of what it saw: start_all() answers
{name: (port, log file)}. Each writes one line for each request, "METHOD TARGET", and one of its own
words for what it could not read, which is a request that it saw, too."""
import os
import shutil

FIRST_PORT = 8090
TOMCAT = "/usr/share/tomcat10"


def apache(folder, address, log):
    modules = "mpm_event authz_core log_config"
    load = "\n".join(f"LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so"
                     for m in modules.split() if m != "log_config")
    (folder / "files").mkdir()
    (folder / "files" / "index.html").write_text("ok")
    (folder / "conf").write_text(f"""
ServerRoot {folder}
ServerName a
PidFile {folder}/pid
{load}
Listen {address}
DocumentRoot {folder}/files
User www-data
Group www-data
TraceEnable off
ErrorLog {folder}/error.log
LogFormat "%m %U%q" asked
CustomLog {log} asked
""")
    return ["apache2", "-DFOREGROUND", "-f", folder / "conf"]


def nginx(folder, address, log):
    (folder / "conf").write_text(f"""
worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  log_format asked "$request_method $request_uri"; access_log {log} asked;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  large_client_header_buffers 4 64k;
  server {{ listen {address}; location / {{ return 200 ok; }} }}
}}
""")
    return ["nginx", "-c", folder / "conf", "-e", folder / "error.log"]


def lighttpd(folder, address, log):
    host, port = address.split(":")
    (folder / "files").mkdir()
    (folder / "files" / "index.html").write_text("ok")
    (folder / "conf").write_text(f"""
server.modules = ("mod_accesslog")
server.document-root = "{folder}/files"
server.bind = "{host}"
server.port = {port}
server.errorlog = "{folder}/error.log"
server.stream-request-body = 2
index-file.names = ("index.html")
accesslog.filename = "{log}"
accesslog.format = "%m %U%q"
""")
    return ["lighttpd", "-D", "-f", folder / "conf"]


def haproxy(folder, address, log):
    (folder / "conf").write_text(f"""
global
  log stdout format raw local0
defaults
  mode http
  log global
  log-format "%HM %HU"
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend all
  bind {address}
  http-request wait-for-body time 5s
  http-request return status 200 content-type text/plain string ok
""")
    return ["sh", "-c", f"exec haproxy -db -f {folder}/conf >{log} 2>{folder}/error.log"]


def tomcat(folder, address, log):
    host, port = address.split(":")
    for name in ("conf", "webapps", "work", "temp", "logs"):
        (folder / name).mkdir()
    (folder / "webapps" / "ROOT").mkdir()
    (folder / "webapps" / "ROOT" / "index.html").write_text("ok")
    shutil.copy("/etc/tomcat10/web.xml", folder / "conf" / "web.xml")
    (folder / "conf" / "server.xml").write_text(f"""<Server port="-1"><Service name="all">
<Connector address="{host}" port="{port}" maxHttpRequestHeaderSize="65536" allowTrace="true"/>
<Engine name="all" defaultHost="all"><Host name="all" appBase="webapps" autoDeploy="false">
<Valve className="org.apache.catalina.valves.AccessLogValve" directory="{log.parent}"
 prefix="{log.stem}" suffix="{log.suffix}" rotatable="false" buffered="false" pattern="%m %U%q"/>
</Host></Engine></Service></Server>""")
    return ["java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
            f"-Dcatalina.base={folder}", f"-Dcatalina.home={TOMCAT}",
            f"-Djava.io.tmpdir={folder}/temp",
            "-cp", f"{TOMCAT}/bin/bootstrap.jar:{TOMCAT}/bin/tomcat-juli.jar",
            "org.apache.catalina.startup.Bootstrap", "start"]


def node(folder, address, log):
    host, port = address.split(":")
    (folder / "serve.js").write_text(f"""
const fs = require("fs"), http = require("http");
const say = (line) => fs.appendFileSync("{log}", line + "\\n");
const server = http.createServer({{ maxHeaderSize: 65536 }}, (request, response) => {{
  say(request.method + " " + request.url);
  request.resume();
  request.on("end", () => response.end("ok"));
}});
server.on("upgrade", (request, socket) => {{
  say(request.method + " " + request.url);
  socket.end("HTTP/1.1 400 Bad Request\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n");
}});
server.on("clientError", (error, socket) => {{
  const isCut = error.code === "ECONNRESET" || error.code === "HPE_INVALID_EOF_STATE";
  if (!isCut) say("unreadable " + error.code);    // a request that is cut was seen before
  socket.destroy();
}});
server.listen({port}, "{host}");
""")
    return ["node", folder / "serve.js"]


KINDS = (apache, nginx, lighttpd, haproxy, tomcat, node)


def start_all(keeper, address):
    found = {}
    for port, kind in enumerate(KINDS, FIRST_PORT):
        name = kind.__name__
        folder = keeper.dir / name
        folder.mkdir()
        os.chmod(folder, 0o777)
        log = folder / "access.log"
        keeper.start(name, kind(folder, f"{address}:{port}", log))
        found[name] = port, log
    for name, (port, _) in found.items():
        keeper.wait_until_listening(name, address, port)
    return found
