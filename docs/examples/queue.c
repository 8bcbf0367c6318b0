/* SPDX-License-Identifier: 0BSD
 *
 * queue - give an existing channel room: leat_buffer.
 *
 * A source is a rendezvous, and a stage has the capacity of its input. With leat_buffer after the source the whole
 * pipeline has room, and its stages wait for each other less often.
 */
#include <leat.h>
#include <stdio.h>

static int keep_all(void *arg, const void *in)
{
	(void)arg;
	(void)in;
	return 1;
}

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_rx numbers = leat_generator(done.rx, LEAT_VALUES(int, 1, 2, 3));
	leat_rx kept;
	int cause;

	printf("room for %zu\n", leat_cap(numbers));
	numbers = leat_buffer(numbers, 8); /* the same stream; needs no thread and no hop */
	printf("room for %zu\n", leat_cap(numbers));
	kept = leat_filter(done.rx, numbers, keep_all, NULL);
	printf("room for %zu after the filter\n", leat_cap(kept));
	for (int n; leat_recv(kept, &n) > 0;)
		printf("%d\n", n);

	cause = leat_cause(kept);
	if (cause)
		fprintf(stderr, "queue: %s\n", leat_strerror(cause));
	leat_drop(kept);
	leat_drop(done);
	return cause != 0;
}
