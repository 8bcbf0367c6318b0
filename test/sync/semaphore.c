/* SPDX-License-Identifier: 0BSD
 *
 * semaphore.c - never more than the size of the semaphore is acquired. A thread that wants more than is free waits.
 * Waiting threads are served in the order in which they came, and none goes past a large demand. If a thread gives up,
 * at its deadline or for done, those behind it go on if they fit now. Nothing is lost when a wake-up and a deadline
 * meet. A demand above the size gets EINVAL. Releasing more than was acquired is a panic.
 */
#include "../test.h"

#include <limits.h>
#include <sys/wait.h>

enum { THREADS = 4, ROUNDS = 400 };

static const leat_rx nil;

/* ------------------------------------------------------------------------------------------- one by itself -- */

static void up_to_its_size(void)
{
	leat_semaphore semaphore = LEAT_SEMAPHORE(10);

	check(leat_semaphore_acquire(&semaphore, 4, nil, LEAT_NEVER) == 1);
	check(leat_semaphore_acquire(&semaphore, 6, nil, LEAT_NOW) == 1);
	errno = 0;
	check(leat_semaphore_acquire(&semaphore, 1, nil, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_semaphore_acquire(&semaphore, 0, nil, LEAT_NOW) == 1);
	leat_semaphore_release(&semaphore, 3);
	check(leat_semaphore_acquire(&semaphore, 4, nil, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_semaphore_acquire(&semaphore, 3, nil, leat_in(-LEAT_S(1))) == 1);
	leat_semaphore_release(&semaphore, 0);
	leat_semaphore_release(&semaphore, 10);
	check(leat_semaphore_acquire(&semaphore, 10, nil, LEAT_NOW) == 1);
}

static void what_can_never_be(void)
{
	leat_semaphore semaphore = LEAT_SEMAPHORE(10), zeroed = { 0 };
	long wrong[] = { -1, 11, LONG_MAX, LONG_MIN };

	for (int i = 0; i < 4; i++) {
		errno = 0;
		check(leat_semaphore_acquire(&semaphore, wrong[i], nil, LEAT_NEVER) == -1 && errno == EINVAL);
	}
	check(leat_semaphore_acquire(&zeroed, 1, nil, LEAT_NEVER) == -1 && errno == EINVAL);
	check(leat_semaphore_acquire(&semaphore, 10, nil, LEAT_NOW) == 1);
}

static void sizes_at_the_edges(void)
{
	leat_semaphore all = LEAT_SEMAPHORE(LONG_MAX), none = { 0 }, negative = LEAT_SEMAPHORE(LONG_MIN);

	check(leat_semaphore_acquire(&all, LONG_MAX - 1, nil, LEAT_NOW) == 1);
	check(leat_semaphore_acquire(&all, LONG_MAX, nil, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_semaphore_acquire(&all, 1, nil, LEAT_NOW) == 1 &&
	      leat_semaphore_acquire(&all, 0, nil, LEAT_NOW) == 1);
	check(leat_semaphore_acquire(&all, 1, nil, LEAT_NOW) == -1 && errno == EAGAIN);
	leat_semaphore_release(&all, LONG_MAX);
	check(leat_semaphore_acquire(&none, 0, nil, LEAT_NOW) == 1);
	leat_semaphore_release(&none, 0);
	check(leat_semaphore_acquire(&negative, 0, nil, LEAT_NEVER) == -1 && errno == EINVAL);
	check(leat_semaphore_acquire(&negative, LONG_MIN, nil, LEAT_NEVER) == -1 && errno == EINVAL);
}

static void done_comes_first(void)
{
	leat_semaphore semaphore = LEAT_SEMAPHORE(1);
	leat_rx over = leat_ended(0);
	leat_chan value = leat_make(int, 1);

	errno = 0;
	check(leat_semaphore_acquire(&semaphore, 1, over, LEAT_NOW) == -1 && errno == ECANCELED);
	check(leat_semaphore_acquire(&semaphore, 1, value.rx, LEAT_NOW) == 1);
	leat_semaphore_release(&semaphore, 1);
	check(leat_send(value.tx, &(int){ 1 }) == 1);
	check(leat_semaphore_acquire(&semaphore, 1, value.rx, LEAT_NOW) == -1 && errno == ECANCELED);
	leat_drop(value);
	leat_drop(over);
}

/* ------------------------------------------------------------------------------------------------- in line -- */

/* A demand, in a thread that leat has started, on the fake clock. */
typedef struct {
	leat_semaphore *semaphore;
	long n;
	leat_rx done;
	leat_time until;
	int result, error, place; /* place: 1 for the first that was served, and so on */
	leat_time when;           /* the time when the acquire returned */
	atomic_int *served;
} demand;

static void make_demand(void *of_demand)
{
	demand *self = of_demand;
	int result;

	errno = 0;
	result = leat_semaphore_acquire(self->semaphore, self->n, self->done, self->until);
	self->error = result < 0 ? errno : 0;
	self->when = leat_now();
	if (result > 0)
		self->place = atomic_fetch_add(self->served, 1) + 1;
	self->result = result;
}

/* The clock jumps when all threads sleep. So after this, each thread has got as far as it can. */
static void let_all_fall_asleep(void)
{
	leat_rx soon = leat_after(LEAT_NS(1));

	check(leat_wait(soon) == 0);
	leat_drop(soon);
}

static atomic_int served;

static demand demand_of(leat_semaphore *semaphore, long n)
{
	return (demand){ .semaphore = semaphore, .n = n, .until = LEAT_NEVER, .served = &served };
}

static void line_up(demand *each)
{
	check(leat_go(make_demand, each) == 1);
	let_all_fall_asleep();
}

static void begin_fake(void)
{
	atomic_store(&served, 0);
	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
}

static void end_fake(void)
{
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_clock_real();
}

static void first_come_first_served(void)
{
	leat_semaphore semaphore = LEAT_SEMAPHORE(4);
	demand demands[6];

	begin_fake();
	check(leat_semaphore_acquire(&semaphore, 4, nil, LEAT_NOW) == 1);
	for (int i = 0; i < 6; i++) {
		demands[i] = demand_of(&semaphore, 4 - i % 2);
		line_up(&demands[i]);
	}
	for (int i = 0; i < 6; i++) {
		check(demands[i].place == 0);
		leat_semaphore_release(&semaphore, i ? demands[i - 1].n : 4);
		let_all_fall_asleep();
		check(demands[i].result == 1 && demands[i].place == i + 1);
	}
	end_fake();
}

/* Five are free, but a thread waits for eight. */
static void nobody_goes_past_a_large_demand(void)
{
	leat_semaphore semaphore = LEAT_SEMAPHORE(10);
	demand large = demand_of(&semaphore, 8), small = demand_of(&semaphore, 1), none = demand_of(&semaphore, 0);

	begin_fake();
	check(leat_semaphore_acquire(&semaphore, 5, nil, LEAT_NOW) == 1);
	line_up(&large);
	line_up(&small);
	line_up(&none);
	check(leat_semaphore_acquire(&semaphore, 1, nil, LEAT_NOW) == -1 && errno == EAGAIN);
	leat_semaphore_release(&semaphore, 2);
	let_all_fall_asleep();
	check(large.place == 0 && small.place == 0 && none.place == 0);
	leat_semaphore_release(&semaphore, 1);
	let_all_fall_asleep();
	check(large.result == 1 && small.place == 0 && none.place == 0);
	leat_semaphore_release(&semaphore, 2);
	end_fake();
	check(small.result == 1 && none.result == 1);
	check(leat_semaphore_acquire(&semaphore, 1, nil, LEAT_NOW) == 1);
	check(leat_semaphore_acquire(&semaphore, 1, nil, LEAT_NOW) == -1);
}

static void a_release_serves_all_that_fit(void)
{
	leat_semaphore semaphore = LEAT_SEMAPHORE(10);
	demand demands[] = { demand_of(&semaphore, 3), demand_of(&semaphore, 3), demand_of(&semaphore, 4),
	                     demand_of(&semaphore, 1) };

	begin_fake();
	check(leat_semaphore_acquire(&semaphore, 10, nil, LEAT_NOW) == 1);
	for (int i = 0; i < 4; i++)
		line_up(&demands[i]);
	leat_semaphore_release(&semaphore, 10);
	let_all_fall_asleep();
	check(demands[0].result == 1 && demands[1].result == 1 && demands[2].result == 1 && demands[3].place == 0);
	leat_semaphore_release(&semaphore, 3);
	end_fake();
	check(demands[3].result == 1);
}

/* ------------------------------------------------------------------------------------------------ giving up -- */

/* A large demand in front gives up after a minute. From then on, one of the two behind it fits. */
static void give_up(leat_rx done, leat_time until, int error)
{
	leat_semaphore semaphore = LEAT_SEMAPHORE(10);
	demand large = demand_of(&semaphore, 8), small = demand_of(&semaphore, 5), last = demand_of(&semaphore, 1);
	leat_rx later = leat_after(LEAT_S(90));
	leat_time begun = leat_now();

	large.done = done;
	large.until = until;
	check(leat_semaphore_acquire(&semaphore, 5, nil, LEAT_NOW) == 1);
	line_up(&large);
	line_up(&small);
	line_up(&last);
	check(small.place == 0);
	check(leat_wait(later) == 0);
	check(large.result == -1 && large.error == error && large.when == begun + LEAT_S(60));
	check(small.result == 1 && small.when == large.when && last.place == 0);
	leat_semaphore_release(&semaphore, 5);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(last.result == 1 && last.when == begun + LEAT_S(90));
	leat_drop(later);
}

static void at_a_deadline(void)
{
	begin_fake();
	give_up(nil, leat_in(LEAT_S(60)), ETIMEDOUT);
	end_fake();
}

static void for_done(void)
{
	leat_rx done;

	begin_fake();
	done = leat_after(LEAT_S(60));
	give_up(done, leat_in(LEAT_S(70)), ECANCELED);
	leat_drop(done);
	end_fake();
}

/* A demand in the middle of the line gives up. The demand in front of it is not served out of turn. */
static void in_the_middle_of_the_line(void)
{
	leat_semaphore semaphore = LEAT_SEMAPHORE(2);
	demand demands[] = { demand_of(&semaphore, 2), demand_of(&semaphore, 2), demand_of(&semaphore, 1) };

	begin_fake();
	demands[1].until = leat_in(LEAT_S(1));
	check(leat_semaphore_acquire(&semaphore, 1, nil, LEAT_NOW) == 1);
	for (int i = 0; i < 3; i++)
		line_up(&demands[i]);
	let_all_fall_asleep();
	check(leat_clock_advance(LEAT_S(2)) == 1);
	let_all_fall_asleep();
	check(demands[1].result == -1 && demands[0].place == 0 && demands[2].place == 0);
	leat_semaphore_release(&semaphore, 1);
	let_all_fall_asleep();
	check(demands[0].result == 1 && demands[2].place == 0);
	leat_semaphore_release(&semaphore, 2);
	end_fake();
	check(demands[2].result == 1 && demands[2].place == 2);
}

/* ------------------------------------------------------------------------------------------- all at once -- */

enum { SIZE = 5 };

typedef struct { leat_semaphore *semaphore; atomic_long *out; unsigned random; leat_time patience; } crowd;

static void take_and_give_back(void *of_crowd)
{
	crowd *self = of_crowd;

	for (int round = 0; round < ROUNDS; round++) {
		long n = 1 + (long)random_below(&self->random, SIZE);
		leat_time until = self->patience ? leat_in((leat_time)random_below(&self->random, 2000)) : LEAT_NEVER;

		if (leat_semaphore_acquire(self->semaphore, n, nil, until) < 0) {
			check(self->patience && errno == ETIMEDOUT);
			continue;
		}
		check(atomic_fetch_add(self->out, n) + n <= SIZE);
		if (random_below(&self->random, 8) == 0)
			sched_yield();
		atomic_fetch_sub(self->out, n);
		leat_semaphore_release(self->semaphore, n);
	}
}

static void crowd_at_once(leat_time patience)
{
	leat_semaphore semaphore = LEAT_SEMAPHORE(SIZE);
	atomic_long out = 0;
	crowd crowds[THREADS];

	for (unsigned i = 0; i < THREADS; i++) {
		crowds[i] = (crowd){ &semaphore, &out, i + 1, patience };
		check(leat_go(take_and_give_back, &crowds[i]) == 1);
	}
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(leat_semaphore_acquire(&semaphore, SIZE, nil, LEAT_NOW) == 1);
}

static void never_more_than_its_size(void)
{
	crowd_at_once(0);
}

static void nothing_is_lost_at_deadlines(void)
{
	crowd_at_once(1);
}

/* Five are free. A thread that asks for one gets it, however often another thread asks for eight in vain. */
static void ask_for_eight(void *of_semaphore)
{
	for (int round = 0; round < 20 * ROUNDS; round++)
		check(leat_semaphore_acquire(of_semaphore, 8, nil, LEAT_NOW) == -1 && errno == EAGAIN);
}

static void who_does_not_wait_keeps_nobody_out(void)
{
	leat_semaphore semaphore = LEAT_SEMAPHORE(10);

	check(leat_semaphore_acquire(&semaphore, 5, nil, LEAT_NOW) == 1);
	check(leat_go(ask_for_eight, &semaphore) == 1);
	while (leat_live() > 0) {
		check(leat_semaphore_acquire(&semaphore, 1, nil, LEAT_NOW) == 1);
		leat_semaphore_release(&semaphore, 1);
	}
}

/* ------------------------------------------------------------------------------------------------- misuse -- */

static void exit_if_it_says_so(const char *message)
{
	_exit(strstr(message, "semaphore") ? 42 : 1);
}

static void must_panic(long n)
{
	leat_semaphore semaphore = LEAT_SEMAPHORE(3);
	int status = 0;
	pid_t child;

	fflush(NULL);
	child = fork();
	check(child >= 0);
	if (child == 0) {
		leat_on_panic(exit_if_it_says_so);
		check(leat_semaphore_acquire(&semaphore, 2, nil, LEAT_NOW) == 1);
		leat_semaphore_release(&semaphore, n);
		_exit(0);
	}
	check(waitpid(child, &status, 0) == child);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

static void more_released_than_acquired_is_a_panic(void)
{
	must_panic(3);
	must_panic(-1);
	must_panic(LONG_MAX);
	must_panic(LONG_MIN);
}

int main(int argc, char **argv)
{
	return RUN(up_to_its_size, what_can_never_be, sizes_at_the_edges, done_comes_first, first_come_first_served,
	           nobody_goes_past_a_large_demand, a_release_serves_all_that_fit, at_a_deadline, for_done,
	           in_the_middle_of_the_line, never_more_than_its_size, nothing_is_lost_at_deadlines,
	           who_does_not_wait_keeps_nobody_out, more_released_than_acquired_is_a_panic);
}
