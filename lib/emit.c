/* SPDX-License-Identifier: 0BSD
 *
 * emit.c - how the body of a stage sends: one value, many at once, or a whole stream.
 *
 * A value is sent before leat_emit returns. The stage does not hold values back to send several at once, although a
 * batch costs less: the body may block for ever before it emits the next one. Only a body that has many values in its
 * hands can give them all, to leat_emit_n.
 */
#define _POSIX_C_SOURCE 200809L
#include "doing.h"
#include "registry.h"
#include "ring.h"

#include <pthread.h>

/* ------------------------------------------------------------------------------------------ one value -- */

/* A value goes to all outputs: the first open one is sent the value itself, the others are sent copies. In each
 * output's case, `ch` is set while a value must be sent, and `from_` while the stage must release it if it is not. */

static void release_unshared(leat_stage *stage)
{
	for (size_t i = 0; i < stage->outs; i++) {
		const void *value = leati_out_case(stage, i)->from_;

		leati_out_case(stage, i)->from_ = NULL;
		if (value)
			leati_release_value(&stage->out_type, (void *)(uintptr_t)value);
	}
}

/* The body gives the value away: if it is an input's value, leat_next must not release it. */
static void take_over(leat_stage *stage, const void *value)
{
	if (value == stage->current)
		stage->held = false;
}

/* Make the copy that output i is sent. Returns NULL and sets *error if that fails. */
static const void *copy_for(leat_stage *stage, size_t i, const void *value, int *error)
{
	void *copy = stage->copies + (i - 1) * stage->out_type.size;

	if (!stage->out_type.copy && !stage->out_type.release)
		return value;
	*error = stage->out_type.copy ? stage->out_type.copy(copy, value) : -EINVAL;
	return *error ? NULL : copy;
}

/* Prepare the cases of all outputs. False if a copy could not be made: nothing is sent, and the stage has failed. */
static bool share(leat_stage *stage, const void *value)
{
	bool given = false;
	int error = 0;

	for (size_t i = 0; i < stage->outs; i++) {
		leat_case *to = leati_out_case(stage, i);

		to->ch = leati_out_gone(stage, i)->ch;
		to->from_ = NULL;
		if (!to->ch || error)
			continue;
		to->from_ = given ? copy_for(stage, i, value, &error) : value;
		given = true;
	}
	if (error) {
		release_unshared(stage);
		leat_fail(stage, leat_errno_of_(error));
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

/* Wait until one of the outputs has taken its value. Returns what leati_stage_settle returns. */
static int send_once(leat_stage *stage, leat_time t)
{
	leat_case *cases = stage->emit_cases;
	int decided = leati_select_as(LEATI_STAGE_IS_HELD_UP, stage, cases, 1 + stage->outs, t);
	int sent = leati_stage_settle(stage, cases, decided);

	if (sent > 0) {
		cases[sent].ch = NULL;
		cases[sent].from_ = NULL;
	}
	return sent;
}

/* Take the value over. False if it is time to return: then the value is released. */
static bool may_send(leat_stage *stage, void *value)
{
	take_over(stage, value);
	if (!leat_running(stage)) {
		leati_release_value(&stage->out_type, value);
		return false;
	}
	if (stage->ins == 0)
		leati_count_values(stage, 1);
	return true;
}

static int send_pending(leat_stage *stage)
{
	while (!stage->over && is_pending(stage))
		if (send_once(stage, LEAT_NEVER) < 0)
			leat_fail(stage, errno);
	release_unshared(stage);
	return !stage->over;
}

int leat_emit(leat_stage *stage, void *value)
{
	if (!may_send(stage, value))
		return 0;
	if (stage->outs == 1 && leati_send_at_once(stage->out[0].ch, value))
		return 1;
	return share(stage, value) && send_pending(stage);
}

int leat_emit_to(leat_stage *stage, size_t i, void *value)
{
	leat_case *to;

	if (i >= stage->outs)
		leat_fail(stage, EINVAL);
	if (!may_send(stage, value))
		return 0;
	if (leati_send_at_once(stage->out[i].ch, value))
		return 1;
	to = leati_out_case(stage, i);
	to->ch = leati_out_gone(stage, i)->ch;
	to->from_ = value;
	return send_pending(stage);
}

/* Until the value is sent or the stage is over, the body owns it: if the time passes, the body still has it. */
int leat_emit_by(leat_stage *stage, void *value, leat_time t)
{
	leat_case *to = leati_out_case(stage, 0);

	if (stage->outs != 1)
		return leat_refuse(EINVAL);
	to->ch = leati_out_gone(stage, 0)->ch;
	to->from_ = value;
	while (to->ch && leat_running(stage))
		if (send_once(stage, t) < 0 && leati_stage_late(stage) < 0)
			return -1;
	if (stage->ins == 0)
		leati_count_values(stage, 1);
	take_over(stage, value);
	release_unshared(stage);
	return !stage->over;
}

int leat_emit_result(leat_stage *stage, int result, void *value)
{
	if (result > 0)
		return leat_emit(stage, value);
	if (result < 0)
		leat_fail(stage, leat_errno_of_(result));
	return result == 0;
}

/* ----------------------------------------------------------------------------------------- many values -- */

/* Values that leat_emit_n has still to send. */
struct unsent { leat_stage *stage; unsigned char *values; size_t count; };

static void *advance(struct unsent *unsent, size_t n)
{
	void *first = unsent->values;

	unsent->values += n * unsent->stage->out_type.size;
	unsent->count -= n;
	return first;
}

static void release_unsent(void *of_unsent)
{
	struct unsent *unsent = of_unsent;

	while (unsent->count > 0)
		leati_release_value(&unsent->stage->out_type, advance(unsent, 1));
}

/* Wait until the only output has taken the first value, and those that it has room for. */
static void send_some(struct unsent *unsent)
{
	leat_stage *stage = unsent->stage;
	leat_case *to = leati_out_case(stage, 0);
	int sent;

	to->ch = leati_out_gone(stage, 0)->ch;
	to->from_ = unsent->values;
	to->count_ = unsent->count;
	sent = send_once(stage, LEAT_NEVER);
	to->count_ = 1;
	if (sent < 0)
		leat_fail(stage, errno);
	if (sent <= 0)
		return;
	if (stage->ins == 0)
		leati_count_values(stage, to->moved_);
	(void)advance(unsent, to->moved_);
}

int leat_emit_n(leat_stage *stage, void *values, size_t n)
{
	struct unsent unsent = { stage, values, n };

	if (n == 1)
		return leat_emit(stage, values);
	pthread_cleanup_push(release_unsent, &unsent); /* a copy or a release may leave by pthread_exit */
	while (leat_running(stage) && unsent.count > 0) {
		if (stage->outs == 1)
			send_some(&unsent);
		else
			(void)leat_emit(stage, advance(&unsent, 1)); /* leat_running tells why it returns 0 */
	}
	release_unsent(&unsent);
	pthread_cleanup_pop(0);
	return !stage->over;
}

void leat_pass_on(leat_stage *stage, void *arg)
{
	void *values;

	(void)arg;
	for (size_t n; (n = leat_next_n(stage, &values, SIZE_MAX)) > 0;)
		if (!leat_emit_n(stage, values, n))
			return;
}

/* ------------------------------------------------------------------------------------- a whole stream -- */

static bool may_emit_all(leat_stage *stage, leat_rx in)
{
	leat_type type = leat_type_of(in);

	return leat_never_started(in) || (!leat_is_nil(in) && leat_same_type(&type, &stage->out_type));
}

static void drop_stream(void *of_rx)
{
	leat_drop(*(leat_rx *)of_rx);
}

/* If a value cannot be sent, the next select says that it is time to return. */
static void emit_each(leat_stage *stage, leat_rx in)
{
	leat_case receive[] = { LEAT_RECV_SIZED(in, stage->made, stage->out_type.size) };
	int decided;

	while ((decided = leat_stage_select(stage, receive, 1, LEAT_NEVER)) == 0 && receive[0].ok)
		(void)leat_emit(stage, stage->made);
	if (decided < 0)
		leat_fail(stage, errno); /* does nothing if the stage is over already */
	else if (leat_cause(in))
		leat_fail(stage, leat_cause(in));
}

int leat_emit_all(leat_stage *stage, leat_rx in)
{
	pthread_cleanup_push(drop_stream, &in); /* a copy or a release may leave by pthread_exit */
	if (may_emit_all(stage, in))
		emit_each(stage, in);
	else
		leat_fail(stage, EINVAL);
	pthread_cleanup_pop(1);
	return leat_running(stage);
}
