#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# gdb.sh - the commands of lib/insight/leat-gdb.py, on a process and on its core file, with the static and the shared
# library. They end and say so when the list of threads is damaged, without debugging information, and without leat.
. "$(dirname "$0")/begin"
export DEBUGINFOD_URLS=
pid=
trap '[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null; rm -rf "$dir"' EXIT

skip() {
	echo "skipped: $*"
	exit 0
}

command -v gdb >/dev/null || skip "gdb is not installed"
gdb -nx -batch -ex 'python gdb.lookup_static_symbols' 2>&1 | grep -q . && skip "gdb is too old, or has no Python"

# main reads the outputs of a tee in the wrong order, and owns the sending end of requests. keep holds a lock and waits
# for an hour. pay waits for that lock. Both workers of the map wait for a value. outside sleeps, but not in leat.
# LEAT_REPORT adds a thread that the program does not know.
cat >"$dir/hang.c" <<'END_OF_PROGRAM'
#include <leat.h>
#include <unistd.h>

static leat_mutex accounts;
leat_chan requests, nobody; /* not static, so that a compiler does not take them apart */

static void keep(void *arg)
{
	leat_mutex_lock(&accounts);
	leat_close(*(leat_tx *)arg);
	(void)leat_wait_by(nobody.rx, leat_in(LEAT_S(3600)));
}

static void pay(void *arg)
{
	(void)arg;
	leat_mutex_lock(&accounts);
}

static void outside(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

static int same(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in;
	return 1;
}

int main(void)
{
	leat_chan locked = leat_make_unit();
	leat_rx out[2], numbers = leat_generator(LEAT_NIL, LEAT_VALUES(int, 1, 2, 3));

	requests = leat_make(int, 4);
	nobody = leat_make_unit();
	leat_name(requests, "requests");
	(void)leat_map_n(LEAT_NIL, requests.rx, 2, int, same, NULL);
	leat_own(requests.tx);
	leat_go(keep, &locked.tx);
	(void)leat_wait(locked.rx);
	leat_go(pay, NULL);
	leat_go(outside, NULL);
	leat_tee(LEAT_NIL, numbers, out, 2);
	for (int n; leat_recv(out[0], &n) > 0;)
		;
	return 0;
}
END_OF_PROGRAM

# gdb_of TARGET... -- COMMAND... - run these commands of gdb. Its words go to $dir/said.
gdb_of() {
	target=
	while [ "$1" != -- ]; do target="$target $1"; shift; done
	shift
	for command in "$@"; do
		set -- "$@" -ex "$command"
		shift
	done
	gdb -nx -batch $target -ex 'source lib/insight/leat-gdb.py' "$@" >"$dir/said" 2>&1 </dev/null || true
}

# says LINE - a line begins so, after its blanks. * stands for any text.
says() {
	grep -q "^ *$(printf '%s' "$1" | sed -e 's/[][\.]/\\&/g' -e 's/\*/.*/g')" "$dir/said" || fail "$name: says $1"
	checks=$((checks + 1))
}

# sleeps - all threads of the program have come to where they stay.
sleeps() {
	gdb_of -p "$pid" -- 'leat threads'
	! grep -q 'without debugging information' "$dir/said" || skip "the library has no debugging information"
	! grep -qi 'ptrace: \|could not attach' "$dir/said" || skip "gdb may not attach to a process"
	[ "$(grep -c 'has waited' "$dir/said")" -eq 7 ] && grep -q 'runs, in .*pause' "$dir/said"
}

start() {
	LEAT_REPORT=quit "$dir/hang" &
	pid=$!
	attempts=0
	until sleeps; do
		attempts=$((attempts + 1))
		[ $attempts -lt 100 ] || fail "$name: all threads come to where they stay"
		sleep 0.1
	done
}

stop() {
	kill -9 "$pid"
	wait "$pid" 2>/dev/null || true
	pid=
}

# shows TARGET... - what all three commands show is right.
shows() {
	gdb_of "$@" -- 'leat threads'
	says 'Thread * (LWP *), main'
	says 'has waited* at *hang.c:* to receive from tee.out1 (*, 0 of 0)'
	says 'Thread * (LWP *), stage tee, started at *hang.c:*'
	says 'has waited* to send to tee.out2 (*, 0 of 0)'
	says 'Thread * (LWP *), stage map_n, worker 2 of 2, started at *hang.c:*'
	says 'has waited* to receive from requests (int, 0 of 4)'
	says 'Thread * (LWP *), function keep, started at *hang.c:*'
	says 'Thread * (LWP *), a thread that makes reports'
	says 'has waited * of 3* s at *hang.c:* to receive from *'
	says 'has waited* for a mutex (accounts), locked by keep (thread *)'
	gdb_of "$@" -- 'frame function main' 'leat channel requests' 'python print("in " + gdb.selected_frame().name())' \
		'leat channel &requests.tx' 'leat channel requests.rx.ch' \
		'print (long)requests.rx.ch' 'leat channel $' 'leat channel 0' 'leat channel 64' 'leat channel accounts'
	[ "$(grep -c '^requests at .*: int, 0 of 4$' "$dir/said")" -eq 4 ] || fail "$name: each expression finds requests"
	says 'sending end: main (thread *)'
	says 'in main'
	says 'receiving end: map_n (thread *), map_n (thread *)'
	says 'map_n (thread *), map_n (thread *) wait to receive'
	says 'nil'
	says 'leat: there is no channel at 0x40'
	says 'leat: a leat_mutex is no handle of a channel'
	gdb_of "$@" -- 'leat why generator' 'leat why pay' 'leat why map_n' 'leat why 99'
	says 'generator (thread *) has waited *'
	says 'receiving end of generator.out: tee (thread *)'
	says 'receiving end of tee.out2: 1 handle of the program*, seen on the stack of main (thread *)'
	says 'sending end of tee.out1: tee (thread *)'
	says 'Suspected deadlock: tee (thread *) waits for main (thread *), which waits for tee (thread *).'
	says 'keep (thread *) can go on.'
	says 'leat: several threads have this name: map_n (thread *), map_n (thread *).'
	says 'leat: there is no thread 99.'
}

# survives EXPRESSION - the commands end, and say so, when this has become the next record.
survives() {
	gdb_of -p "$pid" -- "set variable registry.first->next = $1" 'leat threads' 'leat why main'
	says "leat: a list in the program's memory is damaged."
}

flags='-std=gnu11 -O1 -g -pthread -Iinclude'
$CC $flags -o "$dir/static" "$dir/hang.c" "$BUILD/libleat.a"
$CC $flags -o "$dir/shared" "$dir/hang.c" "$BUILD/libleat.so" -Wl,-rpath,"$(cd "$BUILD" && pwd)"

for name in static shared; do
	cp "$dir/$name" "$dir/hang"
	start
	shows -p "$pid"
	gdb_of -p "$pid" -- "generate-core-file $dir/core"
	shows "$dir/hang" "$dir/core"
	survives registry.first
	survives '(leati_parker *)16'
	stop
done

name='not running'
gdb_of "$dir/static" -- 'leat threads'
says 'leat: there is no process and no core file'
name=stripped
strip -g -o "$dir/hang" "$dir/static"
gdb_of "$dir/hang" -- 'leat threads' 'leat why 1' 'leat channel 64'
[ "$(grep -c '^leat: the library was built without debugging' "$dir/said")" -eq 3 ] || fail "$name: all say so"
gdb_of /bin/sh -- 'leat threads'
says 'leat: this program does not use leat'
gdb_of /bin/sh -- 'help leat' 'help leat why' 'leat'
says 'leat threads -- *'
says 'Usage: leat why *'
echo "$checks checks"
