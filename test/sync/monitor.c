/* SPDX-License-Identifier: 0BSD
 *
 * monitor.c - the lock excludes. The thread that has waited longest is first in line, and leaves the line when it is
 * woken. Other threads can see what a waiter asks for. A wait ends by a wake-up, by done or by a deadline. No wake-up
 * is lost, not even one that comes together with another end.
 */
#include "../test.h"

static const leat_rx nil;

static leat_monitor monitor;

static long came;          /* how many have come into the line; protected by the monitor */

struct waiter { background behind; int number, result, error; leat_rx done; leat_time t; int again; };

static void wait_in_line(void *of_waiter)
{
	struct waiter *self = of_waiter;

	leat_monitor_enter(&monitor);
	came++;
	self->result = self->again ? leat_monitor_wait_again(&monitor, &self->number, self->done, self->t) :
	                             leat_monitor_wait(&monitor, &self->number, self->done, self->t);
	self->error = errno;
	leat_monitor_leave(&monitor);
}

/* Begin the waiter. Return when it is in line. */
static void begin_in_line(struct waiter *self)
{
	long before, now;

	leat_monitor_enter(&monitor);
	before = came;
	leat_monitor_leave(&monitor);
	begin(&self->behind, wait_in_line, self);
	do {
		sched_yield();
		leat_monitor_enter(&monitor);
		now = came;
		leat_monitor_leave(&monitor);
	} while (now == before);
}

static void begin_waiter(struct waiter *self, int number, leat_rx done, leat_time t)
{
	*self = (struct waiter){ .number = number, .done = done, .t = t };
	begin_in_line(self);
}

/* Begin a waiter that joins at the front of the line. */
static void begin_again(struct waiter *self, int number, leat_time t)
{
	*self = (struct waiter){ .number = number, .t = t, .again = 1 };
	begin_in_line(self);
}

static int first_in_line(void)
{
	const int *first = leat_monitor_first(&monitor);

	return first ? *first : -1;
}

static void wakes_in_order(void)
{
	struct waiter waiters[5];

	for (int i = 0; i < 5; i++)
		begin_waiter(&waiters[i], i, nil, LEAT_NEVER);
	must_block(&waiters[0].behind);
	leat_monitor_enter(&monitor);
	for (int i = 0; i < 5; i++) {
		check(first_in_line() == i);
		check(leat_monitor_wake(&monitor) == 1);
	}
	check(first_in_line() == -1);
	check(leat_monitor_wake(&monitor) == 0);
	leat_monitor_leave(&monitor);
	for (int i = 0; i < 5; i++) {
		must_return(&waiters[i].behind);
		check(waiters[i].result == 1);
	}
}

static void others_stay_in_line(void)
{
	struct waiter waiters[3];

	for (int i = 0; i < 3; i++)
		begin_waiter(&waiters[i], i, nil, LEAT_NEVER);
	leat_monitor_enter(&monitor);
	check(leat_monitor_wake(&monitor) == 1);
	leat_monitor_leave(&monitor);
	must_return(&waiters[0].behind);
	must_block(&waiters[1].behind);
	leat_monitor_enter(&monitor);
	check(first_in_line() == 1);
	leat_monitor_wake_all(&monitor);
	leat_monitor_leave(&monitor);
	must_return(&waiters[1].behind);
	must_return(&waiters[2].behind);
}

/* A thread that waits again is first in line, whether others are in line already or come later. It leaves the line like
 * all others. */
static void who_waits_again_is_first(void)
{
	struct waiter again[3], waiters[2];

	begin_again(&again[0], 0, LEAT_NEVER); /* the line is empty */
	begin_waiter(&waiters[0], 1, nil, LEAT_NEVER);
	begin_again(&again[1], 2, LEAT_NEVER);
	begin_again(&again[2], 3, leat_in(LEAT_MS(1)));
	must_return(&again[2].behind);
	check(again[2].result == -1 && again[2].error == ETIMEDOUT);
	begin_waiter(&waiters[1], 4, nil, LEAT_NEVER);
	leat_monitor_enter(&monitor);
	check(first_in_line() == 2 && leat_monitor_wake(&monitor) == 1);
	check(first_in_line() == 0 && leat_monitor_wake(&monitor) == 1);
	check(first_in_line() == 1 && leat_monitor_wake(&monitor) == 1);
	check(first_in_line() == 4 && leat_monitor_wake(&monitor) == 1);
	check(first_in_line() == -1);
	leat_monitor_leave(&monitor);
	for (int i = 0; i < 2; i++) {
		must_return(&again[i].behind);
		must_return(&waiters[i].behind);
		check(again[i].result == 1 && waiters[i].result == 1);
	}
}

/* Leave from the front, the middle and the end of the line. */
static void leaves_the_line_at_its_time(void)
{
	struct waiter first, in_time, last;
	int ask = 7;

	begin_waiter(&first, 0, nil, leat_in(LEAT_MS(1)));
	must_return(&first.behind);
	check(first.result == -1 && first.error == ETIMEDOUT);
	begin_waiter(&first, 1, nil, LEAT_NEVER);
	begin_waiter(&in_time, 2, nil, leat_in(LEAT_MS(1)));
	begin_waiter(&last, 3, nil, LEAT_NEVER);
	must_return(&in_time.behind);
	check(in_time.result == -1 && in_time.error == ETIMEDOUT);
	leat_monitor_enter(&monitor);
	check(leat_monitor_wait(&monitor, &ask, nil, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_monitor_wait(&monitor, &ask, nil, leat_in(-1)) == -1 && errno == ETIMEDOUT);
	check(first_in_line() == 1 && leat_monitor_wake(&monitor) == 1);
	check(first_in_line() == 3 && leat_monitor_wake(&monitor) == 1);
	check(first_in_line() == -1);
	leat_monitor_leave(&monitor);
	must_return(&first.behind);
	must_return(&last.behind);
}

static void look_many_times(void *of_done)
{
	int ask = 1;

	for (int i = 0; i < 20000; i++) {
		leat_monitor_enter(&monitor);
		check(leat_monitor_wait(&monitor, &ask, *(leat_rx *)of_done, LEAT_NOW) == -1 && errno == ECANCELED);
		leat_monitor_leave(&monitor);
	}
}

static void who_does_not_wait_is_never_in_line(void)
{
	leat_chan done = leat_make(int, 1);
	background looker;
	int ask = 1;

	check(leat_send(done.tx, &ask) == 1);
	begin(&looker, look_many_times, &done.rx);
	for (int i = 0; i < 20000; i++) {
		leat_monitor_enter(&monitor);
		check(leat_monitor_first(&monitor) == NULL);
		leat_monitor_leave(&monitor);
	}
	must_return(&looker);
	check(leat_wait(done.rx) == 1);
	leat_monitor_enter(&monitor);
	check(leat_monitor_wait(&monitor, &ask, done.rx, LEAT_NOW) == -1 && errno == EAGAIN);
	leat_monitor_leave(&monitor);
	leat_drop(done);
}

static void ends_with_done(void)
{
	leat_chan closing = leat_make_unit(), sending = leat_make(int, 1);
	struct waiter by_close, by_value;

	begin_waiter(&by_close, 1, closing.rx, LEAT_NEVER);
	begin_waiter(&by_value, 2, sending.rx, LEAT_NEVER);
	must_block(&by_close.behind);
	leat_close(closing.tx);
	must_return(&by_close.behind);
	check(by_close.result == -1 && by_close.error == ECANCELED);
	must_block(&by_value.behind);
	check(leat_send(sending.tx, &(int){ 1 }) == 1);
	must_return(&by_value.behind);
	check(by_value.result == -1 && by_value.error == ECANCELED);
	begin_waiter(&by_close, 1, closing.rx, LEAT_NEVER);
	must_return(&by_close.behind);
	check(by_close.result == -1 && by_close.error == ECANCELED);
	leat_drop(closing);
	leat_drop(sending);
}

/* ----------------------------------------------------------------------------------------------- races -- */

enum { ROUNDS = 3000 };

static long count; /* protected by the monitor; changed in two steps */

static void add_one(void *unused)
{
	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		long before;

		leat_monitor_enter(&monitor);
		before = count;
		if (i % 512 == 0)
			sched_yield();
		count = before + 1;
		leat_monitor_leave(&monitor);
	}
}

static void excludes(void)
{
	background others[4];

	count = 0;
	for (int i = 0; i < 4; i++)
		begin(&others[i], add_one, NULL);
	for (int i = 0; i < 4; i++)
		must_return(&others[i]);
	check(count == 4 * ROUNDS);
}

/* A permit is given to the first thread in line, or else left for later. The takers have very short deadlines, so many
 * give up at just that moment. All given permits must be taken or left. */
static long permits, taken;
static atomic_int takers_left;

static void take_permits(void *of_done)
{
	leat_rx done = *(leat_rx *)of_done;
	int ask = 1;

	for (int i = 0; i < ROUNDS; i++) {
		leat_monitor_enter(&monitor);
		if (permits > 0) {
			permits--;
			taken++;
		} else if (leat_monitor_wait(&monitor, &ask, done, leat_in(LEAT_US(i % 40))) == 1) {
			taken++;
		} else {
			check(errno == ETIMEDOUT);
		}
		leat_monitor_leave(&monitor);
	}
	atomic_fetch_sub(&takers_left, 1);
}

static void loses_no_wake_up(void)
{
	leat_chan never = leat_make_unit();
	background takers[3];
	long given = 0;

	permits = taken = 0;
	atomic_store(&takers_left, 3);
	for (int i = 0; i < 3; i++)
		begin(&takers[i], take_permits, &never.rx);
	while (atomic_load(&takers_left) > 0) {
		leat_monitor_enter(&monitor);
		if (!leat_monitor_wake(&monitor))
			permits++;
		given++;
		leat_monitor_leave(&monitor);
		if (given % 4 == 0)
			sched_yield();
	}
	for (int i = 0; i < 3; i++)
		must_return(&takers[i]);
	check(taken + permits == given);
	leat_drop(never);
}

/* Two threads wake each other. Each wait ends by exactly one wake-up. */
static void answer(void *unused)
{
	int ask = 2;

	(void)unused;
	leat_monitor_enter(&monitor);
	for (int i = 0; i < ROUNDS; i++) {
		check(leat_monitor_wait(&monitor, &ask, nil, LEAT_NEVER) == 1);
		while (!leat_monitor_wake(&monitor)) {
			leat_monitor_leave(&monitor);
			sched_yield();
			leat_monitor_enter(&monitor);
		}
	}
	leat_monitor_leave(&monitor);
}

static void goes_to_and_fro(void)
{
	background other;
	int ask = 1;

	begin(&other, answer, NULL);
	leat_monitor_enter(&monitor);
	for (int i = 0; i < ROUNDS; i++) {
		while (!leat_monitor_wake(&monitor)) {
			leat_monitor_leave(&monitor);
			sched_yield();
			leat_monitor_enter(&monitor);
		}
		check(leat_monitor_wait(&monitor, &ask, nil, LEAT_NEVER) == 1);
	}
	leat_monitor_leave(&monitor);
	must_return(&other);
}

/* Change the ask of a waiter, as the example in the header does. */
static void keeps_the_ask_until_woken(void)
{
	struct waiter waiter;

	begin_waiter(&waiter, 41, nil, LEAT_NEVER);
	leat_monitor_enter(&monitor);
	*(int *)leat_monitor_first(&monitor) += 1;
	check(leat_monitor_wake(&monitor) == 1);
	leat_monitor_leave(&monitor);
	must_return(&waiter.behind);
	check(waiter.number == 42);
}

/* ---------------------------------------------------------------------------- done and a turn together -- */

enum { MEETINGS = 25000 }; /* for each of four capacities */

static atomic_int meeting; /* the number of the round that has begun */
static leat_chan done_of_meeting;

/* Wake the waiter as often as it can be, but give it nothing. */
static void wake_for_nothing(void *unused)
{
	(void)unused;
	for (int i = 1; i <= MEETINGS; i++) {
		while (atomic_load(&meeting) < i)
			sched_yield();
		leat_monitor_enter(&monitor);
		(void)leat_monitor_wake(&monitor);
		leat_monitor_leave(&monitor);
	}
}

static void send_to_done(void *unused)
{
	(void)unused;
	for (int i = 1; i <= MEETINGS; i++) {
		while (atomic_load(&meeting) < i)
			sched_yield();
		check(leat_send(done_of_meeting.tx, &i) == 1);
	}
}

/* A turn and a value of done come at the same moment. If the wait returns because of the turn, the next one finds done:
 * no wait takes its value. */
static void done_is_not_lost_when_a_turn_comes(void)
{
	background waker, sender;
	int ask = 1, n;

	done_of_meeting = leat_make(int, 1);
	atomic_store(&meeting, 0);
	begin(&waker, wake_for_nothing, NULL);
	begin(&sender, send_to_done, NULL);
	for (int i = 1; i <= MEETINGS; i++) {
		leat_monitor_enter(&monitor);
		atomic_store(&meeting, i);
		while (leat_monitor_wait(&monitor, &ask, done_of_meeting.rx, LEAT_NEVER) > 0)
			;
		check(errno == ECANCELED);
		leat_monitor_leave(&monitor);
		check(leat_recv(done_of_meeting.rx, &n) == 1 && n == i);
	}
	must_return(&waker);
	must_return(&sender);
	leat_drop(done_of_meeting);
}

static void give_units(void *of_semaphore)
{
	for (int i = 1; i <= MEETINGS; i++) {
		while (atomic_load(&meeting) < i)
			sched_yield();
		leat_semaphore_release(of_semaphore, 1);
	}
}

/* A waiter either has its unit, or gives up and leaves the unit to the others. */
static void a_turn_is_had_or_passed_on(void)
{
	leat_semaphore semaphore = LEAT_SEMAPHORE(MEETINGS);
	background giver, sender;
	int n;

	check(leat_semaphore_acquire(&semaphore, MEETINGS, nil, LEAT_NOW) == 1);
	done_of_meeting = leat_make(int, 1);
	atomic_store(&meeting, 0);
	begin(&giver, give_units, &semaphore);
	begin(&sender, send_to_done, NULL);
	for (int i = 1; i <= MEETINGS; i++) {
		atomic_store(&meeting, i);
		if (leat_semaphore_acquire(&semaphore, 1, done_of_meeting.rx, LEAT_NEVER) < 0)
			check(errno == ECANCELED && leat_semaphore_acquire(&semaphore, 1, nil, LEAT_NEVER) == 1);
		check(leat_recv(done_of_meeting.rx, &n) == 1 && n == i);
	}
	must_return(&giver);
	must_return(&sender);
	check(leat_semaphore_acquire(&semaphore, 1, nil, LEAT_NOW) == -1 && errno == EAGAIN);
	leat_drop(done_of_meeting);
}

int main(int argc, char **argv)
{
	return RUN(wakes_in_order, others_stay_in_line, who_waits_again_is_first, leaves_the_line_at_its_time,
	           who_does_not_wait_is_never_in_line, ends_with_done, excludes, loses_no_wake_up, goes_to_and_fro,
	           keeps_the_ask_until_woken, done_is_not_lost_when_a_turn_comes,
	           a_turn_is_had_or_passed_on);
}
