/* SPDX-License-Identifier: 0BSD
 *
 * figures.c - the costs of threads, waits, selects, wake-ups and channels. Each is printed on a line with the bound
 * that it must keep. The bounds are counts, bytes, ratios, and processor time of a wait, but never a speed of the
 * machine. Where other processes could disturb a figure, it is the best of several tries.
 */
#define _DEFAULT_SOURCE /* process.h needs it */
#define _POSIX_C_SOURCE 200809L
#include "../process.h"
#include "../../test.h"

enum {
	MANY = 10000,        /* threads */
	MILLION = 1000000,
	TRIES = 3,           /* tries of each wait */
	SAMPLES = 7,         /* samples of each cost of a wake-up */
	FEWEST = 500,        /* the number of threads that are woken first, */
	DOUBLINGS = 3,       /* and how often it is then doubled */
	BOUND = 3 * 3 * 3    /* each doubling should cost twice as much, and may cost three times as much */
};

static int missed;

/* Print one figure and its bound. */
static void figure(const char *what, double measured, double most, const char *unit)
{
	printf("%-70s %10.2f %-8s %s %.2f\n", what, measured, unit, measured <= most ? "<=" : "MISSED:", most);
	missed += measured > most;
	check(fflush(stdout) == 0);
}

static double processor_time(void)
{
	struct timespec time;

	check(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

/* ------------------------------------------------------------------------------------------ many threads -- */

struct crowd { leat_chan on; atomic_int here; atomic_long sum; };

static void await_number(void *arg)
{
	struct crowd *crowd = arg;
	long number;

	atomic_fetch_add(&crowd->here, 1);
	check(leat_recv(crowd->on.rx, &number) == 1);
	atomic_fetch_add(&crowd->sum, number);
}

/* All threads wait in one receive. Each gets one number, and ends. */
static void many_threads(void)
{
	static struct crowd crowd;
	size_t before = resident();
	long sum = 0;
	int threads = count_threads();

	crowd.on = leat_make(long, 0);
	for (int i = 0; i < MANY; i++)
		check(leat_go(await_number, &crowd) == 1);
	while (atomic_load(&crowd.here) < MANY)
		leat_sleep(LEAT_MS(1));
	leat_sleep(LEAT_MS(100));
	figure("threads that could not be had of 10,000, blocked in one channel", MANY - (count_threads() - threads), 0,
	       "threads");
	figure("memory of each in KiB, stack and all", (double)(resident() - before) / MANY / 1024, 24, "KiB");
	for (long i = 1; i <= MANY; i++) {
		check(leat_send(crowd.on.tx, &i) == 1);
		sum += i;
	}
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_trim();
	figure("numbers lost or doubled when 10,000 were sent to them",
	       (double)labs(sum - atomic_load(&crowd.sum)), 0, "numbers");
	figure("threads left when all have ended", threads_down_to(threads) - threads, 0, "threads");
	leat_drop(crowd.on);
}

/* ------------------------------------------------------------------------------------------ waiting is idle -- */

static void select_until(leat_time t)
{
	leat_chan quiet = leat_make(int, 3);
	leat_rx at = leat_at(t), later = leat_after(LEAT_S(1000));
	int n;
	leat_case on[] = { LEAT_RECV(quiet.rx, &n), LEAT_WAIT(later), LEAT_WAIT(at), LEAT_GONE(quiet.tx) };

	check(leat_select(on, LEAT_NEVER) == 2);
	leat_drop(at);
	leat_drop(later);
	leat_drop(quiet);
}

static void receive_until(leat_time t)
{
	leat_chan quiet = leat_make(int, 128);
	int n;

	check(leat_recv_by(quiet.rx, &n, t) == -1 && errno == ETIMEDOUT);
	leat_drop(quiet);
}

static int same(void *arg, const void *in, void *out)
{
	(void)arg;
	*(int *)out = *(const int *)in;
	return 1;
}

/* A pipeline to which no value comes. */
static void stages_until(leat_time t)
{
	leat_chan done = leat_make_unit(), in = leat_make(int, 0);
	leat_rx out = leat_map_ordered(done.rx, leat_map(done.rx, in.rx, int, same, NULL), 2, int, same, NULL);
	int n;

	check(leat_recv_by(out, &n, t) == -1 && errno == ETIMEDOUT);
	leat_drop(out);
	leat_drop(in.tx);
	leat_drop(done);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

static void tick_until(leat_time t)
{
	leat_rx tick = leat_tick(LEAT_MS(250)), at = leat_at(t);
	leat_time due;
	leat_case on[] = { LEAT_WAIT(at), LEAT_RECV(tick, &due) };
	int ticks = 0;

	while (leat_select_first(on, LEAT_NEVER) == 1)
		ticks++;
	check(ticks >= 2);
	leat_drop(tick);
	leat_drop(at);
}

/* Processor time in milliseconds for a wait of ten seconds. Other processes can add to it, so a result that is too high
 * is measured again. */
static void waiting_costs(const char *what, void (*wait_until)(leat_time t), double most)
{
	double best = 1e9;

	for (int i = 0; i < TRIES && best > most; i++) {
		double before = processor_time();

		wait_until(leat_in(LEAT_S(10)));
		best = least(best, 1e3 * (processor_time() - before));
	}
	figure(what, best, most, "ms");
}

static void waiting_is_idle(void)
{
	waiting_costs("processor time of 10 s in a receive with a deadline", receive_until, 1);
	waiting_costs("processor time of 10 s in a select with timers", select_until, 1);
	waiting_costs("processor time of 10 s in which a pipeline of four threads sleeps", stages_until, 1);
	waiting_costs("processor time of 10 s in which 40 ticks wake a thread", tick_until, 8);
}

/* --------------------------------------------------------------------------------------- memory stays flat -- */

static void select_a_million_times(void)
{
	leat_chan a = leat_make(int, 1), b = leat_make(int, 128);
	int in, out = 1;
	leat_case on[] = { LEAT_SEND(a.tx, &out), LEAT_RECV(a.rx, &in), LEAT_SEND(b.tx, &out), LEAT_RECV(b.rx, &in) };
	size_t before = allocated();

	for (int i = 0; i < MILLION; i++)
		check(leat_select(on, LEAT_NEVER) >= 0);
	figure("memory that a million selects leave in use", (double)allocated() - (double)before, 0, "bytes");
	leat_drop(a);
	leat_drop(b);
}

/* Of four channels, one has a queued value, one is closed, and one is dropped from the other end first. */
static void make_and_drop_a_million(void)
{
	size_t before = allocated();

	for (int i = 0; i < MILLION; i++) {
		leat_chan chan = leat_make(int, i % 5);

		check(!leat_never_started(chan));
		if (i % 4 == 0)
			check(leat_send_by(chan.tx, &i, LEAT_NOW) == 1 || i % 5 == 0);
		if (i % 4 == 1)
			check(leat_close(chan.tx) == 1);
		if (i % 4 == 2) {
			leat_drop(chan.rx);
			leat_drop(chan.tx);
		} else {
			leat_drop(chan);
		}
	}
	leat_trim(); /* frees the blocks that are kept */
	figure("memory that a million channels leave in use, made and dropped", (double)allocated() - (double)before, 0,
	       "bytes");
}

#ifdef LEAT_JEMALLOC

/* The bytes that malloc has ever given to this thread. */
static uint64_t given_to_this_thread(void)
{
	uint64_t bytes;
	size_t size = sizeof bytes;

	check(mallctl("thread.allocated", &bytes, &size, NULL, 0) == 0);
	return bytes;
}

static void block_often(void *arg)
{
	leat_chan *both = arg;
	leat_rx later = leat_after(LEAT_S(1000));
	uint64_t before = given_to_this_thread();

	for (int n; leat_recv_or(both[0].rx, &n, later) == 1;)
		check(leat_send_by(both[1].tx, &n, leat_in(LEAT_S(1000))) == 1);
	figure("memory asked for in 100,000 blocked receives and sends", (double)(given_to_this_thread() - before), 0,
	       "bytes");
	leat_drop(later);
}

static void blocking_takes_no_memory(void)
{
	leat_chan both[] = { leat_make(int, 0), leat_make(int, 0) };

	check(leat_go(block_often, both) == 1);
	for (int i = 0, n; i < 50000; i++) {
		check(leat_send(both[0].tx, &i) == 1);
		check(leat_recv(both[1].rx, &n) == 1 && n == i);
	}
	leat_drop(both[0].tx);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(both[0].rx);
	leat_drop(both[1]);
}

#else

static void blocking_takes_no_memory(void)
{
	puts("memory asked for in blocked receives and sends: only with jemalloc; see test/faults/faults_none.c");
}

#endif

/* ------------------------------------------------------------------------------------- waking is linear -- */

struct selectors { leat_chan over, quiet; atomic_int here; };

static void *select_until_over(void *arg)
{
	struct selectors *all = arg;
	int n;
	leat_case on[] = { LEAT_RECV(all->quiet.rx, &n), LEAT_RECV(all->over.rx, &n) };

	atomic_fetch_add(&all->here, 1);
	check(leat_select(on, LEAT_NEVER) == 1 && !on[1].ok);
	return NULL;
}

/* Processor time from the close of a channel until n selects have returned and their threads have ended. Each select
 * waits on that channel and on another one. The threads are not those of leat, which would look for other work
 * first. */
static double cost_of_waking(int n)
{
	static struct selectors all;
	static pthread_t threads[FEWEST << DOUBLINGS];
	double cost;

	all = (struct selectors){ .over = leat_make(int, 0), .quiet = leat_make(int, 0) };
	for (int i = 0; i < n; i++)
		check(pthread_create(&threads[i], NULL, select_until_over, &all) == 0);
	while (atomic_load(&all.here) < n)
		leat_sleep(LEAT_MS(1));
	leat_sleep(LEAT_MS(20)); /* by then all of them sleep */
	cost = processor_time();
	check(leat_close(all.over.tx) == 1);
	for (int i = 0; i < n; i++)
		check(pthread_join(threads[i], NULL) == 0);
	cost = processor_time() - cost;
	leat_drop(all.over);
	leat_drop(all.quiet);
	return cost;
}

/* Take the smallest of several samples. The different numbers of threads take turns, so a disturbance affects all of
 * them. */
static void waking_is_linear(void)
{
	double costs[DOUBLINGS + 1];

	for (int i = 0; i < SAMPLES * (DOUBLINGS + 1); i++) {
		int of = i % (DOUBLINGS + 1);
		double cost = cost_of_waking(FEWEST << of);

		costs[of] = i <= DOUBLINGS ? cost : least(costs[of], cost);
	}
	figure("cost of waking 4,000 selects of one channel, 500 being 1", costs[DOUBLINGS] / costs[0], BOUND, "times");
}

int main(void)
{
	running = "figures";
	many_threads();
	waiting_is_idle();
	select_a_million_times();
	make_and_drop_a_million();
	blocking_takes_no_memory();
	waking_is_linear();
	if (missed)
		printf("%d missed\n", missed);
	return missed > 0;
}
