/* leat_result - values and failures as elements of one stream.
 *
 *     a b -> [from f] -> f(a), b failed -> [map g] -> g(f(a)), b failed
 *
 * The failure is the first member, and the value follows at an offset that does not depend on its type. So failures
 * pass through stages whose functions know nothing of them.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <string.h>

struct result { leat_failure failure; unsigned char value[]; };

struct result_plan {
	leat_map_fn *fn;
	leat_catch_fn *catch;
	void *arg;
	const char *name;
	size_t size, most; /* bytes of an output; the number of failures to stop at */
};

/* Whether elements of this type can be results; of values of `value` bytes, unless that is 0. */
static int result_holds(const leat_type *type, size_t value)
{
	size_t head = sizeof(struct result), room = type ? type->size - head : 0; /* of a value, rounded up */

	return type && type->size % head == 0 && type->size >= head &&
	       (!value || (room >= value && room - value < head));
}

static leat_rx result_start(leat_rx done, leat_rx in, const leat_type *type, const struct result_plan *plan,
                            void (*body)(leat_stage *stage, void *arg))
{
	return leat_stage_start(&(leat_plan){
		.name = plan->name,
		.done = done,
		.in = &in,
		.ins = 1,
		.type = type,
		.body = body,
		.arg = plan,
		.arg_type = LEAT_TYPE(struct result_plan),
	});
}

/* The same for an input that must carry results. An input that never started has no type, but a cause to pass on. */
static leat_rx result_start_of(leat_rx done, leat_rx in, size_t value, const leat_type *type,
                               const struct result_plan *plan, void (*body)(leat_stage *stage, void *arg))
{
	leat_type has = leat_type_of(in);

	return result_start(done, in, type, plan, leat_never_started(in) || result_holds(&has, value) ? body : NULL);
}

/* ------------------------------------------------------------------------------------------- map, from -- */

/* The value is zeroed, because a release or copy of the user's may look at it. */
static int result_emit_failure(leat_stage *stage, const struct result_plan *plan, leat_failure failure)
{
	struct result *out = leat_scratch(stage);

	memset(out, 0, plan->size);
	out->failure = failure;
	return leat_emit(stage, out);
}

static int result_emit_made(leat_stage *stage, const struct result_plan *plan, const void *value)
{
	struct result *out = leat_scratch(stage);
	int made = plan->fn(plan->arg, value, out->value);

	if (made < 0)
		return result_emit_failure(stage, plan, (leat_failure){ leat_errno_of_(made), plan->name });
	out->failure = (leat_failure){ 0, NULL };
	return made == 0 || leat_emit(stage, out);
}

static void result_from_body(leat_stage *stage, void *plan)
{
	for (const void *in; (in = leat_next(stage)) != NULL;)
		if (!result_emit_made(stage, plan, in))
			return;
}

static void result_map_body(leat_stage *stage, void *plan)
{
	int more = 1;

	for (const struct result *in; more && (in = leat_next(stage)) != NULL;)
		more = in->failure.code ? result_emit_failure(stage, plan, in->failure) :
		                          result_emit_made(stage, plan, in->value);
}

leat_rx (leat_result_from_of)(leat_rx done, leat_rx in, const char *name, const leat_type *result, leat_map_fn *fn,
                            void *arg)
{
	struct result_plan plan = { .fn = fn, .arg = arg, .name = name, .size = result ? result->size : 0 };

	return result_start(done, in, result, &plan, fn && result_holds(result, 0) ? result_from_body : NULL);
}

leat_rx (leat_result_map_of)(leat_rx done, leat_rx in, const char *name, const leat_type *result, leat_map_fn *fn,
                           void *arg)
{
	struct result_plan plan = { .fn = fn, .arg = arg, .name = name, .size = result ? result->size : 0 };

	return result_start_of(done, in, 0, result, &plan, fn && result_holds(result, 0) ? result_map_body : NULL);
}

/* ------------------------------------------------------------------------------------------------- values -- */

static void result_values_body(leat_stage *stage, void *plan)
{
	(void)plan;
	for (struct result *in; (in = leat_next(stage)) != NULL;) {
		if (in->failure.code) {
			leat_fail(stage, in->failure.code);
			return;
		}
		in->failure.code = ECANCELED; /* the value goes on alone: nothing is left to release here */
		if (!leat_emit(stage, in->value))
			return;
	}
}

leat_rx (leat_result_values_of)(leat_rx done, leat_rx in, const leat_type *value)
{
	struct result_plan plan = { .name = "result_values" };

	return result_start_of(done, in, value ? value->size : 0, value, &plan, value ? result_values_body : NULL);
}

/* -------------------------------------------------------------------------------------------- catch, stop -- */

/* Let the function handle the failure in this element. Returns the function's result. */
static int result_catch_one(const struct result_plan *plan, struct result *in)
{
	leat_failure failure = in->failure;
	int caught = plan->catch(plan->arg, &failure, in->value);

	if (caught > 0)
		in->failure = (leat_failure){ 0, NULL };
	if (caught < 0)
		in->failure.code = leat_errno_of_(caught);
	return caught;
}

static void result_catch_body(leat_stage *stage, void *plan)
{
	for (struct result *in; (in = leat_next(stage)) != NULL;)
		if ((!in->failure.code || result_catch_one(plan, in)) && !leat_emit(stage, in))
			return;
}

leat_rx (leat_result_catch)(leat_rx done, leat_rx in, leat_catch_fn *fn, void *arg)
{
	struct result_plan plan = { .catch = fn, .arg = arg, .name = "result_catch" };

	return result_start_of(done, in, 0, NULL, &plan, fn ? result_catch_body : NULL);
}

static void result_stop_body(leat_stage *stage, void *plan)
{
	size_t left = ((const struct result_plan *)plan)->most;

	for (struct result *in; (in = leat_next(stage)) != NULL;) {
		int code = in->failure.code;

		if (!leat_emit(stage, in))
			return;
		if (code && --left == 0) {
			leat_fail(stage, code);
			return;
		}
	}
}

leat_rx (leat_result_stop)(leat_rx done, leat_rx in, size_t n)
{
	struct result_plan plan = { .most = n, .name = "result_stop" };

	return result_start_of(done, in, 0, NULL, &plan, n ? result_stop_body : NULL);
}
