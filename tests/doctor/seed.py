"""What a seed is: a function of its details answers a context manager of a place. What it does is
undone at its end, whether or not the remedy was run."""
from contextlib import ExitStack, contextmanager

from place import put


def seed(function):
    """Makes a function of (place, details) one of (details) that answers a seed."""
    def made(*details, **named):
        return lambda place: contextmanager(function)(place, *details, **named)
    made.__doc__ = function.__doc__
    return made


@seed
def both(place, *seeds):
    with ExitStack() as stack:
        for one in seeds:
            stack.enter_context(one(place))
        yield


@seed
def nothing(place):
    yield


@seed
def setting(place, **values):
    """How the configuration is: of the app, sso__token for one, or of the whole."""
    for name, value in values.items():
        put(place, name, value(place) if callable(value) else value)
    yield
