/* SPDX-License-Identifier: 0BSD
 *
 * after.c - a function called in its own thread when a stream is over, unless that is prevented.
 *
 * The thread is there from the beginning, and room for what may come, so that nothing can fail when the time comes.
 * It is stopped by a rendezvous: either the thread takes the signal, or it has let go of the receiving end before it
 * calls.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

struct call {
	void (*fn)(void *arg);
	void *arg;
	leat_rx when, stop;
	leat_type type;    /* of what may come: there is room for one, behind this */
};

enum { CALL_ROOM = (sizeof(struct call) + LEATI_LINE - 1) / LEATI_LINE * LEATI_LINE };

/* True: it is time. False: stopped. */
static bool comes(struct call *call)
{
	enum { WHEN, STOP };
	void *room = (unsigned char *)call + CALL_ROOM;
	leat_case cases[] = {
		[WHEN] = LEAT_RECV_SIZED(call->when, room, call->type.size),
		[STOP] = LEAT_WAIT(call->stop),
	};

	while (leat_select_first(cases, LEAT_NEVER) == STOP) {
		if (cases[STOP].ok)
			return false;
		cases[STOP].ch = NULL; /* nobody is left who could stop it */
	}
	if (cases[WHEN].ok)
		leati_release_value(&call->type, room);
	return true;
}

static void wait_and_call(void *of_call)
{
	struct call *kept = of_call, call = *kept;
	bool now = comes(kept);

	leati_free(kept, CALL_ROOM + call.type.size);
	leat_drop(call.stop);
	leat_drop(call.when);
	if (now)
		call.fn(call.arg);
}

/* 0 or an errno value. Takes both streams. */
static int start(struct call call)
{
	struct call *kept = NULL;
	int error = call.fn && !leat_is_nil(call.when) ? leat_cause(call.stop) : EINVAL;

	call.type = leat_type_of(call.when);
	if (!error && !(kept = leati_alloc(CALL_ROOM + call.type.size)))
		error = ENOMEM;
	if (!error) {
		*kept = call;
		error = leati_start((leati_job){ "after_func", wait_and_call, NULL, kept });
	}
	if (!error)
		return 0;
	leati_free(kept, CALL_ROOM + call.type.size);
	leat_drop(call.stop);
	leat_drop(call.when);
	return error;
}

int leat_after_func(leat_rx when, void (*fn)(void *arg), void *arg, leat_tx *stop)
{
	leat_chan stopping = leat_make_unit();
	int error = start((struct call){ .fn = fn, .arg = arg, .when = when, .stop = stopping.rx });

	if (stop)
		*stop = stopping.tx;
	else
		leat_drop(stopping.tx);
	if (error)
		errno = error;
	return error ? -1 : 1;
}
