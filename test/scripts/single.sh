#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# single.sh - the copies that lib/single writes work, for every pattern, in both ways: leat.h and leat.c with the core,
# and the pattern's file beside them; or leat.h and leat.c with the core and this pattern. Alone in a directory they
# compile without a warning, need nothing else, declare nothing else, and work. Then all patterns are copied at once.
. "$(dirname "$0")/begin"
warnings='-pedantic -Wall -Wextra -Wshadow -Wconversion -Werror'
flags="-std=c11 $warnings -pthread"

# All compilers that there are: the warnings of each matter.
for compiler in gcc clang; do
	! command -v $compiler >/dev/null || in_c="${in_c-} $compiler"
done
for compiler in g++ clang++; do
	! command -v $compiler >/dev/null || in_cxx="${in_cxx-} $compiler"
done

# What the programs have in common: a stream of 1 to 5, and one printed to its end.
cat >"$dir/common.h" <<'END'
#include <leat.h>
#include <stdio.h>
#define nil (LEAT_NIL)
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

# works NAME EXPECTED DIRECTORY OPTIONS - what a program prints, made of the C files of a directory
works() {
	(cd "$3" && $CC $flags -I. -I"$dir" ${4-} -c ./*.c && $CC -pthread ./*.o -o program) ||
		{ echo "$1: does not compile"; exit 1; }
	printed=$("$3/program") || { echo "$1: ended with $?"; exit 1; }
	[ "$printed" = "$2" ] || { echo "$1 printed: $printed"; echo "expected: $2"; exit 1; }
}

# is_quiet DIRECTORY - no compiler warns about its leat.c in C, and its leat.h in C++.
is_quiet() {
	for compiler in ${in_c-}; do
		$compiler $flags -fsyntax-only "$1/leat.c" || { echo "$1: $compiler does not take it"; exit 1; }
	done
	echo '#include "leat.h"' >"$1/header.cc"
	for compiler in ${in_cxx-}; do
		$compiler -std=c++17 $warnings -Wold-style-cast -fsyntax-only "$1/header.cc" ||
			{ echo "$1: $compiler does not take it"; exit 1; }
	done
}

# declares DIRECTORY OBJECT... - its leat.h declares the functions that these objects define, and no others
declares() {
	at=$1
	shift
	echo '#include "leat.h"' | $CC -std=c11 -I"$at" -E -P - | tr '\n' ' ' | tr ';' '\n' |
		grep -v 'static\|typedef' |
		sed -n 's/^[^(]*[ *]\(leat_[a-z_]*\)(.*/\1/p' | sort -u >"$at/declared"
	nm -g --defined-only "$@" | awk '$2 == "T" && $3 ~ /^leat_/ { print $3 }' | sort >"$at/defined"
	diff "$at/declared" "$at/defined" || { echo "$at: declares (<) other functions than it defines (>)"; exit 1; }
	[ "$(wc -l <"$at/declared")" -gt 60 ] || { echo "$at: its functions were not found"; exit 1; }
}

needs() {
	sed -n '2s/^ \* Needs \(.*\)\.$/\1/p' "patterns/$1.c" | sed 's/,//g; s/ and / /; s/\.c//g'
}

# has_sections DIRECTORY PATTERN... - its leat.h has the sections of these patterns, and no others
has_sections() {
	at=$1
	shift
	printf '%s.c\n' "$@" | sort >"$at/expected"
	sed -n 's|^/\* ---- \([a-z_]*\.c\) .*|\1|p' "$at/leat.h" | sort | diff "$at/expected" - ||
		{ echo "$at: leat.h has other sections (>) than the pattern and what it needs (<)"; exit 1; }
}

# pattern NAME EXPECTED [PATTERN] - the program on stdin uses patterns/PATTERN.c (if not given, NAME.c), and the files
# that it needs, and prints EXPECTED. The two files with a pattern in them are compiled for a few patterns, because the
# core in them is the same; all compilers see the core alone, and all patterns at once.
pattern() {
	of=${3:-$1}
	mkdir "$dir/$1"
	{ echo '#include "common.h"'; cat; } >"$dir/$1/main.c"
	for file in "$of" $(needs "$of"); do
		cp "$dir/patterns/$file.o" "$dir/$1"
	done
	cp "$dir/core/leat.o" "$dir/$1"
	works "$1" "$2" "$dir/$1" -I../core
	[ "$1" = "$of" ] || return 0
	lib/single "$dir/$1.single" "$1"
	has_sections "$dir/$1.single" "$1" $(needs "$1")
	declares "$dir/$1.single" "$dir/core/leat.o" $(printf "$dir/$1/%s.o " "$1" $(needs "$1"))
	case " context limiter_set " in *" $1 "*)
		cp "$dir/$1/main.c" "$dir/$1.single"
		works "$1" "$2" "$dir/$1.single" ;;
	esac
}

lib/single "$dir/core"
is_quiet "$dir/core"
(cd "$dir/core" && $CC $flags -c leat.c)
mkdir "$dir/patterns"
cp patterns/*.c "$dir/patterns"
(cd "$dir/patterns" && $CC $flags -I../core -c ./*.c) || { echo 'a pattern does not compile beside leat.h'; exit 1; }

pattern generator '7 8 9 cause 0 ' <<'END'
int main(void) { show(leat_generator(nil, LEAT_VALUES(int, 7, 8, 9))); return 0; }
END

pattern repeat '1 2 1 2 1 ' generator <<'END'
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

pattern single_flight '7 1' <<'END'
static int seven(void *arg, void *out) { (void)arg; *(int *)out = 7; return 0; }
int main(void)
{
	static const leat_type type = { "int", sizeof(int), NULL, NULL };
	leat_single_flight flight = LEAT_SINGLE_FLIGHT(&type);
	int n = 0, called = leat_single_flight_do(&flight, "key", seven, NULL, &n, nil, LEAT_NEVER);
	printf("%d %d", n, called);
	return 0;
}
END

pattern take '1 2 cause 0 ' <<'END'
int main(void) { show(leat_take(nil, five(), 2)); return 0; }
END

pattern map '2 4 6 8 10 cause 0 ' <<'END'
static int twice(void *arg, const void *in, void *out) { (void)arg; *(int *)out = 2 * *(const int *)in; return 1; }
int main(void) { show(leat_map(nil, five(), int, twice, NULL)); return 0; }
END

pattern steps '3 5 7 9 11 cause 0 -4 -5 cause 0 2 4 6 cause 0 ' <<'END'
static int big(void *arg, const void *in) { (void)arg; return *(const int *)in > 3; }
static int negate(void *arg, void *value) { (void)arg; *(int *)value *= -1; return 1; }
static int up_to_three(void *arg, void *out) { return (*(int *)out = ++*(int *)arg) <= 3; }
static int twice(void *arg, const void *in, void *out) { (void)arg; *(int *)out = 2 * *(const int *)in; return 1; }
static int next(void *arg, const void *in, void *out) { (void)arg; *(int *)out = 1 + *(const int *)in; return 1; }
int main(void)
{
	int n = 0;
	show(leat_steps(nil, five(), int, LEAT_STEPS({ twice, NULL }, { next, NULL })));
	show(leat_steps(nil, five(), int, LEAT_STEPS(LEAT_FILTER(big, NULL), LEAT_UPDATE(negate, NULL))));
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

pattern partition '1 3 5 cause 0 2 4 cause 0 ' <<'END'
static int even(void *arg, const void *in) { (void)arg; return *(const int *)in % 2 == 0; }
int main(void)
{
	leat_rx out[2];
	leat_partition(nil, leat_buffer(five(), 5), out, 2, even, NULL);
	show(out[0]);
	show(out[1]);
	return 0;
}
END

pattern distinct '1 3 5 cause 0 ' <<'END'
static int half(void *arg, const void *in, leat_key *key)
{
	*(int *)arg = *(const int *)in / 2 + *(const int *)in % 2;
	*key = (leat_key){ arg, sizeof(int) };
	return 0;
}
int main(void) { int key; show(leat_distinct(nil, five(), 1, half, &key)); return 0; }
END

pattern keys '1 2 3 4 5 cause 0 ' distinct <<'END'
int main(void) { show(leat_distinct(nil, five(), 3, NULL, NULL)); return 0; }
END

pattern group_by '2 3 cause 0 ' <<'END'
static int small(void *arg, const void *in, leat_key *key)
{
	(void)arg;
	*key = (leat_key){ "small", *(const int *)in < 3 ? 5 : 0 };
	return 0;
}
int main(void)
{
	leat_rx out = leat_group_by(nil, five(), 1, 9, small, NULL);
	for (leat_batched *group; leat_recv(out, &group) > 0; leat_batched_free(group))
		printf("%zu ", group->count);
	printf("cause %d ", leat_cause(out));
	leat_drop(out);
	return 0;
}
END

pattern debounce '5 cause 0 ' <<'END'
int main(void) { show(leat_debounce(nil, five(), LEAT_S(1000))); return 0; }
END

pattern throttle '1 cause 0 5 cause 0 ' <<'END'
int main(void)
{
	show(leat_throttle(nil, five(), LEAT_S(1000), LEAT_FIRST));
	show(leat_throttle(nil, five(), LEAT_S(1000), LEAT_LAST));
	return 0;
}
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

pattern zip '11 22 33 cause 0 ' <<'END'
static int add(void *arg, const void *const *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in[0] + *(const int *)in[1];
	return 1;
}
int main(void)
{
	static const int tens[] = { 10, 20, 30 };
	leat_chan chan = leat_make(int, 3);
	leat_send_n(chan.tx, tens, 3, LEAT_NOW);
	leat_drop(chan.tx);
	show(leat_zip(nil, int, LEAT_RXS(five(), chan.rx), add, NULL));
	return 0;
}
END

pattern merge_sorted '1 1 2 2 3 3 4 4 5 5 cause 0 ' <<'END'
static int compare(void *arg, const void *a, const void *b)
{
	(void)arg;
	return *(const int *)a - *(const int *)b;
}
int main(void) { show(leat_merge_sorted(nil, LEAT_RXS(five(), five()), compare, NULL)); return 0; }
END

pattern window '1 2 3 3 4 5 cause 0 ' <<'END'
int main(void) { show(leat_unbatch(nil, leat_window(nil, five(), 3, 2), int)); return 0; }
END

pattern flat_map '1 -1 2 -2 3 -3 4 -4 5 -5 cause 0 ' <<'END'
static int both(void *arg, const void *in, leat_stage *stage)
{
	int n = *(const int *)in;
	(void)arg;
	return leat_emit(stage, &n) && leat_emit(stage, &(int){ -n });
}
int main(void) { show(leat_flat_map(nil, five(), 1, int, both, NULL)); return 0; }
END

pattern reduce '1 3 6 10 15 cause 0 sum 15 0 ' <<'END'
static int add(void *arg, void *sum, const void *in) { (void)arg; *(int *)sum += *(const int *)in; return 1; }
int main(void)
{
	int sum = 0, cause;
	show(leat_scan(nil, five(), int, &sum, add, NULL));
	cause = leat_reduce(nil, five(), &sum, add, NULL);
	printf("sum %d %d ", sum, cause);
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

pattern map_n 'sum 30 ' map <<'END'
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

pattern map_with '2 4 6 8 10 cause 0 ended 3 ' <<'END'
static int begun, ended[3];
static int begin(void *arg, void **state) { *state = &ended[begun++]; return !arg; }
static int twice(void *state, const void *in, void *out) { *(int *)out = 2 * *(const int *)in; return *(int *)state = 1; }
static void end(void *state) { *(int *)state = 3; }
int main(void)
{
	leat_workers how = { 1, begin, end, 0, 1 };
	show(leat_map_with(nil, five(), int, twice, NULL, &how));
	printf("ended %d ", ended[0]);
	return 0;
}
END

pattern workers '2 4 6 8 10 cause 0 ' map <<'END'
static int twice(void *arg, const void *in, void *out) { (void)arg; *(int *)out = 2 * *(const int *)in; return 1; }
int main(void) { show(leat_map_n(nil, five(), 1, int, twice, NULL)); return 0; }
END

pattern source_n '5 5 5 cause 0 ' <<'END'
static long fill(void *left, void *values, size_t n) { *(int *)values = (int)n; return (*(int *)left)-- > 0; }
int main(void) { int left = 3; show(leat_source_n(nil, int, 5, fill, &left)); return 0; }
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

pattern batch '3 3 1 cause 5 ' <<'END'
int main(void)
{
	leat_chan chan = leat_make(int, 7);
	leat_rx out = leat_batch(nil, chan.rx, 3, LEAT_NEVER);
	for (int i = 0; i < 7; i++)
		leat_send(chan.tx, &i);
	leat_drop_with(chan.tx, 5);
	for (leat_batched *batch; leat_recv(out, &batch) > 0; leat_batched_free(batch))
		printf("%zu ", batch->count);
	printf("cause %d ", leat_cause(out));
	leat_drop(out);
	return 0;
}
END

pattern batch_from '5 5 5 cause 0 ' batch <<'END'
static long fill(void *left, void *values, size_t n) { *(int *)values = (int)n; return (*(int *)left)-- > 0; }
int main(void) { int left = 3; show(leat_unbatch(nil, leat_batch_from(nil, int, 5, fill, &left), int)); return 0; }
END

pattern unbatch '1 2 3 4 5 cause 0 ' batch <<'END'
int main(void) { show(leat_unbatch(nil, leat_batch(nil, five(), 2, LEAT_NEVER), int)); return 0; }
END

pattern broadcast '7 cause 0 7 cause 0 ' <<'END'
int main(void)
{
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx a = leat_subscribe(broadcast, 1, LEAT_BLOCK), b = leat_subscribe(broadcast, 1, LEAT_DROP_OLDEST);
	int seven = 7, told = leat_publish(broadcast, &seven, nil, LEAT_NEVER) == 2;
	leat_broadcast_drop(broadcast);
	show(a);
	show(b);
	return !told;
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

pattern waitgroup 'waited 1 ' <<'END'
static leat_waitgroup group;
static void end(void *arg) { (void)arg; leat_waitgroup_done(&group); }
int main(void)
{
	leat_waitgroup_add(&group, 2);
	leat_go(end, NULL);
	leat_go(end, NULL);
	printf("waited %d ", leat_waitgroup_wait(&group, LEAT_NEVER));
	return 0;
}
END

pattern once 'once 1 0 calls 1 ' <<'END'
static void count(void *calls) { ++*(int *)calls; }
int main(void)
{
	leat_once once = { 0 };
	int calls = 0, first = leat_once_do(&once, count, &calls), second = leat_once_do(&once, count, &calls);
	printf("once %d %d calls %d ", first, second, calls);
	return 0;
}
END

pattern mutex 'locked -1 ' <<'END'
int main(void)
{
	leat_mutex mutex = LEAT_MUTEX(LEAT_HANDOFF);
	leat_mutex_lock(&mutex);
	printf("locked %d ", leat_mutex_lock_by(&mutex, LEAT_NOW));
	leat_mutex_unlock(&mutex);
	return 0;
}
END

pattern rwmutex 'locked 1 -1 ' <<'END'
int main(void)
{
	leat_rwmutex mutex = { 0 };
	int reader, writer;
	leat_rwmutex_read_lock(&mutex);
	reader = leat_rwmutex_read_lock_by(&mutex, LEAT_NOW);
	writer = leat_rwmutex_lock_by(&mutex, LEAT_NOW);
	printf("locked %d %d ", reader, writer);
	return 0;
}
END

pattern cond 'waited -1 ' <<'END'
#include <pthread.h>
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static void lock(void *self) { pthread_mutex_lock(self); }
static void unlock(void *self) { pthread_mutex_unlock(self); }
int main(void)
{
	leat_cond cond = { 0 };
	leat_locker locker = { lock, unlock, &mutex };
	lock(&mutex);
	printf("waited %d ", leat_cond_wait(&cond, locker, nil, leat_in(LEAT_MS(1))));
	unlock(&mutex);
	return 0;
}
END

pattern semaphore 'acquired 1 -1 ' <<'END'
int main(void)
{
	leat_semaphore semaphore = LEAT_SEMAPHORE(3);
	int first = leat_semaphore_acquire(&semaphore, 2, nil, LEAT_NEVER);
	printf("acquired %d %d ", first, leat_semaphore_acquire(&semaphore, 2, nil, LEAT_NOW));
	return 0;
}
END

pattern snapshot 'read 1 2 ' <<'END'
int main(void)
{
	int one = 1, two = 2;
	leat_snapshot *snapshot = leat_snapshot_make(&one, NULL);
	leat_reading before, after;
	const int *old = leat_snapshot_read(snapshot, &before), *new;
	leat_snapshot_publish(snapshot, &two);
	new = leat_snapshot_read(snapshot, &after);
	printf("read %d %d ", *old, *new);
	leat_snapshot_let_go(&before);
	leat_snapshot_let_go(&after);
	leat_snapshot_drop(snapshot);
	return 0;
}
END

pattern pool 'the same 1 ' <<'END'
#include <stdlib.h>
static void *make(void *arg) { (void)arg; return malloc(64); }
static void release(void *arg, void *object) { (void)arg; free(object); }
int main(void)
{
	leat_pool *pool = leat_pool_make(make, release, NULL);
	void *first = leat_pool_get(pool), *second;
	leat_pool_put(pool, first);
	second = leat_pool_get(pool);
	printf("the same %d ", first == second);
	leat_pool_put(pool, second);
	leat_pool_drop(pool);
	return 0;
}
END

pattern resources 'open 1 got -1 ' <<'END'
static int opened;
static int open_it(void *arg, void **thing) { *thing = arg; opened++; return 0; }
static void close_it(void *arg, void *thing) { (void)arg; (void)thing; }
int main(void)
{
	leat_resources *resources = leat_resources_make(&(leat_resources_plan){
		.most = 1, .warm = 1, .open = open_it, .close = close_it, .arg = &opened });
	void *thing, *other;
	leat_resources_get(resources, &thing, nil, LEAT_NEVER);
	printf("open %d got %d ", opened, leat_resources_get(resources, &other, nil, LEAT_NOW));
	leat_resources_put(resources, thing);
	leat_resources_drop(resources);
	return 0;
}
END

pattern context 'over 1 ' <<'END'
int main(void)
{
	leat_context *parent = leat_context_with_cancel(leat_context_background());
	leat_context *child = leat_context_with_timeout(parent, LEAT_S(1000));
	leat_context_cancel(parent);
	printf("over %d ", leat_context_err(child) == ECANCELED && leat_wait(leat_context_done(child)) == 0);
	leat_context_drop(child);
	leat_context_drop(parent);
	return 0;
}
END

pattern errgroup 'error 1 ' <<'END'
static int fail(leat_rx done, void *arg) { (void)done; return arg ? -EIO : 0; }
int main(void)
{
	leat_errgroup *group = leat_errgroup_make(nil);
	leat_errgroup_go(group, fail, NULL);
	leat_errgroup_go(group, fail, group);
	printf("error %d ", leat_errgroup_wait(group) == EIO);
	return 0;
}
END

pattern poll 'polled 1 ' <<'END'
int main(void)
{
	leat_rx over = leat_after(0);
	printf("polled %d ", leat_poll(0, 0, over, LEAT_NEVER) == -1 && errno == ECANCELED);
	leat_drop(over);
	return 0;
}
END

pattern after_func 'called 7 ' <<'END'
static void call(void *of_number) { printf("called %d ", *(int *)of_number); }
int main(void)
{
	int number = 7;
	return leat_after_func(leat_after(0), call, &number, NULL) < 0 || leat_wait_all(LEAT_NEVER) < 0;
}
END

pattern forkjoin 'fib 55 ' <<'END'
struct fib { int n, result; };
static void fib(void *arg)
{
	struct fib *self = arg, first = { self->n - 1, 0 }, second = { self->n - 2, 0 };
	leat_fork fork;
	if ((self->result = self->n) < 2)
		return;
	leat_forkjoin_fork(&fork, fib, &first);
	fib(&second);
	leat_forkjoin_join(&fork);
	self->result = first.result + second.result;
}
int main(void)
{
	struct fib all = { 10, 0 };
	leat_forkjoin *threads = leat_forkjoin_make(2);
	leat_forkjoin_run(threads, fib, &all);
	leat_forkjoin_drop(threads);
	printf("fib %d ", all.result);
	return 0;
}
END

pattern error 'error 1 cannot run ' <<'END'
int main(void)
{
	static const char low[] = "low";
	leat_error *error = leat_error_wrap(leat_error_new(low, ENOENT, "no %s", "file"), NULL, 0, "cannot run");
	printf("error %d %s ", error->code == ENOENT && leat_error_find(error, low) != NULL, error->message);
	leat_error_drop(error);
	return 0;
}
END

pattern result '2 cause 0 ' <<'END'
typedef LEAT_RESULT(int) result;
static int only_two(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in;
	return *(int *)out == 2 ? 1 : 0;
}
int main(void)
{
	show(leat_result_values(nil, leat_result_from(nil, five(), "two", result, only_two, NULL), int));
	return 0;
}
END

pattern token_bucket 'allowed 1 0 ' <<'END'
int main(void)
{
	leat_token_bucket bucket;
	int first;
	leat_token_bucket_init(&bucket, leat_every(LEAT_S(1000)), 1);
	first = leat_limiter_allow(&bucket.limiter, 1);
	printf("allowed %d %d ", first, leat_limiter_allow(&bucket.limiter, 1));
	return 0;
}
END

pattern leaky_bucket 'allowed 1 0 ' <<'END'
int main(void)
{
	leat_leaky_bucket bucket;
	int first;
	leat_leaky_bucket_init(&bucket, leat_every(LEAT_S(1000)), 1);
	first = leat_limiter_allow(&bucket.limiter, 1);
	printf("allowed %d %d ", first, leat_limiter_allow(&bucket.limiter, 1));
	return 0;
}
END

pattern sliding_log 'allowed 1 0 ' <<'END'
int main(void)
{
	leat_sliding_log log;
	int first;
	leat_sliding_log_init(&log, 1, LEAT_S(1000));
	first = leat_limiter_allow(&log.limiter, 1);
	printf("allowed %d %d ", first, leat_limiter_allow(&log.limiter, 1));
	leat_sliding_log_end(&log);
	return 0;
}
END

pattern fixed_window 'allowed 1 0 ' <<'END'
int main(void)
{
	leat_fixed_window window;
	int first;
	leat_fixed_window_init(&window, 1, LEAT_S(1000));
	first = leat_limiter_allow(&window.limiter, 1);
	printf("allowed %d %d ", first, leat_limiter_allow(&window.limiter, 1));
	return 0;
}
END

# A limiter of one's own: every event may happen at once.
cat >"$dir/free.h" <<'END'
static leat_time at_once(const leat_limiter *limiter, long n, leat_time t) { (void)limiter; (void)n; return t; }
static void take(const leat_limiter *limiter, leat_limiter_state *state, long n, leat_time when)
{
	(void)limiter; (void)n; state->at = when;
}
static const leat_limiter_kind free_kind = { at_once, take, NULL };
#define FREE { .kind_ = &free_kind, .rate_ = 1e9, .burst_ = 1000 }
END

pattern limiter 'rate 2 allowed 1 ' <<'END'
#include "free.h"
int main(void)
{
	leat_limiter limiter = FREE;
	printf("rate %g allowed %d ", leat_per(4, LEAT_S(2)), leat_limiter_allow(&limiter, 1));
	return 0;
}
END

pattern limiter_set 'allowed 1 ' <<'END'
#include "free.h"
int main(void)
{
	leat_limiter a = FREE, b = FREE, *both[] = { &a, &b };
	leat_limiter_set set;
	leat_limiter_set_init(&set, both, 2);
	printf("allowed %d ", leat_limiter_allow(&set.limiter, 1));
	leat_limiter_set_end(&set);
	return 0;
}
END

pattern limit '1 2 3 4 5 cause 0 ' <<'END'
#include "free.h"
int main(void)
{
	leat_limiter limiter = FREE;
	show(leat_limit(nil, five(), &limiter));
	return leat_wait_all(LEAT_NEVER) < 0;
}
END

pattern gauge 'entered 1 -1 ' <<'END'
int main(void)
{
	leat_gauge gauge = leat_gauge_make(1);
	int first = leat_gauge_enter(gauge, nil, LEAT_NOW);
	printf("entered %d %d ", first, leat_gauge_enter(gauge, nil, LEAT_NOW));
	leat_gauge_leave(gauge);
	leat_gauge_drop(gauge);
	return 0;
}
END

pattern heartbeat '2 4 6 8 10 cause 0 ' <<'END'
static int twice(void *arg, const void *in, void *out) { (void)arg; *(int *)out = 2 * *(const int *)in; return 1; }
int main(void)
{
	leat_rx pulses, out = leat_heartbeat(nil, five(), int, twice, NULL, 0, &pulses);
	show(out);
	leat_drop(pulses);
	return 0;
}
END

pattern steward 'wards 3 ' <<'END'
static leat_rx ward(leat_rx done, leat_time interval, void *wards)
{
	(void)done;
	(void)interval;
	++*(int *)wards;
	return leat_ended(0);
}
int main(void)
{
	int wards = 0, cause;
	leat_stewardship plan = { .ward = ward, .arg = &wards, .timeout = LEAT_S(1), .restarts = 2 };
	leat_rx pulses = leat_steward(nil, LEAT_S(1), &plan);
	while (leat_wait(pulses) > 0)
		;
	cause = leat_cause(pulses);
	leat_drop(pulses);
	leat_wait_all(LEAT_NEVER);
	printf("wards %d ", cause == EAGAIN ? wards : -cause);
	return 0;
}
END

pattern cpus 'some' <<'END'
int main(void)
{
	printf(leat_cpus() > 0 ? "some" : "none");
	return 0;
}
END

pattern replicate 'answer 1 7 ' <<'END'
static int answer(leat_rx done, void *arg, size_t replica, void *out)
{
	(void)done;
	(void)arg;
	*(int *)out = 7;
	return replica == 0 ? 1 : -EIO;
}
int main(void)
{
	int out = 0, winner = leat_replicate(nil, 3, 0, int, answer, NULL, &out);
	printf("answer %d %d ", winner, out);
	return 0;
}
END

pattern write 'a line
cause 28 ' <<'END'
#include <fcntl.h>
static leat_rx line(void)
{
	leat_chan chan = leat_make_of(&leat_bytes_type, 1);
	leat_bytes bytes;
	if (leat_bytes_copy(&bytes, "a line", 6) < 0 || leat_send(chan.tx, &bytes) <= 0)
		leat_close_with(chan.tx, errno);
	leat_drop(chan.tx);
	return chan.rx;
}
int main(void)
{
	int full = open("/dev/full", O_WRONLY), cause = leat_write_lines(nil, line(), 1);
	printf("cause %d ", cause ? cause : leat_write(nil, line(), full));
	return 0;
}
END

pattern read '12 bytes cause 0 ' <<'END'
#include <unistd.h>
static void body(leat_stage *stage, void *fd)
{
	leat_bytes room = { 0 }, got;
	while (leat_stage_read(stage, *(int *)fd, 100, &room, &got, LEAT_NEVER) > 0)
		if (!leat_emit(stage, &got))
			break;
	leat_bytes_drop(&room);
}
int main(void)
{
	int ends[2];
	leat_bytes got;
	leat_rx in;
	if (pipe(ends) < 0 || write(ends[1], "twelve bytes", 12) != 12 || close(ends[1]) < 0)
		return 1;
	in = leat_stage_start(&(leat_plan){ .type = &leat_bytes_type, .body = body, .arg = &ends[0] });
	if (leat_recv(in, &got) > 0)
		printf("%zu bytes ", got.size);
	leat_bytes_drop(&got);
	printf("cause %d ", leat_wait(in) ? -1 : leat_cause(in));
	leat_drop(in);
	return 0;
}
END

pattern process 'failed 1 status 3 ' <<'END'
#include <sys/wait.h>
int main(void)
{
	int status = 0;
	leat_rx out = leat_process(nil, nil, &(leat_command){ .argv = LEAT_ARGV("sh", "-c", "exit 3"), .status = &status });
	printf("failed %d ", leat_wait(out) == 0 && leat_cause(out) == ECHILD);
	printf("status %d ", WEXITSTATUS(status));
	leat_drop(out);
	return 0;
}
END

pattern connection 'peer 1 cause 0 ' <<'END'
#include <sys/socket.h>
#include <unistd.h>
int main(void)
{
	int ends[2];
	leat_connection connection;
	leat_rx in;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 || leat_connection_make(&connection, ends[0], 0) < 0)
		return 1;
	in = leat_connection_in(nil, &connection);
	printf("peer %d ", write(ends[1], "x", 1) == 1 && leat_wait(in) == 1);
	close(ends[1]);
	printf("cause %d ", leat_wait(in) ? -1 : leat_cause(in));
	leat_drop(in);
	leat_connection_drop(&connection);
	return 0;
}
END

pattern accept 'address 1 canceled 1 ' <<'END'
#include <string.h>
int main(void)
{
	leat_rx over = leat_after(0), all;
	char text[64] = "";
	int fd = leat_listen("127.0.0.1:0");
	printf("address %d ", leat_address(fd, text, sizeof text) > 0 && strncmp(text, "127.0.0.1:", 10) == 0);
	all = leat_accept(over, fd, &(leat_accepting){ .most = 1 });
	printf("canceled %d ", leat_wait(all) == 0 && leat_cause(all) == ETIMEDOUT);
	leat_drop(all);
	leat_drop(over);
	return 0;
}
END

pattern bytes 'words ' <<'END'
int main(void)
{
	leat_bytes bytes, slice;

	if (leat_bytes_copy(&bytes, "some words", 10) < 0)
		return 1;
	slice = leat_bytes_slice(&bytes, 5, 5);
	leat_bytes_drop(&bytes);
	printf("%s ", (char *)slice.at);
	leat_bytes_drop(&slice);
	return 0;
}
END

pattern files 'error 2 ' <<'END'
int main(void)
{
	leat_rx files = leat_files(LEAT_NIL, LEAT_PATHS("/no/such/place"), NULL);

	for (leat_file file; leat_recv(files, &file) > 0; leat_file_drop(&file))
		printf("error %d ", file.error);
	leat_drop(files);
	return 0;
}
END

pattern chunks 'cause 9 ' <<'END'
int main(void)
{
	leat_rx in = leat_chunks(LEAT_NIL, -1, NULL);

	(void)leat_wait(in);
	printf("cause %d ", leat_cause(in));
	leat_drop(in);
	return 0;
}
END

pattern lines 'cause 5 ' <<'END'
int main(void)
{
	leat_rx in = leat_lines(LEAT_NIL, leat_ended(5), 0);

	(void)leat_wait(in);
	printf("cause %d ", leat_cause(in));
	leat_drop(in);
	return 0;
}
END

pattern post 'called 0 ' <<'END'
static void call(void *arg, int cause)
{
	(void)arg;
	printf("called %d ", cause);
}

int main(void)
{
	leat_chan posts = leat_make_posts(1);

	(void)leat_post(posts.tx, call, NULL, LEAT_NOW);
	(void)leat_run_posts(posts.rx);
	leat_drop(posts);
	return 0;
}
END

count=0
for file in patterns/*.c; do
	name=$(basename "$file" .c)
	[ -x "$dir/$name/program" ] || { echo "$file has no program here"; exit 1; }
	count=$((count + 1))
done

sed -n 's|^/\* ---- \([a-z_]*\)\.c .*|\1|p' include/leat/*.h | sort >"$dir/sections"
ls patterns | sed -n 's/\.c$//p' | sort | diff "$dir/sections" - ||
	{ echo "sections (<) are not the patterns (>)"; exit 1; }

if lib/single "$dir/none" take no_such_pattern 2>"$dir/said"; then
	echo "a pattern was written that does not exist"
	exit 1
fi
grep -q 'no_such_pattern.* take ' "$dir/said" || fail "single says what there is"

# ------------------------------------------------------------------------------------------------ all at once

mkdir "$dir/all"
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
lib/single "$dir/all.single" $(sed 's/$/.c/' "$dir/sections")
cp "$dir/all/main.c" "$dir/all.single"
is_quiet "$dir/all.single"
works all 'sum 960 cause 0 drained 0' "$dir/all.single"
declares "$dir/all.single" "$dir/all.single/leat.o"
{ echo '#define _POSIX_C_SOURCE 200809L'; cat patterns/*.c; } >"$dir/all/patterns.c"
cp "$dir/core/leat.o" "$dir/all"
works all 'sum 960 cause 0 drained 0' "$dir/all" -I../core
echo "$count patterns alone, and all together"
