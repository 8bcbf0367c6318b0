/* SPDX-License-Identifier: 0BSD
 *
 * batch_from - make batches where the values are made: leat_batch_from.
 *
 * The function writes its values straight into the memory of a batch. Only the batch goes through the channel: 40 of
 * them for 10000 values.
 */
#include <leat.h>
#include <stdio.h>

enum { EVENTS = 10000, AT_ONCE = 256 };

struct event { int number, group; };

static long make_events(void *of_next, void *values, size_t n)
{
	struct event *events = values;
	int *next = of_next;
	size_t made = 0;

	for (; made < n && *next < EVENTS; made++, ++*next)
		events[made] = (struct event){ *next, *next % 3 };
	return (long)made;
}

int main(void)
{
	leat_chan done = leat_make_unit();
	int next = 0, batches = 0, cause;
	long in_group[3] = { 0 };
	leat_rx events = leat_batch_from(done.rx, struct event, AT_ONCE, make_events, &next);

	events = leat_buffer(events, 4); /* batches */
	for (leat_batched *batch; leat_recv(events, &batch) > 0; leat_batched_free(batch)) {
		const struct event *event = batch->values;

		for (size_t i = 0; i < batch->count; i++)
			in_group[event[i].group]++;
		batches++;
	}
	printf("%ld %ld %ld events in %d batches\n", in_group[0], in_group[1], in_group[2], batches);

	cause = leat_cause(events);
	if (cause)
		fprintf(stderr, "batch_from: %s\n", leat_strerror(cause));
	leat_drop(events);
	leat_drop(done);
	(void)leat_wait_all(LEAT_NEVER);
	return cause != 0;
}
