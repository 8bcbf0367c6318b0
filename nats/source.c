/* leat_nats_source - the values of a stream on the server, as a stream of deliveries.
 *
 *     server -> [tap] -> [source: queue] -> deliveries
 *     server <- "give me 128 more"
 *     server <- "+WPI": those in the queue are in progress
 *
 * THE PULL PROTOCOL. A request goes to $JS.API.CONSUMER.MSG.NEXT.<stream>.<group>, with a reply subject, a number of
 * messages, and a time after which the server forgets the request. The messages come to the reply subject. A message
 * without a reply subject of its own is a status: the request has expired, or cannot be served. natsSubscription_Fetch of
 * libnats 3.4 does the same, but it corrupts memory when a server goes away and comes back.
 *
 * HOW MANY ARE STILL TO COME is a guess: a server that is killed forgets requests. After a reconnect, or a silence beyond
 * the expiry, the source takes it for 0. Too many values do no harm: they wait in the tap.
 *
 * A SERVER THAT HAS LOST COUNT. A server of 2.9 that was killed counts values as unacknowledged that are acknowledged and
 * gone. When it comes to deliver one of them again, it finds nothing, and sleeps until something happens, such as another
 * request. With thousands of such values in front it never comes to those that are there. So a source that waits, though the
 * server says that there is something, deletes the group and makes it again. Then the server counts what it really has.
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

/* What the server says is left for the group. */
struct source_rest {
	uint64_t delivered, unacknowledged;
	bool more;                         /* there are values that were never delivered */
	unsigned busy;                     /* counts the notes that a worker works still, unless there is more */
};

struct source_run {
	leat_stage *stage;
	struct leatn_source *s;
	struct leatn_tap tap;
	struct leatn_state state;
	size_t asked, queued;              /* messages that are still to come; those in the queue */
	unsigned requests, overs;
	struct leat_nats_held_ *first, **last;
	bool has_group, ended, over;
	int cause;                         /* of the end */
	struct source_rest rest;           /* at the last look */
	leat_time quiet;                   /* since when it is as it was */
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

/* -------------------------------------------------------------------------------------------------------- group -- */

static int source_add_group(const struct leatn_source *s, jsConsumerInfo **info)
{
	const leat_nats_plan *p = &s->plan->p;
	jsConsumerConfig config;
	jsErrCode code = 0;
	natsStatus status;

	jsConsumerConfig_Init(&config);
	config.Durable = p->group;
	config.AckPolicy = js_AckExplicit;
	config.AckWait = p->ack_wait;
	config.FilterSubject = p->subject;
	config.MaxAckPending = 1000 * 1000;
	config.MaxWaiting = 8192;
	status = js_AddConsumer(info, leatn_jetstream(s->c), p->stream, &config, NULL, &code);
	return leatn_js_errno(status, code);
}

static int source_ask_group(const struct leatn_source *s, jsConsumerInfo **info)
{
	jsErrCode code = 0;
	natsStatus status = js_GetConsumerInfo(info, leatn_jetstream(s->c), s->plan->p.stream, s->plan->p.group, NULL, &code);

	return leatn_js_errno(status, code);
}

static bool is_our_kind(const jsConsumerConfig *config, const char *subject)
{
	const char *its = config->FilterSubject, *pushed_to = config->DeliverSubject;

	return (!its || !*its || strcmp(its, subject) == 0) && (!pushed_to || !*pushed_to) && config->AckPolicy == js_AckExplicit;
}

/* A group that exists stays as it is. Another subject would be another group. */
static int source_join(struct source_run *run)
{
	struct leatn_source *s = run->s;
	jsConsumerInfo *info = NULL;
	int error = source_ask_group(s, &info);

	if (error == ENOENT)
		error = source_add_group(s, &info);
	if (!error) {
		error = is_our_kind(info->Config, s->plan->p.subject) ? 0 : EBUSY;
		s->ack_wait = info->Config->AckWait > 0 ? info->Config->AckWait : s->plan->p.ack_wait;
	}
	run->has_group = !error;
	jsConsumerInfo_Destroy(info);
	return error;
}

/* --------------------------------------------------------------------------------------------------------- rest -- */

static bool source_is_idle(const struct source_run *run)
{
	return run->queued == 0 && atomic_load(&run->s->unanswered) == 0 && leat_len(run->tap.messages) == 0;
}

static struct source_rest source_rest(struct source_run *run, const jsConsumerInfo *info)
{
	bool more = info->NumPending > 0;

	return (struct source_rest){
		.delivered = info->Delivered.Consumer,
		.unacknowledged = (uint64_t)info->NumAckPending,
		.more = more,
		.busy = more ? 0 : leatn_tap_busy(&run->tap),
	};
}

static bool is_same_rest(const struct source_rest *a, const struct source_rest *b)
{
	return a->delivered == b->delivered && a->unacknowledged == b->unacknowledged && a->more == b->more &&
	       a->busy == b->busy;
}

/* Whether the server has lost count: it has values for the group, this source waits for them, and nothing has happened for
 * so long that all values which somebody holds should have come again. */
static bool source_is_stuck(struct source_run *run, const jsConsumerInfo *info)
{
	struct source_rest rest = source_rest(run, info);
	leat_time now = leat_now();

	if (!is_same_rest(&rest, &run->rest)) {
		run->rest = rest;
		run->quiet = now;
	}
	if (rest.more && info->Config->MaxAckPending > 0 && info->NumAckPending >= info->Config->MaxAckPending)
		return false; /* the server waits for workers */
	return (rest.more || run->ended) && now - run->quiet >= 2 * run->s->ack_wait + LEAT_MS(1000);
}

static int source_delete_group(const struct leatn_source *s)
{
	jsErrCode code = 0;
	natsStatus status = js_DeleteConsumer(leatn_jetstream(s->c), s->plan->p.stream, s->plan->p.group, NULL, &code);
	int error = leatn_js_errno(status, code);

	return error == ENOENT ? 0 : error; /* another source was faster */
}

/* In a queue the server has just what is not acknowledged. A new group gets all of that. In another stream, it would get
 * everything once more. There only values that somebody has deleted can be miscounted, so nothing is left. */
static int source_count_again(struct source_run *run, bool more)
{
	bool is_queue = false;
	int error = leatn_is_queue(run->s->c, run->s->plan->p.stream, &is_queue);

	run->quiet = leat_now();
	if (!error && is_queue) {
		error = source_delete_group(run->s);
		run->has_group = false;
		run->asked = 0;
		return error ? error : source_join(run);
	}
	run->over = !error && run->ended && !more && source_is_idle(run);
	return error;
}

/* The server takes acknowledgements as they come, so what it says may be a little old. */
static int source_look_for_rest(struct source_run *run)
{
	jsConsumerInfo *info = NULL;
	int error = source_ask_group(run->s, &info);

	if (error == ENOENT)
		run->has_group = false;
	else if (!error && run->ended && info->NumPending == 0 && info->NumAckPending == 0)
		run->over = source_is_idle(run);
	else if (!error && source_is_stuck(run, info))
		error = source_count_again(run, info->NumPending > 0);
	jsConsumerInfo_Destroy(info);
	return error == ENOENT ? EIO : error;
}

static void source_finish(struct source_run *run)
{
	if (run->overs == leatn_state(run->s->c).overs)
		leatn_notify(run->s->c, run->s->plan->p.stream, LEATN_OVER);
	if (run->cause)
		leat_fail(run->stage, run->cause);
}

/* Join the group, look whether the stream has ended, and whether anything is left of it. */
static void source_look(struct source_run *run)
{
	int error = leatn_look(run->s->c, run->s->plan->p.stream, &run->ended, &run->cause);

	run->look = LEAT_NEVER;
	if (!error && !run->has_group)
		error = source_join(run);
	if (!error && source_is_idle(run))
		error = source_look_for_rest(run);
	if (error) {
		source_trouble(run, error);
		return;
	}
	run->trouble = 0;
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
	size_t here = run->s->keeps ? (size_t)atomic_load(&run->s->unanswered) : run->queued;
	size_t have = run->asked + here, n = p->window - have;
	natsStatus status;

	if (have > p->window / 2)
		return;
	snprintf(subject, sizeof subject, "$JS.API.CONSUMER.MSG.NEXT.%s.%s", p->stream, p->group);
	snprintf(reply, sizeof reply, "%s.%u", run->tap.inbox, run->requests++);
	snprintf(request, sizeof request, "{\"batch\": %zu, \"expires\": %lld}", n, (long long)EXPIRES);
	status = natsConnection_PublishRequestString(leatn_connection(run->s->c), subject, reply, request);
	if (status == NATS_OK)
		run->asked += n;
	else
		source_trouble(run, leatn_errno(status));
	run->silence = leat_in(SILENCE);
}

/* --------------------------------------------------------------------------------------------------- what comes -- */

/* 408: a request has expired, with so many messages still to come. Everything else says that the server cannot serve the
 * request: too many wait, or the group was deleted. */
static void source_status(struct source_run *run, natsMsg *msg)
{
	const char *text = NULL, *pending = NULL;
	size_t n = run->asked;

	if (natsMsgHeader_Get(msg, "Nats-Pending-Messages", &pending) == NATS_OK)
		n = strtoul(pending, NULL, 10);
	run->asked -= n < run->asked ? n : run->asked;
	if (natsMsgHeader_Get(msg, "Status", &text) != NATS_OK || strcmp(text, "408") != 0) {
		run->asked = 0;
		run->has_group = false;
		source_look_later(run);
	} else if (run->look == LEAT_NEVER) {
		run->look = leat_now();
	}
	natsMsg_Destroy(msg);
}

/* When to tell the server that the values here are in progress. */
static leat_time source_next_progress(const struct source_run *run)
{
	leat_time third = run->s->ack_wait / 3;

	return leat_in(third > SHORTEST_PROGRESS ? third : SHORTEST_PROGRESS);
}

/* Whether this process has a value that is to be in progress, or of which others wait to hear. */
static bool source_holds(const struct source_run *run)
{
	return atomic_load(&run->s->unanswered) > 0;
}

static void source_take(struct source_run *run, natsMsg *msg)
{
	struct leat_nats_held_ *held;
	int error;

	if (!natsMsg_GetReply(msg)) {
		source_status(run, msg);
		return;
	}
	run->asked -= run->asked > 0;
	run->silence = leat_in(SILENCE);
	run->pause = SHORTEST_PAUSE;
	error = leatn_hold(run->s, msg, &held);
	if (error)
		leat_fail(run->stage, error);
	if (!held)
		return;
	if (run->progress == LEAT_NEVER)
		run->progress = source_next_progress(run);
	*run->last = held;
	run->last = &held->behind;
	run->queued++;
}

static void source_gather(struct source_run *run)
{
	natsMsg *msg;

	while (run->queued < run->s->plan->p.window && leat_recv_by(run->tap.messages, &msg, LEAT_NOW) == 1)
		source_take(run, msg);
}

/* -------------------------------------------------------------------------------------------------------- waits -- */

static void source_see_change(struct source_run *run)
{
	struct leatn_state state = leatn_state(run->s->c), former = run->state;

	run->state = state;
	if (state.denials != former.denials && leatn_is_denied(run->s->c, run->s->plan))
		leat_fail(run->stage, EACCES);
	if (state.epoch != former.epoch)
		run->asked = 0; /* the server may be another one */
	if (state.away && !state.cause)
		run->look = leat_in(SHORTEST_PAUSE);
	else if (state.cause || state.epoch != former.epoch || state.notes != former.notes)
		run->look = leat_now();
	else if (run->ended && run->look == LEAT_NEVER)
		run->look = leat_in(SHORTEST_PAUSE);
}

static leat_time source_next_time(const struct source_run *run)
{
	leat_time t = run->look < run->progress ? run->look : run->progress;

	return run->asked > 0 && run->silence < t ? run->silence : t;
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

/* Returns whether to go on. */
static bool source_do_what_is_due(struct source_run *run)
{
	leat_time now = leat_now();

	if (leat_wait_by(run->tap.changes, LEAT_NOW) == 1)
		source_see_change(run);
	if (now >= run->progress) {
		leatn_in_progress(run->s, run->first);
		if (run->ended && atomic_load(&run->s->unanswered) > 0)
			leatn_notify(run->s->c, run->s->plan->p.stream, run->s->plan->p.group);
		run->progress = source_holds(run) ? source_next_progress(run) : LEAT_NEVER;
	}
	if (run->asked > 0 && now >= run->silence)
		run->asked = 0;
	if (run->state.away && now >= run->look)
		source_trouble(run, ENOTCONN);
	else if (now >= run->look)
		source_look(run);
	if (run->has_group && !run->state.away && leat_running(run->stage))
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

static void source_body(leat_stage *stage, void *of_source)
{
	struct leatn_source *s = *(struct leatn_source **)of_source;
	struct source_run run = { .stage = stage, .s = s, .silence = LEAT_NEVER, .pause = SHORTEST_PAUSE };
	int error;

	run.tap.stream = s->plan->p.stream;
	run.tap.group = s->plan->p.group;
	error = leatn_tap_open(&run.tap, s->c, s->plan->p.window + 16, NULL, NULL);

	run.last = &run.first;
	run.state = leatn_state(s->c);
	run.overs = run.state.overs;
	run.quiet = leat_now();
	run.progress = LEAT_NEVER;
	s->poke = leat_dup(run.tap.poke);
	if (error)
		leat_fail(stage, error);
	else
		source_loop(&run);
	source_give_back(&run);
	leatn_tap_close(&run.tap);
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
