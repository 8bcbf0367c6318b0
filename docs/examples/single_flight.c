/* SPDX-License-Identifier: 0BSD
 *
 * single_flight - ten threads want the same page, which takes a second to fetch, and it is fetched once:
 * leat_single_flight.
 *
 * The clock is fake. It jumps when all threads sleep: one in the fetch, the others because they wait for it.
 */
#include <errno.h>
#include <leat.h>
#include <stdio.h>

enum { READERS = 10 };

static leat_single_flight pages = LEAT_SINGLE_FLIGHT(&leat_string_type);

static int fetch(void *name, void *out)
{
	printf("fetching %s\n", (const char *)name);
	leat_sleep(LEAT_S(1));
	return leat_string_type.copy(out, &(const char *){ "a page" });
}

static void read_page(void *of_page)
{
	char **page = of_page, name[] = "index";

	if (leat_single_flight_do(&pages, name, fetch, name, page, LEAT_NIL, LEAT_NEVER) < 0)
		fprintf(stderr, "single_flight: %s\n", leat_strerror(errno));
}

int main(void)
{
	leat_waitgroup readers = { 0 };
	char *page[READERS] = { NULL };
	int got = 0;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	for (int i = 0; i < READERS; i++)
		if (leat_waitgroup_go(&readers, read_page, &page[i]) < 0)
			return 1;
	(void)leat_waitgroup_wait(&readers, LEAT_NEVER); /* 1, as there is no deadline */
	for (int i = 0; i < READERS; i++) {
		got += page[i] != NULL;
		leat_string_type.release(&page[i]); /* each reader has a copy of its own */
	}
	printf("%d readers have it\n", got);
	return 0;
}
