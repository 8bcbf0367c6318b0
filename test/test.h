/* SPDX-License-Identifier: 0BSD
 *
 * test.h - the words that all tests share. A test program is a list of functions, which run in order. Its argument is
 * the capacity of the channels that the functions make. The first check that fails ends the program.
 *
 *     static void sends_what_it_gets(void) { ... check(n == 1); ... }
 *     int main(int argc, char **argv) { return RUN(sends_what_it_gets, ...); }
 */
#ifndef TEST_H
#define TEST_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "number.h"

#include <leat.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static size_t capacity;        /* of the channels under test: 0, 1, 3 or 1000 */
static const char *running;    /* the name of the function that runs */

#define check(condition) \
	((condition) ? (void)0 : \
	               (fprintf(stderr, "%s:%d: %s: not so: %s (errno %d)\n", __FILE__, __LINE__, running, #condition, \
	                        errno), \
	                _exit(1)))

/* -------------------------------------------------------------------------------------------- coverage -- */

/* gcov writes its counts when a process exits. A process that is aborted would lose them, so it writes them first.
 * test/tools/gcov/exit.c does the same for one that leaves by _exit. */
#ifdef LEAT_COVERAGE
void __gcov_dump(void);

static inline void write_counts(int number)
{
	(void)number;
	__gcov_dump();
}

static inline void keep_counts_when_aborted(void)
{
	check(signal(SIGABRT, write_counts) != SIG_ERR);
}
#else
static inline void keep_counts_when_aborted(void)
{
}
#endif

/* ------------------------------------------------------------------------------------------ sanitizers -- */

#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
enum { UNDER_TSAN = 1, UNDER_ASAN = 0, UNDER_MSAN = 0 };
#elif defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
enum { UNDER_TSAN = 0, UNDER_ASAN = 1, UNDER_MSAN = 0 };
#elif __has_feature(memory_sanitizer)
enum { UNDER_TSAN = 0, UNDER_ASAN = 0, UNDER_MSAN = 1 };
#else
enum { UNDER_TSAN = 0, UNDER_ASAN = 0, UNDER_MSAN = 0 };
#endif

/* ------------------------------------------------------------------------------------- elements that own -- */

/* An element that owns memory. owned_alive counts the elements that are alive. It is 0 again when each was either
 * received and disowned, or released. (The address sanitizer reports an element that is freed twice.) */
typedef struct { int *number; } owned;

static atomic_int owned_alive;

static inline owned own(int number)
{
	owned made = { calloc(1, sizeof(int)) }; /* calloc, because tests of faults do not make it fail */

	check(made.number);
	*made.number = number;
	atomic_fetch_add(&owned_alive, 1);
	return made;
}

static inline void disown(owned value)
{
	free(value.number);
	atomic_fetch_sub(&owned_alive, 1);
}

static inline int owned_copy(void *to, const void *from)
{
	*(owned *)to = own(*((const owned *)from)->number);
	return 0;
}

static inline void owned_release(void *value)
{
	disown(*(owned *)value);
}

static const leat_type owned_type = { "owned", sizeof(owned), owned_copy, owned_release };

/* A value without bytes may still own something, such as a place in a queue. `places` counts the values that were
 * released. */
static atomic_int places;

static inline void place_release(void *nothing)
{
	(void)nothing;
	atomic_fetch_add(&places, 1);
}

static const leat_type place_type = { "place", 0, NULL, place_release };

/* ------------------------------------------------------------------------------------------- the stack -- */

/* Use about `depth` KiB of the stack, beginning at its top, so that a stack that is too small is left at its guard
 * page. Returns depth. */
static inline size_t descend(size_t depth)
{
	volatile unsigned char frame[1024];

	frame[depth % sizeof frame] = 1; /* any of them: clang would keep only those that it knows to be used */
	return depth ? descend(depth - 1) + frame[depth % sizeof frame] : 0;
}

/* --------------------------------------------------------------------------------------------- reports -- */

/* A report in this format. Free it. */
static inline char *report_as(int format)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	check(to && leat_report_as(to, format) == 1 && fclose(to) == 0);
	return text;
}

/* Whether a report in this format has the text. */
static inline int reports(int format, const char *expected)
{
	char *text = report_as(format);
	int has = strstr(text, expected) != NULL;

	free(text);
	return has;
}

/* -------------------------------------------------------------------------------- what blocks, what returns -- */

/* A function that runs in a thread of its own. leat did not start this thread. */
typedef struct {
	pthread_t thread;
	void (*fn)(void *arg);
	void *arg;
	atomic_int begun, returned;
} background;

static inline void *background_main(void *of_background)
{
	background *self = of_background;

	atomic_store(&self->begun, 1);
	self->fn(self->arg);
	atomic_store(&self->returned, 1);
	return NULL;
}

static inline void begin(background *self, void (*fn)(void *), void *arg)
{
	self->fn = fn;
	self->arg = arg;
	atomic_init(&self->begun, 0);
	atomic_init(&self->returned, 0);
	check(pthread_create(&self->thread, NULL, background_main, self) == 0);
}

static inline void nap(long milliseconds)
{
	struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

/* The call has not returned after 20 ms. A slow machine can only make this check pass. The 20 ms begin when the thread
 * runs, which may be late on a busy machine; so threads that begin one after another also block in that order. */
static inline void must_block(background *self)
{
	while (!atomic_load(&self->begun))
		nap(1);
	nap(20);
	check(!atomic_load(&self->returned));
}

/* The call returns. If it never does, the time limit of the whole test ends the test. */
static inline void must_return(background *self)
{
	check(pthread_join(self->thread, NULL) == 0);
}

/* A send or a receive of one int in the background, and its result. */
typedef struct {
	background behind;
	leat_chan on;
	int value, result;
} call;

static inline void call_send(void *of_call)
{
	call *self = of_call;

	self->result = leat_send(self->on.tx, &self->value);
}

static inline void call_receive(void *of_call)
{
	call *self = of_call;

	self->result = leat_recv(self->on.rx, &self->value);
}

static inline void begin_send(call *self, leat_chan on, int value)
{
	self->on = on;
	self->value = value;
	begin(&self->behind, call_send, self);
}

static inline void begin_receive(call *self, leat_chan on)
{
	self->on = on;
	self->value = -1;
	begin(&self->behind, call_receive, self);
}

/* Send n ints: first, first + 1, and so on. */
static inline void send_ints(leat_tx tx, int first, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check(leat_send(tx, &(int){ first + (int)i }) == 1);
}

/* Receive n ints, and check that they are first, first + 1, and so on. */
static inline void receive_ints(leat_rx rx, int first, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int got = -1;

		check(leat_recv(rx, &got) == 1);
		check(got == first + (int)i);
	}
}

/* The next number below `bound` of the pseudo-random sequence in *state. */
static inline unsigned random_below(unsigned *state, unsigned bound)
{
	*state = *state * 1664525u + 1013904223u;
	return (*state >> 8) % bound;
}

/* Wait until all parties have arrived. The threads spin instead of sleeping, so that they go on at the same time; they
 * yield now and then, so that the others arrive even on one core. */
static inline void meet(atomic_int *arrived, int parties)
{
	int round = atomic_fetch_add(arrived, 1) / parties;

	for (int looks = 1; atomic_load(arrived) < (round + 1) * parties; looks++)
		if (looks % 256 == 0)
			sched_yield();
}

/* ----------------------------------------------------------------------------------------------- sources -- */

/* A stream of `count` ints: from, from + 1, and so on. It has room for `capacity` of them. */
static inline leat_rx numbers(int from, int count)
{
	int values[2000];

	check(count <= 2000);
	for (int i = 0; i < count; i++)
		values[i] = from + i;
	return leat_buffer(leat_generator(LEAT_NIL, sizeof *values, values, (size_t)count), capacity);
}

static inline int to_owned(void *arg, const void *in, void *out)
{
	(void)arg;
	*(owned *)out = own(*(const int *)in);
	return 1;
}

static inline leat_rx owned_numbers(int from, int count)
{
	return leat_map_of(LEAT_NIL, numbers(from, count), &owned_type, to_owned, NULL);
}

/* ------------------------------------------------------------------------------------------ what streams yield -- */

/* The stream yields first, first + step, and so on below `end`, and then ends with cause 0. */
static inline void must_yield(leat_rx in, int first, int step, int end)
{
	int expected = first;

	for (int n; leat_recv(in, &n) > 0; expected += step)
		check(n == expected);
	check(expected >= end && expected - step < end);
	check(leat_cause(in) == 0);
	leat_drop(in);
}

/* The next value has this number. */
static inline void must_receive_owned(leat_rx rx, int number)
{
	owned value;

	check(leat_recv(rx, &value) == 1 && *value.number == number);
	disown(value);
}

static inline void must_yield_owned(leat_rx in, int first, int step, int end)
{
	int expected = first;

	for (owned value; leat_recv(in, &value) > 0; expected += step) {
		check(*value.number == expected);
		disown(value);
	}
	check(expected >= end && expected - step < end);
	check(leat_cause(in) == 0);
	leat_drop(in);
}

/* ------------------------------------------------------------------------------------------------- running -- */

/* After each test: no stage runs any more, and no owned element is left. */
static inline void must_be_clean(void)
{
	while (leat_expect_none(leat_in(LEAT_S(30))) < 0) /* told again and again, until the test's time is over */
		check(errno == ETIMEDOUT);
	check(leat_live() == 0);
	check(atomic_load(&owned_alive) == 0);
}

typedef void test_fn(void);

static inline int run_tests(int argc, char **argv, test_fn *const tests[], const char *names, size_t count)
{
	static char list[4096];
	char *name;

	keep_counts_when_aborted();
	capacity = argc > 1 ? (size_t)number_between(0, 1000000, argv[1]) : 0;
	strncpy(list, names, sizeof list - 1);
	name = strtok(list, ", ");
	for (size_t i = 0; i < count; i++, name = strtok(NULL, ", ")) {
		running = name;
		tests[i]();
		must_be_clean();
	}
	printf("%zu tests\n", count);
	return 0;
}

#define RUN(...) \
	run_tests(argc, argv, (test_fn *const[]){ __VA_ARGS__ }, #__VA_ARGS__, \
	          sizeof((test_fn *const[]){ __VA_ARGS__ }) / sizeof(test_fn *))

#endif
