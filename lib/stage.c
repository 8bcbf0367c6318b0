/* SPDX-License-Identifier: 0BSD
 *
 * stage.c - the calls that the body of a stage makes: get the next value, fail, select. emit.c has those that send.
 *
 * A stage waits in one way: it selects among done, each output, and the cases of the call, and then calls
 * leati_stage_settle. Each call looks at done before it waits, and before it gives a value that has been received
 * already, so that done comes first. Only the stage's own thread makes these calls, so they need no lock.
 */
#define _POSIX_C_SOURCE 200809L
#include "doing.h"
#include "registry.h"
#include "ring.h"

enum {
	SHARE = 4,    /* values that a worker may take at once where its siblings receive too, if ... */
	QUICK = 2000, /* ... its last ones took less than this each, in ns */
	SAMPLE = 8    /* while it takes single values, the time of each 8th is measured */
};

const char leati_input[] = "an input of a stage, dropped though it was taken, or given to two stages";

/* --------------------------------------------------------------------------------------------- ending -- */

/* The first cause stands. */
static void end_with(leat_stage *stage, int cause)
{
	if (!stage->over)
		stage->cause = cause;
	stage->over = true;
}

static void stop_by_done(leat_stage *stage)
{
	int cause = leat_cause(stage->done);

	end_with(stage, cause ? cause : ECANCELED);
}

/* Output i has no receiver any more, or another worker of the stage has failed. */
static void lose_output(leat_stage *stage, size_t i)
{
	leati_out_gone(stage, i)->ch = NULL;
	leati_out_case(stage, i)->ch = NULL;
	if (--stage->open_outs == 0)
		stage->over = true;
}

/* An input that ends with a cause ends all inputs. The stage goes on until the body returns: the body may emit what it
 * has kept, and if done comes meanwhile, done's cause replaces the input's. */
static void lose_input(leat_stage *stage, leat_case *ended)
{
	size_t i = (size_t)(ended - leati_in_case(stage, 0));
	int cause = leat_cause(stage->in[i]);

	ended->ch = NULL;
	leat_drop_rx_(leati_take_input(stage, i), leati_input);
	stage->open_ins--;
	if (leat_running(stage) && cause) { /* done comes before a natural end too */
		stage->cause = cause;
		stage->open_ins = 0;
	}
}

static void release_current(leat_stage *stage)
{
	bool held = stage->held;

	stage->held = false; /* first: if release calls pthread_exit, the value is not released again */
	if (held)
		leati_release_value(&stage->in_type, stage->current);
}

/* The stage has received `n` values at once. */
static void begin_batch(leat_stage *stage, size_t n)
{
	leati_count_values(stage, n);
	stage->taken = n;
	if (stage->shares && (n > 1 || stage->receipts++ % SAMPLE == 0))
		stage->since = leati_real_now();
	stage->current = stage->batch;
	stage->held = true;
	stage->ahead = n - 1;
	stage->number = leati_in_case(stage, 0)->number_;
}

static void next_of_batch(leat_stage *stage)
{
	stage->current += stage->in_type.size;
	stage->held = true;
	stage->ahead--;
	stage->number++;
}

void leati_release_batch(leat_stage *stage)
{
	release_current(stage);
	while (stage->ahead > 0) {
		next_of_batch(stage);
		release_current(stage);
	}
}

static bool looks_ready(const leat_case *c)
{
	return c->ch && leati_looks_ready(c);
}

int leat_running(leat_stage *stage)
{
	/* `done` may look ready because of a sender that has just given up: ask again, with the lock. */
	if (!stage->over && looks_ready(&stage->next_cases[0]) && leat_wait_ready_by(stage->done, LEAT_NOW) >= 0)
		stop_by_done(stage);
	for (size_t i = 0; i < stage->outs; i++)
		if (looks_ready(leati_out_gone(stage, i)))
			lose_output(stage, i);
	return !stage->over;
}

int leat_stage_watches_(const leat_stage *stage, leat_rx *done, leat_tx *out)
{
	if (stage->outs != 1)
		return 0;
	*done = stage->done;
	*out = stage->out[0];
	return 1;
}

/* An input's cause comes before this one, and done comes before both. */
void leat_fail(leat_stage *stage, int cause)
{
	if (leat_running(stage))
		end_with(stage, stage->cause ? stage->cause : cause);
}

/* -------------------------------------------------------------------------------------------- waiting -- */

/* A select has decided one of the cases, of which the first are done and one for each output. Returns the index of
 * another case, or of an output that took a value. Returns 0 when done or an output has ended: the caller must see
 * whether the stage goes on. Returns -1 with errno as the select did. */
int leati_stage_settle(leat_stage *stage, const leat_case *cases, int decided)
{
	if (decided == 0) {
		stop_by_done(stage);
	} else if (decided > 0 && (size_t)decided <= stage->outs && !cases[decided].ok) {
		lose_output(stage, (size_t)decided - 1);
		decided = 0;
	}
	return decided;
}

/* A wait has returned -1. Returns -1 if its time has passed. Any other error ends the stage, and this returns 0. */
int leati_stage_late(leat_stage *stage)
{
	if (errno == ETIMEDOUT || errno == EAGAIN)
		return -1;
	leat_fail(stage, errno);
	return 0;
}

/* ----------------------------------------------------------------------------------------------- next -- */

/* How many values a worker may take at once where its siblings receive too. A value that it holds waits for those
 * before it, although another worker may be idle. So it takes a few only if its last ones were quick, and if twice as
 * many are queued for each receiver. */
static size_t share_of(leat_stage *stage, size_t receivers)
{
	size_t most = leati_at_most(SHARE, stage->batch_room);

	if (stage->since) {
		stage->quick = leati_real_now() - stage->since < QUICK * (leat_time)stage->taken;
		stage->since = 0;
	}
	most = stage->quick ? leati_at_most(most, leati_len(stage->in[0].ch) / (2 * receivers)) : 1;
	return most ? most : 1;
}

/* How many values the stage may receive at once. Relaxed is enough: if ours is the only handle, no other thread can
 * make another. If there are more handles than workers, another receiver would miss the values that a worker still
 * holds when it ends. A worker that numbers its values has one at a time: leat_map_ordered counts on it. */
static size_t allowed(leat_stage *stage)
{
	size_t receivers;

	if (stage->batch_room == 1)
		return 1;
	receivers = atomic_load_explicit(&stage->in[0].ch->rxs, memory_order_relaxed);
	stage->shares = receivers > 1 && receivers <= stage->siblings && !leati_in_case(stage, 0)->counter_;
	if (stage->shares)
		return share_of(stage, receivers);
	return receivers == 1 ? stage->batch_room : 1;
}

/* Take a value that is there already: from the batch, or from the channel of the only input. */
static bool next_at_once(leat_stage *stage)
{
	leat_case *c = leati_in_case(stage, 0);
	size_t n;

	if (!leat_running(stage))
		return false;
	if (stage->ahead > 0) {
		next_of_batch(stage);
		return true;
	}
	if (stage->ins != 1 || stage->open_ins != 1)
		return false;
	c->count_ = allowed(stage);
	n = leati_receive_at_once(stage->in[0].ch, stage->batch, c->count_, c->counter_, &c->number_);
	if (n > 0)
		begin_batch(stage, n);
	return n > 0;
}

/* Wait for a value. Returns 1, or 0 if no more can come, or -1 if none came by t. */
static int next_in_time(leat_stage *stage, leat_time t)
{
	while (stage->open_ins > 0 && leat_running(stage)) {
		leat_case *cases = stage->next_cases;
		size_t n = 1 + stage->outs + stage->ins;
		int decided = leati_stage_settle(stage, cases, leati_select_as(LEATI_STAGE_STARVES, stage, cases, n, t));

		if (decided < 0)
			return leati_stage_late(stage);
		if (decided > 0 && cases[decided].ok) {
			begin_batch(stage, cases[decided].moved_);
			return 1;
		}
		if (decided > 0)
			lose_input(stage, &cases[decided]);
	}
	return 0;
}

static int next(leat_stage *stage, leat_time t)
{
	release_current(stage);
	return next_at_once(stage) ? 1 : next_in_time(stage, t);
}

void *leat_next(leat_stage *stage)
{
	return next(stage, LEAT_NEVER) > 0 ? stage->current : NULL;
}

int leat_next_by(leat_stage *stage, void **value, leat_time t)
{
	int got = next(stage, t);

	if (got > 0)
		*value = stage->current;
	return got;
}

void *leat_next_numbered(leat_stage *stage, uint64_t *counter, uint64_t *number)
{
	void *value;

	if (stage->ins == 1)
		leati_in_case(stage, 0)->counter_ = counter;
	else
		leat_fail(stage, EINVAL); /* the lock of the only input protects the counter */
	value = leat_next(stage);
	*number = stage->number;
	return value;
}

/* They lie side by side in the batch. */
size_t leat_next_n(leat_stage *stage, void **values, size_t most)
{
	size_t more;

	if (most == 0 || !(*values = leat_next(stage)))
		return 0;
	more = leati_at_most(stage->ahead, most - 1);
	stage->current += more * stage->in_type.size;
	stage->ahead -= more;
	stage->number += more;
	leat_keep(stage);
	return 1 + more;
}

leat_rx leat_input(leat_stage *stage, size_t i)
{
	return stage->in[i];
}

void leat_keep(leat_stage *stage)
{
	stage->held = false;
}

void *leat_scratch(leat_stage *stage)
{
	return stage->made;
}

/* ------------------------------------------------------------------------------- the body's own select -- */

int leat_stage_select_behind_(leat_stage *stage, leat_case *all, size_t n, leat_time t)
{
	size_t watched = 1 + stage->outs;
	int decided = 0;

	while (decided == 0) {
		if (!leat_running(stage))
			return leat_refuse(ECANCELED);
		for (size_t i = 0; i < watched; i++)
			all[i] = stage->next_cases[i]; /* each time: the case of a lost output is off */
		decided = leati_stage_settle(stage, all, leat_select_n(all, watched + n, t));
	}
	return decided < 0 ? -1 : decided - (int)watched;
}

int (leat_stage_select)(leat_stage *stage, leat_case *cases, size_t n, leat_time t)
{
	leat_case few[16], *all = few;
	size_t watched = 1 + stage->outs, bytes = (watched + n) * sizeof *all;
	int chosen;

	if (n > INT32_MAX - watched)
		return leat_refuse(EINVAL);
	if (bytes > sizeof few && !(all = leati_alloc(bytes)))
		return leat_refuse(ENOMEM);
	for (size_t i = 0; i < n; i++) {
		cases[i].ok = 0;
		all[watched + i] = cases[i];
	}
	chosen = leat_stage_select_behind_(stage, all, n, t);
	if (chosen >= 0)
		cases[chosen].ok = all[watched + (size_t)chosen].ok;
	if (all != few)
		leati_free(all, bytes);
	return chosen;
}

int leat_stage_select_at_(leat_stage *stage, leat_case *cases, size_t n, leat_time t, size_t case_size)
{
	leati_check_case_size(case_size);
	return (leat_stage_select)(stage, cases, n, t);
}
