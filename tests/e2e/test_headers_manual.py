"""docs/headers.md's word: what it says of a back end works in a real one, with its own examples."""
import re
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway import Gateway, app, wait_until
from test_assertions import keys  # noqa: F401

MANUAL = (Path(__file__).parents[2] / "docs" / "headers.md").read_text()
AUDIENCE = "https://hr.corp.example/"
APACHE, NGINX, WHO = 9080, 9081, 9082


def block(language):
    [text] = re.findall(rf"```{language}\n(.*?)```", MANUAL, re.S)
    return text


@contextmanager
def running(command, **environment):
    process = subprocess.Popen(["env", *[f"{k}={v}" for k, v in environment.items()], *command],
                               stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)


def write_program(lab, folder, address):
    """The manual's program, and a Python that finds hr.example.com at the gateway."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(
        "import socket\nreal = socket.getaddrinfo\n"
        f"socket.getaddrinfo = lambda host, *more, **named: real({address!r}, *more, **named)\n")
    (folder / "who.py").write_text(block("python"))
    (folder / "who.py").chmod(0o755)
    environment = {"PYTHONPATH": str(folder), "SSL_CERT_FILE": str(lab.ca.pem)}
    (folder / "who").write_text(    # Apache gives its programs an empty environment
        "#!/bin/sh\nexec env " + " ".join(f"{k}={v}" for k, v in environment.items())
        + f" {folder}/who.py\n")
    (folder / "who").chmod(0o755)
    return environment


def fitted(text, lab, folder, port, address):
    text = text.replace("http://127.0.0.1:9000", f"http://{lab.web.address}:{lab.web.port}/public")
    text = text.replace("http://127.0.0.1:9001", f"http://{address}:{WHO}")
    text = text.replace("/usr/local/lib/who.py", str(folder / "who"))
    return text.replace("*:8080", f"{address}:{port}").replace("listen 8080",
                                                              f"listen {address}:{port}")


def apache_conf(lab, folder, address):
    modules = "mpm_event authz_core rewrite headers proxy proxy_http"
    load = "\n".join(f"LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so"
                     for m in modules.split())
    (folder / "apache.conf").write_text(
        f"ServerRoot {folder}\nServerName a\nPidFile {folder}/apache.pid\n{load}\n"
        f"Listen {address}:{APACHE}\nUser www-data\nGroup www-data\nErrorLog {folder}/apache.log\n"
        + fitted(block("apache"), lab, folder, APACHE, address))
    return ["apache2", "-DFOREGROUND", "-f", folder / "apache.conf"]


def nginx_conf(lab, folder, address):
    (folder / "nginx.conf").write_text(
        f"worker_processes 1; daemon off; pid {folder}/nginx.pid; user root;\n"
        "events { worker_connections 64; }\nhttp { access_log off;\n"
        + "".join(f"{kind}_temp_path {folder}/{kind};\n"
                  for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        + fitted(block("nginx"), lab, folder, NGINX, address) + "}\n")
    return ["nginx", "-c", folder / "nginx.conf", "-e", folder / "nginx.log"]


def answers(address, port):
    try:
        urllib.request.urlopen(f"http://{address}:{port}/", timeout=5)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def gateway(lab, keys, tmp_path_factory):  # noqa: F811
    folder = lab.dir / f"manual-{time.monotonic_ns()}"
    address = f"{lab.net}.111"
    signs = {"mode": "headers", "assertion": {"audience": AUDIENCE}}
    apps = [app("hr", f"http://{address}:{APACHE}/", sso=signs),
            app("too", f"http://{address}:{APACHE}/",
                sso={"mode": "headers", "assertion": {"audience": "too"}})
            | {"external_url": "https://hr.example.com/too/"},
            app("hrnginx", f"http://{address}:{NGINX}/", host="hr.example.com",
                sso={"mode": "headers", "assertion": {"audience": "nginx"}})
            | {"external_url": "https://hr.example.com/nginx/"}]
    environment = write_program(lab, folder, address)
    (folder / "nginx.py").write_text(block("python").replace(AUDIENCE, "nginx"))
    with Gateway(lab, tmp_path_factory.mktemp("manual"), apps, address=111,
                 connector__assertion_keys=[str(keys / "ec")]) as started, \
            running(["/usr/bin/python3", folder / "nginx.py", address, str(WHO)], **environment), \
            running(apache_conf(lab, folder, address), **environment), \
            running(nginx_conf(lab, folder, address)):
        for port in (WHO, APACHE, NGINX):
            wait_until(lambda port=port: answers(address, port), 20, f"port {port} answers")
        yield started


def variable(name):
    """What a careless application reads a header as."""
    return re.sub("[^A-Z0-9]", "_", name.upper())


@pytest.mark.parametrize("path", ["/", "/nginx/"])
@pytest.mark.parametrize("forged", ["X-User", "X_User", "X-Remote-User", "X_Remote_User",
                                    "x.remote.user", "x_Remote-User"])
def test_the_example_lets_in_whom_kerbgate_names(gateway, path, forged):
    for user in ("alice", "bob"):
        browser = gateway.browser("hr.example.com").sign_in(user)
        answer = browser.get(path, headers={forged: "administrator"})
        assert answer.status == 200, answer.text
        headers = [(variable(name), value) for name, value in answer.json["headers"]]
        assert [value for name, value in headers if name == "X_REMOTE_USER"] == \
            [f"{user}@CORP.EXAMPLE"]
        assert "KERBGATE_ASSERTION" not in dict(headers)


def test_and_nobody_else(gateway):
    address = gateway.address
    for port in (APACHE, NGINX):
        for forged in ("", "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9."):
            request = urllib.request.Request(f"http://{address}:{port}/", headers={
                "kerbgate-assertion": forged, "X-User": "administrator"})
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request, timeout=10)
            assert refused.value.code in (401, 403)


def test_nor_by_an_assertion_for_another_application(gateway):
    """Of one host, and so of one issuer: the audience alone tells them apart."""
    answer = gateway.browser("hr.example.com").sign_in("alice").get("/too/")
    assert answer.status == 403 and "remote_user" not in answer.text


def test_the_configuration_is_fine(gateway, keys):  # noqa: F811
    texts = re.findall(r"```yaml\n(.*?)```", MANUAL, re.S)
    assert len(texts) == 2
    base = gateway.settings()
    for text in texts:
        kept = "".join(f"{key}: {base[key]!r}\n".replace("True", "on")
                       for key in ("gateway", "store", "identity_providers"))
        connector = base["connector"] | {"assertion_keys": [str(keys / "ec")]}
        text = text[text.index("apps:"):]
        gateway.file.with_suffix(".manual").write_text(f"{kept}connector: {connector!r}\n{text}")
        done = subprocess.run([gateway.program, "check", "--config",
                               gateway.file.with_suffix(".manual")], capture_output=True, text=True)
        assert "configuration is fine" in done.stdout, done.stdout + done.stderr
