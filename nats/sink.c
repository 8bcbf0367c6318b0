/* leat_nats_sink - a stream to the server: at most `window` publishes are unacknowledged.
 *
 *     in -> [sink: window] -> publish, with a message id and a reply subject
 *                          <- {"seq": 7}, or an error
 *
 * A publish has a number. Its reply subject is "<inbox>.<number>", and number n has the place n % window. A publish
 * that was repeated may get a late answer. By the number the sink sees whether the place still belongs to that publish.
 *
 * The thread of libnats that brings an acknowledgement notes it in its place. It wakes the stage only when half of the
 * window is free, or nothing is left: waking it for each acknowledgement would cost more than all other work. Answers
 * of other kinds go to the stage.
 *
 * REPEATING. The sink keeps a publish until it is acknowledged. It repeats the publish with the same message id after a
 * reconnect, after ANSWER without an answer, and after a refusal that may pass, such as that of a full stream. The
 * server does not tell when a full stream has room again. So the sink tries: it repeats one publish, after pauses that
 * grow to half a second. Each time that there was room, it repeats twice as many.
 *
 * SPDX-License-Identifier: 0BSD
 */
#define _POSIX_C_SOURCE 200809L
#include "inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANSWER LEAT_MS(5000)
#define SHORTEST_PAUSE LEAT_MS(10)
#define LONGEST_PAUSE LEAT_MS(500)

enum { MOST_AT_ONCE = 256 };

struct sink { leat_nats *c; struct leatn_plan *plan; };

/* A place in the window. Its message is NULL, or a publish that the stage frees after its acknowledgement. */
struct sink_place {
	natsMsg *msg;
	uint64_t number;
	bool acknowledged;
};

struct sink_run {
	leat_stage *stage;
	struct sink *sink;
	struct leatn_tap tap;
	struct leatn_state state;
	leat_monitor monitor;              /* protects the places, `left` and `heard` */
	struct sink_place *places;
	uint64_t first, next;              /* numbers of the oldest publish that is kept, and of the next one */
	size_t left;                       /* publishes that are not acknowledged */
	bool heard;                        /* there was an acknowledgement since the last look */
	void *value;                       /* room for a value of the input */
	bool closed;                       /* the input is over */
	bool fresh;                        /* there were publishes since the last flush */
	int input_cause;
	bool refused;                      /* take no more values: repeat `most` publishes at `repeat` */
	bool told;                         /* there was a refusal since the last repetition */
	size_t most;
	int64_t bytes;                     /* see leatn_full */
	leat_time repeat, pause, trouble;  /* `trouble`: when the server went away or stopped answering, or 0 */
	char id[64];
};

/* ------------------------------------------------------------------------------------------------------ publish -- */

static struct sink_place *sink_place(struct sink_run *run, uint64_t number)
{
	return &run->places[number % run->sink->plan->p.window];
}

static void sink_pause(struct sink_run *run)
{
	run->refused = true;
	run->repeat = leat_in(run->pause);
	run->pause = leatn_longer(run->pause, LONGEST_PAUSE);
}

static void sink_refused(struct sink_run *run)
{
	if (run->told)
		return;
	run->told = true;
	run->most = 1;
	sink_pause(run);
}

/* A write fails if the server was killed or does not read. Then the connection is broken, and libnats connects
 * again. */
static void sink_publish(struct sink_run *run, natsMsg *msg)
{
	int error = leatn_errno(natsConnection_PublishMsg(leatn_connection(run->sink->c), msg));

	if (error && !leatn_may_pass(error)) {
		leat_fail(run->stage, error);
	} else if (error) {
		run->trouble = run->trouble ? run->trouble : leat_now();
		sink_refused(run);
	}
}

static bool sink_is_acknowledged(struct sink_run *run, uint64_t number)
{
	bool acknowledged;

	leat_monitor_enter(&run->monitor);
	acknowledged = sink_place(run, number)->acknowledged;
	leat_monitor_leave(&run->monitor);
	return acknowledged;
}

static void sink_repeat(struct sink_run *run)
{
	size_t repeated = 0;

	run->told = run->refused = false;
	run->repeat = leat_in(ANSWER);
	for (uint64_t n = run->first; n < run->next && !run->refused; n++) {
		if (sink_is_acknowledged(run, n))
			continue;
		if (repeated++ < run->most)
			sink_publish(run, sink_place(run, n)->msg);
		else
			sink_pause(run);
	}
}

/* Publish the value at run->value. */
static void sink_value(struct sink_run *run)
{
	const struct leatn_plan *plan = run->sink->plan;
	char reply[128], id[128];
	natsMsg *msg = NULL;
	int error;

	snprintf(reply, sizeof reply, "%s.%" PRIu64, run->tap.inbox, run->next);
	snprintf(id, sizeof id, "%s-%" PRIu64, run->id, run->next);
	error = leatn_encode(plan, run->value, reply, id, &msg);
	if (plan->type.release)
		plan->type.release(run->value);
	if (error) {
		leat_fail(run->stage, error);
		return;
	}
	if (run->first == run->next)
		run->repeat = leat_in(ANSWER);
	leat_monitor_enter(&run->monitor);
	*sink_place(run, run->next) = (struct sink_place){ msg, run->next, false };
	run->left++;
	leat_monitor_leave(&run->monitor);
	run->next++;
	run->fresh = true;
	sink_publish(run, msg);
}

/* ------------------------------------------------------------------------------------------------------ answers -- */

static uint64_t sink_number_of(const natsMsg *msg)
{
	const char *dot = strrchr(natsMsg_GetSubject(msg), '.');

	return dot ? strtoull(dot + 1, NULL, 10) : 0;
}

static void sink_note(struct sink_run *run, uint64_t number)
{
	struct sink_place *place = sink_place(run, number);
	size_t half = run->sink->plan->p.window / 2;

	if (!place->msg || place->number != number || place->acknowledged)
		return; /* a second answer, to a publish that was repeated */
	place->acknowledged = run->heard = true;
	run->left--;
	if (run->left == 0 || run->left == half)
		leatn_poke(run->tap.poke);
}

/* Runs in a thread of libnats. */
static bool sink_take(void *of_run, natsMsg *msg)
{
	struct sink_run *run = of_run;

	if (leatn_stored(msg) != 0)
		return false;
	leat_monitor_enter(&run->monitor);
	sink_note(run, sink_number_of(msg));
	leat_monitor_leave(&run->monitor);
	natsMsg_Destroy(msg);
	return true;
}

/* Free the oldest publishes, as far as they are acknowledged. Returns whether there was any acknowledgement. */
static bool sink_free(struct sink_run *run)
{
	bool heard = run->heard;

	run->heard = false;
	for (; run->first < run->next && sink_place(run, run->first)->acknowledged; run->first++) {
		natsMsg_Destroy(sink_place(run, run->first)->msg);
		sink_place(run, run->first)->msg = NULL;
	}
	return heard;
}

static void sink_advance(struct sink_run *run)
{
	bool heard;

	leat_monitor_enter(&run->monitor);
	heard = sink_free(run);
	leat_monitor_leave(&run->monitor);
	if (!heard)
		return;
	run->trouble = 0;
	run->pause = SHORTEST_PAUSE;
	run->most = run->most < run->sink->plan->p.window ? 2 * run->most : run->most;
	if (run->first == run->next)
		run->told = run->refused = false; /* nothing is left to repeat */
	if (!run->refused)
		run->repeat = leat_in(ANSWER);
}

/* Nobody has taken the publish: the stream may be gone, or may have ended. Returns 0 or an errno value. */
static int sink_look(struct sink_run *run)
{
	bool ended = false;
	int cause, error = leatn_look(run->sink->c, run->sink->plan->p.stream, &ended, &cause);

	return error && !leatn_may_pass(error) ? error : ended ? EPIPE : 0;
}

/* Why a publish is refused: 0 or an errno value. */
static int sink_reason(struct sink_run *run, uint64_t number, natsMsg *answer)
{
	int refusal = leatn_stored(answer);

	if (refusal == EOPNOTSUPP)
		return sink_look(run);
	if (refusal == EAGAIN)
		return leatn_full(run->sink->c, run->sink->plan, sink_place(run, number)->msg, &run->bytes);
	return refusal;
}

/* A full stream holds the sink back for as long as it is full. Other refusals must pass within the patience. */
static void sink_refusal(struct sink_run *run, uint64_t number, natsMsg *msg)
{
	int error = sink_reason(run, number, msg);

	if (error == EAGAIN)
		run->trouble = 0;
	else if (error && !leatn_may_pass(error))
		leat_fail(run->stage, error);
	else if (!run->trouble)
		run->trouble = leat_now();
	sink_refused(run);
}

/* `msg` is an answer, but not an acknowledgement. */
static void sink_answer(struct sink_run *run, natsMsg *msg)
{
	uint64_t number = sink_number_of(msg);

	if (number >= run->first && number < run->next && !sink_is_acknowledged(run, number))
		sink_refusal(run, number, msg);
	natsMsg_Destroy(msg);
}

/* -------------------------------------------------------------------------------------------------------- waits -- */

static void sink_see_change(struct sink_run *run)
{
	struct leatn_state state = leatn_state(run->sink->c);

	if (state.cause)
		leat_fail(run->stage, state.cause);
	else if (state.denials != run->state.denials && leatn_is_denied(run->sink->c, run->sink->plan))
		leat_fail(run->stage, EACCES);
	else if (state.away)
		run->repeat = leat_in(LONGEST_PAUSE);
	else if (state.epoch != run->state.epoch) {
		run->trouble = 0;
		run->most = run->sink->plan->p.window;
		sink_repeat(run);
	}
	run->state = state;
}

/* The server is away, or has not answered in time. */
static void sink_trouble(struct sink_run *run)
{
	leat_time now = leat_now(), patience = leatn_patience(run->sink->c);

	if (!run->trouble)
		run->trouble = now;
	if (patience != LEAT_NEVER && now - run->trouble >= patience)
		leat_fail(run->stage, run->state.away ? ENOTCONN : ETIMEDOUT);
	else if (run->state.away)
		run->repeat = leat_in(LONGEST_PAUSE);
	else
		sink_repeat(run);
}

static bool sink_has_room(const struct sink_run *run)
{
	return !run->closed && !run->refused && !run->state.away && run->next - run->first < run->sink->plan->p.window;
}

/* When the window is full, or the input is over, no more publishes follow: libnats would wait for more in vain. */
static void sink_flush(struct sink_run *run)
{
	if (!run->fresh || sink_has_room(run))
		return;
	run->fresh = false;
	if (!run->state.away)
		leatn_flush(run->sink->c);
}

static void sink_input(struct sink_run *run, leat_rx in, int ok)
{
	size_t size = run->sink->plan->type.size;

	for (int n = 0; ok > 0; n++) {
		sink_value(run);
		if (n >= MOST_AT_ONCE || !sink_has_room(run) || !leat_running(run->stage))
			return;
		ok = leat_recv_sized(in, run->value, size, LEAT_NOW);
	}
	if (ok == 0) {
		run->closed = true;
		run->input_cause = leat_cause(in);
	}
}

static void sink_answers(struct sink_run *run, natsMsg *msg, int ok)
{
	if (!ok) {
		leat_fail(run->stage, leatn_tap_cause(&run->tap)); /* libnats has ended the subscription */
		return;
	}
	do
		sink_answer(run, msg);
	while (leat_recv_by(run->tap.messages, &msg, LEAT_NOW) == 1);
}

static void sink_wait(struct sink_run *run)
{
	enum { ANSWERS, CHANGE, IN };
	leat_rx in = leat_input(run->stage, 0);
	leat_time t = run->first < run->next || run->state.away ? run->repeat : LEAT_NEVER;
	natsMsg *msg;
	leat_case cases[] = {
		[ANSWERS] = LEAT_RECV(run->tap.messages, &msg),
		[CHANGE] = LEAT_WAIT(run->tap.changes),
		[IN] = LEAT_RECV_SIZED(in, run->value, run->sink->plan->type.size),
	};

	sink_flush(run);
	switch (leat_stage_select(run->stage, cases, sink_has_room(run) ? 3 : 2, t)) {
	case ANSWERS: sink_answers(run, msg, cases[ANSWERS].ok); break;
	case CHANGE: sink_see_change(run); break;
	case IN: sink_input(run, in, cases[IN].ok); break;
	default:
		sink_advance(run);
		if (leat_now() < run->repeat)
			break; /* there were acknowledgements meanwhile */
		if (leat_running(run->stage) && run->told && !run->trouble && !run->state.away)
			sink_repeat(run);
		else if (leat_running(run->stage))
			sink_trouble(run);
	}
}

/* --------------------------------------------------------------------------------------------------------- body -- */

/* The inbox is unique, so no other sink has message ids that begin like this. */
static void sink_set_id(struct sink_run *run)
{
	const char *unique = strrchr(run->tap.inbox, '.');

	snprintf(run->id, sizeof run->id, "%.40s", unique ? unique + 1 : run->tap.inbox);
}

static void sink_loop(struct sink_run *run)
{
	run->state = leatn_state(run->sink->c);
	run->most = run->sink->plan->p.window;
	run->repeat = leat_in(LONGEST_PAUSE);
	while (leat_running(run->stage) && (!run->closed || run->first < run->next)) {
		sink_wait(run);
		sink_advance(run);
	}
	if (run->input_cause)
		leat_fail(run->stage, run->input_cause);
}

static int sink_begin(struct sink_run *run)
{
	size_t window = run->sink->plan->p.window, size = run->sink->plan->type.size;
	int error;

	run->places = calloc(window, sizeof *run->places);
	run->value = malloc(size ? size : 1);
	if (!run->places || !run->value)
		return ENOMEM;
	error = leatn_tap_open(&run->tap, run->sink->c, window + 16, sink_take, run);
	if (!error)
		sink_set_id(run);
	return error ? error : sink_look(run);
}

static void sink_finish(struct sink_run *run)
{
	leatn_tap_close(&run->tap); /* from now on nobody else uses the places */
	for (; run->first < run->next; run->first++)
		natsMsg_Destroy(sink_place(run, run->first)->msg);
	free(run->places);
	free(run->value);
	nats_ReleaseThreadMemory();
}

static void sink_body(leat_stage *stage, void *of_sink)
{
	struct sink_run run = { .stage = stage, .sink = of_sink, .repeat = LEAT_NEVER, .pause = SHORTEST_PAUSE };
	int error = sink_begin(&run);

	if (error)
		leat_fail(stage, error);
	else
		sink_loop(&run);
	sink_finish(&run);
}

/* -------------------------------------------------------------------------------------------------------- start -- */

static void sink_release(void *of_sink)
{
	struct sink *sink = of_sink;

	leatn_drop(sink->c);
	free(sink->plan);
}

static leat_rx sink_start(leat_rx done, leat_rx in, struct sink *sink, const char *where)
{
	leat_type nothing = { "unit", 0, NULL, NULL }, owner = { "sink", sizeof *sink, NULL, sink_release };

	return leat_placed_((leat_stage_start)(&(leat_plan){
		.name = "nats sink",
		.done = done,
		.in = &in,
		.ins = 1,
		.in_type = &sink->plan->type,
		.type = &nothing,
		.body = sink_body,
		.arg = sink,
		.arg_type = &owner,
	}), where);
}

int leat_nats_sink_at_(leat_rx done, leat_rx in, leat_nats *c, const leat_nats_plan *p, const char *where)
{
	struct sink sink = { 0 };
	int error = c ? leat_nats_cause(c) : EINVAL;

	if (!error)
		sink.plan = leatn_plan_make_to_publish(p);
	if (!error && !sink.plan)
		error = errno;
	if (error) {
		leat_drop(in);
		return error;
	}
	sink.c = leatn_share(c);
	return leat_drain(sink_start(done, in, &sink, where));
}

int (leat_nats_sink)(leat_rx done, leat_rx in, leat_nats *c, const leat_nats_plan *p)
{
	return leat_nats_sink_at_(done, in, c, p, NULL);
}
