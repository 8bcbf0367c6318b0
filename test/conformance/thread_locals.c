/* SPDX-License-Identifier: 0BSD
 *
 * thread_locals.c - calls of leat while a thread, or the program, is ending. They are made in the destructor of a
 * pthread key that is older than all keys of leat, in that of a younger key, and from atexit. The calls work and wait,
 * like those of crossbeam in the destructors of thread-local values.
 */
#define _POSIX_C_SOURCE 200809L
#include "../test.h"

#include <sys/wait.h>

static atomic_int destroyed;

static void send_five(void *of_tx)
{
	leat_tx tx = *(leat_tx *)of_tx;

	send_ints(tx, 0, 5);
	leat_drop(tx);
}

/* Calls of all kinds that make a thread wait, also for a time. */
static void use_it_all(void)
{
	leat_chan chan = leat_make(int, capacity), quiet = leat_make(int, capacity);
	leat_time until = leat_in(LEAT_MS(2));
	leat_case on[] = { LEAT_WAIT(quiet.rx) };
	background other;

	begin(&other, send_five, &chan.tx);
	receive_ints(chan.rx, 0, 5);
	check(leat_wait(chan.rx) == 0);
	must_return(&other);
	check(leat_select(on, until) == -1 && errno == ETIMEDOUT && leat_now() >= until);
	leat_drop(chan.rx);
	leat_drop(quiet);
}

static void destroy(void *value)
{
	check(value != NULL);
	use_it_all();
	atomic_fetch_add(&destroyed, 1);
}

static pthread_key_t older, younger;

static void set_keys(void)
{
	static int something;

	check(pthread_setspecific(older, &something) == 0 && pthread_setspecific(younger, &something) == 0);
}

/* One key is made before the thread first waits, and one after. */
static void set_then_use(void *nothing)
{
	(void)nothing;
	set_keys();
	use_it_all();
}

static void use_then_set(void *nothing)
{
	(void)nothing;
	use_it_all();
	set_keys();
}

/* The thread first uses leat in the destructor. */
static void only_set(void *nothing)
{
	(void)nothing;
	set_keys();
}

static void in_destructors_of_threads(void)
{
	void (*const ways[])(void *) = { set_then_use, use_then_set, only_set };
	background threads[3];

	atomic_store(&destroyed, 0);
	for (int i = 0; i < 3; i++)
		begin(&threads[i], ways[i], NULL);
	for (int i = 0; i < 3; i++)
		must_return(&threads[i]);
	check(atomic_load(&destroyed) == 3 * 2);
}

/* The threads of leat end when leat has no more use for them. */
static void in_destructors_of_started_functions(void)
{
	atomic_store(&destroyed, 0);
	check(leat_go(set_then_use, NULL) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_trim();
	check(atomic_load(&destroyed) == 2);
}

static void set_and_exit(void *nothing)
{
	set_then_use(nothing);
	pthread_exit(NULL);
}

static void in_destructors_of_one_that_exits(void)
{
	atomic_store(&destroyed, 0);
	check(leat_go(set_and_exit, NULL) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_trim(); /* the function has returned, but its thread may not have ended yet */
	check(atomic_load(&destroyed) == 2);
}

enum { PROVED = 7 };

static void prove_at_exit(void)
{
	use_it_all();
	_exit(PROVED);
}

/* This runs in a child, whose exit status shows that it finished. */
static void from_atexit(void)
{
	pid_t child = fork();
	int status;

	check(child >= 0);
	if (child == 0) {
		check(atexit(prove_at_exit) == 0);
		exit(0);
	}
	check(waitpid(child, &status, 0) == child);
	check(WIFEXITED(status) && WEXITSTATUS(status) == PROVED);
}

int main(int argc, char **argv)
{
	check(pthread_key_create(&older, destroy) == 0);
	use_it_all(); /* now leat has made all its keys */
	check(pthread_key_create(&younger, destroy) == 0);
	return RUN(in_destructors_of_threads, in_destructors_of_started_functions, in_destructors_of_one_that_exits,
	           from_atexit);
}
