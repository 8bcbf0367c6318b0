/* SPDX-License-Identifier: 0BSD
 *
 * replicate.c - leat_replicate gives the first good answer, cancels the other replicas, and returns when they have
 * ended. With a hedge, the next replica starts only when the hedge time is over, or when a replica has failed. The
 * answers of the losers are released. Without any answer, the call says so, with the cause if there is one. The first
 * replica runs in the caller's thread, and so does the next one when that has failed.
 *
 * All tests run on a fake clock that runs by itself.
 */
#include "../test.h"

static const leat_rx nil;

/* Replica i gives results[i] after takes[i]. If `deaf` is set, replicas do not see that they are cancelled. */
struct request {
	leat_time takes[10];
	int results[10], deaf;
	leat_time began[10];
	atomic_int started, running, cancelled;
};

static int answer(leat_rx done, void *arg, size_t replica, void *out)
{
	struct request *request = arg;
	int cancelled;

	atomic_fetch_add(&request->started, 1);
	atomic_fetch_add(&request->running, 1);
	request->began[replica] = leat_now();
	cancelled = leat_wait_by(request->deaf ? nil : done, leat_in(request->takes[replica])) >= 0;
	atomic_fetch_add(&request->cancelled, cancelled);
	atomic_fetch_sub(&request->running, 1);
	if (cancelled)
		return -ECANCELED;
	if (request->results[replica] > 0)
		*(owned *)out = own((int)replica);
	return request->results[replica];
}

/* Returns 1 + the number of the winner, whose answer is right. Else returns the negated errno, or 0. */
static int ask(leat_rx done, size_t n, leat_time hedge, struct request *request)
{
	owned out;
	int result = leat_replicate_of(done, n, hedge, &owned_type, answer, request, &out);

	if (result < 0)
		return -errno;
	check(atomic_load(&request->running) == 0);
	if (result > 0) {
		check(*out.number == result - 1);
		disown(out);
	}
	return result;
}

/* ---------------------------------------------------------------------------------------------- all at once -- */

#define S(n) ((n) * 1000000000LL)

static void the_first_answer_wins(void)
{
	leat_time begin = leat_now();
	struct request request = { .takes = { S(3), S(1), S(2) }, .results = { 1, 1, 1 } };

	check(ask(nil, 3, 0, &request) == 2);
	check(leat_now() == begin + S(1));
	check(atomic_load(&request.started) == 3 && atomic_load(&request.cancelled) == 2);
}

/* The call waits for replicas that do not look at their done. Their answers are released; must_be_clean checks that. */
static void late_answers_are_released(void)
{
	leat_time begin = leat_now();
	struct request request = { .takes = { S(3), S(1), S(2) }, .results = { 1, 1, 1 }, .deaf = 1 };

	check(ask(nil, 3, 0, &request) == 2);
	check(leat_now() == begin + S(3));
}

/* All answer at the same moment. One of them wins. */
static void one_answer_of_many(void)
{
	for (int i = 0; i < 50; i++) {
		struct request request = { .takes = { 0 }, .results = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 } };

		check(ask(nil, 10, 0, &request) > 0);
	}
}

static void a_failure_is_no_answer(void)
{
	leat_time begin = leat_now();
	struct request request = { .takes = { S(1), S(2), S(3), S(4) }, .results = { -EIO, 0, 1, 1 } };

	check(ask(nil, 4, 0, &request) == 3);
	check(leat_now() == begin + S(3));
	check(atomic_load(&request.cancelled) == 1);
}

static void no_answer(void)
{
	leat_time begin = leat_now();
	struct request none = { .takes = { S(1), S(2) }, .results = { 0, 0 } };
	struct request failures = { .takes = { S(1), S(3), S(2), S(4) }, .results = { -EIO, -EDOM, -ERANGE, 0 } };

	errno = 0;
	check(ask(nil, 2, 0, &none) == 0 && errno == ENODATA);
	check(leat_now() == begin + S(2));
	check(ask(nil, 4, 0, &failures) == -EDOM); /* the cause of the last one */
	check(leat_now() == begin + S(6));
}

/* The second replica and the third leave. */
static int leave(leat_rx done, void *arg, size_t replica, void *out)
{
	if (replica == 1 || replica == 2)
		pthread_exit(NULL);
	return answer(done, arg, replica, out);
}

static void pthread_exit_is_a_failure(void)
{
	struct request none = { .takes = { S(1) }, .results = { 0 } };
	struct request later = { .takes = { S(9), 0, 0, S(1) }, .results = { 1, 1, 1, 1 } };
	owned out;

	check(leat_replicate_of(nil, 2, 0, &owned_type, leave, &none, &out) == -1 && errno == EOWNERDEAD);
	check(leat_replicate_of(nil, 4, S(1), &owned_type, leave, &later, &out) == 4 && *out.number == 3);
	check(later.began[3] == later.began[0] + S(1)); /* each took the place of the one before it */
	disown(out);
}

/* A thread whose first replica leaves, in a call whose other replicas take a while. */
struct leaver { struct request request; int first; /* ms */ atomic_int returned; };

static int leave_first(leat_rx done, void *of_leaver, size_t replica, void *out)
{
	struct leaver *self = of_leaver;

	if (replica == 0) {
		leat_sleep(LEAT_MS(self->first));
		pthread_exit(NULL);
	}
	return answer(done, &self->request, replica, out);
}

static void call_and_leave(void *of_leaver)
{
	struct leaver *self = of_leaver;
	owned out;

	(void)leat_replicate_of(nil, 3, S(1), &owned_type, leave_first, self, &out);
	atomic_store(&self->returned, 1);
}

/* If the caller's own replica leaves, the caller does. The others are cancelled first, and an answer is released. */
static void the_caller_may_leave(void)
{
	for (int first = 1500; first < 9000; first += 7000) {
		struct leaver self = { { .takes = { 0, S(5), S(4) }, .results = { 0, 1, 1 } }, first, 0 };

		check(leat_go(call_and_leave, &self) == 1 && leat_wait_all(LEAT_NEVER) == 1);
		check(atomic_load(&self.returned) == 0 && atomic_load(&self.request.running) == 0);
		check(atomic_load(&self.request.started) == (first > 2000 ? 2 : 1));
	}
}

/* ------------------------------------------------------------------------------------------ in which thread -- */

struct where { pthread_t thread[3]; size_t live[3]; int results[3]; };

static int note_where(leat_rx done, void *of_where, size_t replica, void *out)
{
	struct where *self = of_where;

	(void)done;
	self->thread[replica] = pthread_self();
	self->live[replica] = leat_live();
	*(long *)out = 42 + (long)replica;
	return self->results[replica];
}

static void the_caller_asks_first(void)
{
	struct where self = { .results = { -EIO, 0, 1 } };
	long out;

	check(leat_replicate(nil, 3, LEAT_NEVER, long, note_where, &self, &out) == 3 && out == 44);
	for (int i = 0; i < 3; i++)
		check(pthread_equal(self.thread[i], pthread_self()) && self.live[i] == 0);
}

/* One thread serves the hedges of all calls, also of those inside others. */
struct nest { int depth; size_t live; };

static int ask_deeper(leat_rx done, void *of_nest, size_t replica, void *out)
{
	struct nest *self = of_nest, deeper = { self->depth - 1, 0 };

	(void)replica;
	if (self->depth > 0 && leat_replicate(done, 2, S(100), long, ask_deeper, &deeper, out) != 1)
		return -errno;
	self->live = self->depth > 0 ? deeper.live : leat_live();
	*(long *)out = self->depth;
	return 1;
}

static void one_thread_serves_all_hedges(void)
{
	struct nest all = { 5, 0 };
	long out;

	check(leat_replicate(nil, 2, S(100), long, ask_deeper, &all, &out) == 1 && out == 5 && all.live == 1);
	check(leat_wait_all(leat_in(S(50))) == 1); /* it ends with the last call, not at the time of a hedge */
}

enum { CALLERS = 20, EACH = 50 };

/* Callers with different hedges, at the same time. Mostly the first replica is too late. */
static void call_often(void *of_hedge)
{
	for (int i = 0; i < EACH; i++) {
		struct request request = { .takes = { S(20), S(i % 3), S(3) }, .results = { 1, i % 2 ? 1 : -EIO, 1 } };

		check(ask(nil, 3, S(*(int *)of_hedge), &request) == (i % 2 ? 2 : 3));
	}
}

static void many_call_at_once(void)
{
	int hedges[CALLERS];

	for (int i = 0; i < CALLERS; i++) {
		hedges[i] = 1 + i % 4;
		check(leat_go(call_often, &hedges[i]) == 1);
	}
	check(leat_wait_all(LEAT_NEVER) == 1);
}

/* ------------------------------------------------------------------------------------------- with a hedge -- */

static void a_quick_answer_starts_no_other(void)
{
	struct request request = { .takes = { S(1), S(1) }, .results = { 1, 1 } };

	check(ask(nil, 2, S(2), &request) == 1);
	check(atomic_load(&request.started) == 1);
}

/* The second replica starts after 2 s, and the third after 4 s. The third answers at 5 s, before the first, so no
 * fourth is needed. */
static void the_next_one_starts_when_it_is_time(void)
{
	leat_time begin = leat_now();
	struct request request = { .takes = { S(7), S(7), S(1), S(1) }, .results = { 1, 1, 1, 1 } };

	check(ask(nil, 4, S(2), &request) == 3);
	check(leat_now() == begin + S(5));
	for (int i = 0; i < 3; i++)
		check(request.began[i] == begin + i * S(2));
	check(atomic_load(&request.started) == 3 && atomic_load(&request.cancelled) == 2);
}

/* The next one starts at once, and the hedge time is counted from then on. */
static void the_next_one_takes_the_place_of_one_that_failed(void)
{
	leat_time begin = leat_now();
	struct request request = { .takes = { S(1), S(9), S(9), S(1) }, .results = { -EIO, 1, 1, 1 } };

	check(ask(nil, 4, S(3), &request) == 4);
	check(request.began[1] == begin + S(1) && request.began[2] == begin + S(4) && request.began[3] == begin + S(7));
	check(leat_now() == begin + S(8));
}

static void never_is_a_hedge_too(void)
{
	leat_time begin = leat_now();
	struct request request = { .takes = { S(1), S(1), S(5), S(1) }, .results = { 0, -EIO, 1, 1 } };

	check(ask(nil, 4, LEAT_NEVER, &request) == 3);
	check(leat_now() == begin + S(7) && atomic_load(&request.started) == 3);
}

/* ---------------------------------------------------------------------------------------------- cancelled -- */

static void done_cancels_all(void)
{
	for (int i = 0; i < 3; i++) {
		leat_time begin = leat_now();
		leat_rx done = leat_after(S(1));
		struct request request = { .takes = { S(3), S(3), S(2) }, .results = { 1, 1, 1 }, .deaf = i == 2 };

		check(ask(done, 3, i * S(10), &request) == -ETIMEDOUT);
		check(leat_now() == begin + (i == 2 ? S(3) : S(1)));
		check(atomic_load(&request.started) == (i ? 1 : 3));
		leat_drop(done);
	}
}

static void done_that_is_over_starts_none(void)
{
	leat_rx done = leat_after(-1);
	struct request request = { .takes = { S(1) }, .results = { 1 } };

	check(ask(done, 1, 0, &request) == -ETIMEDOUT && atomic_load(&request.started) == 0);
	leat_drop(done);
}

/* done was closed with a cause, without one, or has a value. */
static void the_cause_of_done_is_told(void)
{
	for (int i = 0; i < 3; i++) {
		leat_chan done = leat_make(int, 1);
		struct request request = { .takes = { S(3) }, .results = { 1 } };

		if (i == 2)
			check(leat_send(done.tx, &(int){ 1 }) == 1);
		else
			check(leat_close_with(done.tx, i ? EPIPE : 0) == 1);
		check(ask(done.rx, 1, 0, &request) == (i == 1 ? -EPIPE : -ECANCELED));
		leat_drop(done);
	}
}

/* The second replica is asked when the first has failed, and not before. */
static void a_hedge_without_end(void)
{
	struct request request = { .takes = { S(1000), S(1) }, .results = { -EIO, 1 } };
	leat_time begin = leat_now();

	check(ask(nil, 2, LEAT_NEVER, &request) == 2 && leat_now() == begin + S(1001));
	check(request.began[1] == begin + S(1000));
}

struct sooner { atomic_int failed; };

/* The second replica fails while the first, which has no answer, still runs. */
static int fail_sooner(leat_rx done, void *of_sooner, size_t replica, void *out)
{
	struct sooner *self = of_sooner;

	(void)done;
	(void)out;
	if (replica == 1) {
		atomic_store_explicit(&self->failed, 1, memory_order_relaxed);
		return -EIO;
	}
	while (!atomic_load_explicit(&self->failed, memory_order_relaxed))
		sched_yield();
	return 0;
}

/* The hedge is so short that the second replica may begin, and fail, before the first one. */
static void a_failure_is_told_however_early(void)
{
	leat_clock_real(); /* the first replica does not sleep, so a fake clock would stand still */
	for (int i = 0; i < 200; i++) {
		struct sooner self = { 0 };
		long out;

		check(leat_replicate(nil, 2, 1, long, fail_sooner, &self, &out) == -1 && errno == EIO);
	}
}

/* -------------------------------------------------------------------------------------------- other values -- */

static int number(leat_rx done, void *arg, size_t replica, void *out)
{
	(void)done;
	(void)arg;
	*(long *)out = 42 + (long)replica;
	return 1;
}

static int nothing(leat_rx done, void *arg, size_t replica, void *out)
{
	(void)done;
	(void)arg;
	(void)replica;
	(void)out;
	return 1;
}

/* The second replica sees the thread that waits for the time of the third. */
static int look_for_watcher(leat_rx done, void *of_seen, size_t replica, void *out)
{
	int *seen = of_seen;

	*(long *)out = 0;
	if (replica == 0)
		return leat_wait_by(done, leat_in(S(9))) < 0;
	*seen = reports(LEAT_TEXT, "replicate.hedge") && !reports(LEAT_TEXT, "of one caller");
	return 1;
}

/* That thread serves other callers too: it does not get the traits of the first one. */
static void the_common_thread_has_no_traits(void)
{
	const leat_traits traits = { .name = "of one caller" };
	int seen = 0;
	long out;

	(void)leat_start_with(&traits);
	check(leat_replicate(nil, 3, S(1), long, look_for_watcher, &seen, &out) == 2 && seen);
	check(leat_start_with(NULL) == &traits && leat_wait_all(LEAT_NEVER) == 1);
}

static void plain_values(void)
{
	leat_type unit = { "unit", 0, NULL, NULL };
	long out;

	check(leat_replicate(nil, 1, 0, long, number, NULL, &out) == 1 && out == 42);
	check(leat_replicate_of(nil, 1, 0, &unit, nothing, NULL, &out) == 1);
}

static void must_be_refused(int result)
{
	check(result == -1 && errno == EINVAL);
}

static void bad_arguments(void)
{
	long out;

	must_be_refused(leat_replicate(nil, 0, 0, long, number, NULL, &out));
	must_be_refused(leat_replicate(nil, SIZE_MAX, 0, long, number, NULL, &out));
	must_be_refused(leat_replicate(nil, 1, -1, long, number, NULL, &out));
	must_be_refused(leat_replicate(nil, 1, 0, long, NULL, NULL, &out));
	must_be_refused(leat_replicate(nil, 1, 0, long, number, NULL, NULL));
	must_be_refused(leat_replicate_of(nil, 1, 0, NULL, number, NULL, &out));
}

int main(int argc, char **argv)
{
	check(leat_clock_fake() == 1 && leat_clock_run() == 1);
	return RUN(the_first_answer_wins, late_answers_are_released, one_answer_of_many, a_failure_is_no_answer,
	           no_answer, pthread_exit_is_a_failure, the_caller_may_leave, the_caller_asks_first,
	           one_thread_serves_all_hedges, many_call_at_once, a_quick_answer_starts_no_other,
	           the_next_one_starts_when_it_is_time,
	           the_next_one_takes_the_place_of_one_that_failed, never_is_a_hedge_too, done_cancels_all,
	           done_that_is_over_starts_none, the_cause_of_done_is_told,
	           a_hedge_without_end, the_common_thread_has_no_traits, plain_values, bad_arguments,
	           a_failure_is_told_however_early);
}
