"""script/bench: measures kerbgate and its peers in turn, and prints the medians; a ratio is the
median of those of each lap, whose two sides were measured one behind the other, since a machine
that is shared is faster and slower by the minute. A round is one lap for most cases."""
import argparse
import json
import subprocess
import sys
from collections import defaultdict

from proxy import PROXIES, ROOT
import cases
import kerberos
import sign_in
from bench_load import median
from testbed import Testbed

# Cases that have their own sides to compare.
APART = {**kerberos.CASES, **sign_in.CASES}


PROGRAMS = ["tests/kerberos_bench", "tests/paced_bench"]


def options():
    parser = argparse.ArgumentParser(prog="script/bench")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--seconds", type=float, default=1, help="about, for each load")
    parser.add_argument("--peer", action="append", choices=[n for n in PROXIES if n != "kerbgate"])
    parser.add_argument("--markdown", action="store_true", help="the table of docs/benchmarks.md")
    names = [*cases.CASES, *APART]
    parser.add_argument("case", nargs="*", help=", ".join(names))
    chosen = parser.parse_args()
    for name in chosen.case:
        if name not in names:
            parser.error(f"no case {name}; there are {', '.join(names)}")
    return chosen


def take(values, name, figures):
    for figure, by_name in figures.items():
        for who, value in by_name.items():
            values[name, figure][who].append(value)


def order(proxies, lap):
    """Turned by one in every second lap, and the other way round in those between: nobody has the
    same one before him each time."""
    turn = lap // 2 % len(proxies)
    turned = proxies[turn:] + proxies[:turn]
    return turned[::-1] if lap % 2 else turned


def run_laps(testbed, case, round_number, seconds):
    """(proxy's name, {figure: value}) of each."""
    testbed.half_load = None
    for lap in range(round_number * case.laps, (round_number + 1) * case.laps):
        testbed.lap, testbed.direct = lap, None
        for proxy in order(list(testbed.proxies.values()), lap):
            yield proxy.name, case.run(testbed, proxy, seconds)


def measure(testbed, chosen):
    """{(case, figure): {proxy: [values]}}."""
    values = defaultdict(lambda: defaultdict(list))
    for round_number in range(chosen.rounds):
        for name in chosen.case or [*cases.CASES, *APART]:
            case = cases.CASES.get(name)
            if not case:
                take(values, name, APART[name](testbed, chosen.seconds))
                continue
            if case.is_once and round_number > 0:
                continue
            for who, figures in run_laps(testbed, case, round_number, chosen.seconds):
                take(values, name, {figure: {who: value} for figure, value in figures.items()})
            print(f"round {round_number + 1} of {chosen.rounds}: {name}", file=sys.stderr,
                  flush=True)
    return values


def ratio(ours, theirs):
    """Laps in which a peer added nothing that could be measured say nothing of a ratio."""
    of_laps = [a / b for a, b in zip(ours, theirs) if b > 0]
    return median(of_laps) if of_laps else float("nan")


def rows(values):
    """One for each figure and peer."""
    for (name, figure), of in values.items():
        ours = of["kerbgate"]
        for peer, theirs in of.items():
            if peer != "kerbgate":
                unit, higher = cases.FIGURES[figure]
                yield {"name": f"{name}: {figure}", "unit": unit, "ours": round(median(ours), 3),
                       "peer": round(median(theirs), 3), "peer_name": peer,
                       "ratio": round(ratio(ours, theirs), 3),
                       "higher_is_better": higher}


def markdown(table, peers):
    """As docs/benchmarks.md has it: one line for each figure."""
    print(f"| case | unit | kerbgate | {' | '.join(peers)} | to {peers[0]} |")
    print("|---|---|" + "---:|" * (len(peers) + 2))
    lines = {}
    for row in table:
        lines.setdefault(row["name"], {})[row["peer_name"]] = row
    for name, by_peer in lines.items():
        if peers[0] not in by_peer:
            continue    # against others: in the table of its own
        first = by_peer[peers[0]]
        cells = [f"{by_peer[peer]['peer']:,.1f}" for peer in peers]
        print(f"| {name} | {first['unit']} | {first['ours']:,.1f} | {' | '.join(cells)} "
              f"| {first['ratio']:.2f} |")


def main():
    chosen = options()
    peers = chosen.peer or [name for name in PROXIES if name != "kerbgate"]
    subprocess.run(["ninja", "-C", ROOT / "build", *PROGRAMS], check=True,
                   stdout=subprocess.DEVNULL)
    with Testbed() as testbed:
        testbed.start([PROXIES["kerbgate"], *(PROXIES[name] for name in peers)])
        table = list(rows(measure(testbed, chosen)))
    if chosen.markdown:
        markdown(table, peers)
    for row in () if chosen.markdown else table:
        print(f"{row['name']:<44} {row['ours']:>12,.2f} {row['peer']:>12,.2f} {row['unit']:<10}"
              f"{row['ratio']:>7.2f}  {row['peer_name']}")
    (ROOT / "build" / "bench.json").write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
