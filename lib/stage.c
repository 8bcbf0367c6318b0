/* SPDX-License-Identifier: 0BSD
 *
 * stage.c - what the body of a stage sees: values come and go, until it is time to return; and what follows then.
 *
 * All waits watch done, the outputs' consumers and what is waited for; done is looked at first. Only the stage's
 * own thread touches a stage, so there is nothing to lock here.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"
#include "ring.h"

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

/* Nobody receives from this output any more, or another worker has failed. */
static void lose_output(leat_stage *stage, size_t i)
{
	leati_out_gone(stage, i)->ch = NULL;
	leati_out_case(stage, i)->ch = NULL;
	if (--stage->open_outs == 0)
		stage->over = true;
}

/* The end of an input with a cause is that of all. The body may still emit what it has kept: done can yet end the
 * stage, and then its cause comes first. */
static void lose_input(leat_stage *stage, leat_case *ended)
{
	size_t i = (size_t)(ended - leati_in_case(stage, 0));
	int cause = leat_cause(stage->in[i]);

	ended->ch = NULL;
	leat_drop_rx_(stage->in[i], leati_input);
	stage->in[i].ch = NULL;
	stage->open_ins--;
	if (leat_running(stage) && cause) { /* done comes first, also before a natural end */
		stage->cause = cause;
		stage->open_ins = 0;
	}
}

static void release_room(leati_room *room)
{
	bool held = room->held;

	room->held = false; /* before its release is called: a value has one */
	if (held)
		leati_release_value(room->type, room->at);
}

/* The stage has received `n` values. */
static void begin_batch(leat_stage *stage, size_t n)
{
	stage->current.at = stage->batch;
	stage->current.held = true;
	stage->ahead = n - 1;
	stage->number = leati_in_case(stage, 0)->number_;
}

static void next_of_batch(leat_stage *stage)
{
	stage->current.at = (unsigned char *)stage->current.at + stage->in_type.size;
	stage->current.held = true;
	stage->ahead--;
	stage->number++;
}

static void release_batch(leat_stage *stage)
{
	release_room(&stage->current);
	while (stage->ahead > 0) {
		next_of_batch(stage);
		release_room(&stage->current);
	}
}

/* The order matters: upstream stops before downstream is told, and whoever waits for done to be let go finds arg
 * untouched from then on. */
void leati_finish_stage(leat_stage *stage)
{
	leat_rx done = stage->done;

	release_batch(stage);
	release_room(&stage->made);
	for (size_t i = 0; i < stage->ins; i++)
		leat_drop_rx_(stage->in[i], leati_input);
	for (size_t i = 0; i < stage->outs; i++)
		(void)leat_drop_with(stage->out[i], stage->cause);
	leati_release_value(&stage->arg_type, stage->arg);
	leati_free(stage, stage->bytes);
	leat_drop(done);
}

void leati_run_stage(void *of_stage)
{
	leat_stage *stage = of_stage;

	stage->body(stage, stage->arg);
}

/* `left`: the body, or a user's function in it, has called pthread_exit. */
void leati_end_stage(void *of_stage, bool left)
{
	leat_stage *stage = of_stage;

	if (left)
		end_with(stage, EOWNERDEAD);
	leati_finish_stage(stage);
}

/* --------------------------------------------------------------------------------------- for the body -- */

static bool looks_ready(const leat_case *c)
{
	return c->ch && leati_looks_ready(c);
}

int leat_running(leat_stage *stage)
{
	/* A value in done may have gone to another stage by the time we take it. */
	if (!stage->over && looks_ready(&stage->next_cases[0]) && leat_wait_by(stage->done, LEAT_NOW) >= 0)
		stop_by_done(stage);
	for (size_t i = 0; i < stage->outs; i++)
		if (looks_ready(leati_out_gone(stage, i)))
			lose_output(stage, i);
	return !stage->over;
}

/* Done comes first, if it is over by now; then the input's cause. */
void leat_fail(leat_stage *stage, int cause)
{
	if (leat_running(stage))
		end_with(stage, stage->cause ? stage->cause : cause);
}

static bool is_late(int error)
{
	return error == ETIMEDOUT || error == EAGAIN;
}

/* Wait on the first n of next_cases: the case beyond done and the outputs that was decided, or NULL: look again. */
static leat_case *wait_next(leat_stage *stage, size_t n, leat_time t)
{
	int chosen = leati_select(stage->next_cases, n, t, false);

	stage->late = chosen < 0 && is_late(errno);
	if (stage->late)
		return NULL;
	if (chosen < 0)
		leat_fail(stage, errno);
	else if (chosen == 0)
		stop_by_done(stage);
	else if ((size_t)chosen <= stage->outs)
		lose_output(stage, (size_t)chosen - 1);
	else
		return &stage->next_cases[chosen];
	return NULL;
}

/* The next input's case that is decided, or NULL: none is left, or it is time to return, or the time has passed. */
static leat_case *wait_input(leat_stage *stage, leat_time t)
{
	leat_case *decided = NULL;

	stage->late = false;
	while (!decided && !stage->late && stage->open_ins > 0 && leat_running(stage))
		decided = wait_next(stage, 2 + stage->outs + stage->ins, t);
	return decided;
}

/* How many values the stage may take at once: more than one only if no other receiver waits for them. Relaxed: nobody
 * but we can make another. */
static size_t allowed(const leat_stage *stage)
{
	if (stage->batch_room == 1)
		return 1;
	return atomic_load_explicit(&stage->in[0].ch->rxs, memory_order_relaxed) == 1 ? stage->batch_room : 1;
}

/* A value that is there already. */
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

/* A value that must be waited for. */
static bool next_in_time(leat_stage *stage, leat_time t)
{
	for (leat_case *decided; (decided = wait_input(stage, t)) != NULL;) {
		if (decided->ok) {
			begin_batch(stage, decided->moved_);
			return true;
		}
		lose_input(stage, decided);
	}
	return false;
}

void *leat_next(leat_stage *stage)
{
	release_room(&stage->current);
	return next_at_once(stage) || next_in_time(stage, LEAT_NEVER) ? stage->current.at : NULL;
}

void *leat_next_numbered(leat_stage *stage, uint64_t *counter, uint64_t *number)
{
	void *value;

	if (stage->ins == 1)
		leati_in_case(stage, 0)->counter_ = counter;
	else
		leat_fail(stage, EINVAL); /* several inputs have several locks */
	value = leat_next(stage);
	*number = stage->number;
	return value;
}

void leat_keep(leat_stage *stage)
{
	stage->current.held = false;
}

int leat_next_by(leat_stage *stage, void **value, leat_time t)
{
	release_room(&stage->current);
	if (next_at_once(stage) || next_in_time(stage, t)) {
		*value = stage->current.at;
		return 1;
	}
	return stage->late ? -1 : 0;
}

int leat_next_any(leat_stage *stage)
{
	leat_case *decided;

	release_room(&stage->current);
	if (stage->ahead > 0 && leat_running(stage)) {
		next_of_batch(stage);
		release_room(&stage->current);
		return 1;
	}
	for (size_t i = 0; i < stage->ins; i++) {
		leati_in_case(stage, i)->into_ = NULL; /* discard: they may be of different types */
		leati_in_case(stage, i)->count_ = 1;
	}
	decided = wait_input(stage, LEAT_NEVER);
	for (size_t i = 0; i < stage->ins; i++)
		leati_in_case(stage, i)->into_ = stage->batch;
	if (decided && !decided->ok)
		lose_input(stage, decided);
	return decided != NULL;
}

/* Wait for a stream that is not an input. True: it had a value, or ended naturally. */
static bool wait_elsewhere(leat_stage *stage, leat_rx in, void *into)
{
	leat_case *from = leati_elsewhere(stage), *decided = NULL;

	while (!decided && leat_running(stage)) {
		*from = leat_case_recv_(in, into, stage->out_type.size, NULL);
		decided = wait_next(stage, 2 + stage->outs, LEAT_NEVER);
	}
	from->ch = NULL; /* off, when leat_next waits */
	if (decided && !decided->ok && leat_cause(in))
		leat_fail(stage, leat_cause(in));
	return decided && !stage->over;
}

int leat_await(leat_stage *stage, leat_rx rx)
{
	return wait_elsewhere(stage, rx, NULL);
}

static bool carries(leat_rx in, const leat_type *type)
{
	leat_type its = leat_type_of(in);

	return leat_never_started(in) || (!leat_is_nil(in) && leati_same_type(&its, type));
}

void *leat_next_from(leat_stage *stage, leat_rx in)
{
	release_room(&stage->made);
	if (!carries(in, &stage->out_type))
		leat_fail(stage, EINVAL);
	stage->made.held = wait_elsewhere(stage, in, stage->made.at) && leati_elsewhere(stage)->ok;
	return stage->made.held ? stage->made.at : NULL;
}

void *leat_scratch(leat_stage *stage)
{
	return stage->made.at;
}

/* ----------------------------------------------------------------------------------------------- emit -- */

/* While a value is being emitted, the case of each output has from_ as long as its value is still ours to release,
 * and ch as long as it is to be sent. The value itself goes to the first output that is open, so that one never
 * needs a copy. */

/* The value is no longer one of the rooms' to release. */
static void hand_over(leat_stage *stage, const void *value)
{
	if (value == stage->current.at)
		stage->current.held = false;
	if (value == stage->made.at)
		stage->made.held = false;
}

static void release_unsent(leat_stage *stage)
{
	for (size_t i = 0; i < stage->outs; i++)
		if (leati_out_case(stage, i)->from_)
			leati_release_value(&stage->out_type, (void *)(uintptr_t)leati_out_case(stage, i)->from_);
}

/* What output i is to send: the value itself to one of them, copies to the others where a copy means anything. */
static int share(leat_stage *stage, size_t i, void *value, bool *given)
{
	leat_case *to = leati_out_case(stage, i);
	void *copy;
	int error = 0;

	to->from_ = NULL;
	to->ch = leati_out_gone(stage, i)->ch;
	if (!to->ch)
		return 0;
	if (!*given || !stage->out_type.copy) {
		to->from_ = value;
		*given = true;
		return 0;
	}
	copy = stage->copies + (i - 1) * stage->out_type.size;
	error = stage->out_type.copy(copy, value);
	if (!error)
		to->from_ = copy;
	return error;
}

/* All outputs have something to send, or none and the stage has failed. At least one is left, as the stage runs. */
static bool share_all(leat_stage *stage, void *value)
{
	bool given = false;
	int error = 0;

	for (size_t i = 0; i < stage->outs; i++)
		leati_out_case(stage, i)->from_ = NULL;
	for (size_t i = 0; i < stage->outs && !error; i++)
		error = share(stage, i, value, &given);
	if (error) {
		release_unsent(stage);
		leat_fail(stage, -error);
	}
	return !stage->over;
}

static bool is_pending(leat_stage *stage)
{
	for (size_t i = 0; i < stage->outs; i++)
		if (leati_out_case(stage, i)->ch)
			return true;
	return false;
}

static void send_next(leat_stage *stage, leat_time t)
{
	int chosen = leati_select(stage->emit_cases, 1 + stage->outs, t, false);

	stage->late = chosen < 0 && is_late(errno);
	if (stage->late)
		return;
	if (chosen > 0 && stage->emit_cases[chosen].ok) {
		stage->emit_cases[chosen].ch = NULL;
		stage->emit_cases[chosen].from_ = NULL;
	} else if (chosen > 0) {
		lose_output(stage, (size_t)chosen - 1);
	} else if (chosen == 0) {
		stop_by_done(stage);
	} else {
		leat_fail(stage, errno);
	}
}

int leat_emit(leat_stage *stage, void *value)
{
	hand_over(stage, value);
	if (!leat_running(stage)) {
		leati_release_value(&stage->out_type, value);
		return 0;
	}
	if (stage->outs == 1 && leati_send_at_once(stage->out[0].ch, value))
		return 1;
	if (!share_all(stage, value))
		return 0;
	while (!stage->over && is_pending(stage))
		send_next(stage, LEAT_NEVER);
	release_unsent(stage);
	return !stage->over;
}

/* The value stays whose it is until it is sent, or the stage is over. */
int leat_emit_by(leat_stage *stage, void *value, leat_time t)
{
	leat_case *to = leati_out_case(stage, 0);

	if (stage->outs != 1) {
		errno = EINVAL;
		return -1;
	}
	stage->late = false;
	to->ch = leati_out_gone(stage, 0)->ch;
	to->from_ = value;
	while (!stage->late && to->ch && leat_running(stage))
		send_next(stage, t);
	if (stage->late)
		return -1;
	hand_over(stage, value);
	release_unsent(stage);
	return !stage->over;
}

int leat_emit_result(leat_stage *stage, int result, void *value)
{
	if (result > 0)
		return leat_emit(stage, value);
	if (result < 0)
		leat_fail(stage, -result);
	return result == 0;
}

void leat_pass_on(leat_stage *stage, void *arg)
{
	(void)arg;
	for (void *value; (value = leat_next(stage)) != NULL;)
		if (!leat_emit(stage, value))
			return;
}

/* ------------------------------------------------------------------------------------- the body's own select -- */

/* The body's cases after done and the outputs' going, in `all`, which has room for them. */
static int select_among(leat_stage *stage, leat_case *all, leat_case *cases, size_t n, leat_time t)
{
	size_t own = 1 + stage->outs;
	int chosen;

	for (size_t i = 0; i < n; i++)
		all[own + i] = cases[i];
	while (leat_running(stage)) {
		for (size_t i = 0; i < own; i++)
			all[i] = stage->next_cases[i]; /* without the outputs that have been found lost */
		if ((chosen = leat_select_n(all, own + n, t)) < 0)
			return -1;
		if ((size_t)chosen >= own) {
			chosen -= (int)own;
			cases[chosen].ok = all[own + (size_t)chosen].ok;
			return chosen;
		}
		if (chosen == 0)
			stop_by_done(stage);
		else
			lose_output(stage, (size_t)chosen - 1);
	}
	errno = ECANCELED;
	return -1;
}

int leat_stage_select(leat_stage *stage, leat_case *cases, size_t n, leat_time t)
{
	leat_case few[16], *many;
	size_t count = 1 + stage->outs + n;
	int chosen;

	if (n > INT32_MAX - stage->outs - 1) {
		errno = EINVAL;
		return -1;
	}
	if (count <= sizeof few / sizeof *few)
		return select_among(stage, few, cases, n, t);
	if (!(many = leati_alloc(count * sizeof *many))) {
		errno = ENOMEM;
		return -1;
	}
	chosen = select_among(stage, many, cases, n, t);
	leati_free(many, count * sizeof *many);
	return chosen;
}
