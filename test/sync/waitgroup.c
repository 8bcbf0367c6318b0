/* SPDX-License-Identifier: 0BSD
 *
 * waitgroup.c - a wait ends when as many are done as were added, or at its deadline. All waiting threads go on then,
 * and see what was written before. A wait belongs to one round, and later rounds do not matter to it. A thread that has
 * waited may free the group. A count below zero is a panic that says where. leat_waitgroup_go adds a function before it
 * begins, and the function counts as done however it ends.
 */
#include "../test.h"

#include <limits.h>
#include <sys/wait.h>

enum { THREADS = 4, ROUNDS = 300 };

typedef struct { background behind; leat_waitgroup *group; int result; } waiter;

static void wait_for_group(void *of_waiter)
{
	waiter *self = of_waiter;

	self->result = leat_waitgroup_wait(self->group, LEAT_NEVER);
}

static void begin_wait(waiter *self, leat_waitgroup *group)
{
	self->group = group;
	begin(&self->behind, wait_for_group, self);
}

static void must_have_waited(waiter *self)
{
	must_return(&self->behind);
	check(self->result == 1);
}

/* ------------------------------------------------------------------------------------------------- counting -- */

static void nothing_to_wait_for(void)
{
	leat_waitgroup group = { 0 };

	check(leat_waitgroup_wait(&group, LEAT_NEVER) == 1);
	check(leat_waitgroup_wait(&group, LEAT_NOW) == 1);
	check(leat_waitgroup_wait(&group, leat_in(-LEAT_S(1))) == 1);
	leat_waitgroup_add(&group, 0);
	check(leat_waitgroup_wait(&group, LEAT_NOW) == 1);
}

static void the_last_done_wakes_all(void)
{
	leat_waitgroup group = { 0 };
	waiter waiters[THREADS];

	leat_waitgroup_add(&group, 3);
	for (int i = 0; i < THREADS; i++)
		begin_wait(&waiters[i], &group);
	leat_waitgroup_done(&group);
	leat_waitgroup_add(&group, -1);
	for (int i = 0; i < THREADS; i++)
		must_block(&waiters[i].behind);
	leat_waitgroup_done(&group);
	for (int i = 0; i < THREADS; i++)
		must_have_waited(&waiters[i]);
	check(leat_waitgroup_wait(&group, LEAT_NOW) == 1);
}

static void until_a_deadline(void)
{
	leat_waitgroup group = { 0 };
	leat_time begun;

	leat_waitgroup_add(&group, 1);
	errno = 0;
	check(leat_waitgroup_wait(&group, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	begun = leat_now();
	check(leat_waitgroup_wait(&group, leat_in(LEAT_S(60))) == -1 && errno == ETIMEDOUT);
	check(leat_now() == begun + LEAT_S(60));
	leat_clock_real();
	leat_waitgroup_done(&group);
	check(leat_waitgroup_wait(&group, begun) == 1);
}

/* ------------------------------------------------------------------------------------------------- rounds -- */

static void wait_until_in_line(leat_waitgroup *group)
{
	for (int in_line = 0; !in_line; nap(1)) {
		leat_monitor_enter(&group->monitor_);
		in_line = leat_monitor_first(&group->monitor_) != NULL;
		leat_monitor_leave(&group->monitor_);
	}
}

/* The done and the next add come before the waiter can run. The waiter must not wait for the new round. */
static void a_new_round_keeps_no_waiter_of_the_old_one(void)
{
	leat_waitgroup group = { 0 };
	waiter old, new;

	for (int i = 0; i < 20; i++) {
		leat_waitgroup_add(&group, 1);
		begin_wait(&old, &group);
		wait_until_in_line(&group);
		leat_waitgroup_done(&group);
		leat_waitgroup_add(&group, 1);
		must_have_waited(&old);
		begin_wait(&new, &group);
		if (i == 0)
			must_block(&new.behind);
		leat_waitgroup_done(&group);
		must_have_waited(&new);
	}
}

typedef struct { int wrote; } writer;

static void write_once_more(void *of_writer)
{
	writer *self = of_writer;

	self->wrote++;
}

static void what_was_written_is_seen_in_each_round(void)
{
	leat_waitgroup group = { 0 };
	writer writers[THREADS] = { { 0 } };

	for (int round = 1; round <= ROUNDS; round++) {
		for (int i = 0; i < THREADS; i++)
			check(leat_waitgroup_go(&group, write_once_more, &writers[i]) == 1);
		check(leat_waitgroup_wait(&group, LEAT_NEVER) == 1);
		for (int i = 0; i < THREADS; i++)
			check(writers[i].wrote == round);
	}
}

static void be_done(void *group)
{
	leat_waitgroup_done((leat_waitgroup *)group);
}

/* The address sanitizer reports it if the last done still looks at the group. */
static void who_has_waited_may_free_it(void)
{
	for (int round = 0; round < ROUNDS; round++) {
		leat_waitgroup *group = calloc(1, sizeof *group);

		check(group);
		leat_waitgroup_add(group, 2);
		for (int i = 0; i < 2; i++)
			check(leat_go(be_done, group) == 1);
		check(leat_waitgroup_wait(group, LEAT_NEVER) == 1);
		memset(group, 0xff, sizeof *group);
		free(group);
	}
}

/* ---------------------------------------------------------------------------------------------- functions -- */

static void wait_for_stream(void *rx)
{
	(void)leat_wait(*(leat_rx *)rx);
}

static void leave_after_stream(void *rx)
{
	(void)leat_wait(*(leat_rx *)rx);
	pthread_exit(NULL);
}

static void done_however_it_ends(void (*fn)(void *arg))
{
	leat_chan stop = leat_make_unit();
	leat_waitgroup group = { 0 };

	check(leat_waitgroup_go(&group, fn, &stop.rx) == 1);
	check(leat_waitgroup_wait(&group, LEAT_NOW) == -1 && errno == EAGAIN);
	check(leat_waitgroup_go(&group, fn, &stop.rx) == 1);
	check(leat_signal(stop.tx) == 1);
	check(leat_waitgroup_wait(&group, leat_in(LEAT_MS(5))) == -1 && errno == ETIMEDOUT);
	leat_drop(stop.tx);
	check(leat_waitgroup_wait(&group, LEAT_NEVER) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(stop.rx);
}

static void go_counts_what_it_starts(void)
{
	done_however_it_ends(wait_for_stream);
}

static void go_counts_what_leaves_by_pthread_exit(void)
{
	done_however_it_ends(leave_after_stream);
}

static void go_nowhere(void)
{
	leat_waitgroup group = { 0 };

	errno = 0;
	check(leat_waitgroup_go(&group, NULL, NULL) == -1 && errno == EINVAL);
	check(leat_waitgroup_wait(&group, LEAT_NOW) == 1);
}

/* ----------------------------------------------------------------------------- close after the last sender -- */

typedef struct { leat_tx tx; int from; } sender;

static void send_some(void *of_sender)
{
	sender *self = of_sender;

	send_ints(self->tx, self->from, 25);
}

typedef struct { leat_waitgroup *group; leat_tx tx; } closer;

static void close_when_all_are_done(void *of_closer)
{
	closer *self = of_closer;

	check(leat_waitgroup_wait(self->group, LEAT_NEVER) == 1);
	check(leat_close(self->tx) == 1);
}

static void several_senders_and_one_who_closes(void)
{
	leat_chan chan = leat_make(int, capacity);
	leat_waitgroup group = { 0 };
	sender senders[THREADS];
	closer last = { &group, chan.tx };
	int seen[THREADS * 25] = { 0 }, count = 0;

	for (int i = 0; i < THREADS; i++) {
		senders[i] = (sender){ chan.tx, 25 * i };
		check(leat_waitgroup_go(&group, send_some, &senders[i]) == 1);
	}
	check(leat_go(close_when_all_are_done, &last) == 1);
	for (int n; leat_recv(chan.rx, &n) > 0; count++)
		check(seen[n]++ == 0);
	check(count == THREADS * 25);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(chan);
}

/* ------------------------------------------------------------------------------------------------- misuse -- */

static int said_at; /* on which line the misuse is */

static void exit_if_it_says_where(const char *message)
{
	char where[256];

	snprintf(where, sizeof where, "%s:%d: ", __FILE__, said_at);
	_exit(strncmp(message, where, strlen(where)) == 0 && strstr(message, "wait group") ? 42 : 1);
}

static void must_panic(void (*misuse)(leat_waitgroup *))
{
	leat_waitgroup group = { 0 };
	int status = 0;
	pid_t child;

	fflush(NULL);
	child = fork();
	check(child >= 0);
	if (child == 0) {
		leat_on_panic(exit_if_it_says_where);
		leat_waitgroup_add(&group, 1);
		misuse(&group);
		_exit(0);
	}
	check(waitpid(child, &status, 0) == child);
	check(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

static void one_done_too_many(leat_waitgroup *group)
{
	leat_waitgroup_done(group);
	said_at = __LINE__ + 1;
	leat_waitgroup_done(group);
}

static void two_less_than_one(leat_waitgroup *group)
{
	said_at = __LINE__ + 1;
	leat_waitgroup_add(group, -2);
}

static void the_least_that_there_is(leat_waitgroup *group)
{
	said_at = __LINE__ + 1;
	leat_waitgroup_add(group, LONG_MIN);
}

static void more_than_can_be_counted(leat_waitgroup *group)
{
	said_at = __LINE__ + 1;
	leat_waitgroup_add(group, LONG_MAX);
}

static void what_cannot_be_counted_is_a_panic(void)
{
	must_panic(one_done_too_many);
	must_panic(two_less_than_one);
	must_panic(the_least_that_there_is);
	must_panic(more_than_can_be_counted);
}

int main(int argc, char **argv)
{
	return RUN(nothing_to_wait_for, the_last_done_wakes_all, until_a_deadline,
	           a_new_round_keeps_no_waiter_of_the_old_one, what_was_written_is_seen_in_each_round,
	           who_has_waited_may_free_it, go_counts_what_it_starts, go_counts_what_leaves_by_pthread_exit,
	           go_nowhere, several_senders_and_one_who_closes, what_cannot_be_counted_is_a_panic);
}
