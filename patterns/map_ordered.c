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

struct map_ordered {
	leat_map_fn *fn;
	void *arg;
	leat_chan turns; /* shared */
	leat_rx before;  /* this worker's turn */
	leat_tx mine;    /* over when its result is out */
};

static int map_ordered_copy(void *to, const void *from)
{
	struct map_ordered *copy = to;

	*copy = *(const struct map_ordered *)from;
	leat_dup(copy->turns);
	return 0;
}

/* Also when the worker fails, but then the output has its cause already: who is next finds that first. */
static void map_ordered_release(void *value)
{
	struct map_ordered *map = value;

	leat_drop(map->before);
	leat_drop(map->mine);
	leat_drop(map->turns);
}

/* It is somebody else's turn to take a value. */
static int map_ordered_pass_turn(leat_stage *stage, struct map_ordered *map)
{
	leat_chan mine = leat_make_unit();

	map->mine = mine.tx;
	if (leat_cause(mine))
		leat_fail(stage, leat_cause(mine));
	else if (leat_send(map->turns.tx, &mine.rx) > 0)
		return 1;
	leat_drop(mine.rx);
	return 0;
}

static int map_ordered_step(leat_stage *stage, struct map_ordered *map)
{
	const void *in = leat_next(stage);
	void *out = leat_scratch(stage);
	int result, in_turn;

	if (!in || !map_ordered_pass_turn(stage, map))
		return 0;
	result = map->fn(map->arg, in, out);
	in_turn = leat_await(stage, map->before);
	if (!leat_emit_result(stage, result, out) || !in_turn) /* out of turn it is released */
		return 0;
	leat_drop(map->before);
	leat_drop(map->mine);
	map->before = (leat_rx){ NULL };
	map->mine = (leat_tx){ NULL };
	return 1;
}

static void map_ordered_body(leat_stage *stage, void *arg)
{
	struct map_ordered *map = arg;

	while (leat_recv(map->turns.rx, &map->before) > 0 && map_ordered_step(stage, map))
		;
	(void)leat_close(map->turns.tx); /* nobody has the turn any more: the others stop too */
	if (!leat_is_nil(map->before))
		(void)leat_wait(map->before); /* what was taken before goes out before a cause is left */
}

leat_rx leat_map_ordered_of(leat_rx done, leat_rx in, size_t workers, const leat_type *type, leat_map_fn *fn, void *arg)
{
	struct map_ordered map = { fn, arg, leat_make_of(&leat_rx_type, 1), { NULL }, { NULL } };
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
