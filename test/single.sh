#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# single.sh - what a copier does: for every pattern its file, leat.h and leat.c, and a small program, alone in a
# directory; and once all patterns in one file. They compile without a warning, need nothing else, and work.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT INT TERM
flags='-std=c11 -pedantic -Wall -Wextra -Werror -pthread'
[ -s "$BUILD/single/leat.c" ] || { echo "make single has not been run"; exit 1; }

# What the programs have in common: a stream of 1 to 5, and one printed to its end.
cat >"$dir/common.h" <<'END'
#include "leat.h"
#include <stdio.h>
#define nil ((leat_rx){ NULL })
static inline leat_rx five(void)
{
	leat_chan chan = leat_make(int, 5);
	for (int n = 1; n <= 5; n++)
		leat_send(chan.tx, &n);
	leat_drop(chan.tx);
	return chan.rx;
}
static inline void show(leat_rx in)
{
	for (int n; leat_recv(in, &n) > 0;)
		printf("%d ", n);
	printf("cause %d ", leat_cause(in));
	leat_drop(in);
}
END

# build_and_run NAME EXPECTED - compile all that is in $dir/NAME, and compare what it prints
build_and_run() {
	cp "$BUILD/single/leat.h" "$BUILD/single/leat.c" "$dir/common.h" "$dir/$1"
	(cd "$dir/$1" && $CC $flags ./*.c -o program) || { echo "$1: does not compile"; exit 1; }
	printed=$("$dir/$1/program") || { echo "$1: ended with $?"; exit 1; }
	[ "$printed" = "$2" ] || { echo "$1 printed: $printed"; echo "expected: $2"; exit 1; }
}

# pattern NAME EXPECTED - the program on stdin uses patterns/NAME.c and prints EXPECTED
pattern() {
	mkdir "$dir/$1"
	cp "patterns/$1.c" "$dir/$1"
	{ echo '#include "common.h"'; cat; } >"$dir/$1/main.c"
	build_and_run "$1" "$2"
}

pattern generator '7 8 9 cause 0 ' <<'END'
int main(void) { show(leat_generator(nil, LEAT_VALUES(int, 7, 8, 9))); return 0; }
END

pattern repeat '1 2 1 2 1 ' <<'END'
int main(void)
{
	leat_rx in = leat_repeat(nil, LEAT_VALUES(int, 1, 2));
	for (int i = 0, n; i < 5 && leat_recv(in, &n) > 0; i++)
		printf("%d ", n);
	leat_drop(in);
	return leat_wait_all(LEAT_NEVER) == 1 ? 0 : 1;
}
END

pattern repeat_fn '1 2 3 cause 0 ' <<'END'
static int up_to_three(void *arg, void *out) { return (*(int *)out = ++*(int *)arg) <= 3; }
int main(void) { int n = 0; show(leat_repeat_fn(nil, int, up_to_three, &n)); return 0; }
END

pattern take '1 2 cause 0 ' <<'END'
int main(void) { show(leat_take(nil, five(), 2)); return 0; }
END

pattern map '2 4 6 8 10 cause 0 ' <<'END'
static int twice(void *arg, const void *in, void *out) { (void)arg; *(int *)out = 2 * *(const int *)in; return 1; }
int main(void) { show(leat_map(nil, five(), int, twice, NULL)); return 0; }
END

pattern steps '3 5 7 9 11 cause 0 2 4 6 cause 0 ' <<'END'
static int up_to_three(void *arg, void *out) { return (*(int *)out = ++*(int *)arg) <= 3; }
static int twice(void *arg, const void *in, void *out) { (void)arg; *(int *)out = 2 * *(const int *)in; return 1; }
static int next(void *arg, const void *in, void *out) { (void)arg; *(int *)out = 1 + *(const int *)in; return 1; }
int main(void)
{
	int n = 0;
	show(leat_steps(nil, five(), int, LEAT_STEPS({ twice, NULL }, { next, NULL })));
	show(leat_steps_from(nil, int, up_to_three, &n, LEAT_STEPS({ twice, NULL })));
	return 0;
}
END

pattern filter '2 4 cause 0 ' <<'END'
static int even(void *arg, const void *in) { (void)arg; return *(const int *)in % 2 == 0; }
int main(void) { show(leat_filter(nil, five(), even, NULL)); return 0; }
END

pattern or 'over 1 ' <<'END'
int main(void)
{
	leat_rx either = leat_or(LEAT_RXS(leat_after(LEAT_MS(1)), leat_after(LEAT_S(1000)), nil));
	printf("over %d ", leat_wait(either) == 0 && leat_cause(either) == ETIMEDOUT);
	leat_drop(either);
	return 0;
}
END

pattern or_done '1 2 3 4 5 cause 0 over 1 ' <<'END'
int main(void)
{
	leat_rx over = leat_after(0), out;
	show(leat_or_done(nil, five()));
	out = leat_or_done(over, five());
	printf("over %d ", leat_wait(out) == 0 && leat_cause(out) == ETIMEDOUT);
	leat_drop(out);
	leat_drop(over);
	return 0;
}
END

pattern tee '1 2 3 4 5 cause 0 1 2 3 4 5 cause 0 ' <<'END'
int main(void) { leat_rx out[2]; leat_tee(nil, five(), out, 2); show(out[1]); show(out[0]); return 0; }
END

pattern bridge '1 2 3 4 5 1 2 3 4 5 cause 0 ' <<'END'
int main(void)
{
	leat_chan streams = leat_make_of(&leat_rx_type, 2);
	leat_rx a = five(), b = five();
	leat_send(streams.tx, &a);
	leat_send(streams.tx, &b);
	leat_drop(streams.tx);
	show(leat_bridge(nil, streams.rx, int));
	return 0;
}
END

pattern fan_in 'sum 30 cause 0 ' <<'END'
int main(void)
{
	leat_rx all = leat_fan_in(nil, LEAT_RXS(five(), five()));
	int sum = 0;
	for (int n; leat_recv(all, &n) > 0;)
		sum += n;
	printf("sum %d cause %d ", sum, leat_cause(all));
	leat_drop(all);
	return 0;
}
END

pattern fan_out 'sum 15 ' <<'END'
static leat_rx itself(leat_rx done, leat_rx in, void *arg) { (void)done; (void)arg; return in; }
int main(void)
{
	leat_rx out[3];
	int sum = 0;
	leat_fan_out(nil, five(), out, 3, itself, NULL);
	for (int i = 0; i < 3; i++) {
		for (int n; leat_recv(out[i], &n) > 0;)
			sum += n;
		leat_drop(out[i]);
	}
	printf("sum %d ", sum);
	return 0;
}
END

pattern map_n 'sum 30 ' <<'END'
static int twice(void *arg, const void *in, void *out) { (void)arg; *(int *)out = 2 * *(const int *)in; return 1; }
int main(void)
{
	leat_rx out = leat_map_n(nil, five(), 3, int, twice, NULL);
	int sum = 0;
	for (int n; leat_recv(out, &n) > 0;)
		sum += n;
	printf("sum %d ", sum);
	leat_drop(out);
	return 0;
}
END

pattern map_ordered '2 4 6 8 10 cause 0 ' <<'END'
static int twice(void *arg, const void *in, void *out) { (void)arg; *(int *)out = 2 * *(const int *)in; return 1; }
int main(void) { show(leat_map_ordered(nil, five(), 3, int, twice, NULL)); return 0; }
END

pattern each '1 2 3 4 5 result 0 ' <<'END'
static int print(void *arg, const void *in) { (void)arg; return printf("%d ", *(const int *)in); }
int main(void) { printf("result %d ", leat_each(nil, five(), 1, print, NULL)); return 0; }
END

pattern drain 'result 0 1 ' <<'END'
int main(void)
{
	int all = leat_drain(five()), failed = leat_drain(leat_ended(ENOMEM));
	printf("result %d %d ", all, failed == ENOMEM);
	return 0;
}
END

pattern signals 'caught 1 ' <<'END'
#include <signal.h>
int main(void)
{
	leat_rx caught = leat_signals(nil, LEAT_SIGNALS(SIGINT, SIGTERM));
	int number;
	raise(SIGTERM);
	printf("caught %d ", leat_recv(caught, &number) == 1 && number == SIGTERM);
	leat_drop(caught);
	return leat_wait_all(LEAT_NEVER) == 1 ? 0 : 1;
}
END

count=0
for file in patterns/*.c; do
	name=$(basename "$file" .c)
	[ -x "$dir/$name/program" ] || { echo "$file has no program here"; exit 1; }
	count=$((count + 1))
done

# ------------------------------------------------------------------------------------------------ all in one file

mkdir "$dir/all"
cat patterns/*.c >"$dir/all/patterns.c"
cat >"$dir/all/main.c" <<'END'
#include "common.h"
static int twice(void *arg, const void *in, void *out) { (void)arg; *(int *)out = 2 * *(const int *)in; return 1; }
static int all(void *arg, const void *in) { (void)arg; return *(const int *)in; }
static int one(void *arg, void *out) { (void)arg; return *(int *)out = 1; }
static int add(void *arg, const void *in) { *(int *)arg += *(const int *)in; return 1; }
static leat_rx stage(leat_rx done, leat_rx in, void *arg) { return leat_map(done, in, int, twice, arg); }
int main(void)
{
	leat_chan streams = leat_make_of(&leat_rx_type, 3), stop = leat_make_unit();
	leat_rx done = leat_or(LEAT_RXS(stop.rx)), out[2], three[3] = {
		leat_take(done, leat_repeat(done, LEAT_VALUES(int, 1)), 5),
		leat_generator(done, LEAT_VALUES(int, 1, 1, 1, 1, 1)),
		leat_take(done, leat_repeat_fn(done, int, one, NULL), 5) };
	int sum = 0, cause;
	for (int i = 0; i < 3; i++)
		leat_send(streams.tx, &three[i]);
	leat_drop(streams.tx);
	leat_tee(done, leat_or_done(done, leat_filter(done, leat_bridge(done, streams.rx, int), all, NULL)), out, 2);
	leat_fan_out(done, leat_fan_in(done, out, 2), out, 2, stage, NULL);
	out[0] = leat_steps(done, leat_fan_in(done, out, 2), int, LEAT_STEPS({ twice, NULL }, { twice, NULL }));
	out[0] = leat_map_n(done, out[0], 2, int, twice, NULL);
	cause = leat_each(done, leat_map_ordered(done, out[0], 2, int, twice, NULL), 1, add, &sum);
	printf("sum %d cause %d drained %d", sum, cause, leat_drain(five()));
	leat_drop(stop.tx);
	leat_drop(done);
	return leat_wait_all(LEAT_NEVER) == 1 ? 0 : 1;
}
END
build_and_run all 'sum 960 cause 0 drained 0'
echo "$count patterns alone, and all together"
