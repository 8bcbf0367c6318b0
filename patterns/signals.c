/* leat_signals - signals of the process as a stream.
 *
 *     SIGINT SIGTERM -> [signals] -> 2 15
 *
 * What the operating system asks for (a handler, a pipe and its reader) is in the core; this stage makes it end by
 * done.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

/* 0 is the id of none: it may have been closed before. */
static void signals_close(void *id)
{
	leat_signals_close_(*(int *)id);
	*(int *)id = 0;
}

/* The former actions are back before the stream is over. */
static void signals_body(leat_stage *stage, void *id)
{
	leat_pass_on(stage, NULL);
	signals_close(id);
}

leat_rx leat_signals(leat_rx done, const int *numbers, size_t count)
{
	int id;
	leat_rx in = leat_signals_open_(numbers, count, &id);
	leat_type opened = { "signals", sizeof id, NULL, signals_close };

	return leat_stage_start(&(leat_plan){
		.name = "signals",
		.done = done,
		.in = &in,
		.ins = 1,
		.body = signals_body,
		.arg = &id,
		.arg_type = &opened,
	});
}
