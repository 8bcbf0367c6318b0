#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# capacity.sh - LEAT_CAPACITY gives the channels of a program another capacity, and no others: not those of units, of
# timers, and of patterns that need their room. A value that is no number changes nothing, and a message says so.
# The examples print the same with 0, 1 and 128, except those that show what a capacity does.
. "$(dirname "$0")/begin"
unset LEAT_CAPACITY
bin=$BUILD/release/bin/docs/examples

cat >"$dir/program.c" <<'END'
#include <leat.h>
#include <signal.h>
#include <stdio.h>

static int same(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in;
	return 1;
}

static void show(const char *name, leat_rx rx)
{
	printf("%s %zu ", name, leat_cap(rx));
	leat_drop(rx);
}

/* Those that the program chooses, and those that it does not. */
int main(void)
{
	leat_chan three = leat_make(int, 3);
	leat_type unit = { "unit", 0, NULL, NULL };
	leat_rx numbers = leat_buffer(leat_generator(LEAT_NIL, LEAT_VALUES(int, 1, 2)), 5), pulses;
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx out = leat_heartbeat(LEAT_NIL, leat_map(LEAT_NIL, numbers, int, same, NULL), int, same, NULL, LEAT_S(1),
	                             &pulses);
	leat_gauge gauge = leat_gauge_make(2);

	show("three", three.rx);
	show("source", leat_repeat(LEAT_NIL, LEAT_VALUES(int, 1)));
	show("stages", out);
	show("block", leat_subscribe(broadcast, 4, LEAT_BLOCK));
	printf("\n");
	show("done", leat_make_unit().rx);
	show("tokens", leat_make_of(&unit, 7).rx);
	show("tick", leat_buffer(leat_tick(LEAT_S(1)), 6));
	show("pulses", pulses);
	show("drop", leat_subscribe(broadcast, 4, LEAT_DROP_OLDEST));
	printf("gauge %d", leat_gauge_enter(gauge, LEAT_NIL, LEAT_NOW) + leat_gauge_enter(gauge, LEAT_NIL, LEAT_NOW));
	printf("%d\n", leat_gauge_enter(gauge, LEAT_NIL, LEAT_NOW));
	return 0;
}
END
$CC -std=c11 -pedantic -Wall -Wextra -Werror -pthread -Iinclude "$dir/program.c" "$BUILD/libleat.a" \
	$(pkg-config --libs jemalloc 2>/dev/null || true) -o "$dir/program"

# expect WORDS [VARIABLE=VALUE] - the capacities that the program chooses are these, and the others are as ever
expect() {
	words=$1
	shift
	env "$@" "$dir/program" >"$dir/out" 2>"$dir/err"
	printf '%s \n%s\n' "$words" 'done 0 tokens 7 tick 6 pulses 1 drop 4 gauge 2-1' | diff -u - "$dir/out" ||
		{ echo "with $*"; exit 1; }
	checks=$((checks + 1))
}

expect 'three 3 source 0 stages 5 block 4'
for n in 0 1 128; do
	expect "three $n source $n stages $n block $n" LEAT_CAPACITY=$n
	[ ! -s "$dir/err" ] || { cat "$dir/err"; exit 1; }
done
expect 'three 3 source 0 stages 5 block 4' LEAT_CAPACITY=
for wrong in x -1 ' 1' 1x 99999999999999999999999; do
	expect 'three 3 source 0 stages 5 block 4' LEAT_CAPACITY="$wrong"
	grep -q "^leat: LEAT_CAPACITY is \"$wrong\", which is no number" "$dir/err" || { cat "$dir/err"; exit 1; }
done

# depends EXAMPLE - it shows what a capacity does, or sends into the room of a channel before anybody receives; or it is
# a tool like wordfreq, or hangs on purpose, and has a test of its own; or it needs a library that may not be there
depends() {
	case $1 in
	batch | bridge | gather | heartbeat_interval_test | heartbeat_unit | or_done | owned | poller | pull | queue | \
		queue_time | report | select | stream_memory | timeout_by_hand | waitgroup_add | wordfreq | checksum | \
		gzip | log) return 0 ;;
	*) grep -q '^ \* Run it with LEAT\|^ \* It ends with status\|^ \* Package: ' "docs/examples/$1.c" ;;
	esac
}

for source in docs/examples/*.c; do
	name=$(basename "$source" .c)
	! depends "$name" || continue
	for n in 0 1 128; do
		status=0
		LEAT_CAPACITY=$n test/patience 30 "$bin/$name" >"$dir/out" 2>"$dir/err" </dev/null || status=$?
		[ $status -eq 0 ] || { cat "$dir/err"; echo "$name, LEAT_CAPACITY=$n: status $status"; exit 1; }
		diff -u "docs/examples/$name.expected" "$dir/out" || { echo "$name, LEAT_CAPACITY=$n"; exit 1; }
		checks=$((checks + 1))
	done
done
echo "$checks checks"
