/* SPDX-License-Identifier: 0BSD
 *
 * label.c - what a report calls a channel: the name that leat_name gave it, and the place where it was made.
 *
 * Another thread may read both at any time, for a report. So they are atomic. A place is a constant of the program, so
 * relaxed is enough. A program may put a name together before it calls leat_name: a thread that reads the pointer must
 * see the text too.
 */
#define _POSIX_C_SOURCE 200809L
#include "registry.h"

/* Nil has no label. A stream that never started belongs to the whole process. A timer has its period in the same
 * memory. */
static bool has_label(const struct leat_channel *ch)
{
	return ch && !leati_is_static(ch) && !ch->timer;
}

/* A constructor may call another one. Then the place of the outer call is noted last, and stays. The caller has a
 * receiving handle, and only a stream that never started counts none: that is quicker to see than has_label. */
leat_rx leat_placed_(leat_rx rx, const char *where)
{
	if (rx.ch && !rx.ch->timer && atomic_load_explicit(&rx.ch->rxs, memory_order_relaxed) > 0)
		atomic_store_explicit(&rx.ch->place, where, memory_order_relaxed);
	return rx;
}

leat_chan leat_placed_chan_(leat_chan chan, const char *where)
{
	(void)leat_placed_(chan.rx, where);
	return chan;
}

void leat_name_(struct leat_channel *ch, const char *name)
{
	if (has_label(ch))
		atomic_store_explicit(&ch->name, name, memory_order_release);
}

/* NULL: it has none. */
const char *leati_place(const struct leat_channel *ch)
{
	return has_label(ch) ? atomic_load_explicit(&ch->place, memory_order_relaxed) : NULL;
}

/* NULL: it has none. */
const char *leati_name(const struct leat_channel *ch)
{
	return has_label(ch) ? atomic_load_explicit(&ch->name, memory_order_acquire) : NULL;
}

/* The constructor of a stage may be called by another constructor. The user's call is the outermost one, and its place
 * is that of the output. */
const char *leati_started(const leati_job *job, const leat_stage *stage)
{
	const char *place = stage ? leati_place(stage->out[0].ch) : NULL;

	return place ? place : job->where;
}
