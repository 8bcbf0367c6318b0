/* SPDX-License-Identifier: 0BSD
 *
 * after.c - leat_after_func calls a function once its stream is over, and not earlier. The function is either stopped
 * or called, never both, and the thread that stops it learns which. Nothing is left behind. Also tested:
 * leat_make_until, which makes a deadline that can be ended early, and leat_cpus.
 */
#include "../test.h"

#include <sched.h>

static const leat_rx nil;

static atomic_int calls;

static void call_it(void *of_number)
{
	atomic_fetch_add(&calls, *(int *)of_number);
}

static int one = 1;

static void calls_when_it_is_over(void)
{
	leat_chan when = leat_make_unit();
	leat_tx stop;

	atomic_store(&calls, 0);
	check(leat_after_func(leat_dup(when.rx), call_it, &one, NULL) == 1);
	check(leat_after_func(when.rx, call_it, &one, &stop) == 1);
	nap(10);
	check(atomic_load(&calls) == 0);
	leat_drop(when.tx);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&calls) == 2);
	check(leat_signal(stop) == 0); /* too late to stop it */
	leat_drop(stop);
}

static void calls_when_it_has_a_value(void)
{
	leat_chan when = leat_make_of(&owned_type, 1);
	owned value = own(1);

	atomic_store(&calls, 0);
	check(leat_send(when.tx, &value) == 1);
	check(leat_after_func(when.rx, call_it, &one, NULL) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&calls) == 1);
	leat_drop(when.tx);
}

static void calls_later(void)
{
	leat_time begin;

	atomic_store(&calls, 0);
	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	begin = leat_now();
	check(leat_after_func(leat_after(LEAT_S(100)), call_it, &one, NULL) == 1);
	check(leat_wait_by(nil, leat_in(LEAT_S(99))) == -1);
	check(atomic_load(&calls) == 0);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&calls) == 1 && leat_now() == begin + LEAT_S(100));
	leat_clock_real();
}

static void can_be_stopped(void)
{
	leat_chan when = leat_make_unit();
	leat_tx stop;

	atomic_store(&calls, 0);
	check(leat_after_func(leat_dup(when.rx), call_it, &one, &stop) == 1);
	check(leat_signal(stop) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(stop);
	leat_drop(when);
	check(atomic_load(&calls) == 0);
}

/* Dropping the handle that could stop the call does not stop it. */
static void is_called_though_nobody_can_stop_it(void)
{
	leat_chan when = leat_make_unit();
	leat_tx stop;

	atomic_store(&calls, 0);
	check(leat_after_func(when.rx, call_it, &one, &stop) == 1);
	leat_drop(stop);
	nap(5);
	check(atomic_load(&calls) == 0);
	leat_drop(when.tx);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&calls) == 1);
}

static void call_and_wait(void *of_go)
{
	atomic_fetch_add(&calls, 1);
	check(leat_wait(*(leat_rx *)of_go) == 0);
}

/* A thread that comes too late to stop the function learns so at once. It does not wait until the function returns. */
static void does_not_hold_who_comes_too_late(void)
{
	leat_chan when = leat_make_unit(), go = leat_make_unit();
	leat_tx stop;

	atomic_store(&calls, 0);
	check(leat_after_func(when.rx, call_and_wait, &go.rx, &stop) == 1);
	leat_drop(when.tx);
	check(leat_signal(stop) == 0);
	leat_drop(go.tx);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(atomic_load(&calls) == 1);
	leat_drop(go.rx);
	leat_drop(stop);
}

struct race { leat_tx when; atomic_int *arrived; };

static void end_it(void *of_race)
{
	struct race *self = of_race;

	meet(self->arrived, 2);
	leat_drop(self->when);
}

static void is_either_stopped_or_called(void)
{
	int stopped = 0, called = 0;

	for (int i = 0; i < 500; i++) {
		leat_chan when = leat_make_unit();
		atomic_int arrived = 0;
		struct race race = { when.tx, &arrived };
		background other;
		leat_tx stop;
		int prevented;

		atomic_store(&calls, 0);
		check(leat_after_func(when.rx, call_it, &one, &stop) == 1);
		begin(&other, end_it, &race);
		meet(&arrived, 2);
		prevented = leat_signal(stop);
		must_return(&other);
		check(leat_wait_all(LEAT_NEVER) == 1);
		leat_drop(stop);
		check(prevented + atomic_load(&calls) == 1);
		stopped += prevented;
		called += !prevented;
	}
	check(stopped + called == 500);
}

/* The thread waits to be stopped, and ends when no handle is left to stop it with. */
static void nil_never_comes(void)
{
	leat_tx stop;

	atomic_store(&calls, 0);
	check(leat_after_func(nil, call_it, &one, &stop) == 1 && leat_signal(stop) == 1);
	leat_drop(stop);
	check(leat_after_func(nil, call_it, &one, &stop) == 1);
	leat_drop(stop);
	check(leat_after_func(nil, call_it, &one, NULL) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1 && atomic_load(&calls) == 0);
}

static void refuses_nonsense(void)
{
	leat_chan when = leat_make_unit();
	leat_tx stop;

	check(leat_after_func(when.rx, NULL, &one, &stop) == -1 && errno == EINVAL);
	check(leat_signal(stop) == 0);
	leat_drop(stop);
	check(leat_wait_gone(when.tx, LEAT_NOW) == 1); /* the refused call has dropped it */
	leat_drop(when.tx);
}

/* ----------------------------------------------------------------------------------------- leat_make_until -- */

static void ends_at_its_time(void)
{
	leat_chan until = leat_make_until(leat_in(LEAT_MS(2)), 0);

	check(leat_wait(until.rx) == 0);
	check(leat_cause(until) == ETIMEDOUT && leat_closed(until) == 1);
	check(leat_close_with(until.tx, EIO) == 0); /* its time has ended it already, and the first cause stays */
	check(leat_cause(until) == ETIMEDOUT);
	leat_drop(until);
}

static void ends_with_the_cause_given(void)
{
	leat_chan until = leat_make_until(leat_in(LEAT_MS(1)), EIO), wrong = leat_make_until(leat_in(LEAT_MS(1)), -EIO);

	check(leat_wait(until.rx) == 0 && leat_cause(until) == EIO);
	check(leat_wait(wrong.rx) == 0 && leat_cause(wrong) == EINVAL);
	leat_drop(until);
	leat_drop(wrong);
}

static void wait_for_end(void *of_rx)
{
	check(leat_wait(*(leat_rx *)of_rx) == 0);
}

static void can_be_ended_early(void)
{
	leat_chan until = leat_make_until(leat_in(LEAT_S(3600)), 0);
	background waiter;

	check(leat_closed(until) == 0 && leat_cause(until) == 0);
	check(leat_wait_by(until.rx, LEAT_NOW) == -1);
	begin(&waiter, wait_for_end, &until.rx);
	must_block(&waiter);
	check(leat_close_with(until.tx, EIO) == 1);
	must_return(&waiter);
	check(leat_cause(until) == EIO && leat_closed(until) == 1);
	check(leat_close(until.tx) == 0);
	leat_drop(until);
}

/* A cause that was given before the time still stands after the time. */
static void keeps_its_cause(void)
{
	leat_chan until = leat_make_until(leat_in(LEAT_MS(1)), 0);

	if (leat_close_with(until.tx, EIO) == 1) {
		nap(3);
		check(leat_cause(until) == EIO);
	}
	check(leat_wait(until.rx) == 0);
	leat_drop(until);
}

static void keeps_the_cause_of_a_sender_that_left(void)
{
	leat_chan until = leat_make_until(leat_in(LEAT_S(3600)), 0);

	check(leat_clock_fake() == 1);
	leat_drop(leat_dup(until.tx));
	check(leat_cause(until) == 0);
	check(leat_drop_with(leat_dup(until.tx), EIO) == 0 && leat_cause(until) == EIO && !leat_closed(until));
	check(leat_clock_advance(LEAT_S(3600)) == 1);
	check(leat_closed(until) && leat_wait(until.rx) == 0 && leat_cause(until) == EIO);
	leat_clock_real();
	leat_drop(until);
}

static void receive_unit(void *of_rx)
{
	check(leat_wait(*(leat_rx *)of_rx) == 1);
}

static void send_unit_in_vain(void *of_tx)
{
	check(leat_signal(*(leat_tx *)of_tx) == 0);
}

/* Until its time it is a rendezvous of units. A sender that waits then learns of the end. */
static void is_a_rendezvous_until_then(void)
{
	leat_chan until;
	background receiver, sender;

	check(leat_clock_fake() == 1);
	until = leat_make_until(leat_in(LEAT_S(3600)), 0);
	check(leat_send_sized(until.tx, NULL, 0, LEAT_NOW) == -1 && errno == EAGAIN && !leat_closed(until.tx));
	begin(&receiver, receive_unit, &until.rx);
	must_block(&receiver);
	check(leat_signal(until.tx) == 1);
	must_return(&receiver);
	begin(&sender, send_unit_in_vain, &until.tx);
	must_block(&sender);
	check(leat_wait_ready_by(until.rx, LEAT_NOW) == 1);
	check(leat_clock_advance(LEAT_S(3600)) == 1);
	must_return(&sender);
	check(leat_closed(until.tx) && leat_signal(until.tx) == 0 && leat_wait(until.rx) == 0);
	leat_clock_real();
	leat_drop(until);
}

/* A sender that waits learns of the new time, as receivers do. */
static void a_sender_follows_a_reset(void)
{
	leat_chan until = leat_make_until(leat_in(LEAT_S(3600)), 0);
	background sender;

	begin(&sender, send_unit_in_vain, &until.tx);
	must_block(&sender);
	check(leat_reset(until.rx, leat_in(LEAT_MS(1))) == 1);
	must_return(&sender);
	leat_drop(until);
}

static void serves_as_done(void)
{
	leat_chan until = leat_make_until(leat_in(LEAT_S(3600)), 0);
	leat_rx ones = leat_repeat(until.rx, LEAT_VALUES(int, 1));
	int n;

	check(leat_recv(ones, &n) == 1);
	leat_close_with(until.tx, EIO);
	check(leat_drain(ones) == EIO);
	leat_drop(until.rx);
	check(leat_wait_gone(until.tx, LEAT_NEVER) == 1);
	leat_drop(until.tx);
}

/* -------------------------------------------------------------------------------------------------- cpus -- */

/* The shell's nproc prints the size of the affinity mask. A control group can only lower that number. */
static void counts_processors(void)
{
	FILE *nproc = popen("nproc", "r");
	unsigned long count = 0;

	check(nproc != NULL);
	check(fscanf(nproc, "%lu", &count) == 1);
	check(pclose(nproc) == 0);
	check(leat_cpus() >= 1 && leat_cpus() <= count);
}

static void count_when_cancelled(void *of_count)
{
	check(pthread_cancel(pthread_self()) == 0);
	*(size_t *)of_count = leat_cpus();
	check(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL) == 0);
}

/* Although leat_cpus reads a file, a pending cancellation does not end the thread there. */
static void counting_is_no_cancellation_point(void)
{
	size_t count = 0;
	background other;

	begin(&other, count_when_cancelled, &count);
	must_return(&other);
	check(count == leat_cpus());
}

int main(int argc, char **argv)
{
	return RUN(calls_when_it_is_over, calls_when_it_has_a_value, calls_later, can_be_stopped,
	           is_called_though_nobody_can_stop_it, does_not_hold_who_comes_too_late, is_either_stopped_or_called,
	           nil_never_comes, refuses_nonsense, ends_at_its_time, ends_with_the_cause_given,
	           can_be_ended_early, keeps_its_cause, keeps_the_cause_of_a_sender_that_left,
	           is_a_rendezvous_until_then, a_sender_follows_a_reset, serves_as_done,
	           counts_processors, counting_is_no_cancellation_point);
}
