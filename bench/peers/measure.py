#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""measure.py - let leat and its peers do the same work. Print each sample as CSV on stdout, and the progress on stderr.

    measure.py BUILD [--repeat N] [--target SECONDS] [--works "WORD..."] [--limit SECONDS] [--about FILE]

A sample is one process. It prints ns for each of its messages, by its own clock. Its CPU time and its context switches
come from the kernel. A cell is a shape with a capacity. In a cell, each repetition goes once through all peers. So if
the machine is slow for a second, that affects all of them. Each peer sends as many messages as take about TARGET
seconds, which repetition 0 finds out. Lines that begin with # are about the machine and the peers; those of FILE are
copied.
"""
import argparse
import csv
import dataclasses
import datetime
import json
import os
import select
import statistics
import subprocess
import sys
import time

PEERS = ["leat", "go", "crossbeam", "textbook", "tbb"]
FIELDS = "shape,capacity,threads,size,cores,peer,repetition,messages,ns,cpu,switches,state".split(",")
UNSUPPORTED = 3  # the status of a peer that does not have the shape
MANY = 4  # threads where a shape has several
MOST = 1 << 24  # messages of a sample
FORKS = 1346268  # of fib(30)


# ------------------------------------------------------------------------------------------------------ cells


@dataclasses.dataclass(frozen=True)
class Cell:
    shape: str
    capacity: str
    threads: int = 1
    size: int = 8
    cores: str = "all"
    step: int = 64  # the number of messages is a multiple of it

    def name(self):
        """shape/capacity, and further options. The words of WORKS are looked for in this."""
        size = f"/{self.size}-bytes" if self.size != 8 else ""
        cores = "/one-core" if self.cores != "all" else ""
        return f"{self.shape}/{self.capacity}{size}{cores}"


def all_cells():
    yield Cell("seq", "all")
    for shape in ["spsc", "mpsc", "spmc", "mpmc", "select_rx", "select_both"]:
        for capacity in ["0", "1", "128", "all"]:
            yield Cell(shape, capacity, threads=1 if shape == "spsc" else MANY)
    for size in [64, 1024]:
        yield Cell("spsc", "128", size=size)
    for cores in ["all", "1"]:
        for capacity in ["0", "1"]:
            yield Cell("pingpong", capacity, cores=cores)
    for shape in ["chain1", "chain4", "chain16", "chain64", "arithmetic", "steps", "steps_from", "generic"]:
        for capacity in ["0", "128"]:
            yield Cell(shape, capacity)
    yield Cell("deadline", "1")
    yield Cell("timeout", "1")
    yield Cell("go", "-", step=1000)
    for shape in ["or_build", "or_fire", "or_drop"]:
        yield Cell(shape, "-", step=1)
    yield Cell("forkjoin", "-", threads=2, step=2 * FORKS)
    yield Cell("forkjoin", "-", threads=1, cores="1", step=FORKS)


def chosen_cells(works):
    words = works.split()
    return [cell for cell in all_cells() if not words or any(word in cell.name() for word in words)]


# --------------------------------------------------------------------------------------------------- a sample


class Failure(Exception):
    """The words to show instead of a number."""


@dataclasses.dataclass
class Sample:
    messages: int
    ns: float  # of a message, by the clock of the peer
    cpu: float  # ns of a message, on all cores together
    switches: float  # of a message
    wall: float  # seconds of the whole process


def command_of(peer, cell, messages, build):
    program = [f"{build}/bench/leat-bench"] if peer == "leat" else [f"{build}/bench/peers/{peer}"]
    options = ["--messages", messages, "--threads", cell.threads, "--size", cell.size]
    if cell.capacity != "-":
        options += ["--cap", cell.capacity]
    if peer == "leat":
        options += ["--repeat", 1, "--csv", "--no-floors"]
    return program + [cell.shape] + [str(option) for option in options]


def read_until(pipe, deadline):
    """Read until the end. Return None if that takes too long."""
    printed = b""
    while select.select([pipe], [], [], max(0, deadline - time.monotonic()))[0]:
        piece = os.read(pipe.fileno(), 65536)
        if not piece:
            return printed.decode(errors="replace")
        printed += piece
    return None


def run(command, limit, core=None):
    """Run the command. Return its output, and the resources that it used according to the kernel."""
    pin = None if core is None else lambda: os.sched_setaffinity(0, {core})
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=pin
    )
    with process.stdout:
        printed = read_until(process.stdout, time.monotonic() + limit)
    if printed is None:
        process.kill()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if printed is None:
        raise Failure("hung")
    if process.returncode == UNSUPPORTED:
        raise Failure("unsupported")
    if process.returncode != 0:
        said = printed.strip().splitlines() or ["nothing said"]
        raise Failure(f"failed: status {process.returncode}, {said[0]}")
    return printed, usage


def nanoseconds(printed):
    """ns of a message: the last field of the line, or the median below a heading."""
    try:
        lines = printed.splitlines()
        if lines[0].startswith("shape,"):
            return float(next(csv.DictReader(lines))["median"])
        return float(lines[-1].split(",")[-1])
    except (IndexError, KeyError, StopIteration, TypeError, ValueError):
        raise Failure("failed: printed something else") from None


def take_sample(peer, cell, messages, options):
    begin = time.monotonic()
    core = min(os.sched_getaffinity(0)) if cell.cores == "1" else None
    printed, usage = run(command_of(peer, cell, messages, options.build), options.limit, core)
    wall = time.monotonic() - begin
    cpu = (usage.ru_utime + usage.ru_stime) * 1e9 / messages
    switches = (usage.ru_nvcsw + usage.ru_nivcsw) / messages
    return Sample(messages, nanoseconds(printed), cpu, switches, wall)


def calibrate(peer, cell, options):
    """Find the number of messages that takes about as long as wanted."""
    messages = cell.step
    while True:
        sample = take_sample(peer, cell, messages, options)
        factor = min(10, options.target / sample.wall)
        following = min(MOST, max(cell.step, int(messages * factor) // cell.step * cell.step))
        if factor < 2 or following <= messages:
            return following
        messages = following


# ----------------------------------------------------------------------------------------------------- rounds


def record(writer, cell, peer, repetition="", sample=None, state="ok"):
    row = {field: getattr(cell, field) for field in ["shape", "capacity", "threads", "size", "cores"]}
    row.update(peer=peer, repetition=repetition, state=state)
    if sample:
        row.update(messages=sample.messages, ns=f"{sample.ns:.2f}")
        row.update(cpu=f"{sample.cpu:.1f}", switches=f"{sample.switches:.5f}")
    writer.writerow(row)


def measure_cell(writer, cell, peers, options):
    """The samples of each peer, and why there are no more. Repetition 0 finds the number of messages."""
    counts, samples, failures = {}, {peer: [] for peer in peers}, {}
    for repetition in range(options.repeat + 1):
        for peer in [peer for peer in peers if peer not in failures]:
            try:
                if repetition == 0:
                    counts[peer] = calibrate(peer, cell, options)
                    continue
                sample = take_sample(peer, cell, counts[peer], options)
                samples[peer].append(sample.ns)
                record(writer, cell, peer, repetition, sample)
            except Failure as failure:
                failures[peer] = str(failure)
                record(writer, cell, peer, state=failures[peer])
    return samples, failures


def describe(samples, failures):
    """Print one line of progress."""
    medians = {peer: f"{statistics.median(ns):.4g}" for peer, ns in samples.items() if ns}
    shown = {**medians, **failures}
    return "  ".join(f"{peer} {shown[peer]}" for peer in samples if shown[peer] != "unsupported")


# -------------------------------------------------------------------------------------------------- the machine


def look_at_machine(options):
    """What leat-bench says about the machine, several times, because that may change. Empty if it says nothing."""
    command = [f"{options.build}/bench/leat-bench", "seq", "--cap", "1", "--messages", "1", "--repeat", "1", "--json"]
    try:
        return [json.loads(run(command, options.limit)[0])["machine"] for _ in range(3)]
    except (OSError, Failure, ValueError, KeyError, TypeError):
        return []


def note(key, value):
    print(f"# {key}: {value}", flush=True)


def note_state(looks, when):
    for key, what in [("two_threads_before", "two busy threads"), ("yield_ns", "sched_yield")]:
        values = ", ".join(str(look[key]) for look in looks if key in look)
        note(f"{what}, {when}", values or "not measured")


def note_machine(looks, options):
    note("date", datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"))
    for key in ["model", "cores", "kernel", "malloc"]:
        note(key, looks[0].get(key, "unknown") if looks else "unknown")
    note("repetitions", options.repeat)
    if options.about:
        with open(options.about, encoding="utf-8") as about:
            for line in about:
                note(*line.rstrip("\n").split(": ", 1))


# ------------------------------------------------------------------------------------------------- the program


def read_arguments():
    parser = argparse.ArgumentParser(description="Measure leat and its peers; CSV on stdout.")
    parser.add_argument("build", help="where bench/leat-bench and bench/peers/* are")
    parser.add_argument("--repeat", type=int, default=5, help="samples of each peer in a cell, 5 or more")
    parser.add_argument("--target", type=float, default=0.05, help="seconds that a sample is to take")
    parser.add_argument("--works", default="", help="words: only cells whose shape/capacity contains one of them")
    parser.add_argument("--limit", type=float, default=10, help="seconds after which a peer hangs")
    parser.add_argument("--about", help="a file with lines about the peers: 'key: value'")
    options = parser.parse_args()
    if options.repeat < 5:
        parser.error("a median of fewer than 5 says little")
    for name, seconds in [("--target", options.target), ("--limit", options.limit)]:
        if not 0 < seconds <= 3600:
            parser.error(f"{name}: a number of seconds up to 3600, not {seconds}")
    return options


def main():
    options = read_arguments()
    cells = chosen_cells(options.works)
    if not cells:
        sys.exit(f"no cell matches '{options.works}'")
    peers = [peer for peer in PEERS if os.access(command_of(peer, cells[0], 1, options.build)[0], os.X_OK)]
    looks = look_at_machine(options)
    note_machine(looks, options)
    note("target", f"{options.target} s")
    note("peers", " ".join(peers))
    note_state(looks, "before")
    writer = csv.DictWriter(sys.stdout, FIELDS, lineterminator="\n")
    writer.writeheader()
    begin = time.monotonic()
    for number, cell in enumerate(cells, 1):
        shown = describe(*measure_cell(writer, cell, peers, options))
        sys.stdout.flush()
        print(f"{number}/{len(cells)} {time.monotonic() - begin:.0f} s  {cell.name()}: {shown}", file=sys.stderr)
    note_state(look_at_machine(options), "after")


if __name__ == "__main__":
    main()
