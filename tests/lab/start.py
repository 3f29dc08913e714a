"""Starts a lab in the foreground and prints as JSON where everything is. Ctrl-C, SIGTERM or the end
of standard input ends it: a program that starts one need only keep the other end of a pipe.

    python3 tests/lab/start.py [--timing] [--mit]
"""
import argparse
import json
import signal
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])     # not tests/lab, which has a lab.py

from lab import Lab  # noqa: E402


def run(options):
    with Lab(mit=options.mit) as lab:
        print(json.dumps(lab.describe(), indent=2), flush=True)
        if options.timing:
            for phase, seconds in lab.timing.items():
                print(f"{seconds:7.3f} s  {phase}", file=sys.stderr, flush=True)
        for _ in sys.stdin or ():
            pass


def main():
    parser = argparse.ArgumentParser(description="Starts a lab in the foreground.")
    parser.add_argument("--timing", action="store_true",
                        help="say on standard error how long each phase took")
    parser.add_argument("--mit", action="store_true", help="with a realm of MIT Kerberos")
    options = parser.parse_args()
    # A handler, not a blocked signal: the daemons would inherit the mask.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run(options)
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
