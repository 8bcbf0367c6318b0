/* leat_window - windows of n values, of which each begins some values after the one before.
 * Needs batch.c.
 *
 *     a b c d e -> [window 3, 1] -> (a b c) (b c d) (c d e)
 *     a b c d e -> [window 2, 3] -> (a b) (d e)
 *
 * Each value moves into the window that is being filled. When this is full, the next window gets copies of the values
 * that the two have in common.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <string.h>

struct window {
	size_t n, step;
	leat_type type;
	leat_batched *full, *batch; /* the window before, until it is sent; and the one that is being filled */
	size_t old, skip;           /* values of `batch` that are copies; values to be discarded before the next one */
};

static void window_release(void *of_window)
{
	struct window *window = of_window;

	leat_batched_free(window->full);
	leat_batched_free(window->batch);
}

static void *window_value(const leat_batched *batch, size_t i)
{
	return (unsigned char *)batch->values + i * batch->type.size;
}

/* Make the next window, after the full one if there is one. Returns 0 or an errno value. */
static int window_begin(struct window *window)
{
	int error;

	window->full = window->batch;
	window->batch = leat_batched_make_(&window->type, window->n);
	if (!window->batch)
		return ENOMEM;
	if (!window->full)
		return 0;
	window->skip = window->step > window->n ? window->step - window->n : 0;
	window->old = window->step < window->n ? window->n - window->step : 0;
	error = leat_batched_copy_(window->batch, window_value(window->full, window->n - window->old), window->old);
	return error ? leat_errno_of_(error) : 0;
}

/* Move values into the window until it is full. Returns 0 if the input ends before, or it is time to return. */
static int window_fill(leat_stage *stage, struct window *window)
{
	leat_batched *batch = window->batch;
	void *values;

	for (; window->skip > 0; window->skip--)
		if (!leat_next(stage))
			return 0;
	for (size_t got; batch->count < window->n; batch->count += got) {
		if ((got = leat_next_n(stage, &values, window->n - batch->count)) == 0)
			return 0;
		memcpy(window_value(batch, batch->count), values, got * batch->type.size);
	}
	return 1;
}

static int window_emit(leat_stage *stage, leat_batched **of_batch)
{
	leat_batched *batch = *of_batch;

	*of_batch = NULL;
	return leat_emit(stage, &batch);
}

/* The next window is begun before the full one is sent, as it needs copies of its values. */
static void window_body(leat_stage *stage, void *of_window)
{
	struct window *window = of_window;
	int error = window_begin(window);

	while (!error && window_fill(stage, window)) {
		error = window_begin(window);
		if (!window_emit(stage, &window->full))
			return;
	}
	if (error)
		leat_fail(stage, error);
	else if (window->batch->count > window->old)
		(void)window_emit(stage, &window->batch); /* 0: nobody wants it */
}

leat_rx (leat_window)(leat_rx done, leat_rx in, size_t n, size_t step)
{
	struct window window = { .n = n, .step = step, .type = leat_type_of(in) };
	leat_type taken = { "window", sizeof window, NULL, window_release };
	size_t size = window.type.size ? window.type.size : 1;
	int copies = step < n && window.type.release;
	int right = n && n <= PTRDIFF_MAX / 2 / size && step && (!copies || window.type.copy);

	return leat_stage_start(&(leat_plan){
		.name = "window",
		.done = done,
		.in = &in,
		.ins = 1,
		.type = &leat_batched_type,
		.body = right ? window_body : NULL,
		.arg = &window,
		.arg_type = &taken,
	});
}
