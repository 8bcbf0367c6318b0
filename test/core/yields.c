/* SPDX-License-Identifier: 0BSD
 *
 * yields.c - when a waiting thread yields. A thread whose waits end by their time, or which stays idle, soon yields no
 * more, however long a yield takes. A wait that only time can end never yields. After one long yield a wait makes
 * no other. A new thread yields only if that has helped others.
 *
 * This program has its own sched_yield, which counts its calls, and takes as long as the test wants.
 */
#include "../test.h"
#include "../../lib/insight/survey.h"

#include <sched.h>

enum { WAITS = 40, MOST = 40 }; /* the number of waits, and of the yields in each */
enum { NOVICES = 20, MANY = 80 }; /* threads that wait once */

static const leat_rx nil;

static pthread_t main_thread;
static atomic_int long_yields, yields, yields_of_others;
static leat_chan helped; /* if it is not nil, a yield sends a value */

int sched_yield(void)
{
	atomic_fetch_add(pthread_equal(pthread_self(), main_thread) ? &yields : &yields_of_others, 1);
	if (atomic_load(&long_yields))
		nap(1);
	if (helped.tx.ch)
		(void)leat_send_by(helped.tx, &(int){ 1 }, LEAT_NOW); /* -1: there is no room */
	return 0;
}

/* ---------------------------------------------------------------------------------------- waits that time out -- */

typedef void wait_fn(leat_time t);

static void receive(leat_time t)
{
	leat_chan chan = leat_make(int, capacity);
	int n;

	check(leat_recv_by(chan.rx, &n, t) == -1 && errno == ETIMEDOUT);
	leat_drop(chan);
}

static void receive_or_be_done(leat_time t)
{
	leat_chan chan = leat_make(int, capacity), done = leat_make_unit();
	int n;
	leat_case on[] = { LEAT_READY(done.rx), LEAT_RECV(chan.rx, &n) };

	check(leat_select(on, t) == -1 && errno == ETIMEDOUT);
	leat_drop(chan);
	leat_drop(done);
}

/* The wait is decided, but by time. */
static void wait_for_timer(leat_time t)
{
	leat_rx timer = leat_at(t);

	check(leat_wait(timer) == 0);
	leat_drop(timer);
}

static void lock_what_is_locked(leat_time t)
{
	static leat_semaphore none = LEAT_SEMAPHORE(1);

	leat_semaphore_acquire(&none, 1, nil, LEAT_NEVER);
	check(leat_semaphore_acquire(&none, 1, nil, t) == -1 && errno == ETIMEDOUT);
	leat_semaphore_release(&none, 1);
}

typedef struct { wait_fn *wait; int count; leat_time each; } vain;

/* In a thread of its own, which has learned nothing yet. */
static void *wait_in_vain(void *of_vain)
{
	const vain *self = of_vain;

	for (int i = 0; i < self->count; i++)
		self->wait(leat_in(self->each));
	return NULL;
}

/* How often a new thread yields in `count` waits that end by their time, each of them after `each`. */
static int yields_of(wait_fn *wait, int count, leat_time each)
{
	vain all = { wait, count, each };
	pthread_t thread;
	int before = atomic_load(&yields_of_others);

	check(pthread_create(&thread, NULL, wait_in_vain, &all) == 0 && pthread_join(thread, NULL) == 0);
	return atomic_load(&yields_of_others) - before;
}

static wait_fn *const fns[] = { receive, receive_or_be_done, wait_for_timer, lock_what_is_locked };
enum { FNS = sizeof fns / sizeof *fns };

/* The yields of a wait are over before its time. */
static void waits_that_time_out_yield_no_more(void)
{
	for (int i = 0; i < FNS; i++)
		check(yields_of(fns[i], WAITS, LEAT_MS(3)) < WAITS * MOST / 4);
}

/* The time of a wait passes while it yields. */
static void yields_until_the_time_are_in_vain(void)
{
	atomic_store(&long_yields, 1);
	for (int i = 0; i < FNS; i++)
		check(yields_of(fns[i], WAITS, LEAT_US(500)) < WAITS / 2);
	atomic_store(&long_yields, 0);
}

static void a_long_yield_is_the_last(void)
{
	atomic_store(&long_yields, 1);
	for (int i = 0; i < FNS; i++)
		check(yields_of(fns[i], 1, LEAT_MS(100)) <= 1);
	atomic_store(&long_yields, 0);
}

/* A wait that its own yield ends, if it yields. */
static void receive_with_help(leat_time t)
{
	int n;

	check(leat_recv_by(helped.rx, &n, t) == 1 || errno == ETIMEDOUT);
}

/* In their first waits, threads learn together. Now and then, one of them tries whether a yield helps again. */
static void novices_follow_the_others(void)
{
	for (int i = 0; i < NOVICES; i++)
		(void)yields_of(receive, 1, LEAT_MS(3));
	check(yields_of(receive, 4, LEAT_MS(3)) == 0);
	helped = leat_make(int, 1);
	for (int i = 0; i < MANY; i++)
		(void)yields_of(receive_with_help, 1, LEAT_MS(1));
	leat_drop(helped);
	helped = (leat_chan){ { NULL }, { NULL } };
	check(yields_of(receive, 1, LEAT_MS(100)) > 0);
}

static void sleep_until(leat_time t)
{
	leat_sleep(t - leat_now());
}

static void wait_for_nothing(leat_time t)
{
	check(leat_wait_by(nil, t) == -1 && errno == ETIMEDOUT);
}

/* Unless the thread comes to it so late that the end is near: that may happen once. */
static void what_only_time_ends_yields_never(void)
{
	check(yields_of(sleep_until, 4, LEAT_MS(20)) <= MOST);
	check(yields_of(wait_for_nothing, 4, LEAT_MS(20)) <= MOST);
}

/* ----------------------------------------------------------------------------------------------- idle threads -- */

static void nothing(void *arg)
{
	(void)arg;
}

static bool is_any_idle(void)
{
	leati_survey survey;
	bool idle = false;

	check(leati_begin_survey(&survey) == 0);
	for (size_t i = 0; i < survey.n_threads; i++)
		idle = idle || survey.threads[i].doing == LEATI_IDLE;
	leati_end_survey(&survey);
	return idle;
}

/* A started thread is asleep again before it gets the next function. */
static void idle_threads_yield_no_more(void)
{
	int before = atomic_load(&yields_of_others);

	atomic_store(&long_yields, 1);
	for (int i = 0; i < WAITS; i++) {
		check(leat_go(nothing, NULL) == 1 && leat_wait_all(LEAT_NEVER) == 1);
		while (!is_any_idle())
			nap(1);
	}
	check(atomic_load(&yields_of_others) - before < WAITS);
	leat_trim();
	atomic_store(&long_yields, 0);
}

int main(int argc, char **argv)
{
	main_thread = pthread_self();
	return RUN(waits_that_time_out_yield_no_more, yields_until_the_time_are_in_vain, a_long_yield_is_the_last,
	           novices_follow_the_others, what_only_time_ends_yields_never, idle_threads_yield_no_more);
}
