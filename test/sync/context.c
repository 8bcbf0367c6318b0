/* SPDX-License-Identifier: 0BSD
 *
 * context.c - contexts: how they end, what they report then, which other contexts end with them, and how long they keep
 * their values. The deadlines are on a clock that the test drives.
 */
#include "../test.h"

enum { THREADS = 4, DEEP = 20000, WIDE = 300 };

static const char user_key, token_key, other_key;

static leat_context *cancellable(void)
{
	return leat_context_with_cancel(leat_context_background());
}

/* The context has not ended, and its done says the same. */
static void must_go_on(leat_context *context)
{
	leat_rx done = leat_context_done(context);

	check(leat_context_err(context) == 0 && leat_context_cause(context) == 0);
	check(leat_is_nil(done) || (leat_closed(done) == 0 && leat_cause(done) == 0));
	check(leat_wait_by(done, LEAT_NOW) == -1);
}

/* The context has ended. It reports the same when it is asked again. */
static void must_be_over(leat_context *context, int err, int cause)
{
	leat_rx done = leat_context_done(context);

	for (int i = 0; i < 2; i++) {
		check(leat_context_err(context) == err);
		check(leat_context_cause(context) == cause);
		check(leat_closed(done) == 1 && leat_wait(done) == 0 && leat_cause(done) != 0);
	}
	check(leat_context_cancel_with(context, EXDEV) == 0 && leat_context_cause(context) == cause);
}

static void begin_fake(void)
{
	check(leat_clock_fake() == 1);
}

static void pass(leat_time duration)
{
	check(leat_clock_advance(duration) == 1);
}

/* --------------------------------------------------------------------------------------------- the roots -- */

static void never_over(void)
{
	leat_context *bare = leat_context_without_cancel(leat_context_todo());
	leat_context *roots[] = { leat_context_background(), leat_context_todo(), bare };

	for (int i = 0; i < 3; i++) {
		must_go_on(roots[i]);
		check(leat_is_nil(leat_context_done(roots[i])));
		check(leat_context_deadline(roots[i]) == LEAT_NEVER);
		check(leat_context_value(roots[i], &user_key) == NULL);
		errno = 0;
		check(leat_context_cancel(roots[i]) == -1 && errno == EINVAL);
		errno = 0;
		check(leat_context_cancel_with(roots[i], EIO) == -1 && errno == EINVAL);
		must_go_on(roots[i]);
	}
	check(leat_context_dup(roots[0]) == roots[0] && leat_context_background() != leat_context_todo());
	for (int i = 0; i < 3; i++)
		leat_context_drop(roots[0]);
	leat_context_drop(roots[1]);
	leat_context_drop(bare);
	must_go_on(leat_context_background());
}

static void released(void *of_count)
{
	++*(int *)of_count;
}

static void what_is_made_of_nothing(void)
{
	int count = 0;
	leat_context *made[] = {
		leat_context_with_cancel(NULL), leat_context_with_deadline(NULL, LEAT_NEVER),
		leat_context_with_timeout(NULL, LEAT_S(1)), leat_context_with_deadline_cause(NULL, LEAT_NOW, EIO),
		leat_context_with_timeout_cause(NULL, -1, EIO), leat_context_without_cancel(NULL),
		leat_context_with_value(NULL, &user_key, &count, released),
		leat_context_with_value(leat_context_background(), NULL, &count, released),
		leat_context_with_value(leat_context_background(), NULL, &count, NULL), leat_context_dup(NULL), NULL
	};

	check(count == 2);
	for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
		leat_context *child = leat_context_with_timeout(made[i], LEAT_S(1));
		leat_context *bare = leat_context_without_cancel(made[i]);

		must_be_over(made[i], ECANCELED, EINVAL);
		must_be_over(child, ECANCELED, EINVAL);
		must_be_over(bare, ECANCELED, EINVAL);
		check(leat_never_started(leat_context_done(made[i])) == 1 &&
		      leat_cause(leat_context_done(made[i])) == EINVAL);
		check(leat_context_deadline(made[i]) == LEAT_NEVER && leat_context_value(made[i], &user_key) == NULL);
		check(leat_context_cancel(made[i]) == 0);
		leat_context_drop(child);
		leat_context_drop(bare);
		leat_context_drop(made[i]);
	}
}

/* ---------------------------------------------------------------------------------------------- cancelling -- */

static void cancel_once(void)
{
	leat_context *context = cancellable();

	must_go_on(context);
	check(leat_context_deadline(context) == LEAT_NEVER);
	check(leat_context_cancel(context) == 1);
	must_be_over(context, ECANCELED, ECANCELED);
	check(leat_cause(leat_context_done(context)) == ECANCELED && leat_context_cancel(context) == 0);
	leat_context_drop(context);
}

static void with_a_cause(void)
{
	int given[] = { EIO, ENOENT, ECANCELED, ETIMEDOUT, 0 };

	for (int i = 0; i < 5; i++) {
		leat_context *timed = leat_context_with_timeout_cause(leat_context_background(), LEAT_S(3600), EXDEV);
		leat_context *contexts[] = { cancellable(), timed, leat_context_with_cancel(timed) };

		for (int j = 0; j < 3; j++)
			check(j == 2 || leat_context_cancel_with(contexts[j], given[i]) == 1);
		for (int j = 0; j < 3; j++) {
			must_be_over(contexts[j], ECANCELED, given[i] ? given[i] : ECANCELED);
			check(leat_cause(leat_context_done(contexts[j])) == (given[i] ? given[i] : ECANCELED));
			leat_context_drop(contexts[j]);
		}
	}
}

/* A number that is no errno value becomes EINVAL, also as the cause of a deadline. */
static void with_an_absurd_cause(void)
{
	int absurd[] = { -1, 256, INT32_MIN, INT32_MAX };

	for (int i = 0; i < 4; i++) {
		leat_context *cancelled = cancellable();
		leat_context *late = leat_context_with_deadline_cause(leat_context_background(), LEAT_NOW, absurd[i]);

		check(leat_context_cancel_with(cancelled, absurd[i]) == 1);
		must_be_over(cancelled, ECANCELED, EINVAL);
		must_be_over(late, ETIMEDOUT, EINVAL);
		leat_context_drop(cancelled);
		leat_context_drop(late);
	}
}

/* The tree: top has the children left and right; left has the children leftmost and value; below is a child
 * of value. */
static void downwards_only(void)
{
	leat_context *top = cancellable();
	leat_context *left = leat_context_with_cancel(top), *right = leat_context_with_cancel(top);
	leat_context *leftmost = leat_context_with_timeout(left, LEAT_S(3600));
	leat_context *value = leat_context_with_value(left, &user_key, NULL, NULL);
	leat_context *below = leat_context_with_cancel(value);
	leat_context *gone = leat_context_with_cancel(left);

	leat_context_drop(gone);
	check(leat_context_cancel(below) == 1);
	must_be_over(below, ECANCELED, ECANCELED);
	must_go_on(value);
	check(leat_context_cancel_with(left, EIO) == 1);
	must_be_over(left, ECANCELED, EIO);
	must_be_over(leftmost, ECANCELED, EIO);
	must_be_over(value, ECANCELED, EIO);
	must_be_over(below, ECANCELED, ECANCELED);
	must_go_on(right);
	must_go_on(top);
	check(leat_context_cancel_with(top, ENOENT) == 1);
	must_be_over(right, ECANCELED, ENOENT);
	must_be_over(left, ECANCELED, EIO);
	leat_context_drop(left);
	leat_context_drop(top);
	leat_context_drop(below);
	leat_context_drop(right);
	leat_context_drop(value);
	leat_context_drop(leftmost);
}

static void made_of_what_is_over(void)
{
	leat_context *parent, *children[5];

	begin_fake();
	parent = leat_context_with_timeout_cause(leat_context_background(), LEAT_S(1), EXDEV);
	check(leat_context_cancel_with(parent, EIO) == 1);
	for (int late = 0; late < 2; late++) {
		children[0] = leat_context_with_cancel(parent);
		children[1] = leat_context_with_timeout_cause(parent, -LEAT_S(1), ENOENT);
		children[2] = leat_context_with_deadline(parent, LEAT_NOW);
		children[3] = leat_context_with_value(parent, &user_key, parent, NULL);
		children[4] = leat_context_with_timeout(children[0], LEAT_S(3600));
		for (int i = 0; i < 5; i++) {
			must_be_over(children[i], ECANCELED, EIO);
			leat_context_drop(children[i]);
		}
		pass(LEAT_S(2));
	}
	leat_context_drop(parent);
	leat_clock_real();
}

/* ---------------------------------------------------------------------------------------------- deadlines -- */

static void at_its_deadline(void)
{
	leat_time when;
	leat_context *at, *in, *child;

	begin_fake();
	when = leat_in(LEAT_S(1));
	at = leat_context_with_deadline(leat_context_background(), when);
	in = leat_context_with_timeout(leat_context_background(), LEAT_S(1));
	child = leat_context_with_cancel(at);
	check(leat_context_deadline(at) == when && leat_context_deadline(in) == when);
	check(leat_context_deadline(child) == when && leat_live() == 0);
	pass(LEAT_S(1) - 1);
	must_go_on(at);
	must_go_on(in);
	must_go_on(child);
	pass(1);
	check(leat_cause(leat_context_done(child)) == ETIMEDOUT);
	check(leat_context_cancel(at) == 0 && leat_context_cancel(child) == 0 && leat_context_cancel(in) == 0);
	must_be_over(at, ETIMEDOUT, ETIMEDOUT);
	must_be_over(in, ETIMEDOUT, ETIMEDOUT);
	must_be_over(child, ETIMEDOUT, ETIMEDOUT);
	leat_context_drop(child);
	child = leat_context_with_value(at, &user_key, at, NULL);
	must_be_over(child, ETIMEDOUT, ETIMEDOUT);
	leat_context_drop(at);
	must_be_over(child, ETIMEDOUT, ETIMEDOUT);
	leat_context_drop(child);
	leat_context_drop(in);
	leat_clock_real();
}

static void the_earlier_counts(void)
{
	leat_context *parent, *sooner, *later, *never, *grandchild;
	leat_time when;

	begin_fake();
	when = leat_in(LEAT_S(2));
	parent = leat_context_with_deadline_cause(leat_context_background(), when, EIO);
	sooner = leat_context_with_timeout_cause(parent, LEAT_S(1), ENOENT);
	later = leat_context_with_timeout_cause(parent, LEAT_S(3), ENOENT);
	never = leat_context_with_deadline_cause(parent, LEAT_NEVER, ENOENT);
	grandchild = leat_context_with_deadline(sooner, when);
	check(leat_context_deadline(sooner) == when - LEAT_S(1) && leat_context_deadline(later) == when);
	check(leat_context_deadline(never) == when && leat_context_deadline(grandchild) == when - LEAT_S(1));
	pass(LEAT_S(1));
	must_be_over(sooner, ETIMEDOUT, ENOENT);
	must_be_over(grandchild, ETIMEDOUT, ENOENT);
	must_go_on(parent);
	must_go_on(later);
	must_go_on(never);
	pass(LEAT_S(1));
	must_be_over(parent, ETIMEDOUT, EIO);
	must_be_over(later, ETIMEDOUT, EIO);
	must_be_over(never, ETIMEDOUT, EIO);
	must_be_over(sooner, ETIMEDOUT, ENOENT);
	leat_context_drop(parent);
	leat_context_drop(sooner);
	leat_context_drop(later);
	leat_context_drop(never);
	leat_context_drop(grandchild);
	leat_clock_real();
}

/* A cancel and a deadline: the earlier one gives the cause, and the later one does not change it. */
static void cancelled_or_late(void)
{
	int causes[] = { EIO, ETIMEDOUT };

	begin_fake();
	for (int i = 0; i < 2; i++) {
		leat_context *parent = leat_context_with_timeout_cause(leat_context_background(), LEAT_S(1), EXDEV);
		leat_context *child = leat_context_with_cancel(parent);
		leat_context *other = leat_context_with_timeout_cause(parent, LEAT_MS(500), 0);

		pass(LEAT_MS(500));
		check(leat_context_cancel_with(parent, causes[i]) == 1);
		must_be_over(other, ETIMEDOUT, ETIMEDOUT);
		must_be_over(child, ECANCELED, causes[i]);
		pass(LEAT_S(1));
		must_be_over(parent, ECANCELED, causes[i]);
		must_be_over(child, ECANCELED, causes[i]);
		must_be_over(other, ETIMEDOUT, ETIMEDOUT);
		leat_context_drop(other);
		leat_context_drop(child);
		leat_context_drop(parent);
	}
	leat_clock_real();
}

static void long_past(void)
{
	leat_time times[] = { LEAT_NOW, 0, leat_now() };

	for (int i = 0; i < 3; i++) {
		leat_context *past = leat_context_with_deadline(leat_context_background(), times[i]);

		must_be_over(past, ETIMEDOUT, ETIMEDOUT);
		check(leat_context_deadline(past) == times[i]);
		leat_context_drop(past);
	}
}

/* ------------------------------------------------------------------------------------------------- values -- */

static void the_nearest_value(void)
{
	int jane = 0, joe = 0, token = 0;
	leat_context *user = leat_context_with_value(leat_context_background(), &user_key, &jane, released);
	leat_context *both = leat_context_with_value(user, &token_key, &token, released);
	leat_context *timed = leat_context_with_timeout(both, LEAT_S(3600));
	leat_context *other = leat_context_with_value(timed, &user_key, &joe, NULL);
	leat_context *bare = leat_context_without_cancel(other);

	check(leat_context_value(user, &user_key) == &jane && leat_context_value(user, &token_key) == NULL);
	check(leat_context_value(both, &user_key) == &jane && leat_context_value(both, &token_key) == &token);
	check(leat_context_value(timed, &user_key) == &jane && leat_context_value(other, &user_key) == &joe);
	check(leat_context_value(other, &token_key) == &token && leat_context_value(other, &other_key) == NULL);
	check(leat_context_value(bare, &user_key) == &joe && leat_context_value(bare, &token_key) == &token);
	check(leat_context_value(bare, NULL) == NULL);
	leat_context_drop(user);
	leat_context_drop(both);
	leat_context_drop(other);
	check(jane == 0 && token == 0 && leat_context_value(bare, &user_key) == &joe);
	leat_context_drop(timed);
	check(jane == 0 && token == 0 && leat_context_value(bare, &token_key) == &token);
	leat_context_drop(bare);
	check(jane == 1 && token == 1 && joe == 0);
}

static void a_value_may_be_null(void)
{
	leat_context *user = leat_context_with_value(leat_context_background(), &user_key, &capacity, NULL);
	leat_context *nobody = leat_context_with_value(user, &user_key, NULL, NULL);

	check(leat_context_value(nobody, &user_key) == NULL);
	leat_context_drop(nobody);
	leat_context_drop(user);
}

static void without_cancel(void)
{
	leat_context *parent, *bare, *child;

	begin_fake();
	parent = leat_context_with_timeout(leat_context_background(), LEAT_S(1));
	bare = leat_context_without_cancel(parent);
	child = leat_context_with_cancel(bare);
	check(leat_context_deadline(bare) == LEAT_NEVER && leat_context_deadline(child) == LEAT_NEVER);
	check(leat_context_cancel(parent) == 1);
	must_go_on(bare);
	pass(LEAT_S(1));
	must_go_on(bare);
	must_go_on(child);
	leat_context_drop(parent);
	leat_context_drop(bare);
	must_go_on(child);
	check(leat_context_cancel(child) == 1);
	must_be_over(child, ECANCELED, ECANCELED);
	leat_context_drop(child);
	leat_clock_real();
}

/* ------------------------------------------------------------------------------------------------- handles -- */

/* The handles of the children of a context are not handles of the context. */
static void the_last_handle_cancels(void)
{
	int count = 0;
	leat_context *parent = leat_context_with_value(leat_context_background(), &user_key, &count, released);
	leat_context *again = leat_context_dup(parent), *child = leat_context_with_cancel(parent);
	leat_context *grandchild = leat_context_with_timeout(child, LEAT_S(3600));
	leat_rx done = leat_dup(leat_context_done(parent));

	check(again == parent);
	leat_context_drop(parent);
	must_go_on(again);
	must_go_on(grandchild);
	leat_context_drop(again);
	check(leat_closed(done) == 1 && leat_cause(done) == ECANCELED);
	must_be_over(child, ECANCELED, ECANCELED);
	must_be_over(grandchild, ECANCELED, ECANCELED);
	leat_context_drop(child);
	check(count == 0 && leat_context_value(grandchild, &user_key) == &count);
	child = leat_context_with_cancel(grandchild);
	must_be_over(child, ECANCELED, ECANCELED);
	leat_context_drop(grandchild);
	check(count == 0 && leat_context_value(child, &user_key) == &count);
	leat_context_drop(child);
	check(count == 1);
	leat_drop(done);
}

/* With this depth, any recursion would overflow the small stack of a started thread. */
static void deep_tree(void *from_above)
{
	static leat_context *chain[DEEP];
	int count = 0;

	chain[0] = leat_context_with_value(leat_context_background(), &user_key, &count, released);
	for (int i = 1; i < DEEP; i++)
		chain[i] = leat_context_with_value(chain[i - 1], &token_key, &count, released);
	check(leat_context_value(chain[DEEP - 1], &user_key) == &count);
	check(leat_context_cancel_with(chain[0], EIO) == 1);
	check(leat_context_cause(chain[DEEP - 1]) == EIO && leat_context_cause(chain[DEEP / 2]) == EIO);
	if (from_above) {
		for (int i = 0; i < DEEP; i++)
			leat_context_drop(chain[i]);
	} else {
		for (int i = DEEP; i-- > 0;)
			leat_context_drop(chain[i]);
	}
	check(count == DEEP);
}

static void deep(void)
{
	check(leat_go(deep_tree, NULL) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
	check(leat_go(deep_tree, &capacity) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

/* The contexts are cancelled from below. Each keeps its own cause, because a cancel leaves out the contexts that have
 * ended. */
static void deep_from_below(void)
{
	static leat_context *chain[DEEP];

	for (int i = 0; i < DEEP; i++)
		chain[i] = leat_context_with_cancel(i ? chain[i - 1] : leat_context_background());
	for (int i = DEEP; i-- > 0;)
		check(leat_context_cancel_with(chain[i], i % 200 + 1) == 1);
	for (int i = 0; i < DEEP; i++) {
		check(leat_context_cause(chain[i]) == i % 200 + 1);
		leat_context_drop(chain[i]);
	}
}

static void wide(void)
{
	leat_context *parent = cancellable(), *children[WIDE];

	for (int i = 0; i < WIDE; i++)
		children[i] = leat_context_with_cancel(parent);
	for (int i = 0; i < WIDE; i += 3)
		leat_context_drop(children[i]);
	check(leat_context_cancel(parent) == 1);
	for (int i = 0; i < WIDE; i++)
		if (i % 3)
			must_be_over(children[i], ECANCELED, ECANCELED);
	for (int i = WIDE; i-- > 0;)
		if (i % 3)
			leat_context_drop(children[i]);
	leat_context_drop(parent);
}

/* ------------------------------------------------------------------------------------------- who waits for it -- */

typedef struct { background behind; leat_context *context; int result; } waiter;

static void wait_for_it(void *of_waiter)
{
	waiter *self = of_waiter;

	self->result = leat_wait(leat_context_done(self->context));
}

static void it_wakes_who_waits(void)
{
	leat_context *parent = cancellable();
	waiter waiters[THREADS];

	for (int i = 0; i < THREADS; i++) {
		waiters[i].context = leat_context_with_timeout(parent, i % 2 ? LEAT_S(3600) : LEAT_NEVER);
		begin(&waiters[i].behind, wait_for_it, &waiters[i]);
	}
	must_block(&waiters[0].behind);
	check(leat_context_cancel(parent) == 1);
	for (int i = 0; i < THREADS; i++) {
		must_return(&waiters[i].behind);
		check(waiters[i].result == 0);
		leat_context_drop(waiters[i].context);
	}
	leat_context_drop(parent);
}

/* A pipeline whose done is a context ends with the context's cause. It keeps done after the context is gone. */
static void as_done(void)
{
	leat_context *context = cancellable();
	leat_rx done = leat_context_done(context);
	leat_rx ones = leat_buffer(leat_repeat(done, LEAT_VALUES(int, 1)), capacity);
	int n, got = 0;

	check(leat_recv(ones, &n) == 1);
	check(leat_context_cancel_with(context, EIO) == 1);
	check(leat_recv_or(ones, &n, done) == -1 && errno == ECANCELED);
	leat_context_drop(context);
	while (leat_recv(ones, &n) > 0)
		check(got++ <= (int)capacity + 1);
	check(leat_cause(ones) == EIO);
	leat_drop(ones);
}

static void by_the_running_clock(void)
{
	leat_context *context;
	leat_time before;

	begin_fake();
	check(leat_clock_run() == 1);
	before = leat_now();
	context = leat_context_with_timeout(leat_context_background(), LEAT_S(60));
	check(leat_wait(leat_context_done(context)) == 0 && leat_now() == before + LEAT_S(60));
	must_be_over(context, ETIMEDOUT, ETIMEDOUT);
	leat_context_drop(context);
	leat_clock_real();
}

/* --------------------------------------------------------------------------------------- called when it is over -- */

static void called(void *of_count)
{
	atomic_fetch_add((atomic_int *)of_count, 1);
}

static void after_it_is_over(void)
{
	leat_context *context = cancellable(), *child = leat_context_with_cancel(context);
	atomic_int count = 0;
	leat_tx stop[3];

	check(leat_context_after_func(context, called, &count, &stop[0]) == 1);
	check(leat_context_after_func(child, called, &count, &stop[1]) == 1);
	check(leat_context_after_func(child, called, &count, NULL) == 1);
	check(leat_context_after_func(child, called, &count, &stop[2]) == 1);
	check(leat_signal(stop[0]) == 1 && leat_signal(stop[0]) == 0);
	leat_drop(stop[1]); /* this does not stop the call */
	nap(2);
	check(atomic_load(&count) == 0);
	check(leat_context_cancel(context) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1 && atomic_load(&count) == 3);
	check(leat_signal(stop[2]) == 0);
	check(leat_context_after_func(context, called, &count, NULL) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1 && atomic_load(&count) == 4);
	check(leat_context_after_func(NULL, called, &count, NULL) == 1);
	check(leat_wait_all(LEAT_NEVER) == 1 && atomic_load(&count) == 5);
	leat_drop(stop[0]);
	leat_drop(stop[2]);
	leat_context_drop(child);
	leat_context_drop(context);
}

static void after_never(void)
{
	leat_context *contexts[] = { leat_context_background(), leat_context_without_cancel(leat_context_todo()) };
	atomic_int count = 0;
	leat_tx stop;

	for (int i = 0; i < 2; i++) {
		check(leat_context_after_func(contexts[i], called, &count, &stop) == 1);
		check(leat_signal(stop) == 1 && leat_signal(stop) == 0);
		leat_drop(stop);
		check(leat_context_after_func(contexts[i], called, &count, &stop) == 1);
		leat_drop(stop);
		check(leat_context_after_func(contexts[i], called, &count, NULL) == 1);
		errno = 0;
		check(leat_context_after_func(contexts[i], NULL, NULL, &stop) == -1 && errno == EINVAL);
		check(leat_closed(stop) == 1);
		leat_drop(stop);
	}
	check(leat_wait_all(LEAT_NEVER) == 1 && atomic_load(&count) == 0);
	leat_context_drop(contexts[1]);
}

/* ---------------------------------------------------------------------------------------------- all at once -- */

enum { ROUNDS = 60, MADE = 10 };

typedef struct { background behind; leat_context *parent; atomic_int *arrived; int won; } racer;

static void make_and_drop(void *of_racer)
{
	racer *self = of_racer;
	leat_context *made[MADE];

	meet(self->arrived, THREADS);
	for (int i = 0; i < MADE; i++)
		made[i] = leat_context_with_timeout(i ? made[i / 2] : self->parent, LEAT_S(3600));
	self->won = leat_context_cancel_with(self->parent, EIO);
	for (int i = 0; i < MADE; i++) {
		must_be_over(made[i], ECANCELED, EIO);
		leat_context_drop(made[i]);
	}
	leat_context_drop(self->parent);
}

/* A child that is made while its parent is being cancelled ends too. Of several threads that cancel, exactly one learns
 * that it did. */
static void by_many_threads(void)
{
	racer racers[THREADS];

	for (int round = 0; round < ROUNDS; round++) {
		leat_context *parent = cancellable();
		atomic_int arrived = 0;
		int won = 0;

		for (int i = 0; i < THREADS; i++) {
			racers[i].parent = leat_context_dup(parent);
			racers[i].arrived = &arrived;
			begin(&racers[i].behind, make_and_drop, &racers[i]);
		}
		leat_context_drop(parent);
		for (int i = 0; i < THREADS; i++) {
			must_return(&racers[i].behind);
			won += racers[i].won;
		}
		check(won == 1);
	}
}

static void drop_it(void *of_racer)
{
	racer *self = of_racer;

	meet(self->arrived, THREADS);
	leat_context_drop(self->parent);
}

/* A chain of contexts. Each link is dropped by another thread. The values are released last. */
static void dropped_by_many_threads(void)
{
	racer racers[THREADS];

	for (int round = 0; round < ROUNDS; round++) {
		leat_context *last = leat_context_background();
		atomic_int arrived = 0;
		int count = 0;

		for (int i = 0; i < THREADS; i++) {
			last = racers[i].parent = i ? leat_context_with_cancel(last) :
			                              leat_context_with_value(last, &user_key, &count, released);
			racers[i].arrived = &arrived;
		}
		for (int i = 0; i < THREADS; i++)
			begin(&racers[i].behind, drop_it, &racers[i]);
		for (int i = 0; i < THREADS; i++)
			must_return(&racers[i].behind);
		check(count == 1);
	}
}

/* ------------------------------------------------------------------------------------------- waiting for all -- */

/* A stage or function that was given the context, and what it has done when it lets go. */
typedef struct { leat_chan begin; atomic_int ended; } worker;

static int ends_late(void *of_worker, const void *in)
{
	worker *self = of_worker;

	(void)in;
	(void)leat_wait(self->begin.rx); /* 0: the test has dropped the other end */
	atomic_store(&self->ended, 1);
	return 1;
}

static void wait_for(void *context)
{
	check(leat_context_wait(context, LEAT_NEVER) == 1);
}

static void must_time_out(leat_context *context)
{
	errno = 0;
	check(leat_context_wait(context, LEAT_NOW) == -1 && errno == EAGAIN);
	errno = 0;
	check(leat_context_wait(context, leat_in(LEAT_MS(1))) == -1 && errno == ETIMEDOUT);
}

/* Each stage keeps the done that it was given until its function has returned. */
static void it_waits_for_its_stages(void)
{
	leat_context *context = cancellable();
	worker self = { .begin = leat_make_unit() };
	leat_rx out = leat_filter(leat_context_done(context), numbers(1, 3), ends_late, &self);
	background behind;

	must_time_out(context);
	check(leat_context_cancel(context) == 1);
	leat_drop(out);
	begin(&behind, wait_for, context);
	leat_drop(self.begin.tx);
	must_return(&behind);
	leat_context_drop(context);
	leat_drop(self.begin.rx);
	check(leat_wait_all(LEAT_NEVER) == 1);
}

static void it_waits_while_a_stage_runs(void)
{
	leat_context *context = cancellable();
	worker self = { .begin = leat_make_unit() };
	leat_rx input = leat_buffer(numbers(1, 3), 3);
	leat_rx out = leat_filter(leat_context_done(context), input, ends_late, &self);
	background behind;

	begin(&behind, wait_for, context);
	must_block(&behind);
	check(atomic_load(&self.ended) == 0);
	leat_drop(self.begin.tx);
	must_yield(out, 1, 1, 4);
	must_return(&behind);
	check(atomic_load(&self.ended) == 1 && leat_context_err(context) == 0); /* nobody has cancelled it */
	leat_context_drop(context);
	leat_drop(self.begin.rx);
}

/* A context counts for the one above it until it, and all those below it, are dropped. */
static void it_waits_for_those_below(void)
{
	leat_context *top = cancellable(), *child = leat_context_with_timeout(top, LEAT_S(100));
	leat_context *deep = leat_context_with_value(child, &user_key, NULL, NULL), *again = leat_context_dup(deep);
	leat_context *bare = leat_context_without_cancel(top);

	check(leat_context_cancel(top) == 1);
	must_time_out(top);
	leat_context_drop(child);
	must_time_out(top);
	leat_context_drop(deep);
	must_time_out(top);
	check(leat_context_wait(again, LEAT_NOW) == 1);
	leat_context_drop(again);
	check(leat_context_wait(top, LEAT_NOW) == 1 && leat_context_wait(top, LEAT_NEVER) == 1);
	leat_context_drop(bare);
	leat_context_drop(top);
}

static atomic_int values_released;

static void count_release(void *value)
{
	(void)value;
	atomic_fetch_add(&values_released, 1);
}

static void drop_below(void *context)
{
	leat_context_drop(context);
}

/* When the wait has returned, no context below keeps this one any more. So its last drop releases its value. */
static void after_the_wait_its_drop_releases(void)
{
	static const char of_value;

	for (int i = 0; i < 5000; i++) {
		leat_context *top = leat_context_with_value(leat_context_background(), &of_value, &values_released,
		                                            count_release);

		check(leat_go(drop_below, leat_context_with_cancel(top)) == 1);
		check(leat_context_wait(top, LEAT_NEVER) == 1);
		leat_context_drop(top);
		check(atomic_load(&values_released) == i + 1);
		check(leat_wait_all(LEAT_NEVER) == 1);
	}
	atomic_store(&values_released, 0);
}

static void call_ends_late(void *of_worker)
{
	(void)ends_late(of_worker, NULL);
	pthread_exit(NULL);
}

/* A function of leat_context_after_func counts until it has returned. */
static void it_waits_for_functions(void)
{
	leat_context *context = cancellable();
	worker self = { .begin = leat_make_unit() };
	background behind;

	check(leat_context_after_func(context, call_ends_late, &self, NULL) == 1);
	check(leat_context_cancel(context) == 1);
	begin(&behind, wait_for, context);
	must_block(&behind);
	leat_drop(self.begin.tx);
	must_return(&behind);
	check(atomic_load(&self.ended) == 1);
	leat_context_drop(context);
	check(leat_wait_all(LEAT_NEVER) == 1);
	leat_drop(self.begin.rx);
}

static void it_waits_by_its_clock(void)
{
	leat_context *context;
	leat_rx kept;

	begin_fake();
	check(leat_clock_run() == 1);
	context = leat_context_with_timeout(leat_context_background(), LEAT_S(3600));
	kept = leat_dup(leat_context_done(context));
	check(leat_context_wait(context, leat_in(LEAT_S(7200))) == -1 && errno == ETIMEDOUT);
	check(leat_context_err(context) == ETIMEDOUT);
	leat_drop(kept);
	check(leat_context_wait(context, LEAT_NOW) == 1);
	leat_context_drop(context);
	leat_clock_real();
}

static void some_cannot_be_waited_for(void)
{
	leat_context *bare = leat_context_without_cancel(leat_context_background());
	leat_context *none[] = { leat_context_background(), leat_context_todo(), bare, NULL,
	                         leat_context_with_cancel(NULL) };

	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		errno = 0;
		check(leat_context_wait(none[i], LEAT_NEVER) == -1 && errno == EINVAL);
	}
	leat_context_drop(bare);
}

int main(int argc, char **argv)
{
	return RUN(never_over, what_is_made_of_nothing, cancel_once, with_a_cause, downwards_only, made_of_what_is_over,
	           at_its_deadline, the_earlier_counts, cancelled_or_late, long_past, the_nearest_value,
	           a_value_may_be_null, without_cancel, the_last_handle_cancels, deep, deep_from_below, wide,
	           it_wakes_who_waits, as_done, by_the_running_clock, after_it_is_over, after_never, by_many_threads,
	           dropped_by_many_threads, it_waits_for_its_stages, it_waits_while_a_stage_runs,
	           it_waits_for_those_below, after_the_wait_its_drop_releases, it_waits_for_functions,
	           it_waits_by_its_clock, some_cannot_be_waited_for,
	           with_an_absurd_cause);
}
