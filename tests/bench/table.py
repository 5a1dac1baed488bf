"""The figures: printed as a table, kept as build/bench.json."""

import json

from tests.lib import environment as env

FIGURES = []


def figure(name, value, unit, *, baseline=None, ratio=None, target="", ok=None):
    """Note one figure. `ok` is None for what has no target of its own."""
    row = {
        "name": name,
        "value": round(value, 2),
        "unit": unit,
        "baseline": baseline if baseline is None else round(baseline, 2),
        "ratio": ratio if ratio is None else round(ratio, 2),
        "target": target,
        "ok": ok if ok is None else bool(ok),
    }
    FIGURES.append(row)
    print(_line(row), flush=True)


def percentile(values, share):
    """The value below which `share` (0 … 1) of the values are."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values):
    return percentile(values, 0.5)


def _line(row):
    verdict = {None: "", True: "ok", False: "SHORT"}[row["ok"]]
    baseline = "" if row["baseline"] is None else f"{row['baseline']:g}"
    ratio = "" if row["ratio"] is None else f"{row['ratio']:g} x"
    return (
        f"{row['name']:<58} {row['value']:>9g} {row['unit']:<6} {baseline:>9} {ratio:>9}  "
        f"{row['target']:<34} {verdict}"
    )


def finish():
    """Print all figures once more and write them down.

    :return: how many fall short of their target
    """
    print(f"\n{'figure':<58} {'value':>9} {'unit':<6} {'baseline':>9} {'ratio':>9}  {'target':<34}")
    print("-" * 132)
    for row in FIGURES:
        print(_line(row))
    env.BUILD.mkdir(exist_ok=True)
    (env.BUILD / "bench.json").write_text(json.dumps(FIGURES, indent=2) + "\n")
    short = [row for row in FIGURES if row["ok"] is False]
    reached = sum(row["ok"] is True for row in FIGURES)
    print(f"\n{reached} reached, {len(short)} short; see build/bench.json")
    return len(short)
