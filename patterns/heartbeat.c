/* leat_heartbeat - a function over each value, and pulses that show that the stage lives.
 *
 *                          /-> f(a)   f(b)   f(c)
 *     a b c -> [heartbeat f]
 *                          \-> 0 0 1 1 2 2 3 (pulses)
 *
 * The channel of the pulses has room for one. A new pulse replaces one that nobody has received, so the stage never
 * waits for the listener.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

struct heartbeat {
	leat_map_fn *fn;
	void *arg;
	leat_time interval, next; /* next: when a pulse is due; LEAT_NEVER without interval or listener */
	leat_tx pulses;
	long done;                /* the number of values done so far */
};

static void heartbeat_release(void *of_heartbeat)
{
	leat_drop(((struct heartbeat *)of_heartbeat)->pulses);
}

/* Send a pulse if one is due. If several became due while fn ran, one is sent: the others would say the same. */
static void heartbeat_keep_time(struct heartbeat *heartbeat)
{
	leat_time now = leat_now(), late = now - heartbeat->next;

	if (late < 0)
		return;
	heartbeat->next = now - late % heartbeat->interval + heartbeat->interval;
	if (leat_force_send(heartbeat->pulses, &heartbeat->done) <= 0)
		heartbeat->next = LEAT_NEVER; /* there is no listener any more */
}

/* The next value, or NULL. leat_next_by takes a value that is ready even if a pulse is due. So a stage that always has
 * work sends its pulses here, before it begins the work. */
static const void *heartbeat_next(leat_stage *stage, struct heartbeat *heartbeat)
{
	void *in = NULL;

	while (leat_next_by(stage, &in, heartbeat->next) < 0)
		heartbeat_keep_time(heartbeat);
	if (in && heartbeat->interval == 0)
		(void)leat_force_send(heartbeat->pulses, &heartbeat->done); /* 0: there is no listener any more */
	else if (in)
		heartbeat_keep_time(heartbeat);
	return in;
}

static int heartbeat_emit(leat_stage *stage, struct heartbeat *heartbeat, void *out)
{
	int emitted;

	while ((emitted = leat_emit_by(stage, out, heartbeat->next)) < 0)
		heartbeat_keep_time(heartbeat);
	return emitted;
}

static void heartbeat_body(leat_stage *stage, void *arg)
{
	struct heartbeat *heartbeat = arg;

	for (const void *in; (in = heartbeat_next(stage, heartbeat)) != NULL; heartbeat->done++) {
		void *out = leat_scratch(stage);
		int result = heartbeat->fn(heartbeat->arg, in, out);

		if (result > 0)
			result = heartbeat_emit(stage, heartbeat, out);
		else
			result = leat_emit_result(stage, result, out);
		if (!result)
			return;
	}
}

static leat_rx heartbeat_start(leat_rx done, leat_rx in, const leat_type *type, struct heartbeat *heartbeat)
{
	leat_type taken = { "heartbeat", sizeof *heartbeat, NULL, heartbeat_release };
	int right = heartbeat->fn && type && heartbeat->interval >= 0;

	return leat_stage_start(&(leat_plan){
		.name = "heartbeat",
		.done = done,
		.in = &in,
		.ins = 1,
		.type = type,
		.body = right ? heartbeat_body : NULL,
		.arg = heartbeat,
		.arg_type = &taken,
	});
}

leat_rx (leat_heartbeat_of)(leat_rx done, leat_rx in, const leat_type *type, leat_map_fn *fn, void *arg,
                          leat_time interval, leat_rx *pulses)
{
	leat_chan chan = leat_make_exactly_(LEAT_TYPE(long), 1);
	struct heartbeat heartbeat = { fn, arg, interval, interval > 0 ? leat_in(interval) : LEAT_NEVER, chan.tx, 0 };
	int cause = pulses ? leat_cause(chan) : EINVAL;
	leat_rx out;

	leat_name(chan, "heartbeat.pulses");
	if (cause) {
		leat_drop(in);
		leat_drop(chan.tx);
		out = leat_ended(cause);
	} else {
		out = heartbeat_start(done, in, type, &heartbeat);
	}
	if (leat_never_started(out)) {
		leat_drop(chan.rx);
		chan.rx = leat_ended(leat_cause(out));
	}
	if (pulses)
		*pulses = chan.rx;
	return out;
}
