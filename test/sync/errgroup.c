/* SPDX-License-Identifier: 0BSD
 *
 * errgroup.c - a group of functions. The first error cancels the other functions, and wait returns it. Also tested: an
 * outside done, a limit, pthread_exit, and that nothing is left after wait.
 */
#include "../test.h"

enum { MEMBERS = 20, LIMIT = 3 };

static const leat_rx nil;

static leat_errgroup *group_of(leat_rx done)
{
	leat_errgroup *group = leat_errgroup_make(done);

	check(group != NULL);
	return group;
}

static int succeed(leat_rx done, void *of_count)
{
	(void)done;
	atomic_fetch_add((atomic_int *)of_count, 1);
	return 0;
}

static int fail(leat_rx done, void *of_errno)
{
	(void)done;
	return -*(int *)of_errno;
}

/* Stay until the group is told to stop. */
static int stay(leat_rx done, void *of_count)
{
	(void)leat_wait(done);
	if (of_count)
		atomic_fetch_add((atomic_int *)of_count, 1);
	return -EINTR;
}

/* ---------------------------------------------------------------------------------------------- no error -- */

static void all_succeed(void)
{
	leat_errgroup *group = group_of(nil);
	leat_rx done = leat_dup(leat_errgroup_done(group));
	atomic_int count = 0;

	for (int i = 0; i < MEMBERS; i++)
		check(leat_errgroup_go(group, succeed, &count) == 1);
	check(leat_closed(done) == 0);
	check(leat_errgroup_wait(group) == 0 && atomic_load(&count) == MEMBERS);
	check(leat_closed(done) == 1 && leat_cause(done) == ECANCELED);
	leat_drop(done);
}

static void of_none(void)
{
	leat_chan outside = leat_make_unit();

	check(leat_errgroup_wait(group_of(nil)) == 0);
	check(leat_errgroup_wait(group_of(outside.rx)) == 0);
	leat_drop(outside.rx);
	check(leat_wait_gone(outside.tx, LEAT_NEVER) == 1);
	leat_drop(outside.tx);
}

static int positive(leat_rx done, void *arg)
{
	(void)done, (void)arg;
	return 7;
}

static void what_is_not_negative_is_no_error(void)
{
	leat_errgroup *group = group_of(nil);

	check(leat_errgroup_go(group, positive, NULL) == 1);
	check(leat_errgroup_wait(group) == 0);
}

static void nonsense(void)
{
	leat_errgroup *group = group_of(nil);

	errno = 0;
	check(leat_errgroup_go(group, NULL, NULL) == -1 && errno == EINVAL);
	errno = 0;
	check(leat_errgroup_try_go(NULL, succeed, NULL) == -1 && errno == EINVAL);
	errno = 0;
	check(leat_errgroup_set_limit(NULL, 1) == -1 && errno == EINVAL);
	check(leat_errgroup_wait(NULL) == EINVAL && leat_cause(leat_errgroup_done(NULL)) == EINVAL);
	check(leat_errgroup_wait(group) == 0);
}

/* ------------------------------------------------------------------------------------------------- errors -- */

static void the_first_error_cancels_the_others(void)
{
	leat_errgroup *group = group_of(nil);
	leat_rx done = leat_dup(leat_errgroup_done(group));
	atomic_int count = 0;
	int error = EIO;

	for (int i = 0; i < MEMBERS; i++)
		check(leat_errgroup_go(group, stay, &count) == 1);
	check(leat_errgroup_go(group, fail, &error) == 1);
	check(leat_wait(done) == 0 && leat_cause(done) == EIO);
	check(leat_errgroup_wait(group) == EIO && atomic_load(&count) == MEMBERS && leat_cause(done) == EIO);
	leat_drop(done);
}

/* A function that is started after an error still runs, and finds its done ended. */
static void after_an_error(void)
{
	leat_errgroup *group = group_of(nil);
	int error = ENOENT, later = EIO;

	check(leat_errgroup_go(group, fail, &error) == 1);
	check(leat_wait(leat_errgroup_done(group)) == 0);
	check(leat_errgroup_go(group, fail, &later) == 1);
	check(leat_errgroup_go(group, stay, NULL) == 1);
	check(leat_errgroup_wait(group) == ENOENT);
}

static int leave(leat_rx done, void *arg)
{
	(void)done, (void)arg;
	pthread_exit(NULL);
}

static void by_pthread_exit(void)
{
	leat_errgroup *group = group_of(nil);

	check(leat_errgroup_set_limit(group, 2) == 1);
	check(leat_errgroup_go(group, stay, NULL) == 1);
	check(leat_errgroup_go(group, leave, NULL) == 1);
	check(leat_errgroup_go(group, stay, NULL) == 1); /* it takes the place of the function that left */
	check(leat_errgroup_wait(group) == EOWNERDEAD);
}

/* ----------------------------------------------------------------------------------------- done from outside -- */

static void outside_ends_it(void)
{
	int causes[] = { EIO, 0 };

	for (int i = 0; i < 2; i++) {
		leat_chan outside = leat_make_unit();
		leat_errgroup *group = group_of(outside.rx);
		leat_rx done = leat_dup(leat_errgroup_done(group));
		int expected = causes[i] ? causes[i] : ECANCELED;

		check(leat_errgroup_go(group, stay, NULL) == 1);
		check(leat_close_with(outside.tx, causes[i]) == 1);
		check(leat_errgroup_wait(group) == expected && leat_cause(done) == expected);
		leat_drop(done);
		leat_drop(outside);
	}
}

/* No thread watches the outside done, whether it is a channel, a deadline or the done of another group. */
static void outside_needs_no_thread(void)
{
	leat_context *request = leat_context_with_timeout(leat_context_background(), LEAT_S(1000));
	leat_errgroup *outer = group_of(leat_context_done(request)), *inner = group_of(leat_errgroup_done(outer));

	check(leat_live() == 0);
	check(leat_errgroup_go(inner, stay, NULL) == 1 && leat_live() == 1);
	check(leat_context_cancel_with(request, EIO) == 1);
	check(leat_errgroup_wait(inner) == EIO && leat_errgroup_wait(outer) == 0);
	leat_context_drop(request);
}

static void a_value_from_outside_ends_it(void)
{
	leat_chan outside = leat_make(int, 1);
	leat_errgroup *group = group_of(outside.rx);

	check(leat_errgroup_go(group, stay, NULL) == 1);
	check(leat_send(outside.tx, &(int){ 1 }) == 1);
	check(leat_errgroup_wait(group) == ECANCELED && leat_len(outside) == 1); /* nobody has taken it */
	leat_drop(outside);
}

/* The outside done ended too late to make a function fail, so wait returns 0. */
static void outside_ends_it_too_late(void)
{
	leat_chan outside = leat_make_unit();
	leat_errgroup *group = group_of(outside.rx);
	atomic_int count = 0;

	check(leat_errgroup_go(group, succeed, &count) == 1);
	check(leat_close_with(outside.tx, EIO) == 1);
	check(leat_wait(leat_errgroup_done(group)) == 0 && leat_cause(leat_errgroup_done(group)) == EIO);
	check(leat_errgroup_wait(group) == 0);
	leat_drop(outside);
}

static void over_from_the_beginning(void)
{
	leat_rx pasts[] = { leat_ended(EIO), leat_ended(0), leat_at(0) };
	int causes[] = { EIO, ECANCELED, ETIMEDOUT };

	for (int i = 0; i < 3; i++) {
		leat_errgroup *group = group_of(pasts[i]);

		check(leat_cause(leat_errgroup_done(group)) == causes[i] && leat_live() == 0);
		check(leat_errgroup_go(group, stay, NULL) == 1);
		check(leat_errgroup_wait(group) == causes[i]);
		check(leat_wait_all(LEAT_NEVER) == 1);
		leat_drop(pasts[i]);
	}
}

/* wait drops the handle of the outside done. The end of the group does not close the outside done. */
static void outside_goes_on(void)
{
	leat_chan outside = leat_make_unit();
	leat_errgroup *group = group_of(outside.rx);
	int error = EIO;

	check(leat_errgroup_go(group, fail, &error) == 1);
	check(leat_errgroup_wait(group) == EIO);
	check(leat_closed(outside) == 0);
	leat_drop(outside.rx);
	check(leat_wait_gone(outside.tx, LEAT_NEVER) == 1);
	leat_drop(outside.tx);
}

static void inside_one_another(void)
{
	leat_context *context;
	leat_errgroup *outer, *inner;

	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	context = leat_context_with_timeout_cause(leat_context_background(), LEAT_S(1), EIO);
	outer = group_of(leat_context_done(context));
	inner = group_of(leat_errgroup_done(outer));
	check(leat_errgroup_go(inner, stay, NULL) == 1);
	check(leat_errgroup_wait(inner) == EIO); /* the cause of the deadline reaches the inner group */
	check(leat_errgroup_wait(outer) == 0);
	leat_context_drop(context);
	leat_clock_real();
}

/* The outside done and the group end at the same time. */
static void close_it(void *of_chan)
{
	check(leat_close_with(((leat_chan *)of_chan)->tx, EIO) == 1);
}

static void both_ends_at_once(void)
{
	for (int i = 0; i < 100; i++) {
		leat_chan outside = leat_make_unit();
		leat_errgroup *group = group_of(outside.rx);
		atomic_int count = 0;
		background closer;

		check(leat_errgroup_go(group, succeed, &count) == 1);
		begin(&closer, close_it, &outside);
		check(leat_errgroup_wait(group) == 0);
		must_return(&closer);
		leat_drop(outside);
	}
}

/* --------------------------------------------------------------------------------------------------- limits -- */

typedef struct { leat_errgroup *group; atomic_int running, most, count; } crowd;

static int be_one_of(leat_rx done, void *of_crowd)
{
	crowd *self = of_crowd;
	int now = atomic_fetch_add(&self->running, 1) + 1, most = atomic_load(&self->most);

	(void)done;
	while (now > most && !atomic_compare_exchange_weak(&self->most, &most, now))
		;
	sched_yield();
	atomic_fetch_add(&self->count, 1);
	atomic_fetch_sub(&self->running, 1);
	return 0;
}

static void no_more_than_the_limit(void)
{
	crowd all = { .group = group_of(nil) };

	check(leat_errgroup_set_limit(all.group, LIMIT) == 1);
	for (int i = 0; i < 10 * MEMBERS; i++)
		check(leat_errgroup_go(all.group, be_one_of, &all) == 1);
	check(leat_errgroup_wait(all.group) == 0);
	check(atomic_load(&all.count) == 10 * MEMBERS && atomic_load(&all.most) <= LIMIT);
}

static int stay_quietly(leat_rx until, void *of_rx)
{
	(void)until;
	(void)leat_wait(*(leat_rx *)of_rx);
	return 0;
}

typedef struct { background behind; leat_errgroup *group; atomic_int *count; int result; } goer;

static void go(void *of_goer)
{
	goer *self = of_goer;

	self->result = leat_errgroup_go(self->group, succeed, self->count);
}

static void go_blocks_and_try_go_does_not(void)
{
	leat_chan until = leat_make_unit();
	leat_errgroup *group = group_of(nil);
	atomic_int count = 0;
	goer later = { .group = group, .count = &count };

	check(leat_errgroup_set_limit(group, 2) == 1);
	check(leat_errgroup_try_go(group, stay_quietly, &until.rx) == 1);
	check(leat_errgroup_try_go(group, stay_quietly, &until.rx) == 1);
	errno = 0;
	check(leat_errgroup_try_go(group, succeed, &count) == -1 && errno == EAGAIN);
	errno = 0;
	check(leat_errgroup_set_limit(group, 3) == -1 && errno == EBUSY);
	begin(&later.behind, go, &later);
	must_block(&later.behind);
	check(atomic_load(&count) == 0);
	check(leat_signal(until.tx) == 1); /* one of the two functions returns */
	must_return(&later.behind);
	check(later.result == 1);
	leat_drop(until.tx);
	check(leat_errgroup_wait(group) == 0 && atomic_load(&count) == 1);
	leat_drop(until.rx);
}

static void a_limit_of_none(void)
{
	leat_errgroup *group = group_of(nil);
	atomic_int count = 0;
	goer later = { .group = group, .count = &count };

	check(leat_errgroup_set_limit(group, 0) == 1);
	errno = 0;
	check(leat_errgroup_try_go(group, succeed, &count) == -1 && errno == EAGAIN);
	begin(&later.behind, go, &later);
	must_block(&later.behind);
	check(leat_errgroup_set_limit(group, -1) == 1); /* a thread that waits already goes on too */
	must_return(&later.behind);
	check(later.result == 1);
	for (int i = 0; i < MEMBERS; i++)
		check(leat_errgroup_try_go(group, succeed, &count) == 1);
	check(leat_errgroup_wait(group) == 0 && atomic_load(&count) == MEMBERS + 1);
}

/* ---------------------------------------------------------------------------------------- from inside, and after -- */

typedef struct { leat_errgroup *group; atomic_int *count; int left; } tree;

static int grow(leat_rx done, void *of_tree)
{
	tree *self = of_tree;

	(void)done;
	atomic_fetch_add(self->count, 1);
	return self->left-- > 0 && leat_errgroup_go(self->group, grow, self) != 1 ? -errno : 0;
}

/* wait has begun, and functions of the group still start others. */
static void functions_begin_others(void)
{
	leat_errgroup *group = group_of(nil);
	atomic_int count = 0;
	tree trees[2] = { { group, &count, MEMBERS }, { group, &count, MEMBERS } };

	for (int i = 0; i < 2; i++)
		check(leat_errgroup_go(group, grow, &trees[i]) == 1);
	check(leat_errgroup_wait(group) == 0 && atomic_load(&count) == 2 * (MEMBERS + 1));
}

static void wait_for_group(void *of_goer)
{
	goer *self = of_goer;

	self->result = leat_errgroup_wait(self->group);
}

static int keep_something_that_works(leat_rx done, void *of_rx)
{
	*(leat_rx *)of_rx = leat_repeat(done, LEAT_VALUES(int, 1));
	return 0;
}

static void wait_waits_for_functions_alone(void)
{
	leat_chan until = leat_make_unit();
	goer waiter = { .group = group_of(nil) };
	leat_rx kept;
	int n;

	check(leat_errgroup_go(waiter.group, stay_quietly, &until.rx) == 1);
	check(leat_errgroup_go(waiter.group, keep_something_that_works, &kept) == 1);
	begin(&waiter.behind, wait_for_group, &waiter);
	must_block(&waiter.behind);
	check(leat_signal(until.tx) == 1);
	must_return(&waiter.behind);
	check(waiter.result == 0);
	while (leat_recv(kept, &n) > 0)
		check(n == 1);
	check(leat_cause(kept) == ECANCELED); /* its done is that of the group, which ends in wait */
	leat_drop(kept);
	leat_drop(until);
}

static void what_they_wrote_is_visible(void)
{
	for (int round = 0; round < 100; round++) {
		leat_errgroup *group = group_of(nil);
		tree trees[4];
		atomic_int count = 0;

		for (int i = 0; i < 4; i++) {
			trees[i] = (tree){ group, &count, 3 };
			check(leat_errgroup_go(group, grow, &trees[i]) == 1);
		}
		check(leat_errgroup_wait(group) == 0);
		for (int i = 0; i < 4; i++)
			check(trees[i].left-- == -1);
	}
}

/* ------------------------------------------------------------------------------------------- all the errors -- */

enum { FAILING = 5 };

typedef struct { leat_chan turn; int error; } failing;

/* Fail when it is this one's turn. */
static int fail_in_turn(leat_rx done, void *of_failing)
{
	failing *self = of_failing;
	int n;

	(void)done;
	check(leat_recv(self->turn.rx, &n) == 1);
	return -self->error;
}

static void all_errors_are_listed(void)
{
	leat_errgroup *group = group_of(nil);
	leat_rx done = leat_dup(leat_errgroup_done(group));
	leat_errgroup_failure failures[FAILING] = { { 0, NULL } };
	failing each[FAILING];
	atomic_int count = 0;
	size_t listed = FAILING;

	check(leat_errgroup_keep_going(group) == 1);
	for (int i = 0; i < FAILING; i++) {
		each[i] = (failing){ .turn = leat_make(int, 1), .error = 1 + i };
		check(leat_errgroup_go(group, fail_in_turn, &each[i]) == 1);
	}
	errno = 0;
	check(leat_errgroup_keep_going(group) == -1 && errno == EBUSY);
	check(leat_errgroup_go(group, succeed, &count) == 1);
	for (int i = 0; i < FAILING; i++) {
		check(leat_send(each[i].turn.tx, &i) == 1);
		if (i == 0)
			while (leat_cause(done) == 0) /* until the first has failed */
				nap(1);
		check(leat_closed(done) == 0);
	}
	check(leat_errgroup_wait_all(group, failures, &listed) == 1 && listed == FAILING);
	check(failures[0].error == 1 && failures[0].arg == &each[0]);
	for (size_t i = 0; i < FAILING; i++)
		check(failures[i].error == ((failing *)failures[i].arg)->error);
	check(atomic_load(&count) == 1 && leat_closed(done) == 1 && leat_cause(done) == 1);
	for (int i = 0; i < FAILING; i++)
		leat_drop(each[i].turn);
	leat_drop(done);
}

/* The others fail because they were cancelled. There are fewer places than failures. */
static void errors_of_the_cancelled_are_listed(void)
{
	leat_errgroup *group = group_of(nil);
	leat_errgroup_failure first[1];
	size_t listed = 1;
	int error = EIO;

	for (int i = 0; i < MEMBERS; i++)
		check(leat_errgroup_go(group, stay, NULL) == 1);
	check(leat_errgroup_go(group, fail, &error) == 1);
	check(leat_errgroup_wait_all(group, first, &listed) == EIO && listed == MEMBERS + 1);
	check(first[0].error == EIO || first[0].error == EINTR);
}

static void no_errors_and_no_places(void)
{
	leat_errgroup *group = group_of(nil);
	atomic_int count = 0;
	size_t listed = 7;

	check(leat_errgroup_wait_all(NULL, NULL, &listed) == EINVAL && listed == 0);
	check(leat_errgroup_wait_all(group, NULL, NULL) == EINVAL);
	check(leat_errgroup_go(group, succeed, &count) == 1);
	listed = 7;
	check(leat_errgroup_wait_all(group, NULL, &listed) == 0 && listed == 0);
}

/* Only the done that the group was made with cancels functions of a group that keeps going. */
static void outside_ends_one_that_keeps_going(void)
{
	leat_chan outside = leat_make_unit();
	leat_errgroup *group = group_of(outside.rx);
	int error = EIO;

	check(leat_errgroup_keep_going(group) == 1 && leat_errgroup_set_limit(group, -1) == 1);
	check(leat_errgroup_go(group, stay, NULL) == 1 && leat_errgroup_go(group, fail, &error) == 1);
	while (leat_cause(leat_errgroup_done(group)) == 0)
		nap(1);
	check(leat_closed(leat_errgroup_done(group)) == 0);
	check(leat_close(outside.tx) == 1);
	check(leat_errgroup_wait(group) == EIO);
	leat_drop(outside);
}

static int fail_absurdly(leat_rx done, void *of_result)
{
	(void)done;
	return *(int *)of_result;
}

static void absurd_results(void)
{
	int results[] = { INT32_MIN, -256, -100000 };

	for (int i = 0; i < 3; i++) {
		leat_errgroup *group = group_of(nil);

		check(leat_errgroup_go(group, fail_absurdly, &results[i]) == 1);
		check(leat_errgroup_wait(group) == EINVAL);
	}
}

int main(int argc, char **argv)
{
	return RUN(all_succeed, of_none, what_is_not_negative_is_no_error, nonsense, the_first_error_cancels_the_others,
	           after_an_error, by_pthread_exit, outside_ends_it,
	           outside_needs_no_thread, a_value_from_outside_ends_it,
	           outside_ends_it_too_late, over_from_the_beginning, outside_goes_on, inside_one_another,
	           both_ends_at_once, no_more_than_the_limit, go_blocks_and_try_go_does_not, a_limit_of_none,
	           functions_begin_others, wait_waits_for_functions_alone, what_they_wrote_is_visible,
	           all_errors_are_listed, errors_of_the_cancelled_are_listed, no_errors_and_no_places,
	           outside_ends_one_that_keeps_going, absurd_results);
}
