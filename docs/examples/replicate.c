/* SPDX-License-Identifier: 0BSD
 *
 * replicate - ask ten handlers, take the first answer and cancel the others: leat_replicate.
 *
 * All ten do their work. With a hedge, the next one is asked only when the answer is late.
 */
#include <leat.h>
#include <stdio.h>

enum { HANDLERS = 10 };

static const int seconds[HANDLERS] = { 3, 2, 5, 4, 2, 4, 3, 5, 2, 1 }; /* how loaded they are */

/* Answers with the handler's number. A handler that is cancelled has no answer. */
static int handle(leat_rx done, void *asked, size_t id, void *out)
{
	((int *)asked)[id] = 1;
	if (!leat_sleep_or(done, LEAT_S(seconds[id])))
		return 0;
	*(size_t *)out = id;
	return 1;
}

static int request(leat_time hedge)
{
	leat_time began = leat_now();
	int asked[HANDLERS] = { 0 };
	size_t id;

	if (leat_replicate(LEAT_NIL, HANDLERS, hedge, size_t, handle, asked, &id) <= 0) {
		fprintf(stderr, "replicate: %s\n", leat_strerror(errno));
		return 0;
	}
	for (int i = 0; i < HANDLERS; i++)
		if (asked[i])
			printf("%d took %ds\n", i, seconds[i]);
	printf("Received an answer from #%zu after %d s\n", id, (int)((leat_now() - began) / LEAT_S(1)));
	return 1;
}

int main(void)
{
	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	return request(0) && request(LEAT_MS(2500)) ? 0 : 1;
}
