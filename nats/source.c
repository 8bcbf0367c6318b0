/* leat_nats_source - the values of a stream on the server, as a stream of deliveries.
 *
 *     server -> [tap] -> [source: queue] -> deliveries
 *     server <- "give me 128 more"
 *     server <- "+WPI": those that nobody has received are in progress
 *
 * For leat_nats_each there is no queue. The tap makes the deliveries and sends them to the output, in the thread of libnats,
 * so a value changes threads once less. The stage does all the rest.
 *
 * THE PULL PROTOCOL. A request goes to $JS.API.CONSUMER.MSG.NEXT.<stream>.<group>, with a reply subject, a number of
 * messages, and a time after which the server forgets the request. The messages come to the reply subject. A message
 * without a reply subject of its own is a status: the request has expired, or cannot be served. natsSubscription_Fetch of
 * libnats 3.4 does the same, but it corrupts memory when a server goes away and comes back.
 *
 * HOW MANY ARE STILL TO COME is a guess: a server that is killed forgets requests. After a reconnect, or a silence beyond
 * the expiry, the source takes it for 0. Too many values do no harm: they wait in the tap.
 *
 * THE END. A source looks at the stream when it was told of a change, when a request has expired, and a little after its
 * last delivery was answered: a look asks the server twice, and a fast worker often answers the last one. The first source
 * of a group that finds nothing left tells all others.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPIRES LEAT_MS(30000)
#define SILENCE LEAT_MS(35000)
#define SHORTEST_PAUSE LEAT_MS(20)
#define LONGEST_PAUSE LEAT_MS(2000)
#define SHORTEST_PROGRESS LEAT_MS(5)

struct source_run {
	leat_stage *stage;
	struct leatn_source *s;
	struct leatn_tap tap;
	struct leatn_state state;
	size_t queued;                     /* deliveries in the queue */
	unsigned long came;                /* messages, when this was looked at last */
	unsigned requests;
	struct leatn_notes notes;          /* when they were looked at last */
	struct leat_nats_held_ *first, **last;
	struct leatn_group group;
	bool ended, over;
	int cause;                         /* of the end */
	leat_time silence, progress, look; /* when to do something about them; LEAT_NEVER: not */
	leat_time pause, trouble;          /* before the next look; since when nothing works, or 0 */
};

/* ------------------------------------------------------------------------------------------------------ trouble -- */

/* Look again after a pause, which is longer each time until a value comes. */
static void source_look_later(struct source_run *run)
{
	run->look = leat_in(run->pause);
	run->pause = leatn_longer(run->pause, LONGEST_PAUSE);
}

/* Look again later, or give up. */
static void source_trouble(struct source_run *run, int error)
{
	leat_time now = leat_now(), patience = leatn_patience(run->s->c);

	if (!run->trouble)
		run->trouble = now;
	if (run->state.cause)
		leat_fail(run->stage, run->state.cause);
	else if (!leatn_may_pass(error) || (patience != LEAT_NEVER && now - run->trouble >= patience))
		leat_fail(run->stage, error);
	source_look_later(run);
}

/* --------------------------------------------------------------------------------------------------------- look -- */

static bool source_is_idle(const struct source_run *run)
{
	return run->queued == 0 && leatn_window(run->s).unanswered == 0 && leat_len(run->tap.messages) == 0;
}

static void source_finish(struct source_run *run)
{
	if (leatn_tap_notes(&run->tap).overs == 0)
		leatn_notify(run->s->c, run->s->plan->p.stream, LEATN_OVER);
	if (run->cause)
		leat_fail(run->stage, run->cause);
}

/* Join the group, look whether the stream has ended, and whether anything is left of it. */
static void source_look(struct source_run *run)
{
	int error = leatn_look(run->s->c, run->s->plan->p.stream, &run->ended, &run->cause);
	bool empty = false;

	run->look = LEAT_NEVER;
	if (!error && !run->group.known)
		error = leatn_group_join(&run->group);
	if (!error && source_is_idle(run))
		error = leatn_group_look(&run->group, run->ended, leatn_tap_notes(&run->tap).busy, &empty);
	if (error) {
		source_trouble(run, error);
		return;
	}
	run->trouble = 0;
	run->over = run->ended && empty && source_is_idle(run);
	if (run->over)
		source_finish(run);
	else if (run->ended && source_is_idle(run))
		source_look_later(run); /* another worker has the rest */
}

/* ---------------------------------------------------------------------------------------------------------- ask -- */

/* Ask for more when half of the window is free. */
static void source_ask(struct source_run *run)
{
	const leat_nats_plan *p = &run->s->plan->p;
	char subject[512], reply[128], request[128];
	size_t n = leatn_window_ask(run->s, run->queued);
	natsStatus status;

	if (n == 0)
		return;
	snprintf(subject, sizeof subject, "$JS.API.CONSUMER.MSG.NEXT.%s.%s", p->stream, p->group);
	snprintf(reply, sizeof reply, "%s.%u", run->tap.inbox, run->requests++);
	snprintf(request, sizeof request, "{\"batch\": %zu, \"expires\": %lld}", n, (long long)EXPIRES);
	status = natsConnection_PublishRequestString(leatn_connection(run->s->c), subject, reply, request);
	if (status != NATS_OK) {
		leatn_window_forget(run->s, n);
		source_trouble(run, leatn_errno(status));
	} else {
		leatn_flush(run->s->c); /* else libnats sends it a little later, when the window may be empty */
	}
	run->silence = leat_in(SILENCE);
}

/* --------------------------------------------------------------------------------------------------- what comes -- */

/* 408: a request has expired, with so many messages still to come. Everything else says that the server cannot serve the
 * request: too many wait, or the group was deleted. */
static void source_status(struct source_run *run, natsMsg *msg)
{
	const char *text = NULL, *pending = NULL;
	size_t n = SIZE_MAX;

	if (natsMsgHeader_Get(msg, "Nats-Pending-Messages", &pending) == NATS_OK)
		n = strtoul(pending, NULL, 10);
	if (natsMsgHeader_Get(msg, "Status", &text) != NATS_OK || strcmp(text, "408") != 0) {
		n = SIZE_MAX;
		run->group.known = false;
		source_look_later(run);
	} else if (run->look == LEAT_NEVER) {
		run->look = leat_now();
	}
	leatn_window_forget(run->s, n);
	natsMsg_Destroy(msg);
}

/* When to tell the server that the values here are in progress. */
static leat_time source_next_progress(const struct source_run *run)
{
	leat_time third = run->s->ack_wait / 3;

	return leat_in(third > SHORTEST_PROGRESS ? third : SHORTEST_PROGRESS);
}

/* Hold a message that is a value, in the thread of the stage or of libnats. */
static struct leat_nats_held_ *source_hold(struct leatn_source *s, natsMsg *msg)
{
	struct leat_nats_held_ *held;
	int error = leatn_hold(s, msg, &held);

	if (error)
		leatn_window_fail(s, error);
	return held;
}

/* Whether the source takes no more values. */
static bool source_is_ending(struct leatn_source *s)
{
	return leatn_window(s).error || leat_wait_ready_by(s->done, LEAT_NOW) >= 0;
}

/* In the thread of libnats: each value goes to the consumer at once. The window has room for it. At the end the values wait
 * in the tap, and the stage gives them back when it has ended: the server delivers such values again at once. */
static bool source_pass_on(void *of_source, natsMsg *msg)
{
	struct leatn_source *s = of_source;
	struct leat_nats_held_ *held;

	if (!natsMsg_GetReply(msg) || source_is_ending(s))
		return false;
	held = source_hold(s, msg);
	if (held && leat_send(s->out, &held->delivery) <= 0)
		leat_nats_release(&held->delivery); /* the stage has ended */
	return true;
}

static void source_take(struct source_run *run, natsMsg *msg)
{
	struct leat_nats_held_ *held;

	if (!natsMsg_GetReply(msg)) {
		source_status(run, msg);
		return;
	}
	held = source_hold(run->s, msg);
	if (!held)
		return;
	*run->last = held;
	run->last = &held->behind;
	run->queued++;
}

/* After an error the source takes no more: the server delivers at once what was given back, so its attempts would run out. */
static void source_gather(struct source_run *run)
{
	natsMsg *msg;

	while (run->queued < run->s->plan->p.window && !leatn_window(run->s).error && leat_running(run->stage) &&
	       leat_recv_by(run->tap.messages, &msg, LEAT_NOW) == 1)
		source_take(run, msg);
}

/* See what has come since the last time. */
static void source_see_values(struct source_run *run)
{
	struct leatn_window window = leatn_window(run->s);

	if (window.error)
		leat_fail(run->stage, window.error);
	if (window.came == run->came)
		return;
	run->came = window.came;
	run->silence = leat_in(SILENCE);
	run->pause = SHORTEST_PAUSE;
	if (run->progress == LEAT_NEVER)
		run->progress = source_next_progress(run);
}

/* -------------------------------------------------------------------------------------------------------- waits -- */

static void source_see_change(struct source_run *run)
{
	struct leatn_state state = leatn_state(run->s->c), former = run->state;
	struct leatn_notes notes = leatn_tap_notes(&run->tap);
	bool noted = notes.changes != run->notes.changes;

	run->state = state;
	run->notes = notes;
	if (state.denials != former.denials && leatn_is_denied(run->s->c, run->s->plan))
		leat_fail(run->stage, EACCES);
	if (state.epoch != former.epoch)
		leatn_window_forget(run->s, SIZE_MAX); /* the server may be another one */
	if (state.away && !state.cause)
		run->look = leat_in(SHORTEST_PAUSE);
	else if (state.cause || state.epoch != former.epoch || noted)
		run->look = leat_now();
	else if (run->ended && run->look == LEAT_NEVER)
		run->look = leat_in(SHORTEST_PAUSE);
}

static leat_time source_next_time(const struct source_run *run)
{
	leat_time t = run->look < run->progress ? run->look : run->progress;

	return run->silence < t ? run->silence : t;
}

static void source_wait(struct source_run *run, leat_time t)
{
	enum { MESSAGE, CHANGE };
	natsMsg *msg;
	leat_case cases[] = { [MESSAGE] = LEAT_RECV(run->tap.messages, &msg), [CHANGE] = LEAT_WAIT(run->tap.changes) };

	switch (leat_stage_select(run->stage, cases, 2, t)) {
	case MESSAGE:
		if (cases[MESSAGE].ok)
			source_take(run, msg);
		else
			leat_fail(run->stage, leatn_tap_cause(&run->tap)); /* libnats has ended the subscription */
		break;
	case CHANGE: source_see_change(run); break;
	default: break;
	}
}

/* Emit the first of the queue. Afterwards it may be gone. */
static void source_emit(struct source_run *run, leat_time t)
{
	struct leat_nats_held_ *held = run->first, *behind = held->behind;

	if (leat_emit_by(run->stage, &held->delivery, t) < 0)
		return;
	run->first = behind;
	if (!behind)
		run->last = &run->first;
	run->queued--;
}

/* --------------------------------------------------------------------------------------------------------- body -- */

static void source_make_progress(struct source_run *run)
{
	if (leatn_window_rest(run->s)) {
		run->progress = LEAT_NEVER;
		return;
	}
	if (!run->state.away) /* else libnats would keep it, in the room where acknowledgements wait for the server */
		leatn_window_progress(run->s, run->queued);
	if (run->ended && !run->state.away)
		leatn_notify(run->s->c, run->s->plan->p.stream, run->s->plan->p.group);
	run->progress = source_next_progress(run);
}

/* A server that says nothing has forgotten what it was asked for. */
static void source_see_silence(struct source_run *run)
{
	leatn_window_forget(run->s, SIZE_MAX);
	run->silence = LEAT_NEVER;
}

/* Returns whether to go on. */
static bool source_do_what_is_due(struct source_run *run)
{
	leat_time now = leat_now();

	if (leat_wait_by(run->tap.changes, LEAT_NOW) == 1)
		source_see_change(run);
	source_see_values(run);
	if (now >= run->progress)
		source_make_progress(run);
	if (now >= run->silence)
		source_see_silence(run);
	if (run->state.away && now >= run->look)
		source_trouble(run, ENOTCONN);
	else if (now >= run->look)
		source_look(run);
	if (run->group.known && !run->state.away && leat_running(run->stage))
		source_ask(run);
	return !run->over && leat_running(run->stage);
}

static void source_loop(struct source_run *run)
{
	while (source_do_what_is_due(run)) {
		source_gather(run);
		if (run->first)
			source_emit(run, source_next_time(run));
		else
			source_wait(run, source_next_time(run));
	}
	leatn_window_fail(run->s, ECANCELED); /* what comes now waits in the tap */
}

static void source_give_back(struct source_run *run)
{
	natsMsg *msg;

	leatn_tap_drain(&run->tap);
	while (run->first) {
		struct leat_nats_held_ *held = run->first;

		run->first = held->behind;
		leat_nats_release(&held->delivery);
	}
	for (leat_time t = leat_in(LONGEST_PAUSE); leat_recv_by(run->tap.messages, &msg, t) == 1;)
		leatn_give_back(run->s->c, msg);
}

/* Returns 0 or an errno value. */
static int source_begin(struct source_run *run)
{
	struct leatn_source *s = run->s;
	leat_rx done;
	leat_tx out;
	int error;

	run->last = &run->first;
	run->group = (struct leatn_group){ .s = s, .quiet = leat_now() };
	run->tap.stream = s->plan->p.stream;
	run->tap.group = s->plan->p.group;
	if (leat_stage_watches_(run->stage, &done, &out)) {
		s->done = leat_dup(done);
		s->out = leat_dup(out);
	}
	error = leatn_tap_open(&run->tap, s->c, s->plan->p.window + 16, s->keeps ? source_pass_on : NULL, s);
	s->poke = leat_dup(run->tap.poke);
	run->state = leatn_state(s->c); /* from now on each change pokes the tap */
	return error;
}

static void source_body(leat_stage *stage, void *of_source)
{
	struct source_run run = {
		.stage = stage,
		.s = *(struct leatn_source **)of_source,
		.silence = LEAT_NEVER,
		.progress = LEAT_NEVER,
		.pause = SHORTEST_PAUSE,
	};
	int error = source_begin(&run);

	if (error)
		leat_fail(stage, error);
	else
		source_loop(&run);
	source_give_back(&run);
	leatn_tap_close(&run.tap); /* from now on nobody else uses `out` */
	leat_drop(run.s->out);
	leat_drop(run.s->done);
	nats_ReleaseThreadMemory();
}

/* -------------------------------------------------------------------------------------------------------- start -- */

static void source_release(void *of_source)
{
	leatn_source_drop(*(struct leatn_source **)of_source);
}

/* Returns NULL, and sets errno. */
static struct leatn_source *source_make(leat_nats *c, const leat_nats_plan *p, bool keeps)
{
	struct leatn_plan *plan = leatn_plan_make(p);
	struct leatn_source *s = plan ? calloc(1, sizeof *s) : NULL;

	if (!s) {
		free(plan);
		return NULL;
	}
	atomic_init(&s->users, 1);
	s->c = leatn_share(c);
	s->plan = plan;
	s->keeps = keeps;
	s->ack_wait = plan->p.ack_wait;
	s->rests = true;
	return s;
}

leat_rx leatn_source_start(leat_rx done, leat_nats *c, const leat_nats_plan *p, bool keeps, const char *where)
{
	leat_type owner = { "source", sizeof(struct leatn_source *), NULL, source_release };
	struct leatn_source *s;
	int cause = c ? leat_nats_cause(c) : EINVAL;

	if (cause)
		return leat_ended(cause);
	s = source_make(c, p, keeps);
	if (!s)
		return leat_ended(errno);
	return leat_placed_((leat_stage_start)(&(leat_plan){
		.name = "nats source",
		.done = done,
		.type = &leat_delivery_type,
		.body = source_body,
		.arg = &s,
		.arg_type = &owner,
	}), where);
}

leat_rx leat_nats_source_at_(leat_rx done, leat_nats *c, const leat_nats_plan *p, const char *where)
{
	return leatn_source_start(done, c, p, false, where);
}

leat_rx (leat_nats_source)(leat_rx done, leat_nats *c, const leat_nats_plan *p)
{
	return leat_nats_source_at_(done, c, p, NULL);
}
