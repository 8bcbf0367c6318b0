/* leat_nats_each - a function called with each value, in one or several threads: an acknowledgement for each success.
 *
 *     server -> [tap] -> deliveries -> [each f] : f(a), +ACK   f(b), -NAK
 *     server <- [source] "give me 128 more"
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "inside.h"

struct each { leat_each_fn *fn; void *arg; };

/* An answer that cannot be sent is not a failure of the stream: the value is delivered again. */
static int each_one(void *of_each, const void *value)
{
	const struct each *each = of_each;
	leat_delivery delivery = *(const leat_delivery *)value;
	int result = each->fn(each->arg, delivery.value);

	if (result >= 0)
		(void)leat_nats_ack(&delivery);
	else
		(void)leat_nats_fail(&delivery, result >= -255 ? -result : EINVAL);
	return 0;
}

/* The thread of libnats sends the deliveries to the workers. The buffer has room for the window, so this thread never waits.
 * The stage of the source only asks for more. It counts all values that live, also those in the buffer and one in each
 * worker. So `window` is the bound here, too: a worker whose work is long leaves the rest to others. */
int leat_nats_each_at_(leat_rx done, leat_nats *c, const leat_nats_plan *p, size_t workers, leat_each_fn *fn, void *arg,
                       const char *where)
{
	struct each each = { fn, arg };
	leat_nats_plan plan = p ? *p : (leat_nats_plan){ 0 };
	size_t window = plan.window ? plan.window : LEATN_WINDOW;
	leat_rx deliveries;

	if (!fn || window > LEATN_MOST_WINDOW)
		return EINVAL;
	plan.window = window + workers < LEATN_MOST_WINDOW ? window + workers : LEATN_MOST_WINDOW;
	deliveries = leat_buffer_exactly_(leatn_source_start(done, c, &plan, true, where), window);
	return leat_each(done, deliveries, workers, each_one, &each);
}

int (leat_nats_each)(leat_rx done, leat_nats *c, const leat_nats_plan *p, size_t workers, leat_each_fn *fn, void *arg)
{
	return leat_nats_each_at_(done, c, p, workers, fn, arg, NULL);
}
