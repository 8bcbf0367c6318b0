/* SPDX-License-Identifier: 0BSD
 *
 * mutex.c - the mutex excludes in each mode. A try and a deadline end a wait, and a thread that gave up is not given
 * the lock. The handoff mode gives the lock at once to the thread that has waited longest, past threads that come just
 * then. The adaptive mode does so when that thread has waited for 1 ms, and not before. The barging mode never does. A
 * thread that was woken and lost against another one keeps its place and its age. The lock can also be handed to a
 * thread that was woken and has not run yet. A greedy thread does not starve others where the mode is fair. The
 * statistics are exact. Unlocking a mutex that is not locked is a panic.
 */
#include "../test.h"

#include <sys/wait.h>

enum { THREADS = 4, ROUNDS = 500, LINE = 5, MODES = 3 };

static const leat_rx nil;
static leat_mutex mutex;
static int shared;                  /* protected by the mutex */
static int order[LINE], in_order;   /* in which order the threads got it; protected too */
static atomic_int wins;

static void begin_anew(int mode)
{
	mutex = (leat_mutex)LEAT_MUTEX(mode);
	shared = in_order = 0;
	atomic_store(&wins, 0);
}

static void rest(leat_time duration)
{
	check(leat_wait_by(nil, leat_in(duration)) == -1 && errno == ETIMEDOUT);
}

/* From here to end_fake, time passes only while all threads sleep. So a waiter is in line as soon as the rest of
 * another thread is over. */
static void begin_fake(int mode)
{
	begin_anew(mode);
	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
}

static void end_fake(void)
{
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(leat_mutex_lock_by(&mutex, LEAT_NOW) == 1); /* no thread that has ended still holds it */
	leat_clock_real();
}

/* -------------------------------------------------------------------------------------------------- excludes */

static void add_one(void)
{
	int seen = shared;

	if (seen % 8 == 0)
		sched_yield();
	shared = seen + 1;
	leat_mutex_unlock(&mutex);
}

static void lock_and_add(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		leat_mutex_lock(&mutex);
		add_one();
	}
}

static void excludes(void)
{
	for (int mode = 0; mode < MODES; mode++) {
		leat_mutex_stats stats;

		begin_anew(mode);
		for (int i = 0; i < THREADS; i++)
			check(leat_go(lock_and_add, NULL) == 1);
		check(leat_wait_all(LEAT_NEVER) == 1);
		stats = leat_mutex_stats_of(&mutex);
		check(shared == THREADS * ROUNDS && stats.locks == THREADS * ROUNDS);
		check(stats.handoffs <= stats.waits && stats.waits <= stats.locks);
	}
}

static void try_and_add(void *arg)
{
	unsigned state = (unsigned)(size_t)arg;

	for (int i = 0; i < ROUNDS; i++) {
		leat_time t = leat_in(LEAT_NS(random_below(&state, 20000)));

		if (leat_mutex_lock_by(&mutex, i % 3 == 0 ? LEAT_NOW : t) == 1) {
			add_one();
			atomic_fetch_add(&wins, 1);
		} else {
			check(errno == (i % 3 == 0 ? EAGAIN : ETIMEDOUT));
		}
	}
}

/* The deadline of a thread passes just when it would get the lock. */
static void excludes_those_who_give_up(void)
{
	for (int mode = 0; mode < MODES; mode++) {
		begin_anew(mode);
		for (int i = 0; i < THREADS; i++)
			check(leat_go(try_and_add, (void *)(size_t)(i + 1)) == 1);
		check(leat_wait_all(LEAT_NEVER) == 1);
		check(shared == atomic_load(&wins));
		check(leat_mutex_lock_by(&mutex, LEAT_NOW) == 1);
	}
}

static void zero_is_adaptive(void)
{
	static leat_mutex zeroed;

	begin_anew(LEAT_ADAPTIVE);
	check(memcmp(&zeroed, &mutex, sizeof zeroed) == 0);
}

/* -------------------------------------------------------------------------------------------------- deadlines */

static void takes_what_is_free_however_late(void)
{
	leat_time when[] = { LEAT_NOW, LEAT_NOW + 1, 0, leat_now(), leat_in(LEAT_S(3600)), LEAT_NEVER };

	begin_anew(LEAT_HANDOFF);
	for (int i = 0; i < 6; i++) {
		check(leat_mutex_lock_by(&mutex, when[i]) == 1);
		leat_mutex_unlock(&mutex);
	}
	check(leat_mutex_stats_of(&mutex).locks == 6 && leat_mutex_stats_of(&mutex).waits == 0);
}

static void waits_until_then_and_no_longer(void)
{
	for (int mode = 0; mode < MODES; mode++) {
		leat_time then;

		begin_fake(mode);
		then = leat_in(LEAT_S(60));
		leat_mutex_lock(&mutex);
		check(leat_mutex_lock_by(&mutex, LEAT_NOW) == -1 && errno == EAGAIN);
		check(leat_mutex_stats_of(&mutex).waits == 0);
		check(leat_mutex_lock_by(&mutex, then) == -1 && errno == ETIMEDOUT && leat_now() == then);
		check(leat_mutex_stats_of(&mutex).waits == 1 && leat_mutex_stats_of(&mutex).locks == 1);
		check(leat_mutex_stats_of(&mutex).longest_wait == LEAT_S(60));
		leat_mutex_unlock(&mutex); /* nobody waits, so it is handed to nobody */
		end_fake();
	}
}

/* The n-th thread comes at the n-th millisecond. */
static void get_in_line(void *arg)
{
	int number = (int)(size_t)arg;

	rest(LEAT_MS(number + 1));
	leat_mutex_lock(&mutex);
	order[in_order++] = number;
	leat_mutex_unlock(&mutex);
}

static void must_be_in_order(int from, int count)
{
	check(in_order == count);
	for (int i = 0; i < count; i++)
		check(order[i] == from + i);
}

static void give_up(void *arg)
{
	(void)arg;
	check(leat_mutex_lock_by(&mutex, leat_in(LEAT_MS(5))) == -1 && errno == ETIMEDOUT);
}

static void the_next_one_does_not_wait_for_who_gave_up(void)
{
	for (int mode = 0; mode < MODES; mode++) {
		begin_fake(mode);
		leat_mutex_lock(&mutex);
		check(leat_go(give_up, NULL) == 1);
		check(leat_go(get_in_line, (void *)1) == 1);
		rest(LEAT_MS(10));
		leat_mutex_unlock(&mutex);
		end_fake();
		must_be_in_order(1, 1);
	}
}

/* -------------------------------------------------------------------------------------------------- who is next */

static void goes_in_the_order_of_the_line(void)
{
	for (int mode = 0; mode < MODES; mode++) {
		begin_fake(mode);
		leat_mutex_lock(&mutex);
		for (size_t i = 0; i < LINE; i++)
			check(leat_go(get_in_line, (void *)i) == 1);
		rest(LEAT_MS(LINE + 1));
		check(leat_mutex_stats_of(&mutex).waits == LINE);
		leat_mutex_unlock(&mutex);
		end_fake();
		must_be_in_order(0, LINE);
	}
}

/* Tells whether an unlock handed the lock to a thread that had waited for `after`. */
static int is_handed(int mode, leat_time after)
{
	int handed;

	begin_fake(mode);
	leat_mutex_lock(&mutex);
	check(leat_go(get_in_line, (void *)0) == 1);
	rest(LEAT_MS(1) + after);
	leat_mutex_unlock(&mutex);
	handed = (int)leat_mutex_stats_of(&mutex).handoffs;
	end_fake();
	must_be_in_order(0, 1);
	check(leat_mutex_stats_of(&mutex).longest_wait == after);
	return handed;
}

static void is_handed_on_as_the_mode_says(void)
{
	check(is_handed(LEAT_HANDOFF, 1) == 1);
	check(is_handed(LEAT_ADAPTIVE, LEAT_MS(1) - 1) == 0);
	check(is_handed(LEAT_ADAPTIVE, LEAT_MS(1)) == 1);
	check(is_handed(LEAT_ADAPTIVE, LEAT_S(3600)) == 1);
	check(is_handed(LEAT_BARGING, LEAT_S(3600)) == 0);
}

static void wait_for_it(void *arg)
{
	(void)arg;
	leat_mutex_lock(&mutex);
	atomic_fetch_add(&wins, 1);
	rest(LEAT_MS(5));
	leat_mutex_unlock(&mutex);
}

/* Not even the thread that has just unlocked gets the lock before the one to which it is handed. */
static void nobody_comes_before_who_is_handed_it(void)
{
	for (int mode = 0; mode < MODES; mode++) {
		if (mode == LEAT_BARGING)
			continue;
		begin_fake(mode);
		leat_mutex_lock(&mutex);
		check(leat_go(wait_for_it, NULL) == 1);
		rest(LEAT_MS(2));
		leat_mutex_unlock(&mutex);
		check(leat_mutex_lock_by(&mutex, LEAT_NOW) == -1 && errno == EAGAIN);
		leat_mutex_lock(&mutex);
		check(atomic_load(&wins) == 1);
		leat_mutex_unlock(&mutex);
		end_fake();
	}
}

/* Unlock, and lock again before the woken thread does. If that thread is quicker, this fails. */
static int barge(void)
{
	leat_mutex_unlock(&mutex);
	return leat_mutex_lock_by(&mutex, LEAT_NOW) == 1;
}

static int barge_past_the_line(int mode)
{
	int won;

	begin_fake(mode);
	leat_mutex_lock(&mutex);
	for (size_t i = 0; i < LINE; i++)
		check(leat_go(get_in_line, (void *)i) == 1);
	rest(LEAT_MS(LINE + 1));
	won = barge() && barge() && barge(); /* one thread competes; if several did, they would change places */
	if (won) {
		rest(1); /* by then it is in line again */
		leat_mutex_unlock(&mutex);
	}
	end_fake();
	must_be_in_order(0, LINE);
	return won;
}

static void who_loses_keeps_its_place(void)
{
	while (!barge_past_the_line(LEAT_BARGING))
		;
}

static int barge_past_one(void)
{
	int won;

	begin_fake(LEAT_ADAPTIVE);
	leat_mutex_lock(&mutex);
	check(leat_go(wait_for_it, NULL) == 1);
	rest(LEAT_US(600));
	won = barge();
	if (won) {
		rest(LEAT_US(600));
		check(atomic_load(&wins) == 0);
		leat_mutex_unlock(&mutex);
		check(leat_mutex_stats_of(&mutex).handoffs == 1);
		check(leat_mutex_stats_of(&mutex).waits == 1);
	}
	end_fake();
	return won;
}

static void who_loses_keeps_its_age(void)
{
	while (!barge_past_one())
		;
}

/* The thread was woken, and has either not run yet or has lost. It has waited long enough, so the lock must be handed
 * to it. */
static int barge_past_one_that_competes(void)
{
	int won;

	begin_fake(LEAT_ADAPTIVE);
	leat_mutex_lock(&mutex);
	check(leat_go(wait_for_it, NULL) == 1);
	rest(LEAT_US(600));
	won = barge();
	if (won) {
		check(leat_clock_advance(LEAT_US(600)) == 1);
		leat_mutex_unlock(&mutex);
		check(leat_mutex_stats_of(&mutex).handoffs == 1);
	}
	end_fake();
	return won;
}

static void who_competes_is_handed_it_too(void)
{
	for (int won = 0; won < 20;)
		won += barge_past_one_that_competes();
}

static void lose_by(void *arg)
{
	leat_time t = leat_in(LEAT_US(500));

	(void)arg;
	if (leat_mutex_lock_by(&mutex, t) == 1) {
		rest(LEAT_MS(5)); /* long enough for the thread that barges to notice that it lost */
		leat_mutex_unlock(&mutex);
		return;
	}
	check(errno == ETIMEDOUT && leat_now() == t);
	atomic_fetch_add(&wins, 1);
}

static int barge_past_a_deadline(void)
{
	int won;

	begin_fake(LEAT_BARGING);
	leat_mutex_lock(&mutex);
	check(leat_go(lose_by, NULL) == 1);
	rest(LEAT_US(100));
	won = barge();
	if (won) {
		rest(LEAT_MS(1));
		check(atomic_load(&wins) == 1);
		leat_mutex_unlock(&mutex);
	}
	end_fake();
	return won;
}

static void who_loses_keeps_its_deadline(void)
{
	while (!barge_past_a_deadline())
		;
}

/* -------------------------------------------------------------------------------------------------- greedy, polite */

static leat_time finish;

typedef struct {
	leat_time hold;
	int locks_a_loop;
	long turns;
} worker;

static void work(void *of_worker)
{
	worker *self = of_worker;

	while (leat_now() < finish) {
		leat_mutex_lock(&mutex);
		rest(self->hold);
		leat_mutex_unlock(&mutex);
		self->turns++;
	}
}

static leat_mutex_stats compete(int mode, leat_time unit, worker *greedy, worker *polite)
{
	*greedy = (worker){ 3 * unit, 1, 0 };
	*polite = (worker){ unit, 3, 0 };
	begin_fake(mode);
	finish = leat_in(400 * unit);
	check(leat_go(work, greedy) == 1 && leat_go(work, polite) == 1);
	end_fake();
	return leat_mutex_stats_of(&mutex);
}

/* Each waits while the other one holds the lock. */
static void the_polite_and_the_greedy_take_turns(void)
{
	for (int mode = 0; mode < MODES; mode++) {
		worker greedy, polite;
		leat_mutex_stats stats = compete(mode, LEAT_MS(1), &greedy, &polite);

		if (mode == LEAT_BARGING) {
			check(stats.handoffs == 0);
			continue;
		}
		check(stats.handoffs > 190 && greedy.turns >= 100);
		check(labs(greedy.turns - polite.turns) <= 1);
		check(greedy.turns / greedy.locks_a_loop <= 3 * (polite.turns / polite.locks_a_loop + 1));
		check(stats.longest_wait == LEAT_MS(3));
	}
}

/* This holds however often the greedy thread gets the lock first. */
static void adaptive_nobody_waits_much_longer_than_its_patience(void)
{
	worker greedy, polite;
	leat_mutex_stats stats = compete(LEAT_ADAPTIVE, LEAT_US(10), &greedy, &polite);

	check(stats.longest_wait <= LEAT_MS(1) + 2 * greedy.hold);
	check(greedy.turns + polite.turns >= 133 && polite.turns > 0 && greedy.turns > 0);
}

/* ---------------------------------------------------------------------------------------------------- the rest */

static void unlock_it(void *of_mutex)
{
	leat_mutex_unlock((leat_mutex *)of_mutex);
}

static void another_thread_may_unlock(void)
{
	for (int mode = LEAT_ADAPTIVE; mode <= LEAT_HANDOFF; mode++) {
		leat_mutex other = LEAT_MUTEX(mode);
		background behind;

		leat_mutex_lock(&other);
		begin(&behind, unlock_it, &other);
		leat_mutex_lock(&other); /* waits for that thread */
		must_return(&behind);
		leat_mutex_unlock(&other);
	}
}

static void is_a_locker(void)
{
	leat_locker locker = leat_mutex_locker(&mutex);

	begin_anew(LEAT_ADAPTIVE);
	locker.lock(locker.self);
	check(leat_mutex_lock_by(&mutex, LEAT_NOW) == -1 && errno == EAGAIN);
	locker.unlock(locker.self);
	check(leat_mutex_lock_by(&mutex, LEAT_NOW) == 1);
}

static void expect_panic(const char *message)
{
	check(strstr(message, "test/sync/mutex.c:") && strstr(message, "leat_mutex_unlock"));
	check(leat_mutex_lock_by(&mutex, LEAT_NOW) == 1); /* the panic hook runs with no lock held */
	_exit(42);
}

static void unlocking_what_is_not_locked_is_a_panic(void)
{
	for (int mode = 0; mode < MODES; mode++) {
		pid_t child;
		int status;

		begin_anew(mode);
		leat_mutex_lock(&mutex);
		leat_mutex_unlock(&mutex);
		fflush(NULL);
		child = fork();
		check(child >= 0);
		if (child == 0) {
			leat_on_panic(expect_panic);
			leat_mutex_unlock(&mutex);
			_exit(1);
		}
		check(waitpid(child, &status, 0) == child);
		check(WIFEXITED(status) && WEXITSTATUS(status) == 42);
	}
}

int main(int argc, char **argv)
{
	return RUN(excludes, excludes_those_who_give_up, zero_is_adaptive, takes_what_is_free_however_late,
	           waits_until_then_and_no_longer, the_next_one_does_not_wait_for_who_gave_up,
	           goes_in_the_order_of_the_line, is_handed_on_as_the_mode_says, nobody_comes_before_who_is_handed_it,
	           who_loses_keeps_its_place, who_loses_keeps_its_age, who_competes_is_handed_it_too,
	           who_loses_keeps_its_deadline, the_polite_and_the_greedy_take_turns,
	           adaptive_nobody_waits_much_longer_than_its_patience, is_a_locker,
	           unlocking_what_is_not_locked_is_a_panic,
	           another_thread_may_unlock);
}
