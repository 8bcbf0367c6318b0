/* SPDX-License-Identifier: 0BSD
 *
 * threads.c - what stages, started functions, timeouts and an or of many cost beside the messages that they are for.
 */
#include "bench.h"

#include <pthread.h>
#include <stdatomic.h>

enum { BATCH = 1000, MEMBERS = 1000 };

/* ---------------------------------------------------------------------------------------- memory of a stage -- */

/* Resident bytes of this process, where the system tells. */
static double resident(void)
{
	FILE *statm = fopen("/proc/self/statm", "r");
	long pages = 0;

	bench_check(statm && fscanf(statm, "%*s %ld", &pages) == 1);
	fclose(statm);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* Print what n stages have added to a process when a value has gone through all of them and they wait for another. */
static int print_stages(long n)
{
	leat_chan done = leat_make_unit(), chan = leat_make(int, 0);
	double before = resident();
	leat_rx out = chan.rx;
	int value = 1;

	for (long i = 0; i < n; i++)
		out = leat_or_done(done.rx, out);
	bench_check(leat_send(chan.tx, &value) == 1 && leat_recv(out, &value) == 1);
	printf("%.0f\n", resident() - before);
	leat_drop(chan.tx);
	bench_check(leat_drain(out) == 0);
	leat_drop(done);
	return leat_wait_all(LEAT_NEVER) == 1 ? 0 : 1;
}

static const char *program;

/* In a process of its own, which has no memory from earlier ones to use again. */
static double memory_of_stages(const bench_row *row, long n)
{
	char command[4096];
	FILE *output;
	double bytes = 0;

	(void)row;
	bench_check(snprintf(command, sizeof command, "'%s' --stages %ld", program, n) < (int)sizeof command);
	output = popen(command, "r");
	bench_check(output && fscanf(output, "%lf", &bytes) == 1);
	bench_check(pclose(output) == 0);
	return bytes;
}

/* --------------------------------------------------------------------------------------------- starting -- */

static atomic_long calls;

static void call(void *arg)
{
	(void)arg;
	atomic_fetch_add(&calls, 1);
}

static void *call_in_thread(void *arg)
{
	call(arg);
	return NULL;
}

static void go_batch(void)
{
	for (int i = 0; i < BATCH; i++)
		bench_check(leat_go(call, NULL) == 1);
	bench_check(leat_wait_all(LEAT_NEVER) == 1);
}

static void pthread_batch(void)
{
	pthread_t threads[BATCH];

	for (int i = 0; i < BATCH; i++)
		bench_check(pthread_create(&threads[i], NULL, call_in_thread, NULL) == 0);
	for (int i = 0; i < BATCH; i++)
		bench_check(pthread_join(threads[i], NULL) == 0);
}

static double time_batches(void (*batch)(void), long n)
{
	double start = bench_now();

	atomic_store(&calls, 0);
	for (long i = 0; i < n; i += BATCH)
		batch();
	start = bench_now() - start;
	bench_check(atomic_load(&calls) == n);
	return start;
}

static double start_functions(const bench_row *row, long n)
{
	(void)row;
	go_batch(); /* warm */
	return time_batches(go_batch, n);
}

static double start_threads(const bench_row *row, long n)
{
	(void)row;
	return time_batches(pthread_batch, n);
}

/* --------------------------------------------------------------------------------------------- timeouts -- */

static int receive_by_deadline(leat_rx in, long *value)
{
	return leat_recv_by(in, value, leat_in(LEAT_S(1)));
}

static int receive_or_timeout(leat_rx in, long *value)
{
	leat_rx timeout = leat_after(LEAT_S(1));
	leat_case on[] = { LEAT_RECV(in, value), LEAT_WAIT(timeout) };
	int chosen = leat_select(on, LEAT_NEVER);

	leat_drop(timeout);
	return chosen == 0 && on[0].ok;
}

/* A value always comes first. */
static double time_receives(int (*receive)(leat_rx in, long *value), long n)
{
	leat_chan chan = leat_make(long, 1);
	double start = bench_now();

	for (long i = 0, value; i < n; i++)
		bench_check(leat_send(chan.tx, &i) == 1 && receive(chan.rx, &value) == 1 && value == i);
	start = bench_now() - start;
	leat_drop(chan);
	return start;
}

static double deadline(const bench_row *row, long n)
{
	(void)row;
	return time_receives(receive_by_deadline, n);
}

static double after(const bench_row *row, long n)
{
	(void)row;
	return time_receives(receive_or_timeout, n);
}

/* -------------------------------------------------------------------------------------------------- or -- */

typedef struct { double built, fired, torn_down; } or_times;

static void make_members(leat_tx *senders, leat_rx *receivers)
{
	for (int i = 0; i < MEMBERS; i++) {
		leat_chan chan = leat_make_unit();

		senders[i] = chan.tx;
		receivers[i] = chan.rx;
	}
}

/* Add the times of one or of MEMBERS channels, one of which closes when it has been waiting for a while. */
static void time_or(or_times *times)
{
	leat_tx members[MEMBERS];
	leat_rx receivers[MEMBERS], any;
	double start;

	make_members(members, receivers);
	start = bench_now();
	any = leat_or(receivers, MEMBERS);
	times->built += bench_now() - start;
	nanosleep(&(struct timespec){ 0, 2000000 }, NULL);
	start = bench_now();
	bench_check(leat_close(members[MEMBERS / 2]) == 1 && leat_wait(any) == 0);
	times->fired += bench_now() - start;
	start = bench_now();
	leat_drop(any);
	for (int i = 0; i < MEMBERS; i++)
		leat_drop(members[i]);
	bench_check(leat_wait_all(LEAT_NEVER) == 1);
	times->torn_down += bench_now() - start;
}

static or_times time_ors(long n)
{
	or_times times = { 0, 0, 0 };

	for (long i = 0; i < n; i++)
		time_or(&times);
	return times;
}

static double build_or(const bench_row *row, long n)
{
	(void)row;
	return time_ors(n).built;
}

static double fire_or(const bench_row *row, long n)
{
	(void)row;
	return time_ors(n).fired;
}

static double tear_down_or(const bench_row *row, long n)
{
	(void)row;
	return time_ors(n).torn_down;
}

/* ------------------------------------------------------------------------------------------------- rows -- */

#define ROW(name, cap, unit, times, fn) { .work = name, .capacity = cap, .per = unit, .step = times, .run = fn }

static bench_row rows[] = {
	ROW("memory of a blocked stage", BENCH_NONE, "bytes/stage", 100, memory_of_stages),
	ROW("leat_go, leat_wait_all", BENCH_NONE, "ns/function", BATCH, start_functions),
	ROW("pthread_create, pthread_join", BENCH_NONE, "ns/thread", BATCH, start_threads),
	ROW("receive with a deadline", 1, "ns/message", 64, deadline),
	ROW("receive or leat_after", 1, "ns/message", 64, after),
	ROW("or of 1000 channels: build", BENCH_NONE, "ns/or", 1, build_or),
	ROW("or of 1000 channels: fire", BENCH_NONE, "ns/or", 1, fire_or),
	ROW("or of 1000 channels: tear down", BENCH_NONE, "ns/or", 1, tear_down_or),
};

int main(int argc, char **argv)
{
	program = argv[0];
	if (argc == 3 && strcmp(argv[1], "--stages") == 0)
		return print_stages(atol(argv[2]));
	return BENCH(argc, argv, "threads", rows);
}
