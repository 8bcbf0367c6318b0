/* leat_map_ordered - a function over each value, in several threads; results in the order of the input.
 *
 *              /-> [f] -\
 *     a b c ---          ---> f(a) f(b) f(c)
 *              \-> [f] -/
 *
 * The workers pass on a turn, which is the stream that ends when the result before has been emitted. Who has the turn
 * takes a value, hands the others a turn of its own making, works, waits for the one before, and emits.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

struct map_ordered { leat_map_fn *fn; void *arg; leat_chan turns; };

static int map_ordered_copy(void *to, const void *from)
{
	struct map_ordered *copy = to;

	*copy = *(const struct map_ordered *)from;
	leat_dup(copy->turns);
	return 0;
}

static void map_ordered_release(void *value)
{
	leat_drop(((struct map_ordered *)value)->turns);
}

/* The next value, and then somebody else's turn. `mine` is to be dropped when its result is out. */
static const void *map_ordered_take(leat_stage *stage, struct map_ordered *map, leat_chan *mine)
{
	const void *in = leat_next(stage);

	if (!in)
		return NULL;
	*mine = leat_make_unit();
	if (leat_cause(*mine))
		leat_fail(stage, leat_cause(*mine));
	else if (leat_send(map->turns.tx, &mine->rx) > 0)
		return in;
	return NULL;
}

/* Emit in turn; a failure is told to the next in turn before it could emit. */
static int map_ordered_emit(leat_stage *stage, leat_rx before, int result, void *out, leat_tx mine)
{
	int go_on = leat_await(stage, before);

	if (!leat_emit_result(stage, result, out)) /* also when not to go on: it releases *out */
		go_on = 0;
	(void)leat_drop_with(mine, go_on ? 0 : result < 0 ? -result : ECANCELED);
	return go_on;
}

static void map_ordered_body(leat_stage *stage, void *arg)
{
	struct map_ordered *map = arg;
	void *out = leat_scratch(stage);
	int go_on = 1;

	for (leat_rx before; go_on && leat_recv(map->turns.rx, &before) > 0; leat_drop(before)) {
		leat_chan mine;
		const void *in = map_ordered_take(stage, map, &mine);

		go_on = in && map_ordered_emit(stage, before, map->fn(map->arg, in, out), out, mine.tx);
	}
	(void)leat_close(map->turns.tx); /* nobody has the turn any more: the others stop too */
}

leat_rx leat_map_ordered_of(leat_rx done, leat_rx in, size_t workers, const leat_type *type, leat_map_fn *fn, void *arg)
{
	struct map_ordered map = { fn, arg, leat_make_of(&leat_rx_type, 1) };
	leat_type copied = { "map_ordered", sizeof map, map_ordered_copy, map_ordered_release };
	leat_rx first = leat_ended(0), out;

	if (leat_cause(map.turns)) {
		leat_drop(in);
		return leat_ended(leat_cause(map.turns));
	}
	(void)leat_send(map.turns.tx, &first); /* there is room for one */
	out = leat_stage_start(&(leat_plan){
		.name = "map_ordered",
		.done = done,
		.in = &in,
		.ins = 1,
		.type = type,
		.workers = workers,
		.body = fn && type && workers ? map_ordered_body : NULL,
		.arg = &map,
		.arg_type = &copied,
	});
	leat_drop(map.turns);
	return out;
}
