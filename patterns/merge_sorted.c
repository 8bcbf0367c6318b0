/* leat_merge_sorted - one sorted stream out of several sorted streams.
 * Needs zip.c.
 *
 *     1 4 5 -\
 *             > [merge_sorted] -> 1 2 4 5 9
 *     2 9   -/
 *
 * The inputs whose value is here form a heap: the value of heap[k] comes before those of heap[2k + 1] and heap[2k + 2].
 * So that of heap[0] is next. Then the stage waits for another value of the same input.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

struct merge_sorted { leat_compare_fn *compare; void *arg; size_t count; };

/* Equal values come in the order of their inputs. */
static int merge_sorted_before(const struct merge_sorted *merge, const leat_row_ *row, size_t a, size_t b)
{
	int order = merge->compare(merge->arg, row->values[a], row->values[b]);

	return order < 0 || (order == 0 && a < b);
}

/* heap[k] may be too early in the heap of n inputs: let it sink. */
static void merge_sorted_sink(const struct merge_sorted *merge, const leat_row_ *row, size_t n, size_t k)
{
	size_t *heap = row->order, sinking = heap[k];

	for (size_t next; (next = 2 * k + 1) < n; k = next) {
		if (next + 1 < n && merge_sorted_before(merge, row, heap[next + 1], heap[next]))
			next++;
		if (merge_sorted_before(merge, row, sinking, heap[next]))
			break;
		heap[k] = heap[next];
	}
	heap[k] = sinking;
}

/* Receive a first value of each input. Returns 0 if it is time to return, else 1. *n is the size of the heap. */
static int merge_sorted_begin(const struct merge_sorted *merge, leat_row_ *row, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < row->count; i++) {
		int got = leat_row_receive_(row, i);

		if (got < 0)
			return 0;
		if (got > 0)
			row->order[(*n)++] = i;
	}
	for (size_t k = *n / 2; k-- > 0;)
		merge_sorted_sink(merge, row, *n, k);
	return 1;
}

/* Send the next value. Its input gets another one, or leaves the heap. Returns 0 if it is time to return, else 1. */
static int merge_sorted_step(const struct merge_sorted *merge, leat_row_ *row, size_t *n)
{
	size_t first = row->order[0];
	int got;

	leat_row_want_(row, first);
	if (!leat_emit(row->stage, row->values[first]))
		return 0;
	got = leat_row_receive_(row, first);
	if (got == 0)
		row->order[0] = row->order[--*n];
	if (got >= 0 && *n > 0)
		merge_sorted_sink(merge, row, *n, 0);
	return got >= 0;
}

static void merge_sorted_work(leat_row_ *row, void *of_merge)
{
	size_t n;

	if (!merge_sorted_begin(of_merge, row, &n))
		return;
	while (n > 0)
		if (!merge_sorted_step(of_merge, row, &n))
			return;
}

static void merge_sorted_body(leat_stage *stage, void *of_merge)
{
	leat_with_row_(stage, ((struct merge_sorted *)of_merge)->count, merge_sorted_work, of_merge);
}

leat_rx (leat_merge_sorted)(leat_rx done, const leat_rx *members, size_t count, leat_compare_fn *fn, void *arg)
{
	if (count == 0)
		return leat_ended(0);
	return leat_stage_start(&(leat_plan){
		.name = "merge_sorted",
		.done = done,
		.in = members,
		.ins = count,
		.body = fn ? merge_sorted_body : NULL,
		.arg = &(struct merge_sorted){ fn, arg, count },
		.arg_type = LEAT_TYPE(struct merge_sorted),
	});
}
