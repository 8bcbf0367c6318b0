/* SPDX-License-Identifier: 0BSD
 *
 * unbatch - put a function that is cheaper for many values at once between stages that take single values:
 * leat_batch, leat_unbatch.
 *
 * One question asks for the prices of three articles. The function changes the batch in place and passes it on.
 */
#include <leat.h>
#include <stdio.h>

struct article { int number, price; };

static int article(void *arg, const void *in, void *out)
{
	(void)arg;
	*(struct article *)out = (struct article){ *(const int *)in, 0 };
	return 1;
}

/* A database would be asked here, once for all of them. */
static void look_up(struct article *articles, size_t count)
{
	printf("prices of %zu articles, please\n", count);
	for (size_t i = 0; i < count; i++)
		articles[i].price = 10 * articles[i].number;
}

/* A stage that passes its input on. */
static void price_body(leat_stage *stage, void *arg)
{
	(void)arg;
	for (leat_batched **in; (in = leat_next(stage)) != NULL;) {
		look_up((*in)->values, (*in)->count);
		if (!leat_emit(stage, in))
			return;
	}
}

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_rx numbers = leat_generator(done.rx, LEAT_VALUES(int, 1, 2, 3, 4, 5, 6, 7));
	leat_rx articles = leat_map(done.rx, leat_buffer(numbers, 128), struct article, article, NULL);
	leat_rx batches = leat_batch(done.rx, articles, 3, LEAT_NEVER);
	leat_rx priced = leat_stage_start(&(leat_plan){ .name = "price", .done = done.rx, .in = &batches, .ins = 1,
	                                                .body = price_body });
	leat_rx out = leat_unbatch(done.rx, priced, struct article);
	int sum = 0, cause;

	for (struct article one; leat_recv(out, &one) > 0;)
		sum += one.price;
	printf("together they cost %d\n", sum);

	cause = leat_cause(out);
	if (cause)
		fprintf(stderr, "unbatch: %s\n", leat_strerror(cause));
	leat_drop(out);
	leat_drop(done);
	return cause != 0;
}
