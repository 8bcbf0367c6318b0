/* SPDX-License-Identifier: 0BSD
 *
 * threads.c - the costs of stages, started functions, timeouts and an `or` of many channels, without the messages.
 */
#include "bench.h"

#include <pthread.h>
#include <stdatomic.h>

enum { BATCH = 1000, MEMBERS = 1000, STAGES = 100 };

/* -------------------------------------------------------------------------------------- a blocked stage -- */

/* Resident bytes of this process, if the system tells. */
static double resident(void)
{
	FILE *statm = fopen("/proc/self/statm", "r");
	long pages = 0;

	bench_check(statm && fscanf(statm, "%*s %ld", &pages) == 1);
	fclose(statm);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

typedef struct { leat_chan done; leat_tx in; leat_rx out; } blocked_stages;

/* n stages. A value has gone through all of them, and they wait for another one. */
static blocked_stages block_stages(long n)
{
	leat_chan done = leat_make_unit(), chan = leat_make(int, 0);
	blocked_stages self = { done, chan.tx, chan.rx };
	int value = 1;

	for (long i = 0; i < n; i++)
		self.out = leat_or_done(done.rx, self.out);
	bench_check(leat_send(self.in, &value) == 1 && leat_recv(self.out, &value) == 1);
	return self;
}

static void end_stages(blocked_stages self)
{
	leat_drop(self.in);
	bench_check(leat_drain(self.out) == 0);
	leat_drop(self.done);
	bench_check(leat_wait_all(LEAT_NEVER) == 1);
}

void bench_print_memory(long n)
{
	double before = resident();
	blocked_stages all = block_stages(n);

	printf("%.0f\n", resident() - before);
	end_stages(all);
}

/* Measure in a new process, which cannot reuse memory of earlier measurements. */
static double memory(const bench_row *row, long n)
{
	char command[4096];
	FILE *output;
	double bytes = 0;

	(void)row;
	bench_check(snprintf(command, sizeof command, "'%s' --memory %ld", bench_program, n) < (int)sizeof command);
	output = popen(command, "r");
	bench_check(output && fscanf(output, "%lf", &bytes) == 1);
	bench_check(pclose(output) == 0);
	return bytes / (double)n;
}

/* The processor time of all threads except this one. */
static double cpu_of_others(void)
{
	return bench_clock(CLOCK_PROCESS_CPUTIME_ID) - bench_clock(CLOCK_THREAD_CPUTIME_ID);
}

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ 0, ms * 1000000 }, NULL);
}

/* The processor time of blocked stages once their back-off is over. */
static double asleep(const bench_row *row, long n)
{
	blocked_stages all = block_stages(n);
	double begin, cpu, seconds;

	(void)row;
	sleep_ms(20);
	begin = bench_now();
	cpu = cpu_of_others();
	sleep_ms(100);
	cpu = cpu_of_others() - cpu;
	seconds = (bench_now() - begin) / 1e9;
	end_stages(all);
	return cpu > 0 ? cpu / seconds / (double)n : 0; /* it may be below 0, because the two clocks are read one after
	                                                 * the other */
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

static void go_batch(long count)
{
	for (long i = 0; i < count; i++)
		bench_check(leat_go(call, NULL) == 1);
	bench_check(leat_wait_all(LEAT_NEVER) == 1);
}

static void pthread_batch(long count)
{
	pthread_t threads[BATCH];

	for (long i = 0; i < count; i++)
		bench_check(pthread_create(&threads[i], NULL, call_in_thread, NULL) == 0);
	for (long i = 0; i < count; i++)
		bench_check(pthread_join(threads[i], NULL) == 0);
}

static double time_batches(void (*batch)(long count), long n)
{
	double begin = bench_now(), time;

	atomic_store(&calls, 0);
	for (long left = n; left > 0; left -= BATCH)
		batch(left < BATCH ? left : BATCH);
	time = bench_each(begin, n);
	bench_check(atomic_load(&calls) == n);
	return time;
}

static void warm_up(void)
{
	go_batch(BATCH);
}

static double start_functions(const bench_row *row, long n)
{
	(void)row;
	return time_batches(go_batch, n);
}

static double start_threads(const bench_row *row, long n)
{
	(void)row;
	return time_batches(pthread_batch, n);
}

/* ------------------------------------------------------------------------------------- several at once -- */

struct team { void (*work)(void *shared, long n); void *shared; long n; };

static void *join_in(void *of_team)
{
	const struct team *team = of_team;

	team->work(team->shared, team->n);
	return NULL;
}

double bench_team(const bench_row *row, long n, void (*work)(void *shared, long n), void *shared)
{
	struct team team = { work, shared, n };
	pthread_t threads[BENCH_MOST_THREADS];
	double begin = bench_now();

	for (int i = 0; i < row->threads; i++)
		bench_check(pthread_create(&threads[i], NULL, join_in, &team) == 0);
	for (int i = 0; i < row->threads; i++)
		bench_check(pthread_join(threads[i], NULL) == 0);
	return bench_each(begin, n);
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

/* In each wait, the value comes before the timeout. */
static double time_receives(const bench_row *row, long n, int (*receive)(leat_rx in, long *value))
{
	leat_chan chan = bench_make_of(LEAT_TYPE(long), row, n);
	double begin = bench_now(), time;

	for (long i = 0, value; i < n; i++)
		bench_check(leat_send(chan.tx, &i) == 1 && receive(chan.rx, &value) == 1 && value == i);
	time = bench_each(begin, n);
	leat_drop(chan);
	return time;
}

static double deadline(const bench_row *row, long n)
{
	return time_receives(row, n, receive_by_deadline);
}

static double timeout(const bench_row *row, long n)
{
	return time_receives(row, n, receive_or_timeout);
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

/* Add the times of one leat_or of MEMBERS channels. One of them closes after the leat_or has waited for a while. */
static void time_or(or_times *times)
{
	leat_tx members[MEMBERS];
	leat_rx receivers[MEMBERS], any;
	double start;

	make_members(members, receivers);
	start = bench_now();
	any = leat_or(receivers, MEMBERS);
	times->built += bench_now() - start;
	sleep_ms(2);
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
	return time_ors(n).built / (double)n;
}

static double fire_or(const bench_row *row, long n)
{
	(void)row;
	return time_ors(n).fired / (double)n;
}

static double tear_down_or(const bench_row *row, long n)
{
	(void)row;
	return time_ors(n).torn_down / (double)n;
}

/* ------------------------------------------------------------------------------------------------ table -- */

/* An idle thread ends after a second. That must not happen while another row is measured. */
#define QUIET .before = leat_trim, .after = leat_trim
#define TIMEOUT .capacities = "1", .needs_room = 1

static const bench_shape shapes[] = {
	{ "memory", "resident memory that a blocked stage adds", memory, .unit = "bytes/stage", .fixed = STAGES },
	{ "asleep", "CPU time that a blocked stage uses", asleep, .unit = "ns/stage/s", .fixed = STAGES, QUIET },
	{ "go", "leat_go of 1000 functions, leat_wait_all; warm", start_functions, .unit = "ns/function",
	  .before = warm_up, .after = leat_trim },
	{ "pthread", "pthread_create of 1000 threads, pthread_join", start_threads, .unit = "ns/thread" },
	{ "deadline", "leat_recv_by of a value that is there", deadline, TIMEOUT },
	{ "timeout", "a select of a value that is there and leat_after", timeout, TIMEOUT },
	{ "or_build", "leat_or of 1000 channels", build_or, .unit = "ns/or" },
	{ "or_fire", "one of them closes, until that is seen", fire_or, .unit = "ns/or" },
	{ "or_drop", "drop them all, until the last stage has ended", tear_down_or, .unit = "ns/or" },
};

const bench_table bench_threads = BENCH_TABLE("threads", shapes);
