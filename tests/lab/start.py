"""Starts a lab in the foreground and prints as JSON where everything is; Ctrl-C ends it.

    python3 tests/lab/start.py [--timing] [--mit]
"""
import argparse
import json
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from lab import Lab  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description="Starts a lab in the foreground.")
    parser.add_argument("--timing", action="store_true", help="how long each phase took")
    parser.add_argument("--mit", action="store_true", help="with a realm of MIT Kerberos")
    options = parser.parse_args()
    # Before the guardian is started, which is in a session of its own and hears neither.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    with Lab(mit=options.mit) as lab:
        print(json.dumps(lab.describe(), indent=2), flush=True)
        if options.timing:
            for phase, seconds in lab.timing.items():
                print(f"{seconds:7.3f} s  {phase}", file=sys.stderr, flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    main()
