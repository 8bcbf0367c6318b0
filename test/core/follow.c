/* SPDX-License-Identifier: 0BSD
 *
 * follow.c - a channel that follows a `done` is over as soon as that comes, at the time of a timer, and with its cause.
 * No thread waits for that. A follower may end at any moment, also while done comes or is moved, and leaves no handle.
 */
#include "../test.h"

enum { CHAIN = 100, ROUNDS = 300 };

static leat_chan follow(leat_rx done, leat_follower_ **follower)
{
	leat_chan made = leat_make_follower_(done, follower);

	check(!leat_never_started(made));
	return made;
}

static void end(leat_chan made, leat_follower_ *follower)
{
	leat_unfollow_(follower);
	leat_drop(made);
}

/* ------------------------------------------------------------------------------------------- done that comes -- */

static void nil_never_comes(void)
{
	leat_follower_ *follower;
	leat_chan made = follow(LEAT_NIL, &follower);

	check(!follower && leat_closed(made) == 0);
	check(leat_close_with(made.tx, EIO) == 1 && leat_cause(made) == EIO);
	end(made, follower);
}

static void it_has_come_before(void)
{
	leat_rx pasts[] = { leat_ended(EIO), leat_ended(0), leat_at(0) };
	int causes[] = { EIO, ECANCELED, ETIMEDOUT };

	for (int i = 0; i < 3; i++) {
		leat_follower_ *follower;
		leat_chan made = follow(pasts[i], &follower);

		check(!follower && leat_closed(made) == 1 && leat_cause(made) == causes[i]);
		end(made, follower);
		leat_drop(pasts[i]);
	}
}

static void its_end_is_passed_on(void)
{
	int causes[] = { EIO, 0 };

	for (int i = 0; i < 2; i++) {
		leat_chan done = leat_make(int, capacity);
		leat_follower_ *follower;
		leat_chan made = follow(done.rx, &follower);

		check(leat_closed(made) == 0 && leat_live() == 0);
		check(leat_close_with(done.tx, causes[i]) == 1);
		check(leat_closed(made) == 1 && leat_cause(made) == (causes[i] ? causes[i] : ECANCELED));
		end(made, follower);
		leat_drop(done);
	}
}

static void wait_for_end(void *of_rx)
{
	check(leat_wait(*(leat_rx *)of_rx) == 0);
}

/* A value, or a sender that waits with one, makes done come. It stays there. */
static void a_value_is_passed_on(void)
{
	leat_chan done = leat_make(int, capacity);
	leat_follower_ *follower;
	leat_chan made = follow(done.rx, &follower);
	background waiter;
	call sender;

	begin(&waiter, wait_for_end, &made.rx);
	must_block(&waiter);
	begin_send(&sender, done, 7);
	must_return(&waiter);
	check(leat_cause(made) == ECANCELED);
	receive_ints(done.rx, 7, 1);
	must_return(&sender.behind);
	end(made, follower);
	leat_drop(done);
}

static void it_may_be_closed_before(void)
{
	leat_chan done = leat_make_unit();
	leat_follower_ *follower;
	leat_chan made = follow(done.rx, &follower);

	check(leat_close_with(made.tx, EPIPE) == 1 && leat_closed(done) == 0);
	check(leat_close_with(done.tx, EIO) == 1 && leat_cause(made) == EPIPE);
	end(made, follower);
	leat_drop(done);
}

/* Each follows the one before it. The last is over in the call that closes the first. */
static void a_chain_of_them(void)
{
	leat_chan done = leat_make_unit(), made[CHAIN];
	leat_follower_ *followers[CHAIN];

	for (int i = 0; i < CHAIN; i++)
		made[i] = follow(i ? made[i - 1].rx : done.rx, &followers[i]);
	check(leat_close_with(done.tx, EIO) == 1);
	for (int i = 0; i < CHAIN; i++)
		check(leat_closed(made[i]) == 1 && leat_cause(made[i]) == EIO);
	for (int i = 0; i < CHAIN; i++)
		end(made[i], followers[i]);
	leat_drop(done);
}

/* -------------------------------------------------------------------------------------------------- unfollow -- */

static void after_its_end_nothing_is_passed_on(void)
{
	leat_chan done = leat_make_unit();
	leat_follower_ *follower;
	leat_chan made = follow(done.rx, &follower);

	leat_unfollow_(follower);
	leat_drop(done.rx);
	check(leat_wait_gone(done.tx, LEAT_NOW) == 1); /* it has left no handle */
	leat_drop(done.tx);
	check(leat_closed(made) == 0);
	leat_drop(made);
}

static void the_channel_may_end_first(void)
{
	leat_chan done = leat_make_unit();
	leat_follower_ *follower;
	leat_chan made = follow(done.rx, &follower);

	leat_drop(made);
	check(leat_close(done.tx) == 1);
	leat_unfollow_(follower);
	leat_drop(done);
}

typedef struct { leat_chan done; atomic_int *arrived; leat_time t; } race;

static void close_done(void *of_race)
{
	race *self = of_race;

	meet(self->arrived, 2);
	check(leat_close_with(self->done.tx, EIO) == 1);
}

static void it_ends_while_done_comes(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		atomic_int arrived = 0;
		race both = { leat_make_unit(), &arrived, 0 };
		leat_follower_ *follower;
		leat_chan made = follow(both.done.rx, &follower);
		background closer;

		begin(&closer, close_done, &both);
		meet(&arrived, 2);
		leat_unfollow_(follower);
		must_return(&closer);
		check(leat_closed(made) == 0 || leat_cause(made) == EIO);
		leat_drop(made);
		leat_drop(both.done.rx);
		check(leat_wait_gone(both.done.tx, LEAT_NEVER) == 1);
		leat_drop(both.done.tx);
	}
}

/* ---------------------------------------------------------------------------------------------------- timers -- */

static void it_is_over_at_the_time_of_a_timer(void)
{
	leat_follower_ *followers[3];
	leat_chan timed, made[3];

	check(leat_clock_fake() == 1);
	timed = leat_make_until(leat_in(LEAT_S(2)), EDOM);
	for (int i = 0; i < 3; i++)
		made[i] = follow(i ? made[i - 1].rx : timed.rx, &followers[i]);
	check(leat_clock_advance(LEAT_S(1)) == 1 && leat_closed(made[2]) == 0);
	check(leat_clock_advance(LEAT_S(1)) == 1 && leat_closed(made[2]) == 1 && leat_cause(made[2]) == EDOM);
	for (int i = 0; i < 3; i++)
		end(made[i], followers[i]);
	leat_drop(timed);
	leat_clock_real();
}

static void the_end_of_a_timer_before_its_time_is_passed_on(void)
{
	leat_chan timed = leat_make_until(leat_in(LEAT_S(1000)), EDOM);
	leat_follower_ *follower;
	leat_chan made = follow(timed.rx, &follower);

	check(leat_close_with(timed.tx, EIO) == 1 && leat_closed(made) == 1 && leat_cause(made) == EIO);
	end(made, follower);
	leat_drop(timed);
}

/* A thread that waits follows the timer to an earlier and to a later time. */
static void a_timer_that_is_moved(void)
{
	leat_follower_ *followers[2];
	leat_chan made[2];
	leat_rx timer = leat_after(LEAT_S(1000));
	background waiter;

	made[0] = follow(timer, &followers[0]);
	made[1] = follow(made[0].rx, &followers[1]);
	begin(&waiter, wait_for_end, &made[1].rx);
	must_block(&waiter);
	check(leat_reset(timer, leat_in(LEAT_S(2000))) == 1);
	must_block(&waiter);
	check(leat_reset(timer, LEAT_NEVER) == 1);
	must_block(&waiter);
	check(leat_reset(timer, leat_in(LEAT_MS(1))) == 1);
	must_return(&waiter);
	check(leat_cause(made[1]) == ETIMEDOUT);
	for (int i = 0; i < 2; i++)
		end(made[i], followers[i]);
	leat_drop(timer);
}

static void move_done(void *of_race)
{
	race *self = of_race;

	meet(self->arrived, 3);
	check(leat_reset(self->done.rx, self->t) == 1);
}

/* Two threads move a timer. Afterwards the follower has the timer's time, whichever came last: it is over, or never. In
 * every other round, the follower ends meanwhile. */
static void a_timer_that_several_move(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		atomic_int arrived = 0;
		leat_time t = leat_in(LEAT_S(1000));
		race one = { leat_make_until(t, 0), &arrived, LEAT_NEVER }, two = { one.done, &arrived, t + LEAT_S(9) };
		background movers[2];
		leat_follower_ *follower;
		leat_chan made = follow(one.done.rx, &follower);

		begin(&movers[0], move_done, &one);
		begin(&movers[1], move_done, &two);
		meet(&arrived, 3);
		if (i % 2)
			leat_unfollow_(follower);
		must_return(&movers[0]);
		must_return(&movers[1]);
		check(leat_reset(one.done.rx, leat_now()) == 1);
		check(leat_closed(one.done) == 1 && leat_closed(made) == !(i % 2));
		if (i % 2 == 0)
			leat_unfollow_(follower);
		leat_drop(made);
		leat_drop(one.done);
	}
}

static void a_tick_comes(void)
{
	leat_follower_ *follower;
	leat_chan made;
	leat_rx tick;

	check(leat_clock_fake() == 1);
	tick = leat_tick(LEAT_S(1));
	made = follow(tick, &follower);
	check(leat_clock_advance(LEAT_S(1) - 1) == 1 && leat_closed(made) == 0);
	check(leat_clock_advance(1) == 1 && leat_closed(made) == 1 && leat_cause(made) == ECANCELED);
	end(made, follower);
	leat_drop(tick);
	leat_clock_real();
}

int main(int argc, char **argv)
{
	return RUN(nil_never_comes, it_has_come_before, its_end_is_passed_on, a_value_is_passed_on,
	           it_may_be_closed_before, a_chain_of_them, after_its_end_nothing_is_passed_on,
	           the_channel_may_end_first, it_ends_while_done_comes, it_is_over_at_the_time_of_a_timer,
	           the_end_of_a_timer_before_its_time_is_passed_on, a_timer_that_is_moved, a_timer_that_several_move,
	           a_tick_comes);
}
