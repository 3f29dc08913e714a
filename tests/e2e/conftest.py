"""Fixtures of the end-to-end tests: one lab for each process that runs tests, one gateway for each
file of them."""
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import load  # noqa: E402
from gateway import Gateway, app  # noqa: E402


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    """The apps that most tests need."""
    apps = [
        app("hr", lab.web.url, spn=lab.web.spn),
        app("bound", lab.web.url + "bound/", spn=lab.web.spn),
        app("other", lab.other.url, spn=lab.other.spn),
        app("open", lab.web.url + "public/", pre_authentication="passthrough"),
        app("limited", lab.web.url, spn=lab.web.spn, allow={"users": ["bob"]}),
        app("inside", lab.web.url + "public/"),
        app("under", lab.web.url + "deep/", host="hr.example.com", spn=lab.web.spn)
        | {"external_url": "https://hr.example.com/under/"},
    ]
    with Gateway(lab, tmp_path_factory.mktemp("gateway"), apps) as running:
        yield running


@pytest.fixture(scope="session")
def directory():
    """The directory's servers."""
    return ["dc1.corp.example:389"]


@pytest.fixture
def alice(gateway):
    return gateway.browser().sign_in("alice")


@pytest.fixture(scope="session")
def load_client(tmp_path_factory):
    return load.build(tmp_path_factory.mktemp("load") / "load")
