/* SPDX-License-Identifier: 0BSD
 *
 * leak_nil - the first leak of the book: a thread receives strings from nil, while the rest of the program goes on.
 */
#include "../insight.h"

static void do_work(void *strings)
{
	for (const char *string; leat_recv(*(leat_rx *)strings, &string) > 0;)
		puts(string);
}

int main(void)
{
	leat_rx strings = LEAT_NIL;

	start(do_work, &strings);
	live_until_reported();
}

/* status: 0
 * report: 1 stuck and 0 suspected
 * report: do_work waits to receive from a nil channel
 */
