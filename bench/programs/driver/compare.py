#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""compare.py - run the same works by leat and by others, compare what they print, and measure them. The samples go to
stdout as CSV, and the medians to stderr as a table.

    compare.py BUILD [--repeat N] [--works "WORD..."] [--limit SECONDS] [--about FILE]

Repetition 0 is not measured. It brings the input into memory, and tells what the work's output is: that of leat. Every
sample of every program must print the same, or this program ends with status 1. Each further repetition goes once
through all programs. So if the machine is slow for a second, that affects all of them.
"""
import argparse
import csv
import gzip
import hashlib
import os
import re
import statistics
import subprocess
import sys

sys.dont_write_bytecode = True  # write nothing beside the sources
HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = os.path.dirname(HERE)
sys.path.append(os.path.join(PROGRAMS, "..", "peers"))
from measure import UNSUPPORTED, Failure, look_at_machine, note_machine, note_state
from works import FIELDS, TITLES, chosen_works

TOO_LONG = 124  # the status of sample.c


class Mismatch(Exception):
    """Two programs have printed different things."""


# ------------------------------------------------------------------------------------------------- the programs


def peers_of(work, build):
    """The peers that have a program for this work; leat is the first."""
    return [peer for peer in TITLES if os.access(f"{build}/bench/programs/{peer}/{work.program}", os.X_OK)]


def sources_of(work, peer):
    """The files that a user would write. leat's programs share headers."""
    folder = PROGRAMS if peer == "leat" else f"{PROGRAMS}/{peer}"
    for name in sorted(os.listdir(folder)):
        if name.split(".")[0] == work.program:
            yield f"{folder}/{name}"
            with open(f"{folder}/{name}", encoding="utf-8") as file:
                for header in re.findall(r'#include "(.*)"', file.read()):
                    yield f"{folder}/{header}"


def lines_of(path):
    """The number of lines that have code in them."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    comments = r"^\s*#.*$" if text.startswith("#!") else r"//.*$|/\*(?s:.*?)\*/"
    return sum(1 for line in re.sub(comments, "", text, flags=re.MULTILINE).splitlines() if line.strip())


# ---------------------------------------------------------------------------------------------------- a sample


def digest_of(work, path):
    unpacked = gzip.open(path, "rb") if work.unpack else open(path, "rb")
    with unpacked as file:
        digest = hashlib.sha256()
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def command_of(work, peer, build):
    arguments = work.arguments.format(data=f"{build}/bench/programs/data").split()
    return [f"{build}/bench/programs/{peer}/{work.program}"] + arguments


def take_sample(work, peer, options):
    """Run the program. Return the numbers by their names, and the place of its output."""
    output = f"{options.build}/bench/programs/output"
    sample = [f"{options.build}/bench/programs/sample", output, str(options.limit), str(work.times)]
    done = subprocess.run(sample + command_of(work, peer, options.build), capture_output=True, text=True)
    if done.returncode == TOO_LONG:
        raise Failure("hung")
    if done.returncode == UNSUPPORTED:
        raise Failure("unsupported")
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["nothing said"])[0]
        raise Failure(f"failed: status {done.returncode}, {said}")
    numbers = dict(zip(["wall", "cpu", "memory", "switches"], map(float, done.stdout.split())))
    said = {name: float(ms) for name, ms in re.findall(r"(\w+) ([0-9.]+) ms", done.stderr)}
    return {**said, **numbers, "value": {**said, **numbers}[work.value], "said": done.stderr.strip()}, output


class Outputs:
    """What the programs of a work have printed. All must print the same, in every sample."""

    def __init__(self, work):
        self.work, self.wanted, self.known = work, None, {}

    def check(self, peer, path):
        digest = self.digest(path)
        self.wanted = self.wanted or digest
        if digest != self.wanted:
            raise Mismatch(f"{self.work.name}: {TITLES[peer]} prints something else than {TITLES['leat']}: see {path}")

    def digest(self, path):
        """Unpack only what was not seen before."""
        with open(path, "rb") as file:
            packed = hashlib.sha256(file.read()).digest()
        if packed not in self.known:
            self.known[packed] = digest_of(self.work, path)
        return self.known[packed]


# ----------------------------------------------------------------------------------------------------- rounds


def record(writer, work, peer, repetition="", sample=None, state="ok"):
    row = dict(name=work.name, peer=peer, repetition=repetition, state=state)
    row["lines"] = sum(map(lines_of, sources_of(work, peer)))
    if sample:
        row.update({key: sample[key] for key in FIELDS if key in sample})
    writer.writerow(row)


def measure_work(writer, work, options):
    """The samples of each peer, and why there are no more."""
    peers, outputs = peers_of(work, options.build), Outputs(work)
    samples, failures = {peer: [] for peer in peers}, {}
    for repetition in range(options.repeat + 1):
        for peer in [peer for peer in peers if peer not in failures]:
            try:
                sample, output = take_sample(work, peer, options)
                outputs.check(peer, output)
                if repetition > 0:
                    samples[peer].append(sample)
                    record(writer, work, peer, repetition, sample)
            except Failure as failure:
                failures[peer] = str(failure)
                record(writer, work, peer, state=failures[peer])
    return samples, failures


# -------------------------------------------------------------------------------------------------- the table


HEAD = """
The ratios say how many times as much as leat the others take. CPU is of all processes, memory of the largest.

| work | leat | CPU | memory | beside it |
|---|---|---|---|---|"""


def middle(samples, key):
    return statistics.median(sample[key] for sample in samples)


def seconds(ms):
    return f"{ms / 1000:.3g} s" if ms >= 1000 else f"{ms:.3g} ms"


def beside(work, samples, failures):
    for peer in list(samples)[1:]:
        if failures.get(peer) == "unsupported":
            continue
        if peer in failures:
            yield f"{TITLES[peer]} {failures[peer]}"
        elif samples["leat"]:
            yield f"{TITLES[peer]} {middle(samples[peer], 'value') / middle(samples['leat'], 'value'):.2f}"


def table_row(work, samples, failures):
    leat = samples.get("leat")
    if not leat or "leat" in failures:
        return f"| {work.name} | {failures.get('leat', 'left out')} | | | |"
    counts = "" if work.value == "wall" else " " + work.value
    return (
        f"| {work.name}: {work.about} | {seconds(middle(leat, 'value'))}{counts} | {seconds(middle(leat, 'cpu'))} | "
        f"{middle(leat, 'memory') / 1024:.0f} MiB | {', '.join(beside(work, samples, failures))} |"
    )


# ------------------------------------------------------------------------------------------------- the program


def read_arguments():
    parser = argparse.ArgumentParser(description="Compare whole programs; CSV on stdout.")
    parser.add_argument("build", help="where bench/programs/PEER/WORK and bench/programs/data are")
    parser.add_argument("--repeat", type=int, default=7, help="samples of each program, 7 or more")
    parser.add_argument("--works", default="", help="words: only works whose name contains one of them")
    parser.add_argument("--limit", type=int, default=60, help="seconds after which a program hangs")
    parser.add_argument("--about", help="a file with lines about the peers: 'key: value'")
    options = parser.parse_args()
    if options.repeat < 7:
        parser.error("a median of fewer than 7 says little")
    return options


def main():
    options = read_arguments()
    works = chosen_works(options.works)
    if not works:
        sys.exit(f"no work matches '{options.works}'")
    looks = look_at_machine(options)
    note_machine(looks, options)
    note_state(looks, "before")
    writer = csv.DictWriter(sys.stdout, FIELDS, lineterminator="\n")
    writer.writeheader()
    print(HEAD, file=sys.stderr)
    try:
        for work in works:
            print(table_row(work, *measure_work(writer, work, options)), file=sys.stderr, flush=True)
            sys.stdout.flush()
    except Mismatch as mismatch:
        sys.exit(f"compare.py: {mismatch}")
    note_state(look_at_machine(options), "after")


if __name__ == "__main__":
    main()
