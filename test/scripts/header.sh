#!/bin/sh
# SPDX-License-Identifier: 0BSD
#
# header.sh - leat.h and leat/nats.h by themselves: as C and as C++, with every warning an error, among the headers of
# libc, with macros that act like functions; and the examples in comments of leat.h compile and work.
set -eu
export LC_ALL=C
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
libs="$BUILD/libleat.a -pthread"
warnings="-pedantic -Wall -Wextra -Wshadow -Wconversion -Werror -Iinclude -Inats/include"
tests=0

passed() { tests=$((tests + 1)); }

# Print those of these commands that exist. Report the others as left out.
installed() {
	for name in "$@"; do
		if command -v "${name%% *}" >/dev/null; then
			echo "$name"
		else
			echo "$name is not installed: left out" >&2
		fi
	done
}

# others - those of gcc and clang that are another program than CC
others() {
	for name in gcc clang; do
		[ "$(readlink -f "$(command -v "$name")")" = "$(readlink -f "$(command -v "${CC%% *}")")" ] || echo "$name"
	done
}

in_c=$(installed "${CC%% *}" $(others))
in_cxx=$(installed g++ clang++)
[ -n "$in_c" ] || { echo "no C compiler"; exit 1; }

# quiet COMPILER - warnings that user code asks for: of clang all, but those about padding, older standards, a place for
# declarations, and C's arrays
quiet() {
	case $1 in
	clang*) echo "-Weverything -Wno-padded -Wno-c++98-compat -Wno-c++98-compat-pedantic -Wno-pre-c11-compat
		-Wno-declaration-after-statement -Wno-unsafe-buffer-usage -Wno-unknown-warning-option" ;;
	g++*) echo '-Wold-style-cast -Wzero-as-null-pointer-constant -Wcast-qual' ;;
	*) echo '-Wcast-qual -Wstrict-prototypes -Wmissing-prototypes' ;;
	esac
}

# run_program COMPILER FLAGS FILE - compile, link and run it; what it prints goes to $dir/printed
run_program() {
	$1 $2 $warnings -pthread "$3" $libs -o "$dir/program"
	"$dir/program" >"$dir/printed" || { echo "$1 $2 $3: ended with $?"; exit 1; }
	passed
}

# with_nats COMPILER FLAGS FILE - the same for a program of leat-nats, which is only compiled where that was not built
with_nats() {
	if [ -e "$BUILD/libleat-nats.a" ]; then
		plain=$libs
		libs="$BUILD/libleat-nats.a $libs $(pkg-config --libs libnats 2>/dev/null || echo -lnats)"
		run_program "$@"
		libs=$plain
	else
		$1 $2 $warnings -c "$3" -o "$dir/object"
		passed
	fi
}

# expect WORDS WHO - the program has printed these words
expect() {
	[ "$(tr '\n' ' ' <"$dir/printed")" = "$1" ] || { echo "$2 printed:"; cat "$dir/printed"; exit 1; }
}

# ---------------------------------------------------------------------------------------------- alone, and twice

printf '#include <leat.h>\n#include <leat.h>\nint leat_h_is_not_empty;\n' >"$dir/alone.c"
sed 's|leat\.h|leat/nats.h|' "$dir/alone.c" >"$dir/nats.c"
for name in alone nats; do
	cp "$dir/$name.c" "$dir/$name.cc"
	for compiler in $in_c; do
		for standard in c11 gnu11 c17; do
			$compiler -std=$standard $warnings -c "$dir/$name.c" -o "$dir/object"
			passed
		done
	done
	for compiler in $in_cxx; do
		for standard in c++17 gnu++17 c++20; do
			$compiler -std=$standard $warnings -c "$dir/$name.cc" -o "$dir/object"
			passed
		done
	done
done

# lacks WORDS COMPILER FLAG - with this flag the compiler lacks something, and the header says so.
lacks() {
	! $2 $3 -Iinclude -fsyntax-only "$dir/alone.c" 2>"$dir/said" && grep -q "error.*$1" "$dir/said" ||
		{ cat "$dir/said"; echo "$2 $3: does not say: $1"; exit 1; }
	passed
}

for compiler in $in_c; do
	lacks 'leat needs C11:' "$compiler" -std=c99
	lacks 'leat needs the atomics of C11' "$compiler" '-std=c11 -D__STDC_NO_ATOMICS__'
done

# ---------------------------------------------------------------------------------------------- each header by itself

for header in include/leat/*.h nats/include/leat/*.h; do
	echo "#include \"$PWD/$header\"" >"$dir/one.c"
	cp "$dir/one.c" "$dir/one.cc"
	for compiler in $in_c; do
		$compiler -std=c11 $warnings $(quiet "$compiler") -fsyntax-only "$dir/one.c"
		passed
	done
	for compiler in $in_cxx; do
		$compiler -std=c++17 $warnings $(quiet "$compiler") -fsyntax-only "$dir/one.cc"
		passed
	done
	[ "$(wc -l <"$header")" -lt 300 ] || { echo "$header is too long to be read at one go"; exit 1; }
done

# -------------------------------------------------------------------------------- a case built once, used in a loop

# Of a value that is set later gcc must not say, at any level, that it is used uninitialized.
cat >"$dir/later.c" <<'END'
#include <leat.h>

int send_squares(leat_tx tx, leat_tx sized, int n);

int send_squares(leat_tx tx, leat_tx sized, int n)
{
	int value;
	leat_case on[] = { LEAT_SEND(tx, &value), LEAT_SEND_SIZED(sized, &value, sizeof value) };

	for (int i = 0; i < n; i++) {
		value = i * i;
		if (leat_select(on, LEAT_NEVER) < 0)
			return 0;
	}
	return 1;
}
END
cp "$dir/later.c" "$dir/later.cc"
for level in -O0 -O1 -O2; do
	for compiler in $in_c; do
		$compiler -std=c11 $level $warnings -c "$dir/later.c" -o "$dir/object"
		passed
	done
	for compiler in $in_cxx; do
		$compiler -std=c++17 $level $warnings -c "$dir/later.cc" -o "$dir/object"
		passed
	done
done

# ---------------------------------------------------------------------------------------------- the names it takes

for compiler in $in_c; do
	printf '#include <errno.h>\n#include <stddef.h>\n#include <stdint.h>\n#include <stdio.h>\n' >"$dir/needs.c"
	$compiler -std=c11 -dM -E "$dir/needs.c" | sort >"$dir/without"
	$compiler -std=c11 -Iinclude -Inats/include -dM -E "$dir/nats.c" | sort >"$dir/with"
	comm -13 "$dir/without" "$dir/with" | sed 's/^#define \([A-Za-z0-9_]*\).*/\1/' >"$dir/added"
	! grep -v '^leat_\|^LEAT_' "$dir/added" || { echo "$compiler: a header defines the macros above"; exit 1; }
	[ "$(wc -l <"$dir/added")" -gt 30 ] || { echo "$compiler: its macros were not found"; exit 1; }
	passed
done

libc="aio arpa/inet assert complex ctype dirent dlfcn errno fcntl fenv float fnmatch ftw getopt glob grp iconv
	ifaddrs inttypes iso646 langinfo libgen limits locale math mqueue net/if netdb netinet/in netinet/tcp
	poll pthread pwd regex sched search semaphore setjmp signal spawn stdarg stdbool stddef stdint stdio
	stdlib string strings sys/epoll sys/eventfd sys/file sys/ioctl sys/ipc sys/mman sys/msg sys/param
	sys/prctl sys/resource sys/select sys/sem sys/shm sys/socket sys/stat sys/statvfs sys/syscall
	sys/sysmacros sys/time sys/times sys/types sys/uio sys/un sys/utsname sys/wait syslog termios time
	ucontext uchar unistd utime wchar wctype wordexp nats/nats"
only_c="stdalign stdatomic stdnoreturn tgmath threads"

# include_all NAME... - those that there are
include_all() {
	for header in "$@"; do
		printf '#if __has_include(<%s.h>)\n#include <%s.h>\n#endif\n' "$header" "$header"
	done
}

# What uses many of the header's names, so that a clash shows.
cat >"$dir/use" <<'END'
leat_rx use_leat(leat_rx done, leat_tx out, leat_case *on);
leat_rx use_leat(leat_rx done, leat_tx out, leat_case *on)
{
	int value = 1;

	if (leat_send_or(out, &value, done) > 0 && leat_recv_by(done, &value, leat_in(LEAT_MS(20))) < 0)
		return leat_ended(errno);
	on[0] = LEAT_SEND(out, &value);
	on[1] = LEAT_READY(done);
	if (leat_select_n(on, 2, LEAT_NEVER) == 0)
		leat_drop(leat_dup(out));
	return leat_or(LEAT_RXS(leat_after(LEAT_S(1)), leat_generator(done, LEAT_VALUES(int, 1, 2, 3))));
}
leat_rx use_nats(leat_rx done, leat_rx in, leat_nats *nats, const leat_nats_plan *plan, leat_delivery *delivery);
leat_rx use_nats(leat_rx done, leat_rx in, leat_nats *nats, const leat_nats_plan *plan, leat_delivery *delivery)
{
	int value = 1;

	if (leat_nats_ack(delivery) < 0 || leat_nats_put(done, nats, plan, &value, "id") < 0)
		return leat_ended(errno);
	return leat_nats_sink(done, in, nats, plan) == 0 ? leat_nats_source(done, nats, plan) : leat_ended(EIO);
}
END
# leat/nats.h includes leat.h.
{ include_all $libc $only_c; echo '#include <leat/nats.h>'; cat "$dir/use"; } >"$dir/after.c"
{ echo '#include <leat/nats.h>'; include_all $libc $only_c; cat "$dir/use"; } >"$dir/before.c"
{ include_all $libc; echo '#include <leat/nats.h>'; cat "$dir/use"; } >"$dir/after.cc"
{ echo '#include <leat/nats.h>'; include_all $libc; cat "$dir/use"; } >"$dir/before.cc"
for order in before after; do
	for compiler in $in_c; do
		for flags in -std=c11 '-std=c11 -D_POSIX_C_SOURCE=200809L' '-std=gnu11 -D_GNU_SOURCE'; do
			$compiler $flags $warnings -c "$dir/$order.c" -o "$dir/object"
			passed
		done
	done
	for compiler in $in_cxx; do
		for flags in -std=c++17 '-std=gnu++17 -D_GNU_SOURCE'; do
			$compiler $flags $warnings -c "$dir/$order.cc" -o "$dir/object"
			passed
		done
	done
done

# ---------------------------------------------------------------------------------- macros that act like functions

# As C and as C++: each argument is evaluated once; each call is one statement and one expression.
cat >"$dir/macros.c" <<'END'
#include <fcntl.h>
#include <leat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Private: the place where a channel was made. */
#ifdef __cplusplus
extern "C"
#endif
const char *leati_place(const struct leat_channel *ch);

static int evaluated;

static void count(void)
{
	evaluated++;
}

#ifdef __cplusplus
#define AS(T, value) static_cast<T>(value)
#define NOTHING nullptr
#else
#define AS(T, value) ((T)(value))
#define NOTHING NULL
#endif
#define ONCE(argument) (count(), (argument))
#define check(what) ((what) ? (void)0 : (fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what), exit(1)))
#define EVALUATES(times, call) (evaluated = 0, (void)(call), check(evaluated == (times)))

static void sends_and_receives(leat_chan chan, leat_rx done)
{
	int values[2] = { 1, 2 }, *at = values;

	EVALUATES(2, leat_send(ONCE(chan.tx), ONCE(&values[0])));
	EVALUATES(2, leat_recv(ONCE(chan.rx), ONCE(&values[0])));
	EVALUATES(3, leat_send_by(ONCE(chan.tx), ONCE(&values[0]), ONCE(LEAT_NOW)));
	EVALUATES(3, leat_recv_by(ONCE(chan.rx), ONCE(&values[0]), ONCE(LEAT_NOW)));
	EVALUATES(3, leat_send_or(ONCE(chan.tx), ONCE(&values[0]), ONCE(done)));
	EVALUATES(3, leat_recv_or(ONCE(chan.rx), ONCE(&values[0]), ONCE(done)));
	EVALUATES(4, leat_send_n(ONCE(chan.tx), ONCE(&values[0]), ONCE(2), ONCE(LEAT_NOW)));
	EVALUATES(4, leat_recv_n(ONCE(chan.rx), ONCE(&values[0]), ONCE(2), ONCE(LEAT_NOW)));
	EVALUATES(4, leat_send_sized(ONCE(chan.tx), ONCE(&values[0]), ONCE(sizeof(int)), ONCE(LEAT_NOW)));
	EVALUATES(4, leat_recv_sized(ONCE(chan.rx), ONCE(&values[0]), ONCE(sizeof(int)), ONCE(LEAT_NOW)));
	EVALUATES(2, leat_wait_by(ONCE(chan.rx), ONCE(LEAT_NOW)));
	EVALUATES(2, leat_wait_ready_by(ONCE(chan.rx), ONCE(LEAT_NOW)));
	EVALUATES(2, leat_sleep_or(ONCE(done), ONCE(LEAT_NS(1))));
	check(leat_send(chan.tx, at++) == 1 && leat_send(chan.tx, at--) == 1 && at == values);
	check(leat_wait(chan.rx) == 1 && leat_wait(chan.rx) == 1);
}

typedef leat_rx_of(int) int_rx;
typedef leat_tx_of(int) int_tx;

static void typed(leat_chan chan, leat_rx done)
{
	int values[2] = { 1, 2 };
	int_rx in = leat_typed(int_rx, ONCE(chan.rx));
	int_tx out = leat_typed(int_tx, ONCE(chan.tx));
	leat_case on[1];

	EVALUATES(2, leat_put(ONCE(out), ONCE(&values[0])));
	EVALUATES(2, leat_get(ONCE(in), ONCE(&values[0])));
	EVALUATES(3, leat_put_by(ONCE(out), ONCE(&values[0]), ONCE(LEAT_NOW)));
	EVALUATES(3, leat_get_by(ONCE(in), ONCE(&values[0]), ONCE(LEAT_NOW)));
	EVALUATES(3, leat_put_or(ONCE(out), ONCE(&values[0]), ONCE(done)));
	EVALUATES(3, leat_get_or(ONCE(in), ONCE(&values[0]), ONCE(done)));
	EVALUATES(4, leat_put_n(ONCE(out), ONCE(values), ONCE(2), ONCE(LEAT_NOW)));
	EVALUATES(4, leat_get_n(ONCE(in), ONCE(values), ONCE(2), ONCE(LEAT_NOW)));
	EVALUATES(2, (on[0] = LEAT_PUT(ONCE(out), ONCE(&values[0]))).ok);
	check(leat_select(on, LEAT_NOW) == 0);
	EVALUATES(2, (on[0] = LEAT_GET(ONCE(in), ONCE(&values[1]))).ok);
	check(leat_select(on, LEAT_NOW) == 0 && values[1] == values[0]);
	if (leat_len(chan) > 0)
		leat_get(in, &values[0]);
	else
		leat_put(out, &values[0]);
	check(leat_get(in, &values[1]) == 1 && leat_len(chan) == 0);
}

static void units_and_times(leat_chan units)
{
	EVALUATES(1, leat_signal(ONCE(units.tx)));
	EVALUATES(1, leat_wait(ONCE(units.rx)));
	EVALUATES(1, LEAT_NS(ONCE(1)));
	EVALUATES(1, LEAT_US(ONCE(1)));
	EVALUATES(1, LEAT_MS(ONCE(1)));
	EVALUATES(1, LEAT_S(ONCE(1)));
}

static void questions(leat_chan chan)
{
	EVALUATES(1, leat_len(ONCE(chan.tx)));
	EVALUATES(1, leat_cap(ONCE(chan)));
	EVALUATES(1, leat_closed(ONCE(chan.rx)));
	EVALUATES(1, leat_senders(ONCE(chan.rx)));
	EVALUATES(1, leat_receivers(ONCE(chan)));
	EVALUATES(1, leat_lost(ONCE(chan.tx)));
	EVALUATES(1, leat_cause(ONCE(chan.rx)));
	EVALUATES(1, leat_never_started(ONCE(chan.rx)));
	EVALUATES(1, leat_is_nil(ONCE(chan.rx)));
	EVALUATES(1, leat_type_of(ONCE(chan.rx)).size);
	EVALUATES(2, leat_same(ONCE(chan.rx), ONCE(chan.tx)));
	EVALUATES(1, leat_own(ONCE(chan)));
	EVALUATES(1, leat_own(ONCE(chan.tx)));
	EVALUATES(1, leat_own(ONCE(chan.rx)));
	EVALUATES(2, (leat_name(ONCE(chan.rx), ONCE("numbers")), 0));
	EVALUATES(1, leat_drop(leat_dup(ONCE(chan.rx))));
	EVALUATES(1, leat_drop(ONCE(leat_dup(chan.tx))));
	EVALUATES(1, leat_drop(ONCE(leat_dup(chan))));
	EVALUATES(1, leat_drop(leat_make(int, ONCE(1))));
}

static void select_none(leat_stage *stage, void *arg)
{
	leat_case none[1] = { LEAT_READY(LEAT_NIL) };

	(void)arg;
	EVALUATES(4, leat_stage_select(ONCE(stage), ONCE(none), ONCE(1), ONCE(LEAT_NOW)));
}

static void cases(leat_chan chan, leat_chan units)
{
	static leat_plan plan;
	int value = 1;
	leat_case on[1];

	plan.body = select_none;
	plan.type = LEAT_TYPE(int);
	leat_drain(leat_stage_start(&plan));
	EVALUATES(2, (on[0] = LEAT_SEND(ONCE(chan.tx), ONCE(&value))).ok);
	EVALUATES(1, leat_select(on, ONCE(LEAT_NOW)));
	EVALUATES(2, (on[0] = LEAT_RECV(ONCE(chan.rx), ONCE(&value))).ok);
	EVALUATES(1, leat_select_first(on, ONCE(LEAT_NOW)));
	EVALUATES(3, (on[0] = LEAT_SEND_SIZED(ONCE(chan.tx), ONCE(&value), ONCE(sizeof value))).ok);
	EVALUATES(3, leat_select_n(ONCE(on), ONCE(1), ONCE(LEAT_NOW)));
	EVALUATES(3, (on[0] = LEAT_RECV_SIZED(ONCE(chan.rx), ONCE(&value), ONCE(sizeof value))).ok);
	EVALUATES(3, leat_select_first_n(ONCE(on), ONCE(1), ONCE(LEAT_NOW)));
	EVALUATES(1, (on[0] = LEAT_WAIT(ONCE(chan.rx))).ok);
	EVALUATES(1, (on[0] = LEAT_READY(ONCE(chan.rx))).ok);
	EVALUATES(1, (on[0] = LEAT_SIGNAL(ONCE(units.tx))).ok);
	EVALUATES(1, (on[0] = LEAT_GONE(ONCE(chan.tx))).ok);
	check(leat_len(chan) == 0);
}

static int twice(void *arg, const void *in, void *out)
{
	(void)arg;
	*AS(int *, out) = 2 * *AS(const int *, in);
	return 1;
}

static int halve(void *arg, const void *in, void *out)
{
	(void)arg;
	*AS(int *, out) = *AS(const int *, in) / 2;
	return 1;
}

static int one(void *arg, void *out)
{
	*AS(int *, out) = 1;
	return ++*AS(int *, arg) < 3;
}

static int not_zero(void *arg, const void *in)
{
	(void)arg;
	return *AS(const int *, in);
}

static int turn_round(void *arg, void *value)
{
	(void)arg;
	*AS(int *, value) = -*AS(int *, value);
	return 1;
}

static long two(void *calls, void *values, size_t n)
{
	AS(int *, values)[0] = AS(int *, values)[1] = AS(int, n);
	return ++*AS(int *, calls) < 3 ? 2 : 0;
}

static int sum_up(void *sum, const void *in)
{
	*AS(int *, sum) += *AS(const int *, in);
	return 0;
}

static int subtract(void *arg, const void *a, const void *b)
{
	return arg ? 0 : *AS(const int *, a) - *AS(const int *, b);
}

static int add_row(void *arg, const void *const *in, void *out)
{
	*AS(int *, out) = *AS(const int *, in[0]) + *AS(const int *, in[1]);
	return arg ? 0 : 1;
}

static int fold(void *arg, void *result, const void *in)
{
	*AS(int *, result) += *AS(const int *, in);
	return arg ? 0 : 1;
}

static int pass(void *arg, const void *in, leat_stage *stage)
{
	int value = *AS(const int *, in);

	return arg ? 0 : leat_emit(stage, &value);
}

static void of_several(leat_rx done)
{
	void *nothing = NOTHING;
	int sum = 0, first = 10;
	leat_rx in = leat_generator(done, LEAT_VALUES(int, 1, 2, 3)), other = leat_generator(done, LEAT_VALUES(int, 4));

	EVALUATES(5, (in = leat_merge_sorted(ONCE(done), LEAT_RXS(ONCE(in), ONCE(other)), ONCE(subtract),
	                                     ONCE(nothing))).ch);
	EVALUATES(5, (in = leat_flat_map(ONCE(done), ONCE(in), ONCE(2), int, ONCE(pass), ONCE(nothing))).ch);
	EVALUATES(5, (in = leat_scan(ONCE(done), ONCE(in), int, ONCE(&first), ONCE(fold), ONCE(nothing))).ch);
	other = leat_generator(done, LEAT_VALUES(int, 0, 0, 0, 0));
	EVALUATES(5, (in = leat_zip(ONCE(done), int, LEAT_RXS(ONCE(in), ONCE(other)), ONCE(add_row), ONCE(nothing))).ch);
	EVALUATES(4, (in = leat_window(ONCE(done), ONCE(in), ONCE(2), ONCE(2))).ch);
	in = leat_unbatch(done, in, int);
	EVALUATES(5, leat_reduce(ONCE(done), ONCE(in), ONCE(&sum), ONCE(fold), ONCE(nothing)));
	check(sum > 40);
}

static void of_many(leat_rx done)
{
	static leat_workers how;
	int calls = 0, sum = 0;
	void *nothing = NOTHING;
	leat_rx in;

	how.count = 1;
	EVALUATES(4, (in = leat_source_n(ONCE(done), int, ONCE(4), ONCE(two), ONCE(&calls))).ch);
	EVALUATES(5, (in = leat_map_with(ONCE(done), ONCE(in), int, ONCE(twice), ONCE(nothing), ONCE(&how))).ch);
	EVALUATES(6, (in = leat_steps(ONCE(done), ONCE(in), int, LEAT_STEPS(LEAT_FILTER(ONCE(not_zero), ONCE(nothing)),
		{ halve, nothing }, LEAT_UPDATE(ONCE(turn_round), ONCE(nothing))))).ch);
	EVALUATES(5, leat_each_with(ONCE(done), ONCE(in), ONCE(sum_up), ONCE(&sum), ONCE(&how)));
	check(calls == 3 && sum == -16);
	calls = sum = 0;
	EVALUATES(4, (in = leat_batch_from(ONCE(done), int, ONCE(4), ONCE(two), ONCE(&calls))).ch);
	in = leat_unbatch(done, in, int);
	for (int n; leat_recv(in, &n) > 0;)
		sum += n;
	check(sum == 16);
	leat_drop(in);
}

static void stages(leat_rx done)
{
	int calls = 0, sum = 0;
	void *nothing = NOTHING;
	leat_rx in[2];

	EVALUATES(4, (in[0] = leat_generator(ONCE(done), LEAT_VALUES(int, ONCE(1), ONCE(2), ONCE(3)))).ch);
	EVALUATES(3, (in[1] = leat_repeat_fn(ONCE(done), int, ONCE(one), ONCE(&calls))).ch);
	EVALUATES(3, (in[0] = leat_fan_in(ONCE(done), LEAT_RXS(ONCE(in[0]), ONCE(in[1])))).ch);
	EVALUATES(4, (in[0] = leat_map(ONCE(done), ONCE(in[0]), int, ONCE(twice), ONCE(nothing))).ch);
	EVALUATES(6, (in[0] = leat_steps(ONCE(done), ONCE(in[0]), int, LEAT_STEPS(
		{ ONCE(halve), ONCE(nothing) }, { ONCE(twice), ONCE(nothing) }))).ch);
	EVALUATES(5, (in[0] = leat_map_n(ONCE(done), ONCE(in[0]), ONCE(2), int, ONCE(twice), ONCE(nothing))).ch);
	EVALUATES(5, (in[0] = leat_map_ordered(ONCE(done), ONCE(in[0]), ONCE(2), int, ONCE(twice), ONCE(nothing))).ch);
	EVALUATES(1, (in[0] = leat_expect(ONCE(in[0]), int)).ch);
	for (int n; leat_recv(in[0], &n) > 0;)
		sum += n;
	check(sum == 8 * (1 + 2 + 3 + 1 + 1));
	leat_drop(in[0]);
	calls = 0;
	EVALUATES(5, (in[0] = leat_steps_from(ONCE(done), int, ONCE(one), ONCE(&calls), LEAT_STEPS(
		{ ONCE(twice), ONCE(nothing) }))).ch);
	for (int n; leat_recv(in[0], &n) > 0;)
		check(n == 2);
	check(calls == 3);
	leat_drop(in[0]);
}

typedef LEAT_RESULT(int) result;

static int answer(leat_rx done, void *arg, size_t replica, void *out)
{
	(void)done;
	(void)arg;
	*AS(int *, out) = 7 + AS(int, replica);
	return 1;
}

static void at_scale(leat_rx never)
{
	static const char kind[] = "kind";
	static leat_waitgroup group;
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_gauge gauge = leat_gauge_make(1);
	leat_chan chan = leat_make(int, 1);
	leat_rx in, pulses;
	leat_error *error;
	int value = 1, out = 0;
	void *nothing = NOTHING;

	EVALUATES(2, leat_waitgroup_add(ONCE(&group), ONCE(1)));
	EVALUATES(1, (leat_waitgroup_done(ONCE(&group)), 0));
	EVALUATES(2, leat_force_send(ONCE(chan.tx), ONCE(&value)));
	EVALUATES(4, leat_publish(ONCE(broadcast), ONCE(&value), ONCE(never), ONCE(LEAT_NOW)));
	EVALUATES(5, leat_replicate(ONCE(never), ONCE(AS(size_t, 1)), ONCE(0), int, ONCE(answer), nothing, ONCE(&out)));
	check(out == 7);
	error = leat_error_new(kind, EIO, "%d", 1);
	EVALUATES(1, error = leat_error_wrap(ONCE(error), NOTHING, 0, "wrapped"));
	leat_error_drop(error);
	leat_drop(chan.tx);
	EVALUATES(5, (in = leat_result_from(ONCE(never), ONCE(chan.rx), ONCE("twice"), result, ONCE(twice),
	                                    ONCE(nothing))).ch);
	EVALUATES(5, (in = leat_result_map(ONCE(never), ONCE(in), ONCE("halve"), result, ONCE(halve),
	                                   ONCE(nothing))).ch);
	EVALUATES(2, (in = leat_result_values(ONCE(never), ONCE(in), int)).ch);
	EVALUATES(5, (in = leat_gauge_map(ONCE(never), ONCE(in), gauge, ONCE(AS(size_t, 1)), int, ONCE(twice),
	                                  ONCE(nothing))).ch);
	EVALUATES(6, (in = leat_heartbeat(ONCE(never), ONCE(in), int, ONCE(halve), ONCE(nothing), ONCE(0),
	                                  ONCE(&pulses))).ch);
	EVALUATES(1, (in = leat_unbatch(never, ONCE(leat_batch(never, in, 2, LEAT_NEVER)), int)).ch);
	check(leat_recv(in, &out) == 1 && out == 1);
	check(leat_drain(in) == 0);
	leat_drop(pulses);
	leat_gauge_drop(gauge);
	leat_broadcast_drop(broadcast);
}

static int by_value(void *arg, const void *in, leat_key *key)
{
	(void)arg;
	(void)in;
	(void)key;
	return 0;
}

static void separated(leat_rx done)
{
	void *nothing = NOTHING;
	leat_rx in = leat_generator(done, LEAT_VALUES(int, 1, 1, 0)), out[2];
	int value;

	EVALUATES(5, (in = leat_distinct(ONCE(done), ONCE(in), ONCE(AS(size_t, 1)), ONCE(by_value), ONCE(nothing))).ch);
	EVALUATES(3, (in = leat_debounce(ONCE(done), ONCE(in), ONCE(0))).ch);
	EVALUATES(4, (in = leat_throttle(ONCE(done), ONCE(in), ONCE(0), ONCE(LEAT_FIRST))).ch);
	EVALUATES(6, (in = leat_group_by(ONCE(done), ONCE(in), ONCE(AS(size_t, 1)), ONCE(AS(size_t, 1)), ONCE(by_value),
	                                 ONCE(nothing))).ch);
	in = leat_unbatch(done, in, int);
	EVALUATES(6, leat_partition(ONCE(done), ONCE(in), ONCE(out), ONCE(AS(size_t, 2)), ONCE(not_zero), ONCE(nothing)));
	check(leat_recv(out[1], &value) == 1 && value == 1 && leat_recv(out[0], &value) == 1 && value == 0);
	check(leat_drain(out[0]) == 0 && leat_drain(out[1]) == 0);
}

static void locks(void)
{
	static leat_monitor monitor = LEAT_MONITOR;
	static leat_mutex mutex = LEAT_MUTEX(LEAT_HANDOFF);
	static leat_semaphore semaphore = LEAT_SEMAPHORE(2);
	static leat_rwmutex rwmutex;
	static leat_counter counter = LEAT_COUNTER("locks");
	leat_type type = *LEAT_TYPE(int);
	leat_single_flight flight = LEAT_SINGLE_FLIGHT(&type);
	int calls = 0, value = 0;

	EVALUATES(7, leat_single_flight_do(ONCE(&flight), ONCE("key"), ONCE(one), ONCE(&calls), ONCE(&value),
	                                   ONCE(LEAT_NIL), ONCE(LEAT_NOW)));
	check(calls == 1 && value == 1);
	leat_counter_add(&counter, 1);
	check(leat_counter_get(&counter) == 1);
	leat_monitor_enter(&monitor);
	leat_monitor_leave(&monitor);
	leat_mutex_lock(&mutex);
	EVALUATES(1, leat_mutex_unlock(ONCE(&mutex)));
	check(leat_semaphore_acquire(&semaphore, 2, LEAT_NIL, LEAT_NOW) == 1);
	EVALUATES(2, leat_semaphore_release(ONCE(&semaphore), ONCE(2)));
	leat_rwmutex_lock(&rwmutex);
	EVALUATES(1, leat_rwmutex_unlock(ONCE(&rwmutex)));
	leat_rwmutex_read_lock(&rwmutex);
	EVALUATES(1, leat_rwmutex_read_unlock(ONCE(&rwmutex)));
}

static int open_it(void *arg, void **thing)
{
	*thing = arg;
	return 0;
}

static void close_it(void *arg, void *thing)
{
	check(arg == thing);
}

static void shared(leat_rx never)
{
	static int arg;
	leat_resources_plan plan = { 1, 0, open_it, close_it, &arg };
	leat_resources *resources;
	leat_gauge gauge = leat_gauge_make(1);
	void *thing;

	EVALUATES(1, resources = leat_resources_make(ONCE(&plan)));
	check(leat_gauge_enter(gauge, never, LEAT_NOW) == 1);
	EVALUATES(1, leat_gauge_leave(ONCE(gauge)));
	leat_gauge_drop(gauge);
	check(leat_resources_get(resources, &thing, never, LEAT_NOW) == 1);
	EVALUATES(2, leat_resources_put(ONCE(resources), ONCE(thing)));
	check(leat_resources_get(resources, &thing, never, LEAT_NOW) == 1);
	EVALUATES(2, leat_resources_put_broken(ONCE(resources), ONCE(thing)));
	leat_resources_drop(resources);
}

static void streams(leat_rx done)
{
	leat_chan units = leat_make_unit(), of_streams = leat_make_of(&leat_rx_type, 1), ints = leat_make(int, 1);
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_rx in;
	int value = 1;

	EVALUATES(1, value += leat_fd(ONCE(ints.rx)) < 0);
	EVALUATES(3, leat_force_send_sized(ONCE(ints.tx), ONCE(&value), ONCE(sizeof value)));
	EVALUATES(2, leat_drop_with(ONCE(ints.tx), ONCE(EIO)));
	leat_send(of_streams.tx, &ints.rx);
	leat_drop(of_streams.tx);
	EVALUATES(2, (in = leat_bridge(ONCE(done), ONCE(of_streams.rx), int)).ch);
	check(leat_drain(in) == EIO);
	EVALUATES(5, leat_publish_sized(ONCE(broadcast), ONCE(&value), ONCE(sizeof value), ONCE(done), ONCE(LEAT_NOW)));
	leat_broadcast_drop(broadcast);
	EVALUATES(2, (in = leat_signals(ONCE(done), LEAT_SIGNALS(ONCE(2)))).ch);
	leat_drop(in);
	leat_drop(units);
	check(LEAT_VERSION[0] == '0');
}

/* None of them can begin. */
static void ends(leat_rx done)
{
	static leat_connection connection;
	static leat_command command;
	leat_rx in;

#ifndef __cplusplus
	command.argv = LEAT_ARGV("leat-has-no-such-program", ONCE("x"));
#endif
	EVALUATES(3, leat_write(ONCE(done), ONCE(leat_ended(EIO)), ONCE(1)));
	EVALUATES(3, leat_write_lines(ONCE(done), ONCE(leat_ended(EIO)), ONCE(1)));
	EVALUATES(4, (in = leat_writer(ONCE(done), ONCE(leat_ended(EIO)), ONCE(1), ONCE(0))).ch);
	check(leat_drain(in) == EIO);
	EVALUATES(3, (in = leat_process(ONCE(done), ONCE(leat_ended(EIO)), ONCE(&command))).ch);
	check(leat_drain(in) == (command.argv ? EIO : EINVAL));
	EVALUATES(3, (in = leat_accept(ONCE(done), ONCE(-1), ONCE(AS(const leat_accepting *, NOTHING)))).ch);
	check(leat_drain(in) == EBADF);
	EVALUATES(2, (in = leat_connection_in(ONCE(done), ONCE(&connection))).ch);
	check(leat_drain(in) == EINVAL);
}

/* A constructor evaluates so many arguments, and its stream has the place of the call. */
#define PLACED(times, call) (evaluated = 0, must_be_at(LEAT_HERE_, (call)), check(evaluated == (times)))

static void must_be_at(const char *here, leat_rx made)
{
	const char *place = leati_place(made.ch);

	if (!place || strcmp(place, here) != 0)
		fprintf(stderr, "%s: its place is %s\n", here, place ? place : "unknown");
	check(place && strcmp(place, here) == 0);
	leat_drop(made);
}

/* A stream without values. */
static leat_rx none(const leat_type *type)
{
	leat_chan chan = leat_make_of(type, 1);

	leat_drop(chan.tx);
	return chan.rx;
}

static int keep(void *arg, const void *in)
{
	(void)in;
	return arg ? 0 : 1;
}

static int caught(void *arg, const leat_failure *failure, void *value)
{
	(void)failure;
	(void)value;
	return arg ? 0 : 1;
}

static leat_rx ward(leat_rx done, leat_time interval, void *arg)
{
	(void)done;
	(void)arg;
	return leat_tick(interval);
}

static void stages_are_placed(leat_rx done)
{
	static leat_workers how;
	static leat_walk walk;
	static leat_blocks blocks;
	const leat_type *type = LEAT_TYPE(int);
	leat_step step = { twice, NOTHING };
	int value = 1, number = 15, calls = 0;
	void *nothing = NOTHING;

	PLACED(1, leat_make(int, ONCE(1)).rx);
	PLACED(2, leat_make_of(ONCE(type), ONCE(1)).rx);
	PLACED(0, leat_make_unit().rx);
	PLACED(1, leat_make_posts(ONCE(0)).rx);
	PLACED(4, leat_generator(ONCE(done), ONCE(sizeof value), ONCE(&value), ONCE(1)));
	PLACED(4, leat_repeat(ONCE(done), ONCE(sizeof value), ONCE(&value), ONCE(1)));
	PLACED(4, leat_repeat_fn_of(ONCE(done), ONCE(type), ONCE(one), ONCE(&calls)));
	PLACED(3, leat_take(ONCE(done), ONCE(none(type)), ONCE(1)));
	PLACED(3, leat_take(ONCE(done), leat_take(done, ONCE(none(type)), 1), ONCE(1)));
	PLACED(5, leat_map_of(ONCE(done), ONCE(none(type)), ONCE(type), ONCE(twice), ONCE(nothing)));
	PLACED(6, leat_map_n_of(ONCE(done), ONCE(none(type)), ONCE(2), ONCE(type), ONCE(twice), ONCE(nothing)));
	PLACED(6, leat_map_ordered_of(ONCE(done), ONCE(none(type)), ONCE(2), ONCE(type), ONCE(twice), ONCE(nothing)));
	PLACED(6, leat_map_with_of(ONCE(done), ONCE(none(type)), ONCE(type), ONCE(twice), ONCE(nothing), ONCE(&how)));
	PLACED(5, leat_source_n_of(ONCE(done), ONCE(type), ONCE(4), ONCE(two), ONCE(&calls)));
	PLACED(5, leat_batch_from_of(ONCE(done), ONCE(type), ONCE(4), ONCE(two), ONCE(&calls)));
	PLACED(5, leat_steps_of(ONCE(done), ONCE(none(type)), ONCE(type), ONCE(&step), ONCE(1)));
	PLACED(6, leat_steps_from_of(ONCE(done), ONCE(type), ONCE(one), ONCE(&calls), ONCE(&step), ONCE(1)));
	PLACED(4, leat_filter(ONCE(done), ONCE(none(type)), ONCE(keep), ONCE(nothing)));
	PLACED(3, leat_signals(ONCE(done), ONCE(&number), ONCE(1)));
	PLACED(2, leat_fan_in(ONCE(done), LEAT_RXS(ONCE(none(type)))));
	PLACED(3, leat_files(ONCE(done), LEAT_PATHS(ONCE("."), "lib"), ONCE(&walk)));
	blocks.close = 1;
	PLACED(3, leat_chunks(ONCE(done), ONCE(open("/dev/null", O_RDONLY)), ONCE(&blocks)));
	PLACED(3, leat_file_chunks(ONCE(done), ONCE(none(&leat_file_type)), ONCE(&blocks)));
	PLACED(3, leat_lines(ONCE(done), ONCE(none(&leat_bytes_type)), ONCE(0)));
	PLACED(3, leat_bridge_of(ONCE(done), ONCE(none(&leat_rx_type)), ONCE(type)));
	PLACED(1, leat_or(LEAT_RXS(ONCE(none(type)))));
	PLACED(2, leat_or_done(ONCE(done), ONCE(none(type))));
	PLACED(4, leat_merge_sorted(ONCE(done), LEAT_RXS(ONCE(none(type))), ONCE(subtract), ONCE(nothing)));
	PLACED(5, leat_zip_of(ONCE(done), ONCE(type), LEAT_RXS(ONCE(none(type))), ONCE(add_row), ONCE(nothing)));
	PLACED(4, leat_window(ONCE(done), ONCE(none(type)), ONCE(2), ONCE(1)));
	PLACED(6, leat_scan_of(ONCE(done), ONCE(none(type)), ONCE(type), ONCE(&value), ONCE(fold), ONCE(nothing)));
	PLACED(6, leat_flat_map_of(ONCE(done), ONCE(none(type)), ONCE(2), ONCE(type), ONCE(pass), ONCE(nothing)));
	PLACED(4, leat_batch(ONCE(done), ONCE(none(type)), ONCE(2), ONCE(LEAT_NEVER)));
	PLACED(3, leat_unbatch_of(ONCE(done), ONCE(none(&leat_batched_type)), ONCE(type)));
}

static void more_stages_are_placed(leat_rx done, leat_plan plan)
{
	const leat_type *type = LEAT_TYPE(int), *kind = LEAT_TYPE(result);
	leat_stewardship work = { ward, NOTHING, LEAT_S(1), 0, 0, 0, 0, 0, NOTHING, NOTHING };
	leat_broadcast *broadcast = leat_broadcast_make(int);
	leat_gauge gauge = leat_gauge_make(1);
	leat_token_bucket bucket;
	void *nothing = NOTHING;
	leat_rx pulses;

	check(leat_token_bucket_init(&bucket, 1, 1) == 1);
	plan.type = type;
	PLACED(1, leat_stage_start(ONCE(&plan)));
	PLACED(5, leat_result_from_of(ONCE(done), ONCE(none(type)), "a", ONCE(kind), ONCE(twice), ONCE(nothing)));
	PLACED(5, leat_result_map_of(ONCE(done), ONCE(none(kind)), "a", ONCE(kind), ONCE(twice), ONCE(nothing)));
	PLACED(3, leat_result_values_of(ONCE(done), ONCE(none(kind)), ONCE(type)));
	PLACED(4, leat_result_catch(ONCE(done), ONCE(none(kind)), ONCE(caught), ONCE(nothing)));
	PLACED(3, leat_result_stop(ONCE(done), ONCE(none(kind)), ONCE(1)));
	PLACED(3, leat_limit(ONCE(done), ONCE(none(type)), ONCE(&bucket.limiter)));
	PLACED(5, leat_gauge_map_of(done, ONCE(none(type)), ONCE(gauge), ONCE(2), type, ONCE(twice), ONCE(nothing)));
	PLACED(5, leat_heartbeat_of(done, ONCE(none(type)), type, ONCE(twice), ONCE(nothing), ONCE(0), ONCE(&pulses)));
	PLACED(3, leat_steward(ONCE(done), ONCE(LEAT_S(1)), ONCE(&work)));
	PLACED(3, leat_subscribe(ONCE(broadcast), ONCE(1), ONCE(LEAT_BLOCK)));
	leat_drop(pulses);
	leat_gauge_drop(gauge);
	leat_broadcast_drop(broadcast);
}

static void nothing_to_do(void *arg)
{
	(void)arg;
}

static int nothing_to_fail(leat_rx done, void *arg)
{
	(void)done;
	return arg ? 1 : 0;
}

static leat_rx last_of(int made, leat_rx out[2])
{
	check(made == 1);
	leat_drop(out[0]);
	return out[1];
}

static void others_are_placed(leat_rx done)
{
	static leat_waitgroup waitgroup;
	const leat_type *type = LEAT_TYPE(int);
	leat_context *context = leat_context_background(), *with;
	leat_errgroup *group;
	leat_forkjoin *pool;
	void *nothing = NOTHING;
	leat_rx out[2];
	leat_gauge gauge;
	leat_tx stop;
	int value;

	PLACED(4, last_of(leat_tee(ONCE(done), ONCE(none(type)), ONCE(out), ONCE(2)), out));
	PLACED(1, leat_dup((gauge = leat_gauge_make(ONCE(1))).places_.rx));
	leat_gauge_drop(gauge);
	PLACED(1, leat_dup(leat_context_done(with = leat_context_with_cancel(ONCE(context)))));
	leat_context_drop(with);
	PLACED(2, leat_dup(leat_context_done(with = leat_context_with_value(ONCE(context), ONCE(out), nothing, NOTHING))));
	leat_context_drop(with);
	EVALUATES(4, leat_after_func(ONCE(LEAT_NIL), ONCE(nothing_to_do), ONCE(nothing), ONCE(&stop)));
	check(leat_signal(stop) == 1);
	leat_drop(stop);
	EVALUATES(4, leat_context_after_func(ONCE(context), ONCE(nothing_to_do), ONCE(nothing), ONCE(&stop)));
	check(leat_signal(stop) == 1);
	leat_drop(stop);
	PLACED(1, leat_dup(leat_errgroup_done(group = leat_errgroup_make(ONCE(done)))));
	EVALUATES(3, leat_errgroup_go(ONCE(group), ONCE(nothing_to_fail), ONCE(nothing)));
	EVALUATES(3, leat_errgroup_try_go(ONCE(group), ONCE(nothing_to_fail), ONCE(nothing)));
	check(leat_errgroup_wait(group) == 0);
	EVALUATES(1, pool = leat_forkjoin_make(ONCE(1)));
	leat_forkjoin_drop(pool);
	EVALUATES(3, leat_waitgroup_go(ONCE(&waitgroup), ONCE(nothing_to_do), ONCE(nothing)));
	check(leat_waitgroup_wait(&waitgroup, LEAT_NEVER) == 1);
	EVALUATES(2, leat_go(ONCE(nothing_to_do), ONCE(nothing)));
	EVALUATES(2, leat_go_copy(ONCE(nothing_to_do), ONCE(&value)));
	EVALUATES(5, leat_each(ONCE(done), ONCE(none(type)), ONCE(1), ONCE(keep), ONCE(nothing)));
	EVALUATES(6, leat_replicate_of(ONCE(done), ONCE(1), ONCE(0), type, ONCE(answer), ONCE(nothing), ONCE(&value)));
}

/* Only some compilers have these. They act at the end of the block. */
static void later(leat_chan chan)
{
#ifdef LEAT_DEFER
	leat_mutex mutex = LEAT_MUTEX(LEAT_HANDOFF);

	leat_mutex_lock(&mutex);
	evaluated = 0;
	{
		LEAT_DEFER(ONCE(nothing_to_do), ONCE(&mutex));
		LEAT_DROP_LATER(ONCE(leat_dup(chan)));
		LEAT_DROP_LATER(ONCE(leat_dup(chan.rx)));
		LEAT_DROP_LATER(ONCE(leat_dup(chan.tx)));
		LEAT_UNLOCK_LATER(ONCE(&mutex));
		check(evaluated == 6 && leat_senders(chan) == 3 && leat_receivers(chan) == 3);
		check(leat_mutex_lock_by(&mutex, LEAT_NOW) == -1);
	}
	check(leat_senders(chan) == 1 && leat_receivers(chan) == 1);
	check(leat_mutex_lock_by(&mutex, LEAT_NOW) == 1);
#else
	(void)chan;
#endif
}

/* Neither a dangling else nor a stray semicolon. */
static int statements(leat_chan chan, int yes)
{
	int value = 1;

	if (yes)
		leat_send(chan.tx, &value);
	else
		leat_close(chan.tx);
	if (!yes)
		leat_drop(chan);
	else if (leat_recv(chan.rx, &value) > 0)
		leat_drop(leat_dup(chan.rx));
	else
		leat_wait(chan.rx);
	return yes ? AS(int, leat_len(chan)) : leat_cause(chan);
}

int main(void)
{
	leat_chan chan = leat_make(int, 4), units = leat_make_of(LEAT_TYPE(char), 1), done = leat_make_unit();
	leat_type unit = { "unit", 0, NOTHING, NOTHING };
	leat_plan plan = { "mine", done.rx, NOTHING, 0, NOTHING, NOTHING, NOTHING, 0, 0, leat_pass_on, NOTHING, NOTHING, 0,
	                   0 };

	leat_drop(units);
	units = leat_make_of(&unit, 1);
	sends_and_receives(chan, done.rx);
	typed(chan, done.rx);
	units_and_times(units);
	questions(chan);
	cases(chan, units);
	stages(done.rx);
	of_several(done.rx);
	of_many(done.rx);
	separated(done.rx);
	at_scale(done.rx);
	locks();
	shared(done.rx);
	streams(done.rx);
	ends(done.rx);
	stages_are_placed(done.rx);
	more_stages_are_placed(done.rx, plan);
	others_are_placed(done.rx);
	later(chan);
	check(statements(chan, 1) == 0);
	leat_drop(chan);
	leat_drop(units);
	leat_drop(done);
	puts("ok");
	return 0;
}
END
# Those of leat/nats.h. Without a connection they fail at once, so they need no server.
{ sed '/^#define EVALUATES/q' "$dir/macros.c"; cat; } >"$dir/nats_macros.c" <<'END'
#include <leat/nats.h>

static int pass(void *arg, const void *in)
{
	(void)arg;
	(void)in;
	return 0;
}

static int statements(leat_rx done, leat_nats *nats, const leat_nats_plan *plan, int yes)
{
	if (yes)
		leat_nats_sink(done, leat_ended(0), nats, plan);
	else
		leat_nats_each(done, nats, plan, 1, pass, NOTHING);
	return yes ? leat_nats_each(done, nats, plan, 1, pass, NOTHING) : leat_nats_sink(done, leat_ended(0), nats, plan);
}

int main(void)
{
	leat_rx done = LEAT_NIL, in;
	leat_nats *nats = NOTHING;
	static leat_nats_plan plan;
	int error;

	EVALUATES(3, (in = leat_nats_source(ONCE(done), ONCE(nats), ONCE(&plan))).ch);
	check(leat_cause(in) == EINVAL);
	leat_drop(in);
	EVALUATES(6, error = leat_nats_each(ONCE(done), ONCE(nats), ONCE(&plan), ONCE(AS(size_t, 1)), ONCE(pass),
	                                    ONCE(AS(void *, NOTHING))));
	check(error == EINVAL);
	EVALUATES(4, error = leat_nats_sink(ONCE(done), ONCE(leat_ended(0)), ONCE(nats), ONCE(&plan)));
	check(error == EINVAL);
	check(statements(done, nats, &plan, 0) == EINVAL);
	check(statements(done, nats, &plan, 1) == EINVAL);
	puts("ok");
	return 0;
}
END
for macro in $(sed -n 's/^#define \(leat_[a-z_]*\|LEAT_[A-Z_]*\).*/\1/p' include/leat.h include/leat/*.h \
	nats/include/leat/*.h | grep -v '_$\|_H$'); do
	grep -qw "$macro" "$dir/macros.c" "$dir/nats_macros.c" || { echo "no program uses the macro $macro"; exit 1; }
done
cp "$dir/macros.c" "$dir/macros.cc"
cp "$dir/nats_macros.c" "$dir/nats_macros.cc"
for compiler in $in_c; do
	run_program "$compiler" "-std=c11 $(quiet "$compiler")" "$dir/macros.c"
	with_nats "$compiler" "-std=c11 $(quiet "$compiler")" "$dir/nats_macros.c"
done
for compiler in $in_cxx; do
	run_program "$compiler" "-std=c++17 $(quiet "$compiler")" "$dir/macros.cc"
	with_nats "$compiler" "-std=c++17 $(quiet "$compiler")" "$dir/nats_macros.cc"
done

# --------------------------------------------------------------------------------------------------- a C++ program

cat >"$dir/pipeline.cc" <<'END'
#include <leat.h>
#include <cstdio>
#include <string>

struct point { int x, y; };

static int halve(void *, const void *in, void *out)
{
	*static_cast<long *>(out) = *static_cast<const long *>(in) / 2;
	return 1;
}

static int add(void *arg, const void *in, void *out)
{
	const point *at = static_cast<const point *>(in);

	*static_cast<long *>(out) = at->x + at->y + *static_cast<int *>(arg);
	return 1;
}

int main()
{
	leat_chan done = leat_make_unit(), own = leat_make(std::string *, 2);
	int more = 100;
	leat_rx points = leat_generator(done.rx, LEAT_VALUES(point, { 1, 2 }, { 3, 4 }));
	leat_rx sums = leat_steps(done.rx, points, long, LEAT_STEPS({ add, &more }, { halve, nullptr }));
	leat_rx all = leat_fan_in(done.rx, LEAT_RXS(sums, leat_generator(done.rx, LEAT_VALUES(long, 1000))));
	std::string text = "text", *got = &text;
	long sum = 0, value = 0;

	enum { DONE, VALUE, TEXT };
	leat_case on[] = { LEAT_READY(done.rx), LEAT_RECV(all, &value), LEAT_SEND(own.tx, &got) };
	for (int chosen; (chosen = leat_select(on, leat_in(LEAT_S(60)))) != DONE;) {
		if (chosen == TEXT)
			on[TEXT] = leat_case();
		else if (chosen == VALUE && on[VALUE].ok)
			sum += value;
		else
			leat_close(done.tx);
	}
	got = nullptr;
	if (leat_recv(own.rx, &got) == 1)
		std::printf("%ld %s %d\n", sum, got->c_str(), leat_select_first(on, LEAT_NOW));
	leat_drop(all);
	leat_drop(own);
	leat_drop(done);
	return leat_wait_all(LEAT_NEVER) == 1 ? 0 : 1;
}
END
for compiler in $in_cxx; do
	run_program "$compiler" "-std=c++17 $(quiet "$compiler")" "$dir/pipeline.cc"
	expect '1104 text 0 ' "$compiler: the C++ program"
done

# --------------------------------------------------------------------------------------- examples in the comments

# comment HEADER FROM TO - the lines of a header from one that has FROM to one that has TO, without the comment's stars
comment() {
	sed -n "/$2/,/$3/p" "include/$1" | sed -e 's/^ \* \{0,1\}//' -e 's/^    //'
}

comment leat.h '^ \*     #include <leat.h>' '^ \*     }$' >"$dir/first.c"
comment leat.h '^ \*     int main(void)' '^ \*     }$' >>"$dir/first.c"

# The one of select: what it leaves to the reader is left out.
cat >"$dir/select.c" <<'END'
#include <leat.h>
#include <stdio.h>
static void step(leat_rx done, leat_rx in, leat_tx out)
{
	int v = 0, w = 7;
END
comment leat/select.h '^ \*     enum { DONE, IN, OUT };' '^ \*     }$' |
	sed -e 's/\.\.\./printf("%d\\n", v + w);/' >>"$dir/select.c"
cat >>"$dir/select.c" <<'END'
}
int main(void)
{
	leat_chan done = leat_make_unit(), in = leat_make(int, 1);
	leat_tx out = in.tx, nil = { NULL };
	step(done.rx, in.rx, out);
	step(done.rx, in.rx, nil);
	leat_close(in.tx);
	step(done.rx, in.rx, nil);
	leat_close(done.tx);
	step(done.rx, LEAT_NIL, nil);
	leat_drop(in);
	leat_drop(done);
	return 0;
}
END

# The one of a stage of one's own, under another name than the library's.
{
	echo '#include <leat.h>'
	echo '#include <stdio.h>'
	comment leat/stage.h '^ \*     struct map {' '^ \*     }$'
	comment leat/stage.h '^ \*     leat_rx leat_map_of(' '^ \*     }$'
} | sed 's/leat_map_of/own_map/' >"$dir/stage.c"
cat >>"$dir/stage.c" <<'END'

static int negate(void *arg, const void *in, void *out)
{
	*(int *)out = -*(const int *)in;
	return ++*(int *)arg < 3 ? 1 : -EIO;
}

int main(void)
{
	int calls = 0;
	leat_rx none = LEAT_NIL, in = leat_generator(none, LEAT_VALUES(int, 1, 2, 3));
	leat_rx mapped = own_map(none, in, LEAT_TYPE(int), negate, &calls);

	for (int n; leat_recv(mapped, &n) > 0;)
		printf("%d\n", n);
	printf("%d\n", leat_cause(mapped) == EIO && calls == 3);
	leat_drop(mapped);
	return 0;
}
END

# prints NAME EXPECTED - the example compiles without a warning everywhere and prints this
prints() {
	for compiler in $in_c; do
		run_program "$compiler" -std=c11 "$dir/$1.c"
		expect "$2" "$compiler: the example $1"
	done
}

# The heart of a semaphore, under another name.
{
	echo '#include <leat.h>'
	echo '#include <stdio.h>'
	echo 'typedef struct { leat_monitor monitor_; long size_, held_; } own_semaphore;'
	comment leat/monitor.h '^ \*     static void semaphore_admit' '^ \*     }$'
	comment leat/monitor.h '^ \*     int leat_semaphore_acquire' '^ \*     }$'
} | sed 's/leat_semaphore/own_semaphore/g' >"$dir/monitor.c"
cat >>"$dir/monitor.c" <<'END'
static own_semaphore semaphore = { LEAT_MONITOR, 3, 0 };
static void release(long n)
{
	leat_monitor_enter(&semaphore.monitor_);
	semaphore.held_ -= n;
	semaphore_admit(&semaphore);
	leat_monitor_leave(&semaphore.monitor_);
}
static void acquire_two(void *arg)
{
	(void)arg;
	printf("%d\n", own_semaphore_acquire(&semaphore, 2, LEAT_NIL, LEAT_NEVER));
}
int main(void)
{
	leat_rx none = LEAT_NIL;
	printf("%d\n", own_semaphore_acquire(&semaphore, 2, none, LEAT_NEVER));
	printf("%d\n", own_semaphore_acquire(&semaphore, 2, none, LEAT_NOW));
	if (leat_go(acquire_two, NULL) < 0)
		return 1;
	release(2);
	return leat_wait_all(LEAT_NEVER) < 0;
}
END

# Calls at the end of a block, which only some compilers have.
for compiler in $in_c; do
	run_program "$compiler" -std=c11 docs/examples/cleanup.c
	diff "$dir/printed" docs/examples/cleanup.expected
done

prints monitor '1 -1 1 '
prints first '1 4 9 '
prints stage '-1 -2 1 '
prints select '7 7 '
echo "$tests passed, with: $(echo $in_c $in_cxx)"
