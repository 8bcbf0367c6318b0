# SPDX-License-Identifier: 0BSD
"""leat-gdb.py - commands for GDB 10 or later that show what the threads of a leat program wait for.

    leat threads         each thread: its stage or function, and what it waits for
    leat channel H       a channel: its values, the holders of its ends, the threads that wait on it
    leat why THREAD      the threads that could wake this one, and what those wait for in turn

They work on a running process and on a core file, with libleat.so and with the static library. GDB loads this file
together with an installed libleat.so. For the static library: source leat-gdb.py.

The commands read the records of lib/registry.h by their debugging information. They call no function of the program.
GDB may have stopped a thread while it wrote its record, and a bug may have overwritten any memory. So every read may
fail, and no list is followed for ever.
"""

import collections
import os
import re
import sys
import time

import gdb

# These repeat numbers of lib/internal.h, include/leat/select.h and include/leat/time.h.
CLAIMED, DONE = 1, 2
SEND, RECV, READY, GONE, OVER, ALONE = range(1, 7)
TX_OPEN, RX_OPEN, ALL_STATES = 1, 2, 255
NEVER = 2**63 - 1

MOST = 100000  # members of a list. A longer list is damaged
MOST_SHOWN = 64  # cases of a select, and handles of a stage
FEW = 8  # threads of which only some may matter
FRAMES = 64  # of a stack that are looked at
STACK = 256 * 1024  # bytes of a stack that are searched
UNREADABLE = (gdb.MemoryError, gdb.error, OverflowError, ValueError)

# ---- reading ---------------------------------------------------------------------------------------------------


def number(value):
    """An integer or a pointer as a number. 0 if it cannot be read."""
    try:
        return int(value)
    except UNREADABLE:
        return 0


def text(pointer):
    """The string at a pointer. "" for NULL, "?" if it cannot be read."""
    if not number(pointer):
        return ""
    try:
        return pointer.string(errors="replace")[:200]
    except UNREADABLE:
        return "?"


def object_at(type_name, address):
    return gdb.Value(address).cast(gdb.lookup_type(type_name).pointer()).dereference()


def is_readable(value):
    try:
        value.fetch_lazy()
    except UNREADABLE:
        return False
    return True


def linked(first, link):
    """The members of a list, from the pointer `first` on. If the list is damaged, it may lead to itself or nowhere."""
    seen = set()
    while number(first) and number(first) not in seen and len(seen) < MOST and is_readable(first.dereference()):
        seen.add(number(first))
        yield first.dereference()
        first = first[link]
    if number(first):
        print("leat: a list in the program's memory is damaged. Something may be missing here.")


def memory(address, size):
    """The bytes from an address on, as far as they can be read."""
    found = bytearray()
    while len(found) < size:
        page = 4096 - (address + len(found)) % 4096
        try:
            found += gdb.selected_inferior().read_memory(address + len(found), min(page, size - len(found)))
        except UNREADABLE:
            break
    return bytes(found)


def pointers(address, size):
    """The pointers in this many bytes of memory."""
    found = memory(address, size)
    size = gdb.lookup_type("char").pointer().sizeof
    return [int.from_bytes(found[i : i + size], sys.byteorder) for i in range(0, len(found) - size + 1, size)]


def symbol_at(address):
    """The name of the function or variable at an address, or the address."""
    found = re.search("<([^>]+)>", str(gdb.Value(address).cast(gdb.lookup_type("void").pointer())))
    return found.group(1) if found else f"{address:#x}"


# ---- words -----------------------------------------------------------------------------------------------------


def count(n, noun):
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def duration(nanoseconds):
    milliseconds = max(nanoseconds, 0) // 10**6
    return f"{milliseconds} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def describe_cause(cause):
    return f"with cause {cause} ({os.strerror(cause)})"


def references(threads):
    return ", ".join(thread.reference() for thread in threads)


# ---- channels --------------------------------------------------------------------------------------------------

END_NAMES = {"tx": "sending end", "rx": "receiving end"}


class Channel:
    """A struct leat_channel."""

    def __init__(self, address):
        self.address = address
        self.value = object_at("struct leat_channel", address)
        self.holders = {"tx": [], "rx": []}  # threads that are known to have a handle of this end
        self.maker = ""  # the name that it has as the output of a stage

    def number(self, member):
        return number(self.value[member])

    def type_name(self):
        return text(self.value["type"]["name"])

    def is_channel(self):
        """Whether the memory looks like a channel. A channel begins a cache line."""
        fits = self.number("state") <= ALL_STATES and self.length() <= self.number("cap")
        return self.address % 64 == 0 and is_readable(self.value) and fits

    def is_turn(self):
        """Whether it belongs to a thread that waits in the line of a monitor. The program knows no such channel."""
        return self.type_name() == "turn"

    def turn(self):
        return object_at("struct leat_turn", self.address)

    def is_timer(self):
        return bool(self.number("timer"))

    def name(self):
        """The name from leat_name, or "tee.out2" after the stage that sends, or where it was made, or its address."""
        place = "" if self.is_timer() else text(self.value["place"])
        unnamed = f"{'timer' if self.is_timer() else 'channel'} {self.address:#x}"
        return text(self.value["name"]) or self.maker or (f"the channel made at {place}" if place else unnamed)

    def fill(self):
        return f"{self.type_name()}, {self.length()} of {self.number('cap')}"

    def length(self):
        sent, received = self.number("sent" if self.number("locks") == 2 else "known_sent"), self.number("received")
        return (sent - received) % 2 ** (8 * self.value["sent"].type.sizeof)

    def own_handles(self, end):
        """How many handles of an end no thread is known to have. They are the program's own."""
        return max(0, self.number(end + "s") - len(self.holders[end]))

    def state(self):
        state, cause = self.number("state"), self.number("cause")
        lost = 0 if self.is_timer() else self.number("lost")
        words = [", closed"] if not state & TX_OPEN else []
        words += [", without receivers"] if not state & RX_OPEN else []
        words += [f", {describe_cause(cause)}"] if cause else []
        words += [f", {count(lost, 'value')} lost"] if lost else []
        return "".join(words)

    def queued_pointers(self):
        """Its queued values, which are handles: the addresses of channels."""
        first, n, cap = self.number("first"), self.length(), self.number("cap")
        room = pointers(number(self.value["slots"]), min(cap, MOST) * number(self.value["type"]["size"]))
        return [room[(first + i) % cap] for i in range(min(n, len(room))) if (first + i) % cap < len(room)]

    def waiting(self, queue):
        """The cases in one of its queues."""
        return linked(self.value[queue]["first"], "next_")


# ---- threads ---------------------------------------------------------------------------------------------------


class Thread:
    """A thread as GDB knows it, with its record. The record is None if leat does not know the thread."""

    def __init__(self, known, record):
        self.known, self.record = known, record
        self.number = known.num
        self.wait = self.follow("asleep")
        self.job = self.follow("job")
        self.stage = self.follow("stage")
        self.worker = ""
        self.is_service = False
        self.seen_frames = None
        self.stack_pointer = 0

    def follow(self, member):
        """The object that a pointer of the record points to, or None."""
        if self.record is None or not number(self.record[member]):
            return None
        found = self.record[member].dereference()
        return found if is_readable(found) else None

    def is_main(self):
        return self.known.ptid[0] == self.known.ptid[1]

    def name(self):
        if self.is_idle():
            return "idle"
        if self.stage is not None:
            return text(self.stage["name"])
        if self.job is not None:
            given = text(self.job["name"])  # leat_go calls all its threads "leat"
            return symbol_at(number(self.job["fn"])) if given == "leat" and not number(self.job["stage"]) else given
        return "main" if self.is_main() else self.known.name or "a thread"

    def reference(self):
        return f"{self.name()} (thread {self.number})"

    def place(self):
        """Where its function or stage was started. The first output of a stage has the place of the user's call."""
        made = "" if self.stage is None else text(self.stage["out"]["ch"]["place"])
        return made or ("" if self.job is None else text(self.job["where"]))

    def title(self):
        if self.is_service:
            return "a thread that makes reports"
        kind = "" if self.job is None else "function " if self.stage is None else "stage "
        place = self.place()
        return kind + self.name() + self.worker + (f", started at {place}" if place else "")

    def waits(self):
        """Whether it sleeps in leat. A wait that another thread has claimed is about to end."""
        return self.wait is not None and not number(self.wait["state"]) & (CLAIMED | DONE)

    def is_idle(self):
        return self.waits() and bool(number(self.wait["idle"]))

    def can_go_on(self):
        """Whether it runs, or sleeps until a time."""
        return not self.waits() or (not self.is_idle() and number(self.record["until"]) != NEVER)

    def cases(self):
        """The cases of its wait, without those that are off."""
        if not self.waits() or self.is_idle():
            return []
        cases = [self.wait["cases"][i] for i in range(min(number(self.wait["n"]), MOST_SHOWN))]
        return [case for case in cases if is_readable(case) and SEND <= number(case["kind_"]) <= ALONE]

    def handles(self, member, how_many):
        """The addresses of the channels in an array of handles of its stage. 0 for a handle that it has dropped."""
        n = 0 if self.stage is None else min(number(self.stage[how_many]), MOST_SHOWN)
        return [number(self.stage[member][i]["ch"]) for i in range(n)]

    def frames(self):
        """Its newest frames. GDB has selected this thread afterwards, and only then may look at its frames."""
        if self.seen_frames is None:
            self.seen_frames = []
            try:
                self.known.switch()
                frame = gdb.newest_frame()
                self.stack_pointer = number(frame.read_register("sp"))
                while frame is not None and len(self.seen_frames) < FRAMES:
                    line = frame.find_sal()
                    self.seen_frames.append(Frame(frame.name(), line.symtab, line.line))
                    frame = frame.older()
            except UNREADABLE:
                pass
        return self.seen_frames

    def stack(self):
        """The addresses of its stack that are in use: the pthread_t of a thread lies above its stack."""
        self.frames()
        top = self.pthread_id()
        in_reach = self.stack_pointer < top < self.stack_pointer + 2**32
        return self.stack_pointer, top if in_reach else self.stack_pointer + STACK

    def pthread_id(self):
        if self.record is not None:
            return number(self.record["id"])
        try:
            return int.from_bytes(self.known.handle(), sys.byteorder)
        except UNREADABLE + (AttributeError,):
            return 0

    def has_on_stack(self, address):
        low, top = self.stack()
        return low != 0 and address in pointers(low, min(top - low, STACK))


Frame = collections.namedtuple("Frame", "function symtab line")


# ---- the program -----------------------------------------------------------------------------------------------


def need_debugging_information():
    try:
        gdb.lookup_type("leati_parker")
        return
    except gdb.error:
        pass
    try:
        gdb.parse_and_eval("(void *)&leat_select_at_")
    except gdb.error:
        raise gdb.GdbError("leat: this program does not use leat, or has not loaded it yet.") from None
    raise gdb.GdbError("leat: the library was built without debugging information (-g), or was stripped of it.")


def registries():
    """The variable `registry` of each copy of leat in the program."""
    for symbol in gdb.lookup_static_symbols("registry"):
        if any(field.name == "first" and "leati_parker" in str(field.type) for field in symbol.type.fields()):
            yield symbol


class Program:
    """All threads, and the channels that they use, as they are while GDB has stopped them."""

    def __init__(self):
        need_debugging_information()
        known = sorted(gdb.selected_inferior().threads(), key=lambda thread: thread.num)
        if not known:
            raise gdb.GdbError("leat: there is no process and no core file.")
        self.registries = list(registries())
        records = self.records()
        self.threads = [Thread(thread, records.get(thread.ptid[1])) for thread in known]
        self.channels = {}
        services = self.service_numbers()
        for thread in self.threads:
            thread.is_service = thread.known.ptid[1] in services
        for thread in self.threads:
            self.note_stage(thread)
        self.number_workers()
        for thread in self.threads:
            self.note_owned(thread)
        self.now, self.is_live = self.time()

    def records(self):
        """The records of threads, by the number that the system gives a thread."""
        lists = [linked(registry.value()["first"], "next") for registry in self.registries]
        return {number(record["tid"]): record for records in lists for record in records}

    def service_numbers(self):
        """The numbers of the threads that make the reports of leat/report.h. They wake no thread of the program's."""
        symbols = gdb.lookup_static_symbols("services")
        tables = [symbol.value()["all"] for symbol in symbols if self.is_leat_file(symbol.symtab.filename)]
        entries = [table[i] for table in tables for i in range(table.type.range()[1] + 1)]
        return {number(entry["tid"]) for entry in entries if number(entry["used"])}

    def channel(self, address):
        if address not in self.channels:
            self.channels[address] = Channel(address)
        return self.channels[address]

    def note_stage(self, thread):
        """Note which ends its stage holds, and name its outputs after it."""
        outs = thread.handles("out", "outs")
        for i, address in enumerate(outs):
            if address:
                self.channel(address).holders["tx"].append(thread)
                self.channel(address).maker = f"{thread.name()}.out{i + 1 if len(outs) > 1 else ''}"
        done = [] if thread.stage is None else [number(thread.stage["done"]["ch"])]
        for address in filter(None, thread.handles("in", "ins") + done):
            self.channel(address).holders["rx"].append(thread)

    def note_owned(self, thread):
        """Note the handles that the program has given to leat_own."""
        for owned in linked(thread.record["owned"], "next") if thread.record is not None else []:
            end = "tx" if number(owned["sends"]) else "rx"
            self.channel(number(owned["ch"])).holders[end].append(thread)

    def number_workers(self):
        """Workers of a stage share its outputs."""
        for channel in self.channels.values():
            workers = channel.holders["tx"]
            for i, thread in enumerate(workers if len(workers) > 1 else []):
                thread.worker = f", worker {i + 1} of {len(workers)}"

    def time(self):
        """The time, and whether it is the present. For a core file it is the latest time in a record."""
        if "running image" in gdb.execute("info files", to_string=True):
            return time.clock_gettime_ns(time.CLOCK_MONOTONIC), True
        return max((number(thread.record["since"]) for thread in self.threads if thread.waits()), default=0), False

    def is_leat_file(self, path):
        """Whether a source is the library's: in the folder of lib/registry.c, or the leat.c of `make single`."""
        for symtab in (registry.symtab for registry in self.registries):
            for own in symtab.fullname(), symtab.filename:
                root = own[: -len("lib/registry.c")] if own.endswith("lib/registry.c") else None
                if path == own or root is not None and path.startswith((root + "lib/", root + "patterns/")):
                    return True
        return False

    def place_of_call(self, thread):
        """Where the program has called leat, or "" if a stage of leat's own has."""
        inside = False
        for frame in thread.frames():
            is_leat = frame.symtab is not None and self.is_leat_file(frame.symtab.fullname())
            if inside and not is_leat:
                in_program = frame.symtab is not None and frame.function not in ("start_thread", "start")
                return f"{frame.symtab.filename}:{frame.line}" if in_program else ""
            inside = inside or is_leat
        return ""

    def has_fake_clock(self):
        return any(number(gdb.parse_and_eval("leati_clock_fake")) for _ in self.registries[:1])

    def owner_of_stack(self, address):
        """The thread on whose stack an address lies, or None. It may lie below the frames that are in use."""
        stacks = [(thread.stack(), thread) for thread in self.threads]
        near = [(top, thread.number, thread) for (low, top), thread in stacks if low - STACK <= address < top]
        return min(near)[2] if near else None

    def thread_of(self, case):
        """The thread to whose wait a queued case belongs, or None."""
        try:
            parker = number(case["wait_"]["parker"])
        except UNREADABLE:
            return None
        known = (thread for thread in self.threads if thread.record is not None)
        return next((thread for thread in known if number(thread.record.address) == parker), None)

    def is_follower(self, case):
        """Whether no thread waits with this case: see follow.c."""
        try:
            return number(case["wait_"]["parker"]) == 0
        except UNREADABLE:
            return False

    def others(self, thread):
        """The other threads that run code of the program's."""
        return [other for other in self.threads if other is not thread and not other.is_idle() and not other.is_service]

    def never_started_cause(self, address):
        """The cause of a stream that never started, or None for another channel."""
        for symbol in gdb.lookup_static_symbols("failed_channels"):
            table = symbol.value()
            if number(table.address) <= address < number(table.address) + table.type.sizeof:
                return (address - number(table.address)) // table[0].type.sizeof
        return None

    def queued_handles(self, channel, end):
        """How many handles of an end are values in the queues of known channels."""
        carriers = [carrier for carrier in self.channels.values() if carrier.type_name() == f"leat_{end}"]
        return sum(address == channel.address for carrier in carriers for address in carrier.queued_pointers())

    def seen_on_stacks(self, channel, besides):
        """The threads that have the address of a channel on their stacks. Stages have their handles elsewhere."""
        others = channel.holders["tx"] + channel.holders["rx"] + [besides]
        return [thread for thread in self.threads if thread not in others and thread.has_on_stack(channel.address)]


# ---- what a thread does, in words ------------------------------------------------------------------------------


def describe_turn(program, turn):
    """What a thread in the line of a monitor waits for: "a mutex (accounts), locked by main (thread 1)"."""
    holder = number(turn["holder"].dereference()) if number(turn["holder"]) else 0
    owner = program.owner_of_stack(holder) if holder else None
    locked = f", locked by {owner.reference()}" if owner else ", locked by a thread that has ended" if holder else ""
    return f"{text(turn['what']) or 'its turn'} ({symbol_at(number(turn['monitor']))}){locked}"


def describe_case(program, case):
    kind, address = number(case["kind_"]), number(case["ch"])
    if not address:
        return "to send to nil" if kind == SEND else "to receive from nil" if kind == RECV else "for nil"
    channel = program.channel(address)
    if channel.is_turn():
        return "for " + describe_turn(program, channel.turn())
    return {
        SEND: "to send to {}",
        RECV: "to receive from {}",
        READY: "for {} to have a value or end",
        GONE: "for {} to have no receiver",
        OVER: "for {} to end",
        ALONE: "for {} to have no other receiver",
    }[kind].format(f"{channel.name()} ({channel.fill()})")


def is_own_output(thread, case):
    """Whether a stage waits for the end of an output too, as it always does."""
    return number(case["kind_"]) == OVER and number(case["ch"]) in thread.handles("out", "outs")


def shown_cases(thread):
    """The cases that say what a thread is about; `done` comes last. A nil `done` is left out."""
    cases = [case for case in thread.cases() if not is_own_output(thread, case)]
    cases.sort(key=lambda case: number(case["kind_"]) == READY)
    return [case for case in cases if number(case["ch"])] or cases


def describe_time(program, thread):
    """ " 2.5 s" or, with a deadline, " 2.5 s of 10.0 s". "" if a core file does not tell."""
    since, until = number(thread.record["since"]), number(thread.record["until"])
    waited = duration(program.now - since)
    if until != NEVER:
        waited += " until a time of the fake clock" if program.has_fake_clock() else f" of {duration(until - since)}"
    if program.is_live:
        return f" {waited}"
    return f" at least {waited}" if program.now > since or until != NEVER else ""


def describe_wait(program, thread):
    cases = shown_cases(thread)
    operations = " or ".join(describe_case(program, case) for case in cases) or "for nothing"
    place = text(cases[0]["where_"]) if cases else ""
    if not place or program.is_leat_file(place):
        place = program.place_of_call(thread)
    return f"has waited{describe_time(program, thread)}{f' at {place}' if place else ''} {operations}"


def describe_doing(program, thread):
    if thread.is_idle():
        return "has no function to run"
    if thread.waits():
        return describe_wait(program, thread)
    if thread.wait is not None:
        return "has been woken, and is about to go on"
    frames = thread.frames()
    return f"runs, in {frames[0].function}" if frames and frames[0].function else "runs"


# ---- who could wake a thread -----------------------------------------------------------------------------------

# The ends whose holders can complete a case. A sender can also close its channel.
ENDS = {SEND: ("rx", "tx"), RECV: ("tx",), READY: ("tx",), GONE: ("rx",), OVER: ("rx", "tx"), ALONE: ("rx",)}

# One way to wake a thread: a line about it, the threads that are known to be able to, and those that perhaps are.
Way = collections.namedtuple("Way", "line threads guesses")


def own_end(kind):
    """The end that the waiting thread has itself. None if no thread waits."""
    return {SEND: "tx", GONE: "tx", OVER: "tx", RECV: "rx", READY: "rx", ALONE: "rx"}.get(kind)


def guess_holders(program, thread, channel):
    """The threads that may have the program's own handles of a channel, in words and as a list."""
    seen = program.seen_on_stacks(channel, thread)
    if seen or thread is None:
        return f", seen on the stack of {references(seen)}" if seen else "", seen
    others = program.others(thread)
    named = f" with {references(others)}" if len(others) <= FEW else " with other threads"
    return f", perhaps{named}" if others else ", and there is no other thread", others


def way_of_end(program, thread, channel, kind, end):
    """Returns None if only the waiting thread has a handle of this end."""
    holders = [holder for holder in dict.fromkeys(channel.holders[end]) if holder is not thread]
    queued = program.queued_handles(channel, end)
    itself = end == own_end(kind) and thread not in channel.holders[end]
    own = channel.own_handles(end) - queued - itself
    guess, guesses = guess_holders(program, thread, channel) if own > 0 else ("", [])
    words = [references(holders)] if holders else []
    words += [f"{count(queued, 'handle')} in a queue"] if queued > 0 else []
    words += [f"{count(own, 'handle')} of the program's own{guess}"] if own > 0 else []
    if not words and end == own_end(kind):
        return None
    return Way(f"{END_NAMES[end]} of {channel.name()}: {', '.join(words) or 'nobody has it'}", holders, guesses)


def way_of_turn(program, thread, turn):
    """A lock knows its holder. Functions are known too. Anything else may come from any thread."""
    others = program.others(thread)
    if text(turn["what"]) == "the end of all functions":
        functions = [other for other in others if other.job is not None]
        return Way(f"functions that run: {references(functions)}", functions, [])
    if number(turn["holder"]):
        owner = program.owner_of_stack(number(turn["holder"].dereference()))
        return Way(describe_turn(program, turn), [owner] if owner else [], [])
    return Way(f"{describe_turn(program, turn)}: leat does not know which thread can wake it", [], others)


def ways_of_case(program, thread, case):
    address, kind = number(case["ch"]), number(case["kind_"])
    if not address:
        return [Way("nil: no thread can", [], [])]
    channel = program.channel(address)
    if channel.is_turn():
        return [way_of_turn(program, thread, channel.turn())]
    return [way for way in (way_of_end(program, thread, channel, kind, end) for end in ENDS[kind]) if way]


def ways(program, thread):
    cases = thread.cases()
    cases = [case for case in cases if number(case["ch"])] or cases[:1]
    return [way for case in cases for way in ways_of_case(program, thread, case)]


def explore(program, start):
    """The ways to wake `start`, then those to wake the threads that could do that, and so on."""
    found, queue = {}, collections.deque([start])
    while queue:
        thread = queue.popleft()
        if thread in found:
            continue
        found[thread] = [] if thread.can_go_on() else ways(program, thread)
        queue.extend(other for way in found[thread] for other in way.threads + way.guesses)
    return found


def find_cycle(found):
    """Threads of which each waits for the next one, and the last one is the first. Or [].

    Threads that wait for nobody, or only for such threads, are left out. All that are left have a next one."""
    following = {
        thread: {other for way in each for other in way.threads + way.guesses} for thread, each in found.items()
    }
    left = set(following)
    while any(not following[thread] & left for thread in left):
        left = {thread for thread in left if following[thread] & left}
    path = [thread for thread in found if thread in left][:1]
    while path and path.count(path[-1]) == 1:
        path.append(min(following[path[-1]] & left, key=lambda thread: thread.number))
    return path[path.index(path[-1]) :] if path else []


def conclude(program, found):
    able = [thread for thread in found if thread.can_go_on()]
    if able:
        return f"{references(able[:FEW])} can go on. So this wait may end."
    cycle = find_cycle(found)
    if not cycle:
        return "No thread is known that could end this wait."
    first, *others = (thread.reference() for thread in cycle)
    is_sure = not any(way.guesses for each in found.values() for way in each)
    return f"{'Deadlock' if is_sure else 'Suspected deadlock'}: {first} waits for {', which waits for '.join(others)}."


# ---- commands --------------------------------------------------------------------------------------------------


class Selected:
    """Brings the user's thread and frame back at the end of a command that looks at others."""

    def __enter__(self):
        self.thread, self.level = gdb.selected_thread(), None
        try:
            self.level = gdb.selected_frame().level()
        except UNREADABLE + (AttributeError,):
            pass

    def __exit__(self, *_):
        if self.thread is not None and self.thread.is_valid():
            self.thread.switch()
            frame = gdb.newest_frame() if self.level else None
            for _ in range(self.level or 0):
                frame = frame.older()
            if frame is not None:
                frame.select()


class Leat(gdb.Command):
    """Show what the threads of a program wait for in leat: in channels, locks and stages.

    These commands work on a running process and on a core file. leat needs its debugging information."""

    def __init__(self):
        super().__init__("leat", gdb.COMMAND_STATUS, prefix=True)


class Threads(gdb.Command):
    """List all threads: the stage or function that each of them runs, and what it does or waits for.

    Usage: leat threads

    A channel is shown with its name, the type of its values, and how many of them are queued, of how many that fit."""

    def __init__(self):
        super().__init__("leat threads", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        with Selected():
            program = Program()
            for thread in program.threads:
                print(f"Thread {thread.number} (LWP {thread.known.ptid[1]}), {thread.title()}")
                print(f"    {describe_doing(program, thread)}")


def channel_of(value):
    """The address of the channel that an expression of the user's is about."""
    kind = value.type.strip_typedefs()
    if kind.code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
        return channel_of(value.referenced_value())
    if kind.code == gdb.TYPE_CODE_PTR and kind.target().strip_typedefs().code == gdb.TYPE_CODE_STRUCT:
        return channel_of(value.dereference())
    if kind.code in (gdb.TYPE_CODE_INT, gdb.TYPE_CODE_PTR):
        return int(value)
    members = [field.name for field in kind.fields()] if kind.code == gdb.TYPE_CODE_STRUCT else []
    if kind.tag == "leat_channel":
        return number(value.address)
    if "rx" in members:
        return channel_of(value["rx"])
    if "ch" in members:
        return number(value["ch"])
    raise gdb.GdbError(f"leat: a {value.type} is no handle of a channel.")


def evaluate(expression):
    try:
        return channel_of(gdb.parse_and_eval(expression))
    except UNREADABLE as error:
        raise gdb.GdbError(str(error)) from None


class ChannelCommand(gdb.Command):
    """Show a channel: its values, the holders of its ends, and the threads that wait on it.

    Usage: leat channel H

    H is an expression: a leat_tx, a leat_rx, a leat_chan, a pointer to one or to a channel, or an address."""

    QUEUES = {"receivers": "to receive", "senders": "to send", "observers": "for a value", "watchers": "for an end"}

    def __init__(self):
        super().__init__("leat channel", gdb.COMMAND_STATUS, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        if not argument:
            raise gdb.GdbError("leat channel needs a handle or an address.")
        with Selected():
            program = Program()
            address = evaluate(argument)
            if not address:
                print("nil: a channel that is never ready")
            elif program.never_started_cause(address) is not None:
                print(f"a stream that never started, {describe_cause(program.never_started_cause(address))}")
            elif program.channel(address).is_channel():
                self.show(program, program.channel(address))
            else:
                raise gdb.GdbError(f"leat: there is no channel at {address:#x}.")

    def show(self, program, channel):
        print(f"{channel.name()} at {channel.address:#x}: {channel.fill()}{channel.state()}")
        for end in "tx", "rx":
            print(f"    {END_NAMES[end]}: {self.holders(program, channel, end)}")
        for queue, words in self.QUEUES.items():
            cases = [case for case in channel.waiting(queue) if not program.is_follower(case)]
            waiting = [program.thread_of(case) for case in cases]
            if waiting:
                print(f"    {references(filter(None, waiting))} {'wait' if len(waiting) > 1 else 'waits'} {words}")

    @staticmethod
    def holders(program, channel, end):
        return way_of_end(program, None, channel, None, end).line.partition(": ")[2]


class Why(gdb.Command):
    """Show which threads could wake a thread, and what those wait for in turn, down to one that runs or to a cycle.

    Usage: leat why [THREAD]

    THREAD is a number of GDB's, a number of the system's (LWP), or the name of a stage or function. Without it, the
    selected thread is meant. The handles of stages, and those that leat_own was given, are known exactly. For other
    handles of the program's own, those threads are named that have the address of the channel on their stacks."""

    def __init__(self):
        super().__init__("leat why", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        with Selected():
            program = Program()
            start = self.find(program, argument or str(gdb.selected_thread().num))
            found = explore(program, start)
            for thread, each in found.items():
                print(f"{thread.reference()} {describe_doing(program, thread)}")
                for way in each:
                    print(f"    {way.line}")
            if not start.can_go_on():
                print(conclude(program, found))

    @staticmethod
    def find(program, argument):
        for attribute in (lambda t: str(t.number), lambda t: str(t.known.ptid[1]), Thread.name):
            found = [thread for thread in program.threads if attribute(thread) == argument]
            if len(found) == 1:
                return found[0]
            if found:
                raise gdb.GdbError(f"leat: several threads have this name: {references(found)}.")
        raise gdb.GdbError(f"leat: there is no thread {argument}.")


for command in Leat, Threads, ChannelCommand, Why:
    command()
