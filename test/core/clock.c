/* SPDX-License-Identifier: 0BSD
 *
 * clock.c - the fake clock. It stands still until a test moves it. A move wakes the threads whose time has come, and no
 * others. The clock may also run by itself: when all threads that count sleep, it jumps to the next deadline, and not
 * earlier. So an hour of waiting takes no time.
 */
#include "../test.h"

#include <sys/wait.h>

static const leat_rx nil;

static leat_time seconds_since(leat_time begin)
{
	return (leat_now() - begin) / LEAT_S(1);
}

static void stands_still_until_moved(void)
{
	leat_time now, utc;

	check(leat_clock_advance(LEAT_S(1)) == -1 && errno == EINVAL);
	check(leat_clock_run() == -1 && errno == EINVAL);
	check(leat_clock_fake() == 1);
	now = leat_now();
	utc = leat_utc();
	nap(2);
	check(leat_now() == now);
	check(leat_clock_advance(-1) == -1 && errno == EINVAL);
	check(leat_clock_advance(LEAT_S(3600)) == 1);
	check(leat_now() == now + LEAT_S(3600));
	check(leat_utc() == utc + LEAT_S(3600));
	check(leat_in(LEAT_S(1)) == now + LEAT_S(3601));
	check(leat_clock_fake() == 1);
	check(leat_now() == now + LEAT_S(3600));
	check(leat_clock_advance(LEAT_NEVER) == 1);
	check(leat_now() == LEAT_NEVER);
	check(leat_utc() == LEAT_NEVER);
	leat_clock_real();
	check(leat_now() < LEAT_NEVER / 2);
	check(leat_utc() > LEAT_S(1700000000) && leat_utc() < LEAT_S(4000000000));
}

static void wait_for(void *of_time)
{
	check(leat_wait_by(nil, *(leat_time *)of_time) == -1);
	check(errno == ETIMEDOUT);
}

static void wakes_those_that_it_passes(void)
{
	background soon, late;
	leat_time at_soon, at_late;

	check(leat_clock_fake() == 1);
	at_soon = leat_in(LEAT_S(10));
	at_late = leat_in(LEAT_S(20));
	begin(&soon, wait_for, &at_soon);
	begin(&late, wait_for, &at_late);
	must_block(&soon);
	check(leat_clock_advance(LEAT_S(10) - 1) == 1);
	must_block(&soon);
	check(leat_clock_advance(1) == 1);
	must_return(&soon);
	must_block(&late);
	check(leat_clock_advance(LEAT_S(11)) == 1);
	must_return(&late);
	leat_clock_real();
}

/* When the clock becomes real, sleeping threads follow the real clock again. The time of one of them has passed by
 * then, the time of the other has not. */
static void leaves_sleepers_to_the_real_one(void)
{
	background over, waiting;
	leat_time soon, late;

	check(leat_clock_fake() == 1);
	soon = leat_in(LEAT_MS(10));
	late = leat_in(LEAT_MS(1000));
	begin(&over, wait_for, &soon);
	begin(&waiting, wait_for, &late);
	must_block(&over);
	leat_clock_real();
	must_return(&over);
	must_block(&waiting);
	must_return(&waiting);
	check(leat_now() >= late);
}

/* A thread that waits until `at` in each round. It begins just when the clock is about to be moved, so it may look at
 * the clock before the move and go to sleep after it. */
struct racer { atomic_int arrived; leat_time at; int rounds; };

static void race_to_sleep(void *of_racer)
{
	struct racer *self = of_racer;

	for (int i = 0; i < self->rounds; i++) {
		meet(&self->arrived, 2);
		check(leat_wait_by(nil, self->at) == -1);
		meet(&self->arrived, 2);
	}
}

static void spin(unsigned turns)
{
	for (atomic_uint i = 0; i < turns; i++)
		;
}

static void no_move_is_lost(void)
{
	struct racer racer = { .rounds = 20000 };
	unsigned random = 1;
	background other;

	begin(&other, race_to_sleep, &racer);
	for (int i = 0; i < racer.rounds; i++) {
		check(leat_clock_fake() == 1);
		racer.at = leat_in(LEAT_US(1));
		meet(&racer.arrived, 2);
		spin(random_below(&random, i % 8 < 6 ? 60 : 8000)); /* any length of time: the threads must meet at all
		                                                     * points */
		if (i % 2)
			check(leat_clock_advance(LEAT_US(1)) == 1);
		else
			leat_clock_real();
		meet(&racer.arrived, 2);
		leat_clock_real();
	}
	must_return(&other);
}

static void drives_timers(void)
{
	leat_rx after, tick;
	leat_chan until;
	leat_time begin, when;

	check(leat_clock_fake() == 1);
	begin = leat_now();
	after = leat_after(LEAT_S(5));
	tick = leat_tick(LEAT_S(2));
	until = leat_make_until(leat_in(LEAT_S(5)), 0);
	check(!leat_closed(after) && !leat_closed(until) && leat_len(tick) == 0);
	(void)leat_clock_advance(LEAT_S(4));
	check(leat_recv_by(tick, &when, LEAT_NOW) == 1 && when == begin + LEAT_S(2));
	check(leat_recv_by(tick, &when, LEAT_NOW) == -1);
	check(!leat_closed(after) && leat_wait_by(after, LEAT_NOW) == -1);
	(void)leat_clock_advance(LEAT_S(1));
	check(leat_closed(after) && leat_cause(after) == ETIMEDOUT && leat_wait(after) == 0);
	check(leat_closed(until) && leat_cause(until) == ETIMEDOUT && leat_wait(until.rx) == 0);
	leat_drop(after);
	leat_drop(tick);
	leat_drop(until);
	leat_clock_real();
}

/* After the last tick that fits into a leat_time, there is no other tick. */
static void the_last_tick(void)
{
	leat_time period = LEAT_NEVER / 2 + 1, begin, tick;
	leat_rx ticks;

	check(leat_clock_fake() == 1);
	begin = leat_now();
	ticks = leat_tick(period);
	check(leat_clock_advance(period) == 1);
	check(leat_recv_by(ticks, &tick, LEAT_NOW) == 1 && tick == begin + period);
	check(leat_recv_by(ticks, &tick, LEAT_NOW) == -1 && errno == EAGAIN);
	leat_drop(ticks);
	leat_clock_real();
}

/* leat_len queues the tick that is due. The ticks that come due before that one is received are missed. */
static void one_tick_is_kept_also_after_a_look(void)
{
	leat_rx ticks;
	leat_time begin, tick;

	check(leat_clock_fake() == 1);
	begin = leat_now();
	ticks = leat_tick(LEAT_S(10));
	check(leat_clock_advance(LEAT_S(15)) == 1);
	check(leat_len(ticks) == 1 && leat_len(ticks) == 1 && leat_cap(ticks) == 1);
	check(leat_clock_advance(LEAT_S(20)) == 1);
	check(leat_recv(ticks, &tick) == 1 && tick == begin + LEAT_S(10));
	check(leat_recv_by(ticks, &tick, LEAT_NOW) == -1 && errno == EAGAIN && leat_len(ticks) == 0);
	check(leat_clock_advance(LEAT_S(5)) == 1);
	check(leat_recv_by(ticks, &tick, LEAT_NOW) == 1 && tick == begin + LEAT_S(40));
	leat_drop(ticks);
	leat_clock_real();
}

/* leat_buffer gives room for more ticks. The first ones that nobody received are kept. */
static void as_many_ticks_are_kept_as_have_room(void)
{
	leat_rx ticks;
	leat_time begin, tick;

	check(leat_clock_fake() == 1);
	begin = leat_now();
	ticks = leat_tick(LEAT_S(10));
	check(leat_clock_advance(LEAT_S(15)) == 1);
	ticks = leat_buffer(ticks, 3);
	check(leat_cap(ticks) == 3 && leat_len(ticks) == 1);
	check(leat_clock_advance(LEAT_S(40)) == 1);
	for (int i = 1; i <= 3; i++)
		check(leat_recv(ticks, &tick) == 1 && tick == begin + LEAT_S(10 * i));
	check(leat_recv_by(ticks, &tick, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_clock_advance(LEAT_S(5)) == 1);
	check(leat_recv_by(ticks, &tick, LEAT_NOW) == 1 && tick == begin + LEAT_S(60));
	leat_drop(ticks);
	leat_clock_real();
}

struct tick_taker { leat_rx ticks; leat_time tick; };

static void take_tick(void *of_taker)
{
	struct tick_taker *taker = of_taker;

	check(leat_recv(taker->ticks, &taker->tick) == 1);
}

/* Any call that looks at a due tick gives it to the receiver that waits, which has come first. */
static void a_due_tick_goes_to_the_waiting_receiver(void)
{
	struct tick_taker taker;
	background other;
	leat_time started, tick;

	check(leat_clock_fake() == 1);
	started = leat_now();
	taker.ticks = leat_tick(LEAT_S(10));
	begin(&other, take_tick, &taker);
	must_block(&other);
	check(leat_clock_advance(LEAT_S(10)) == 1);
	(void)leat_len(taker.ticks);
	must_return(&other);
	check(taker.tick == started + LEAT_S(10));
	check(leat_recv_by(taker.ticks, &tick, LEAT_NOW) == -1 && errno == EAGAIN);
	leat_drop(taker.ticks);
	leat_clock_real();
}

/* Two receivers wait, and two ticks come due at once, because the clock jumps. Each receiver gets a tick of its own. It
 * is the first or the second one, or, for a receiver that wakes late, a later one: the second is then lost. */
static void each_receiver_gets_a_tick_of_its_own(void)
{
	struct tick_taker takers[2];
	background others[2];
	leat_time started;

	check(leat_clock_fake() == 1);
	started = leat_now();
	takers[0].ticks = takers[1].ticks = leat_tick(LEAT_S(10));
	for (int i = 0; i < 2; i++) {
		begin(&others[i], take_tick, &takers[i]);
		must_block(&others[i]);
	}
	check(leat_clock_advance(LEAT_S(25)) == 1);
	while (!atomic_load(&others[0].returned) || !atomic_load(&others[1].returned)) {
		nap(1);
		check(leat_clock_advance(LEAT_S(10)) == 1);
	}
	for (int i = 0; i < 2; i++) {
		must_return(&others[i]);
		check(takers[i].tick > started && (takers[i].tick - started) % LEAT_S(10) == 0);
	}
	check(takers[0].tick != takers[1].tick);
	leat_drop(takers[0].ticks);
	leat_clock_real();
}

static void is_refused_while_functions_run(void)
{
	leat_chan held = leat_make_unit();
	leat_rx drained = leat_take(nil, held.rx, -1);

	check(leat_clock_fake() == -1 && errno == EBUSY);
	leat_drop(held.tx);
	check(leat_drain(drained) == 0);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(leat_clock_fake() == 1);
	leat_clock_real();
}

/* ------------------------------------------------------------------------------------------ by itself -- */

static void begin_running(void)
{
	check(leat_clock_fake() == 1);
	check(leat_clock_run() == 1);
}

static void runs_when_its_caller_sleeps(void)
{
	leat_time begin, when;
	leat_rx tick;

	begin_running();
	begin = leat_now();
	leat_sleep(LEAT_S(3600));
	check(leat_now() == begin + LEAT_S(3600));
	leat_sleep(0);
	leat_sleep(-LEAT_S(1));
	check(leat_sleep_or(nil, 0) == 1);
	nap(2);
	check(leat_now() == begin + LEAT_S(3600)); /* no time passes while the caller works */
	tick = leat_tick(LEAT_S(60));
	for (int i = 1; i <= 60; i++)
		check(leat_recv(tick, &when) == 1 && when == leat_now() && when == begin + LEAT_S(3600 + 60 * i));
	leat_drop(tick);
	leat_clock_real();
}

/* Sleeps `n` times for `pause`. After each sleep, it sends the time in seconds. */
struct sleeper { leat_time begin, pause; int n; leat_tx out; };

static void sleep_and_tell(void *of_sleeper)
{
	struct sleeper *self = of_sleeper;

	for (int i = 0; i < self->n; i++) {
		leat_time at = leat_in(self->pause);

		check(leat_wait_by(nil, at) == -1);
		check(leat_now() == at); /* exact to the nanosecond: nothing else has moved the clock */
		check(leat_send(self->out, &(int){ (int)seconds_since(self->begin) }) == 1);
	}
	leat_drop(self->out);
}

/* Two threads sleep for 3 and for 5 seconds at a time, and the caller only receives. The clock never passes the
 * deadline of a thread while another thread works. */
static void runs_in_the_order_of_deadlines(void)
{
	leat_chan chan = leat_make(int, capacity);
	struct sleeper three = { 0, LEAT_S(3), 50, leat_dup(chan.tx) }, five = { 0, LEAT_S(5), 30, chan.tx };
	int sum = 0, last = 0, count = 0;

	begin_running();
	three.begin = five.begin = leat_now();
	check(leat_go(sleep_and_tell, &three) == 1);
	check(leat_go(sleep_and_tell, &five) == 1);
	for (int n; leat_recv(chan.rx, &n) > 0; count++) {
		check(n >= last);
		last = n;
		sum += n;
	}
	check(count == 80 && last == 150);
	check(sum == 3 * 50 * 51 / 2 + 5 * 30 * 31 / 2);
	check(seconds_since(three.begin) == 150);
	leat_drop(chan.rx);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_clock_real();
}

static void work(void *of_flag)
{
	nap(20);
	atomic_store((atomic_int *)of_flag, 1);
}

static void work_and_exit(void *of_flag)
{
	work(of_flag);
	pthread_exit(NULL);
}

/* While a started function works, no time passes, however long it takes in real time, and whether it ends by return or
 * by pthread_exit. */
static void waits_for_those_that_work(void)
{
	atomic_int worked = 0, exited = 0;

	begin_running();
	check(leat_go(work, &worked) == 1);
	check(leat_wait_by(nil, leat_in(LEAT_NS(1))) == -1);
	check(atomic_load(&worked));
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_trim();
	check(leat_go(work_and_exit, &exited) == 1);
	check(leat_wait_by(nil, leat_in(LEAT_NS(1))) == -1);
	check(atomic_load(&exited));
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_clock_real();
}

static void receive_one(void *of_rx)
{
	int n;

	check(leat_recv(*(leat_rx *)of_rx, &n) == 1 && n == 7);
	check(leat_wait_by(nil, leat_in(LEAT_S(1))) == -1);
}

/* A thread counts as awake from the moment it is woken, even if it takes long until it runs. */
static void waits_for_those_that_were_woken(void)
{
	leat_chan chan = leat_make(int, capacity);

	begin_running();
	for (int i = 0; i < 200; i++) {
		leat_time begin = leat_now();

		check(leat_go(receive_one, &chan.rx) == 1);
		check(leat_wait_by(nil, leat_in(LEAT_MS(1))) == -1);
		check(leat_now() == begin + LEAT_MS(1));
		check(leat_send(chan.tx, &(int){ 7 }) == 1);
		check(leat_wait_all(LEAT_NEVER) == 1);
		check(leat_now() == begin + LEAT_MS(1) + LEAT_S(1));
	}
	leat_drop(chan);
	leat_clock_real();
}

typedef struct { atomic_int run, worked; } runner;

static void run_and_wait(void *of_runner)
{
	runner *self = of_runner;

	check(leat_clock_run() == 1);
	meet(&self->run, 2);
	nap(20);
	atomic_store(&self->worked, 1);
	check(leat_wait_by(nil, leat_in(LEAT_S(3))) == -1);
}

/* The clock waits for each thread that has called leat_clock_run. A started function that also called it counts once,
 * not twice. */
static void waits_for_all_who_run_it(void)
{
	background other;
	runner its = { 0, 0 };
	leat_time begun;

	check(leat_clock_fake() == 1);
	begun = leat_now();
	begin(&other, run_and_wait, &its);
	meet(&its.run, 2);
	check(leat_clock_run() == 1 && leat_clock_run() == 1);
	check(leat_wait_by(nil, leat_in(LEAT_NS(1))) == -1);
	check(atomic_load(&its.worked) && leat_now() == begun + LEAT_NS(1));
	check(leat_wait_by(nil, leat_in(LEAT_S(2))) == -1);
	must_block(&other);
	check(leat_clock_advance(LEAT_S(1)) == 1);
	must_return(&other);
	leat_clock_real();
	begin_running();
	atomic_store(&its.worked, 0);
	check(leat_go(run_and_wait, &its) == 1);
	meet(&its.run, 2);
	check(leat_wait_by(nil, leat_in(LEAT_NS(1))) == -1);
	check(atomic_load(&its.worked));
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_clock_real();
}

/* A clock that ran by itself stands still when it has become real and then fake again. */
static void stands_still_again(void)
{
	background other;
	leat_time soon;

	begin_running();
	check(leat_wait_by(nil, leat_in(LEAT_S(1))) == -1);
	leat_clock_real();
	check(leat_clock_fake() == 1);
	soon = leat_in(LEAT_S(1));
	begin(&other, wait_for, &soon);
	must_block(&other);
	check(leat_now() == soon - LEAT_S(1));
	check(leat_clock_advance(LEAT_S(1)) == 1);
	must_return(&other);
	leat_clock_real();
}

static void run_until_told(void *of_chan)
{
	check(leat_clock_run() == 1);
	check(leat_wait(((leat_chan *)of_chan)->rx) == 0);
	check(leat_wait_by(nil, leat_in(LEAT_NS(1))) == -1);
}

/* A thread that called leat_clock_run no longer counts when another thread has since made the clock real and fake
 * again. */
static void counts_nobody_of_a_former_time(void)
{
	leat_chan chan = leat_make_unit();
	background other;
	leat_time begun;

	check(leat_clock_fake() == 1);
	begin(&other, run_until_told, &chan);
	must_block(&other);
	leat_clock_real();
	begin_running();
	begun = leat_now();
	leat_drop(chan.tx);
	nap(30);
	check(leat_now() == begun); /* the other thread sleeps, but this thread does not */
	check(leat_clock_advance(LEAT_S(1)) == 1);
	must_return(&other);
	leat_drop(chan.rx);
	leat_clock_real();
}

static void send_later(void *of_chan)
{
	nap(5);
	check(leat_send(((leat_chan *)of_chan)->tx, &(int){ 1 }) == 1);
}

static void nothing(void *unused)
{
	(void)unused;
}

/* An idle thread that leat keeps for reuse waits for a second. The clock does not move for it. */
static void no_time_passes_for_idle_threads(void)
{
	leat_chan chan = leat_make(int, capacity);
	background other;
	leat_time begun;
	int n;

	begin_running();
	check(leat_go(nothing, NULL) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	begun = leat_now();
	begin(&other, send_later, &chan);
	check(leat_recv(chan.rx, &n) == 1 && leat_now() == begun);
	must_return(&other);
	leat_drop(chan);
	leat_clock_real();
	check(leat_now() < begun + LEAT_S(60));
	leat_trim();
}

static void receive_until_closed(void *of_rx)
{
	check(leat_wait(*(leat_rx *)of_rx) == 0);
}

/* The child of a fork has the clock. The sleeping threads of the parent do not count there. */
static void runs_in_the_child_of_a_fork(void)
{
	leat_chan chan = leat_make_unit();
	leat_time begun;
	pid_t child;
	int status;

	begin_running();
	begun = leat_now();
	check(leat_go(receive_until_closed, &chan.rx) == 1);
	nap(20);
	check((child = fork()) >= 0);
	if (child == 0) {
		check(leat_wait_by(nil, leat_in(LEAT_S(60))) == -1 && leat_now() == begun + LEAT_S(60));
		check(leat_clock_advance(LEAT_S(1)) == 1);
		leat_clock_real();
		_exit(0);
	}
	check(waitpid(child, &status, 0) == child);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	leat_drop(chan.tx);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(chan.rx);
	leat_clock_real();
}

struct player { leat_rx in; leat_tx out; leat_time begin; };

static void play(void *of_player)
{
	struct player *self = of_player;

	for (int n; leat_recv(self->in, &n) > 0;) {
		check(leat_now() == self->begin);
		if (leat_send(self->out, &(int){ n - 1 }) < 1 || n < 2)
			break;
	}
	leat_drop(self->in);
	leat_drop(self->out);
}

/* Two threads wake each other all the time. At no moment do both sleep, so no time passes. */
static void no_time_passes_between_a_wake_up_and_its_sleeper(void)
{
	leat_chan there = leat_make(int, capacity), back = leat_make(int, capacity);
	struct player one, two;

	begin_running();
	one = (struct player){ there.rx, back.tx, leat_now() };
	two = (struct player){ back.rx, leat_dup(there.tx), leat_now() };
	check(leat_go(play, &one) == 1 && leat_go(play, &two) == 1);
	check(leat_send(there.tx, &(int){ 5000 }) == 1);
	leat_drop(there.tx);
	check(leat_wait_by(nil, leat_in(LEAT_S(3600))) == -1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_clock_real();
}

static void end_at_once(void *arrived)
{
	nap(1); /* by then the thread that waits for the end sleeps */
	meet(arrived, 4);
}

/* No time passes either between the end of the last function and the wake-up of the thread that waits for it, even
 * though another thread waits for a time. */
static void no_time_passes_while_functions_end(void)
{
	background other;
	leat_time hour, from;

	begin_running();
	from = leat_now();
	hour = leat_in(LEAT_S(3600));
	begin(&other, wait_for, &hour);
	for (int i = 0; i < 300; i++) {
		atomic_int arrived = 0;

		for (int each = 0; each < 4; each++)
			check(leat_go(end_at_once, &arrived) == 1);
		check(leat_wait_all(LEAT_NEVER) == 1);
		check(leat_now() == from);
	}
	check(leat_clock_advance(LEAT_S(3600)) == 1);
	must_return(&other);
	leat_clock_real();
}

/* The clock passes the deadline of a thread that does not count, whether that thread sleeps or works. */
static void does_not_wait_for_others(void)
{
	background other;
	leat_time hour, from;

	begin_running();
	from = leat_now();
	hour = leat_in(LEAT_S(3600));
	begin(&other, wait_for, &hour);
	nap(10);
	check(leat_wait_by(nil, leat_in(LEAT_S(7200))) == -1);
	check(leat_now() == from + LEAT_S(7200));
	must_return(&other);
	leat_clock_real();
}

/* A pipeline that runs for one minute on the clock, with one deadline for all of it. */
static void ends_a_pipeline_at_its_deadline(void)
{
	leat_rx done, in, out;
	leat_time begin, when;
	int ticks = 0;

	begin_running();
	begin = leat_now();
	done = leat_after(LEAT_S(60) + LEAT_MS(500));
	in = leat_tick(LEAT_S(1));
	out = leat_or_done(done, in);
	while (leat_recv(out, &when) > 0)
		ticks++;
	check(ticks == 60 && leat_cause(out) == ETIMEDOUT);
	check(leat_now() == begin + LEAT_S(60) + LEAT_MS(500));
	leat_drop(out);
	leat_drop(done);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_clock_real();
}

/* A thread that leat has not started may wake a sleeper at any time. No value is lost then. */
static void others_may_wake_sleepers(void)
{
	begin_running();
	for (int i = 0; i < 20; i++) {
		leat_chan chan = leat_make(int, capacity);
		background other;
		int n;

		begin(&other, send_later, &chan);
		check(leat_recv(chan.rx, &n) == 1 && n == 1);
		must_return(&other);
		leat_drop(chan);
	}
	leat_clock_real();
}

int main(int argc, char **argv)
{
	return RUN(stands_still_until_moved, wakes_those_that_it_passes, leaves_sleepers_to_the_real_one,
	           no_move_is_lost, drives_timers, the_last_tick,
	           one_tick_is_kept_also_after_a_look, as_many_ticks_are_kept_as_have_room,
	           each_receiver_gets_a_tick_of_its_own, a_due_tick_goes_to_the_waiting_receiver,
	           is_refused_while_functions_run, runs_when_its_caller_sleeps,
	           runs_in_the_order_of_deadlines, waits_for_those_that_work, waits_for_those_that_were_woken,
	           waits_for_all_who_run_it, stands_still_again, counts_nobody_of_a_former_time,
	           no_time_passes_for_idle_threads, runs_in_the_child_of_a_fork,
	           no_time_passes_between_a_wake_up_and_its_sleeper, no_time_passes_while_functions_end,
	           does_not_wait_for_others, ends_a_pipeline_at_its_deadline, others_may_wake_sleepers);
}
