/* leat_zip - one value out of one value of each of several streams.
 *
 *     a b c -\
 *             > [zip f] -> f(a, x) f(b, y), end
 *     x y   -/
 *
 * A row has room for the next value of each input. leat_zip waits for all values of a row in one
 * select. So it sees the end of a stream although another is silent. leat_merge_sorted has a row too, and takes one
 * value of it at a time.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <pthread.h>
#include <stdlib.h>

enum {
	ZIP_LINE = 64, /* alignment of the values, in bytes */
	ZIP_BEFORE = 2 /* cases before those of the inputs: see leat_stage_select_behind_ */
};

_Static_assert(sizeof(leat_row_) % _Alignof(leat_case) == 0, "cases may follow the struct");

/* ----------------------------------------------------------------------------------------------------- a row -- */

static size_t zip_size(const leat_row_ *row, size_t i)
{
	return leat_type_of(leat_input(row->stage, i)).size;
}

static size_t zip_round_up(size_t size)
{
	return (size + ZIP_LINE - 1) / ZIP_LINE * ZIP_LINE;
}

/* The bytes of the block. 0: more than any block has. */
static size_t zip_row_bytes(const leat_row_ *row)
{
	size_t each = sizeof *row->cases + sizeof *row->values + sizeof *row->order;
	size_t bytes = sizeof *row + ZIP_BEFORE * sizeof *row->cases + row->count * each + ZIP_LINE;

	for (size_t i = 0; i < row->count; i++) {
		if (zip_size(row, i) > PTRDIFF_MAX / 4 || bytes > PTRDIFF_MAX / 4)
			return 0;
		bytes += zip_round_up(zip_size(row, i));
	}
	return bytes;
}

void leat_row_want_(leat_row_ *row, size_t i)
{
	row->cases[i] = LEAT_RECV_SIZED(leat_input(row->stage, i), row->values[i], zip_size(row, i));
}

/* NULL if there is no memory. */
static leat_row_ *zip_make_row(leat_stage *stage, size_t count)
{
	leat_row_ plan = { stage, count, NULL, NULL, NULL }, *row;
	size_t bytes = zip_row_bytes(&plan);
	unsigned char *value;

	if (bytes == 0 || !(row = malloc(bytes)))
		return NULL;
	*row = plan;
	row->cases = (leat_case *)(row + 1) + ZIP_BEFORE;
	row->values = (void **)(row->cases + count);
	row->order = (size_t *)(row->values + count);
	value = (unsigned char *)(row->order + count);
	value += -(uintptr_t)value % ZIP_LINE;
	for (size_t i = 0; i < count; i++) {
		row->values[i] = value;
		value += zip_round_up(zip_size(row, i));
		leat_row_want_(row, i);
	}
	return row;
}

void leat_row_release_(leat_row_ *row)
{
	for (size_t i = 0; i < row->count; i++) {
		leat_type type = leat_type_of(leat_input(row->stage, i));

		if (row->cases[i].ch)
			continue;
		leat_row_want_(row, i);
		if (type.release)
			type.release(row->values[i]);
	}
}

static void zip_free_row(void *of_row)
{
	leat_row_release_(of_row);
	free(of_row);
}

/* A user's function may leave by pthread_exit. */
void leat_with_row_(leat_stage *stage, size_t count, leat_row_fn_ *loop, void *self)
{
	leat_row_ *row = zip_make_row(stage, count);

	if (!row) {
		leat_fail(stage, ENOMEM);
		return;
	}
	pthread_cleanup_push(zip_free_row, row);
	loop(row, self);
	pthread_cleanup_pop(1);
}

/* A select has chosen the case of input i, or has failed (-1). Returns what leat_row_receive_ returns. */
static int zip_settle(leat_row_ *row, int i)
{
	int ok = i >= 0 && row->cases[i].ok;
	int cause = i < 0 ? errno : ok ? 0 : leat_cause(leat_input(row->stage, (size_t)i));

	if (ok)
		row->cases[i].ch = NULL;
	if (!cause)
		return ok;
	leat_fail(row->stage, cause); /* does nothing if the stage is over already */
	return -1;
}

int leat_row_receive_(leat_row_ *row, size_t i)
{
	return zip_settle(row, leat_stage_select(row->stage, &row->cases[i], 1, LEAT_NEVER) < 0 ? -1 : (int)i);
}

/* ------------------------------------------------------------------------------------------------------- zip -- */

struct zip { leat_zip_fn *fn; void *arg; size_t count; };

/* Returns 1 when a value of each stream is here, or 0. */
static int zip_receive_row(leat_row_ *row)
{
	for (size_t missing = row->count; missing > 0; missing--) {
		leat_case *all = row->cases - ZIP_BEFORE;

		if (zip_settle(row, leat_stage_select_behind_(row->stage, all, row->count, LEAT_NEVER)) <= 0)
			return 0;
	}
	return 1;
}

static void zip_work(leat_row_ *row, void *of_zip)
{
	const struct zip *zip = of_zip;
	void *out = leat_scratch(row->stage);

	while (zip_receive_row(row)) {
		int result = zip->fn(zip->arg, (const void *const *)row->values, out);

		leat_row_release_(row);
		if (!leat_emit_result(row->stage, result, out))
			return;
	}
}

static void zip_body(leat_stage *stage, void *of_zip)
{
	leat_with_row_(stage, ((struct zip *)of_zip)->count, zip_work, of_zip);
}

leat_rx (leat_zip_of)(leat_rx done, const leat_type *type, const leat_rx *members, size_t count, leat_zip_fn *fn,
                      void *arg)
{
	return leat_stage_start(&(leat_plan){
		.name = "zip",
		.done = done,
		.in = members,
		.ins = count,
		.mixed = 1,
		.type = type,
		.body = fn && type && count ? zip_body : NULL,
		.arg = &(struct zip){ fn, arg, count },
		.arg_type = LEAT_TYPE(struct zip),
	});
}
