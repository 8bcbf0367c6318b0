#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""trace.py FILE [-d] [PATTERN...] - check a trace that LEAT_TRACE wrote.

The slices of a thread must nest. Its events must be in the order in which they ended. Each arrow must go from a slice
"wake ..." of one thread to a slice "wakes up" of another one, and not back in time. Counters must be numbers. Each thread
has a name. For each shell pattern there must be an event or a thread with such a name. With -d events must have been dropped, else
none may be.
"""
import collections
import decimal
import fnmatch
import json
import sys


def fail(*what):
    sys.exit("trace: " + " ".join(map(str, what)))


def check(condition, *what):
    if not condition:
        fail(*what)


def ns(event, field):
    """A time in nanoseconds. The file has microseconds with three decimals."""
    time = event[field] * 1000
    check(time == int(time) and time >= 0, field, "is no time:", event)
    return int(time)


def end(event):
    return ns(event, "ts") + (ns(event, "dur") if event["ph"] == "X" else 0)


def check_order(events):
    """The file has the events of each thread together, after its name, with what its wakers did in between."""
    last = {}
    for event in events:
        if event["name"] == "thread_name":
            last[event["tid"]] = 0 # perhaps a new thread, which the system gave the number of an old one
        if event["ph"] in "XiC" and event.get("cat") != "wake" and "dropped" not in event.get("args", {}):
            check(last[event["tid"]] <= end(event), "earlier than the event before it:", event)
            last[event["tid"]] = end(event)


def check_nesting(slices):
    """Each slice lies inside of those that have begun before it and not ended, or begins after them."""
    opened = []
    for each in sorted(slices, key=lambda s: (ns(s, "ts"), -end(s))):
        while opened and end(opened[-1]) <= ns(each, "ts"):
            opened.pop()
        check(not opened or end(each) <= end(opened[-1]), "does not nest:", each, "in", opened[-1:])
        opened.append(each)


def check_arrows(events, slices):
    ends = collections.defaultdict(dict)
    for event in events:
        if event["ph"] in "sf":
            check(event["ph"] not in ends[event["id"]] and event["bp"] == "e", "a second end:", event)
            ends[event["id"]][event["ph"]] = event
    begins = collections.defaultdict(list)
    for each in slices:
        begins[each["tid"], ns(each, "ts")].append(each["name"])
    for both in ends.values():
        check(len(both) == 2, "an arrow with one end:", both)
        start, finish = both["s"], both["f"]
        check(start["tid"] != finish["tid"], "a thread wakes itself:", start)
        check(ns(start, "ts") <= ns(finish, "ts"), "an arrow goes back:", both)
        check(any(name.startswith("wake ") for name in begins[start["tid"], ns(start, "ts")]), "from nothing:", start)
        check("wakes up" in begins[finish["tid"], ns(finish, "ts")], "to nothing:", finish)
    return len(ends)


def check_counters(events):
    counters = [event for event in events if event["ph"] == "C"]
    for event in counters:
        check(event["name"].startswith("length of ") and event["args"], "a strange counter:", event)
        for number in event["args"].values():
            check(isinstance(number, int) and number >= 0, "is no length:", event)
    return len(counters)


def main():
    path, patterns = sys.argv[1], sys.argv[2:]
    drops = "-d" in patterns
    with open(path, encoding="utf-8") as file:
        trace = json.load(file, parse_float=decimal.Decimal)
    events, dropped = trace["traceEvents"], trace["otherData"]["dropped"]
    by_thread = collections.defaultdict(list)
    for event in events:
        check(event["ph"] in "MXsfCi", "an unknown kind:", event)
        if event["ph"] == "X":
            by_thread[event["tid"]].append(event)
    slices = [each for thread in by_thread.values() for each in thread]
    for thread in by_thread.values():
        check_nesting(thread)
    check_order(events)
    arrows = check_arrows(events, slices)
    counters = check_counters(events)
    named = {event["tid"] for event in events if event["name"] == "thread_name"}
    check(drops or set(by_thread) <= named, "threads without a name:", set(by_thread) - named)
    check((dropped > 0) == drops, dropped, "events were dropped")
    names = {event["name"] for event in events} | {event.get("args", {}).get("name", "") for event in events}
    for pattern in patterns:
        check(pattern == "-d" or fnmatch.filter(names, pattern), "no event or thread is called", pattern)
    print(f"{len(by_thread)} threads, {len(slices)} slices, {arrows} arrows, {counters} lengths, {dropped} dropped")


main()
