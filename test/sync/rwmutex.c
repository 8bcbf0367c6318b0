/* SPDX-License-Identifier: 0BSD
 *
 * rwmutex.c - several threads read at once, or one writes alone. Waiting threads go in the order in which they came,
 * and readers that stand next to each other go together. So readers that keep coming do not starve a writer, and
 * writers do not starve a reader. A deadline ends a wait. A thread that gave up, or that only tries, holds nobody back.
 * Both sides are available as lockers. Unlocking a side that is not locked is a panic.
 */
#include "../test.h"

#include <sys/wait.h>

enum { THREADS = 4, ROUNDS = 400, LINE = 20 };

static const leat_rx nil;
static leat_rwmutex mutex;
static long shared, copy;                          /* writers keep them equal */
static atomic_int reading, writing;
static leat_time start, got[LINE];                 /* when each waiter got the lock */

static void rest(leat_time duration)
{
	check(leat_wait_by(nil, leat_in(duration)) == -1 && errno == ETIMEDOUT);
}

/* From here to end_fake, time passes only while all threads sleep. So a waiter is in line as soon as the rest of
 * another thread is over. */
static void begin_fake(void)
{
	mutex = (leat_rwmutex){ 0 };
	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	start = leat_now();
}

static void end_fake(void)
{
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(leat_rwmutex_lock_by(&mutex, LEAT_NOW) == 1); /* no thread that has ended still holds it */
	leat_rwmutex_unlock(&mutex);
	leat_clock_real();
}

/* -------------------------------------------------------------------------------------------------- excludes */

static void look(void)
{
	atomic_fetch_add(&reading, 1);
	check(shared == copy && atomic_load(&writing) == 0);
	if (shared % 4 == 0)
		sched_yield();
	check(shared == copy);
	atomic_fetch_sub(&reading, 1);
}

static void change(void)
{
	check(atomic_fetch_add(&writing, 1) == 0 && atomic_load(&reading) == 0);
	shared++;
	if (shared % 4 == 0)
		sched_yield();
	copy++;
	atomic_fetch_sub(&writing, 1);
}

static void read_and_write(void *arg)
{
	unsigned state = (unsigned)(size_t)arg;

	for (int i = 0; i < ROUNDS; i++) {
		if (random_below(&state, 4)) {
			leat_rwmutex_read_lock(&mutex);
			look();
			leat_rwmutex_read_unlock(&mutex);
		} else {
			leat_rwmutex_lock(&mutex);
			change();
			leat_rwmutex_unlock(&mutex);
		}
	}
}

static void impatiently(void *arg)
{
	unsigned state = (unsigned)(size_t)arg;

	for (int i = 0; i < ROUNDS; i++) {
		leat_time t = random_below(&state, 3) ? leat_in(LEAT_NS(random_below(&state, 20000))) : LEAT_NOW;
		int reads = random_below(&state, 4) > 0;

		if ((reads ? leat_rwmutex_read_lock_by : leat_rwmutex_lock_by)(&mutex, t) < 0) {
			check(errno == (t == LEAT_NOW ? EAGAIN : ETIMEDOUT));
		} else if (reads) {
			look();
			leat_rwmutex_read_unlock(&mutex);
		} else {
			change();
			leat_rwmutex_unlock(&mutex);
		}
	}
}

static void readers_together_writers_alone(void)
{
	void (*const ways[])(void *) = { read_and_write, impatiently };

	for (int way = 0; way < 2; way++) {
		for (int i = 0; i < THREADS; i++)
			check(leat_go(ways[way], (void *)(size_t)(i + 1)) == 1);
		check(leat_wait_all(LEAT_NEVER) == 1);
		check(shared == copy && shared > 0);
		check(leat_rwmutex_lock_by(&mutex, LEAT_NOW) == 1);
		leat_rwmutex_unlock(&mutex);
	}
}

/* ------------------------------------------------------------------------------------------- tries and deadlines */

static void a_try_takes_what_there_is(void)
{
	mutex = (leat_rwmutex){ 0 };
	check(leat_rwmutex_read_lock_by(&mutex, LEAT_NOW) == 1);
	check(leat_rwmutex_read_lock_by(&mutex, LEAT_NOW + 1) == 1);
	check(leat_rwmutex_lock_by(&mutex, LEAT_NOW) == -1 && errno == EAGAIN);
	leat_rwmutex_read_unlock(&mutex);
	check(leat_rwmutex_lock_by(&mutex, LEAT_NOW) == -1 && errno == EAGAIN);
	leat_rwmutex_read_unlock(&mutex);
	check(leat_rwmutex_lock_by(&mutex, LEAT_NOW) == 1);
	check(leat_rwmutex_lock_by(&mutex, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_rwmutex_read_lock_by(&mutex, LEAT_NOW) == -1 && errno == EAGAIN);
	leat_rwmutex_unlock(&mutex);
}

static void try_to_write(void *arg)
{
	(void)arg;
	for (int i = 0; i < 100 * ROUNDS; i++)
		check(leat_rwmutex_lock_by(&mutex, LEAT_NOW) == -1 && errno == EAGAIN);
}

static void who_only_tries_is_in_nobodys_way(void)
{
	mutex = (leat_rwmutex){ 0 };
	leat_rwmutex_read_lock(&mutex);
	check(leat_go(try_to_write, NULL) == 1);
	while (leat_live()) {
		check(leat_rwmutex_read_lock_by(&mutex, LEAT_NOW) == 1);
		leat_rwmutex_read_unlock(&mutex);
	}
	leat_rwmutex_read_unlock(&mutex);
}

static void waits_until_then_and_no_longer(void)
{
	begin_fake();
	leat_rwmutex_read_lock(&mutex);
	check(leat_rwmutex_lock_by(&mutex, start + LEAT_S(1)) == -1 && errno == ETIMEDOUT);
	check(leat_now() == start + LEAT_S(1));
	leat_rwmutex_read_unlock(&mutex);
	leat_rwmutex_lock(&mutex);
	check(leat_rwmutex_read_lock_by(&mutex, start + LEAT_S(2)) == -1 && errno == ETIMEDOUT);
	check(leat_rwmutex_lock_by(&mutex, start + LEAT_S(3)) == -1 && errno == ETIMEDOUT);
	check(leat_now() == start + LEAT_S(3));
	leat_rwmutex_unlock(&mutex);
	end_fake();
}

static void give_up_writing(void *arg)
{
	(void)arg;
	check(leat_rwmutex_lock_by(&mutex, leat_in(LEAT_MS(5))) == -1 && errno == ETIMEDOUT);
}

static void read_after_it(void *arg)
{
	rest(LEAT_MS(1));
	leat_rwmutex_read_lock(&mutex);
	*(leat_time *)arg = leat_now() - start;
	leat_rwmutex_read_unlock(&mutex);
}

/* A reader waits behind a writer. When the writer gives up, the reader joins the threads that read. */
static void who_gave_up_holds_nobody_back(void)
{
	leat_time read_at = 0;

	begin_fake();
	leat_rwmutex_read_lock(&mutex);
	check(leat_go(give_up_writing, NULL) == 1 && leat_go(read_after_it, &read_at) == 1);
	rest(LEAT_MS(2));
	/* not before the threads that wait */
	check(leat_rwmutex_read_lock_by(&mutex, LEAT_NOW) == -1 && errno == EAGAIN);
	rest(LEAT_MS(8));
	check(read_at == LEAT_MS(5));
	leat_rwmutex_read_unlock(&mutex);
	end_fake();
}

/* -------------------------------------------------------------------------------------------------- who is next */

typedef struct { int place; char what; } waiter;

/* Come at the millisecond that the place says. Keep the lock for a second. */
static void get_in_line(void *of_waiter)
{
	const waiter *self = of_waiter;
	leat_locker locker = self->what == 'W' ? leat_rwmutex_locker(&mutex) : leat_rwmutex_read_locker(&mutex);

	rest(LEAT_MS(self->place + 1));
	locker.lock(locker.self);
	got[self->place] = leat_now() - start;
	rest(LEAT_S(1));
	locker.unlock(locker.self);
}

/* Let these threads wait until second 1. Then check in which second each of them gets the lock. */
static void must_go(const char *line, const char *seconds)
{
	waiter waiters[LINE];

	begin_fake();
	leat_rwmutex_lock(&mutex);
	for (int i = 0; line[i]; i++) {
		waiters[i] = (waiter){ i, line[i] };
		check(leat_go(get_in_line, &waiters[i]) == 1);
	}
	rest(LEAT_S(1));
	leat_rwmutex_unlock(&mutex);
	end_fake();
	for (int i = 0; line[i]; i++)
		check(got[i] == LEAT_S(seconds[i] - '0'));
}

static void in_the_order_they_came_neighbouring_readers_together(void)
{
	must_go("R", "1");
	must_go("W", "1");
	must_go("RRRR", "1111");
	must_go("WWW", "123");
	must_go("RWR", "123");
	must_go("WRRRW", "12223");
	must_go("RRWRRRWWR", "112333456");
}

static atomic_int writer_is_through;

static void keep_reading(void *arg)
{
	rest(LEAT_MS((int)(size_t)arg));
	while (!atomic_load(&writer_is_through)) {
		leat_rwmutex_read_lock(&mutex);
		rest(LEAT_MS(10));
		leat_rwmutex_read_unlock(&mutex);
	}
}

/* The readers overlap, so there is always one that reads. */
static void readers_do_not_starve_a_writer(void)
{
	begin_fake();
	atomic_store(&writer_is_through, 0);
	for (size_t i = 0; i < THREADS; i++)
		check(leat_go(keep_reading, (void *)(2 * i)) == 1);
	rest(LEAT_MS(25));
	leat_rwmutex_lock(&mutex);
	check(leat_now() - start <= LEAT_MS(25 + 10));
	atomic_store(&writer_is_through, 1);
	leat_rwmutex_unlock(&mutex);
	end_fake();
}

static atomic_int reader_is_through;

static void keep_writing(void *arg)
{
	rest(LEAT_MS((int)(size_t)arg));
	while (!atomic_load(&reader_is_through)) {
		leat_rwmutex_lock(&mutex);
		rest(LEAT_MS(10));
		leat_rwmutex_unlock(&mutex);
	}
}

static void writers_do_not_starve_a_reader(void)
{
	begin_fake();
	atomic_store(&reader_is_through, 0);
	for (size_t i = 0; i < THREADS; i++)
		check(leat_go(keep_writing, (void *)(2 * i)) == 1);
	rest(LEAT_MS(25));
	leat_rwmutex_read_lock(&mutex);
	check(leat_now() - start <= LEAT_MS(25 + THREADS * 10));
	atomic_store(&reader_is_through, 1);
	leat_rwmutex_read_unlock(&mutex);
	end_fake();
}

/* ---------------------------------------------------------------------------------------------------- the rest */

static void both_sides_are_lockers(void)
{
	leat_locker writer = leat_rwmutex_locker(&mutex), reader = leat_rwmutex_read_locker(&mutex);

	mutex = (leat_rwmutex){ 0 };
	reader.lock(reader.self);
	reader.lock(reader.self);
	check(leat_rwmutex_lock_by(&mutex, LEAT_NOW) == -1);
	reader.unlock(reader.self);
	reader.unlock(reader.self);
	writer.lock(writer.self);
	check(leat_rwmutex_read_lock_by(&mutex, LEAT_NOW) == -1);
	writer.unlock(writer.self);
	check(leat_rwmutex_lock_by(&mutex, LEAT_NOW) == 1);
}

static const char *expected;

static void expect_panic(const char *message)
{
	check(strstr(message, expected));
	(void)leat_rwmutex_read_lock_by(&mutex, LEAT_NOW); /* no lock is held on which this would hang */
	_exit(42);
}

static void unlock(void)
{
	leat_rwmutex_unlock(&mutex);
}

static void read_unlock(void)
{
	leat_rwmutex_read_unlock(&mutex);
}

static void must_panic(void (*unlocks)(void), const char *name)
{
	pid_t child;
	int status;

	fflush(NULL);
	child = fork();
	check(child >= 0);
	if (child == 0) {
		expected = name;
		leat_on_panic(expect_panic);
		unlocks();
		_exit(1);
	}
	check(waitpid(child, &status, 0) == child);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

static void unlocking_what_is_not_locked_so_is_a_panic(void)
{
	mutex = (leat_rwmutex){ 0 };
	must_panic(unlock, "leat_rwmutex_unlock ");
	must_panic(read_unlock, "leat_rwmutex_read_unlock ");
	leat_rwmutex_lock(&mutex);
	must_panic(read_unlock, "leat_rwmutex_read_unlock ");
	leat_rwmutex_unlock(&mutex);
	leat_rwmutex_read_lock(&mutex);
	must_panic(unlock, "leat_rwmutex_unlock ");
	leat_rwmutex_read_unlock(&mutex);
}

static void unlock_both(void *of_mutexes)
{
	leat_rwmutex *mutexes = of_mutexes;

	leat_rwmutex_unlock(&mutexes[0]);
	leat_rwmutex_read_unlock(&mutexes[1]);
}

static void another_thread_may_unlock(void)
{
	leat_rwmutex mutexes[2] = { { LEAT_MONITOR, 0, 0 }, { LEAT_MONITOR, 0, 0 } };
	background behind;

	leat_rwmutex_lock(&mutexes[0]);
	leat_rwmutex_read_lock(&mutexes[1]);
	begin(&behind, unlock_both, mutexes);
	leat_rwmutex_lock(&mutexes[0]);
	leat_rwmutex_lock(&mutexes[1]);
	must_return(&behind);
	leat_rwmutex_unlock(&mutexes[0]);
	leat_rwmutex_unlock(&mutexes[1]);
}

int main(int argc, char **argv)
{
	return RUN(readers_together_writers_alone, a_try_takes_what_there_is, who_only_tries_is_in_nobodys_way,
	           waits_until_then_and_no_longer, who_gave_up_holds_nobody_back,
	           in_the_order_they_came_neighbouring_readers_together, readers_do_not_starve_a_writer,
	           writers_do_not_starve_a_reader, both_sides_are_lockers, unlocking_what_is_not_locked_so_is_a_panic,
	           another_thread_may_unlock);
}
