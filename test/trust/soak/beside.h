/* SPDX-License-Identifier: 0BSD
 *
 * beside.h - the work beside the messages: contexts, groups, stewards, locks, pipelines and timers. Each function is
 * one turn. It leaves nothing behind, and checks all that can be known about its results.
 */
#ifndef BESIDE_H
#define BESIDE_H

#include "soak.h"

enum { CANCELS, GROUPS, RESTARTS, LOCKS, PIPELINES, TIMEOUTS, KINDS };

/* A thread that takes turns. */
struct beside {
	_Alignas(LINE) const char *name;
	void (*turn)(struct beside *self);
	uint64_t random;
	atomic_ulong turns;
	uint64_t done[KINDS];
};

static inline leat_time within(struct beside *self, unsigned microseconds)
{
	return leat_in(LEAT_US((int64_t)below(&self->random, microseconds)));
}

/* ------------------------------------------------------------------------------------------------- contexts -- */

enum { CONTEXTS = 4 };

static inline void await_context(void *arg)
{
	leat_context *context = arg;

	must(leat_wait(leat_context_done(context)) == 0);
	must(leat_context_err(context) == ECANCELED || leat_context_err(context) == ETIMEDOUT);
	leat_context_drop(context);
}

/* A tree of contexts. For each of them, a thread waits. One context ends by itself or is cancelled, and later all of
 * them. */
static inline void contexts(struct beside *self)
{
	leat_context *tree[CONTEXTS], *root = leat_context_with_cancel(leat_context_background());
	leat_waitgroup waiters = { 0 };

	tree[0] = leat_context_with_cancel(root);
	tree[1] = leat_context_with_deadline(tree[0], within(self, 2000));
	tree[2] = leat_context_with_deadline_cause(root, within(self, 2000), EPIPE);
	tree[3] = leat_context_with_cancel(tree[2]);
	for (int i = 0; i < CONTEXTS; i++)
		must(leat_waitgroup_go(&waiters, await_context, leat_context_dup(tree[i])) == 1);
	leat_sleep(LEAT_US((int64_t)below(&self->random, 2000)));
	(void)leat_context_cancel_with(tree[below(&self->random, CONTEXTS)], EIO); /* it may have ended already */
	must(leat_context_err(leat_context_background()) == 0 && leat_context_err(root) == 0);
	must(leat_context_cancel_with(root, ENOLINK) == 1);
	for (int i = 0; i < CONTEXTS; i++) {
		int cause = leat_context_cause(tree[i]);

		must(cause == EIO || cause == ENOLINK || cause == ETIMEDOUT || cause == EPIPE);
		leat_context_drop(tree[i]);
	}
	leat_context_drop(root);
	must(leat_waitgroup_wait(&waiters, LEAT_NEVER) == 1);
	self->done[CANCELS] += 2;
}

/* --------------------------------------------------------------------------------------------------- groups -- */

enum { MEMBERS = 8, LIMIT = 3 };

struct member { leat_time works; int result; atomic_int *running; };

static inline int member_works(leat_rx done, void *arg)
{
	struct member *member = arg;
	int ended;

	must(atomic_fetch_add(member->running, 1) < LIMIT);
	ended = leat_wait_by(done, leat_in(member->works));
	atomic_fetch_sub(member->running, 1);
	return ended == 0 ? 0 : member->result;
}

/* Either no function fails, or one does and cancels the others. */
static inline void groups(struct beside *self)
{
	leat_errgroup *group = leat_errgroup_make(nil);
	struct member members[MEMBERS];
	atomic_int running = 0;
	unsigned failing = below(&self->random, 2 * MEMBERS);

	must(group && leat_errgroup_set_limit(group, LIMIT) == 1);
	for (unsigned i = 0; i < MEMBERS; i++) {
		members[i] = (struct member){ LEAT_US((int64_t)below(&self->random, 300)), i == failing ? -EIO : 0,
		                              &running };
		must(leat_errgroup_go(group, member_works, &members[i]) == 1);
	}
	must(leat_errgroup_wait(group) == (failing < MEMBERS ? EIO : 0));
	must(atomic_load(&running) == 0);
	self->done[GROUPS]++;
}

/* ------------------------------------------------------------------------------------------------- stewards -- */

struct wards { leat_time interval; atomic_int begun, running; };

/* The ward sends some pulses. Then it ends, or is silent until it is told to end. */
static inline void ward_body(leat_stage *stage, void *arg)
{
	struct wards *wards = arg;
	int n = atomic_fetch_add(&wards->begun, 1);

	must(atomic_fetch_add(&wards->running, 1) == 0);
	for (int pulses = n % 4; pulses > 0; pulses--)
		if (leat_stage_select(stage, NULL, 0, leat_in(wards->interval)) == -1 && errno == ECANCELED)
			break;
		else if (leat_emit_by(stage, leat_scratch(stage), LEAT_NOW) == 0)
			break;
	if (n % 3 == 0)
		(void)leat_stage_select(stage, NULL, 0, LEAT_NEVER); /* until it is told to end */
	atomic_fetch_sub(&wards->running, 1);
}

static inline leat_rx ward_start(leat_rx done, leat_time interval, void *arg)
{
	struct wards *wards = arg;

	wards->interval = interval;
	return leat_stage_start(&(leat_plan){ .name = "ward", .done = done, .type = LEAT_TYPE(char), .body = ward_body,
	                                      .arg = wards });
}

static inline void stewards(struct beside *self)
{
	struct wards wards = { 0 };
	leat_chan done = leat_make_unit();
	leat_stewardship plan = { .ward = ward_start, .arg = &wards, .timeout = LEAT_MS(4), .restarts = -1,
	                          .grace = LEAT_S(1000) };
	leat_rx pulses = leat_steward(done.rx, LEAT_MS(5), &plan);

	leat_sleep(LEAT_MS(10 + (int64_t)below(&self->random, 40)));
	leat_close(done.tx);
	must(leat_drain(pulses) == ECANCELED);
	leat_drop(done.rx);
	must(leat_wait_gone(done.tx, LEAT_NEVER) == 1);
	leat_drop(done.tx);
	must(atomic_load(&wards.running) == 0);
	must(atomic_load(&wards.begun) > 0);
	self->done[RESTARTS] += (uint64_t)atomic_load(&wards.begun) - 1;
}

/* ---------------------------------------------------------------------------------------------------- locks -- */

enum { LOCKERS = 4, LOCK_TURNS = 100, UNITS = 3 };

struct locked { leat_mutex mutex; leat_semaphore units; atomic_long out; long turns; atomic_long missed; };

static inline void lock_and_count(void *arg)
{
	struct locked *locked = arg;

	for (long i = 0; i < LOCK_TURNS; i++) {
		long n = 1 + i % UNITS;

		leat_mutex_lock(&locked->mutex);
		locked->turns++;
		leat_mutex_unlock(&locked->mutex);
		if (leat_semaphore_acquire(&locked->units, n, nil, i % 8 ? LEAT_NEVER : leat_in(LEAT_US(i))) < 0) {
			must(errno == ETIMEDOUT);
			continue;
		}
		must(atomic_fetch_add(&locked->out, n) + n <= UNITS);
		atomic_fetch_sub(&locked->out, n);
		leat_semaphore_release(&locked->units, n);
	}
}

static inline void locks(struct beside *self)
{
	struct locked locked = { .mutex = LEAT_MUTEX((int)below(&self->random, 3)), .units = LEAT_SEMAPHORE(UNITS) };
	leat_waitgroup group = { 0 };

	for (int i = 0; i < LOCKERS; i++)
		must(leat_waitgroup_go(&group, lock_and_count, &locked) == 1);
	must(leat_waitgroup_wait(&group, LEAT_NEVER) == 1);
	must(locked.turns == LOCKERS * LOCK_TURNS && locked.units.held_ == 0);
	self->done[LOCKS] += (uint64_t)locked.turns;
}

/* ------------------------------------------------------------------------------------------------ pipelines -- */

static inline int count_up(void *arg, void *out)
{
	*(long *)out = (*(long *)arg)++;
	return 1;
}

static inline int twice(void *arg, const void *in, void *out)
{
	(void)arg;
	*(long *)out = 2 * *(const long *)in;
	return 1;
}

static inline int is_divisible(void *arg, const void *in)
{
	return *(const long *)in % *(long *)arg == 0;
}

/* The pipeline is read to its end, or done ends it, or its reader leaves. */
static inline void pipelines(struct beside *self)
{
	static long four = 4;
	long from = 0, next = 0, value;
	long some = (long)below(&self->random, 200), length = (long)below(&self->random, 400);
	leat_chan done = leat_make_unit();
	leat_rx in = leat_take(done.rx, leat_repeat_fn(done.rx, long, count_up, &from), length);

	in = leat_buffer(in, below(&self->random, 20));
	in = leat_map_ordered(done.rx, in, 2, long, twice, NULL);
	in = leat_filter(done.rx, in, is_divisible, &four);
	in = leat_map(done.rx, in, long, twice, NULL);
	for (; some > 0 && leat_recv(in, &value) > 0; some--, next += 8)
		must(value == next);
	if (some > 0)
		must(leat_cause(in) == 0 && next == (length + 1) / 2 * 8);
	if (below(&self->random, 2))
		leat_close(done.tx);
	leat_drop(in);
	leat_drop(done.rx);
	must(leat_wait_gone(done.tx, LEAT_NEVER) == 1);
	leat_drop(done.tx);
	self->done[PIPELINES]++;
}

/* --------------------------------------------------------------------------------------------------- timers -- */

struct pair { leat_chan on, called; leat_time apart; long sent; };

static inline void send_about_then(void *arg)
{
	struct pair *pair = arg;

	for (int i = 0; i < 20; i++) {
		leat_sleep(pair->apart);
		pair->sent += leat_send_by(pair->on.tx, &(long){ pair->sent }, leat_in(pair->apart)) == 1;
	}
	leat_drop(pair->on.tx);
}

static inline void call(void *arg)
{
	leat_drop(((struct pair *)arg)->called.tx);
}

/* Values arrive at about the time at which their receiver gives up. A call is stopped at about the time at which it
 * would be made. */
static inline void timers(struct beside *self)
{
	struct pair pair = { .on = leat_make(long, below(&self->random, 2)), .called = leat_make_unit() };
	leat_waitgroup group = { 0 };
	leat_tx prevent;
	long expected = 0, value;
	int got;

	pair.apart = LEAT_US(50 + (int64_t)below(&self->random, 100));
	must(leat_after_func(leat_after(pair.apart), call, &pair, &prevent) == 1);
	must(leat_waitgroup_go(&group, send_about_then, &pair) == 1);
	while ((got = leat_recv_by(pair.on.rx, &value, leat_in(pair.apart))) != 0)
		if (got > 0)
			must(value == expected++);
		else
			self->done[TIMEOUTS]++;
	must(leat_waitgroup_wait(&group, LEAT_NEVER) == 1);
	must(pair.sent == expected);
	leat_drop(pair.on.rx);
	if (leat_signal(prevent) != 1) {
		must(leat_wait(pair.called.rx) == 0);
	} else {
		must(!leat_closed(pair.called.rx));
		leat_drop(pair.called.tx);
	}
	leat_drop(pair.called.rx);
	leat_drop(prevent);
}

static struct beside besides[] = {
	{ .name = "contexts", .turn = contexts }, { .name = "groups", .turn = groups },
	{ .name = "stewards", .turn = stewards }, { .name = "locks", .turn = locks },
	{ .name = "pipelines", .turn = pipelines }, { .name = "timers", .turn = timers },
};
enum { BESIDES = sizeof besides / sizeof *besides };

/* Take turns, but not too many, because they only disturb. */
static inline void take_turns(void *arg)
{
	struct beside *self = arg;

	do {
		self->turn(self);
		atomic_fetch_add(&self->turns, 1);
		leat_sleep(LEAT_MS((int64_t)below(&self->random, 20)));
	} while (!stopped());
}

static inline uint64_t besides_done(int kind)
{
	uint64_t done = 0;

	for (int i = 0; i < BESIDES; i++)
		done += besides[i].done[kind];
	return done;
}

#endif
