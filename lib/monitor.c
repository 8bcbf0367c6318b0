/* SPDX-License-Identifier: 0BSD
 *
 * monitor.c - a lock for a few instructions, and a line of waiters, first come first served.
 *
 * A waiter puts a turn in line. The turn lies on the waiter's stack and contains a channel. To wake the waiter, another
 * thread closes that channel. So a monitor needs no way of its own to sleep, and its waiters watch done as every select
 * does.
 *
 * INVARIANT, under the monitor's lock: a turn in line has not been woken. The waker takes the turn off the line and
 * closes its channel with the lock held. The waiter takes the lock before it returns. So the turn's stack frame lasts
 * until the waker is through with it.
 *
 * Rejected: a channel from the heap for each wait, because no caller expects a wait to run out of memory. Rejected too:
 * a condition variable for each monitor, because it knows neither done nor the order of the waiters.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

#include <string.h>

const char leati_turn_name[] = "turn";

void leat_monitor_enter(leat_monitor *monitor)
{
	leati_acquire(&monitor->lock_);
}

void leat_monitor_leave(leat_monitor *monitor)
{
	leati_release(&monitor->lock_);
}

static void line_up(leat_monitor *monitor, struct leat_turn *turn)
{
	turn->in_line = true;
	turn->prev = monitor->last_;
	*(monitor->last_ ? &monitor->last_->next : &monitor->first_) = turn;
	monitor->last_ = turn;
}

static void stand_first(leat_monitor *monitor, struct leat_turn *turn)
{
	turn->in_line = true;
	turn->next = monitor->first_;
	*(monitor->first_ ? &monitor->first_->prev : &monitor->last_) = turn;
	monitor->first_ = turn;
}

static void leave_line(leat_monitor *monitor, struct leat_turn *turn)
{
	turn->in_line = false;
	*(turn->prev ? &turn->prev->next : &monitor->first_) = turn->next;
	*(turn->next ? &turn->next->prev : &monitor->last_) = turn->prev;
}

static void begin_turn(struct leat_turn *turn, leat_monitor *monitor, void *ask, leat_until_ until)
{
	memset(turn, 0, sizeof *turn);
	turn->ask = ask;
	turn->monitor = monitor;
	turn->what = until.what;
	turn->holder = until.holder;
	turn->over.type.name = leati_turn_name;
	atomic_init(&turn->over.state, LEATI_TX_OPEN | LEATI_RX_OPEN);
	atomic_init(&turn->over.txs, 1);
	atomic_init(&turn->over.rxs, 1);
}

/* Sleep until the turn comes, `until` comes, or t has passed. Returns the errno value of the last two. */
static int sleep_in_line(struct leat_turn *turn, leat_until_ until, leat_time t)
{
	enum { TURN, DONE };
	leat_case cases[] = { [TURN] = leati_over(&turn->over), [DONE] = LEAT_READY(until.done) };

	if (until.stage)
		return leat_stage_select(until.stage, cases, 1, t) < 0 ? errno : 0;
	return leat_select_first(cases, t) == DONE ? ECANCELED : errno;
}

/* Returns 1 if another thread has woken this turn, even if the wait also ended otherwise. Else -1 with errno. */
static int wait_in_line(leat_monitor *monitor, struct leat_turn *turn, leat_until_ until, leat_time t)
{
	int error;

	leat_monitor_leave(monitor);
	error = sleep_in_line(turn, until, t);
	leat_monitor_enter(monitor);
	if (!turn->in_line)
		return 1;
	leave_line(monitor, turn);
	errno = error;
	return -1;
}

/* A caller that does not wait never joins the line. Even for a moment it would hold up one that could go on. */
static int look_at_done(leat_monitor *monitor, leat_rx done)
{
	int error;

	leat_monitor_leave(monitor);
	error = leat_wait_ready_by(done, LEAT_NOW) >= 0 ? ECANCELED : errno;
	leat_monitor_enter(monitor);
	errno = error;
	return -1;
}

int leat_monitor_wait_until_(leat_monitor *monitor, void *ask, leat_until_ until, leat_time t)
{
	struct leat_turn turn;

	if (t == LEAT_NOW && !until.stage)
		return look_at_done(monitor, until.done);
	begin_turn(&turn, monitor, ask, until);
	line_up(monitor, &turn);
	return wait_in_line(monitor, &turn, until, t);
}

int leat_monitor_wait_again_until_(leat_monitor *monitor, void *ask, leat_until_ until, leat_time t)
{
	struct leat_turn turn;

	begin_turn(&turn, monitor, ask, until);
	stand_first(monitor, &turn);
	return wait_in_line(monitor, &turn, until, t);
}

int leat_monitor_wait(leat_monitor *monitor, void *ask, leat_rx done, leat_time t)
{
	return leat_monitor_wait_until_(monitor, ask, (leat_until_){ .done = done }, t);
}

/* The turn may be woken meanwhile, and then the wait finds it over. */
static void call_outside(leat_monitor *monitor, void (*fn)(void *arg), void *arg)
{
	leat_monitor_leave(monitor);
	fn(arg);
	leat_monitor_enter(monitor);
}

int leat_monitor_wait_calling_(leat_monitor *monitor, void *ask, leat_until_ until, leat_time t, void (*fn)(void *arg),
                               void *arg)
{
	struct leat_turn turn;

	if (t == LEAT_NOW) {
		call_outside(monitor, fn, arg);
		return look_at_done(monitor, until.done);
	}
	begin_turn(&turn, monitor, ask, until);
	line_up(monitor, &turn);
	call_outside(monitor, fn, arg);
	return wait_in_line(monitor, &turn, until, t);
}

int leat_monitor_wait_again(leat_monitor *monitor, void *ask, leat_rx done, leat_time t)
{
	return leat_monitor_wait_again_until_(monitor, ask, (leat_until_){ .done = done }, t);
}

void *leat_monitor_first(const leat_monitor *monitor)
{
	return monitor->first_ ? monitor->first_->ask : NULL;
}

int leat_monitor_wake(leat_monitor *monitor)
{
	struct leat_turn *first = monitor->first_;
	int error = errno;

	if (!first)
		return 0;
	leave_line(monitor, first);
	(void)leat_close((leat_tx){ &first->over });
	errno = error; /* a caller that has given up wakes the next one before it returns */
	return 1;
}
