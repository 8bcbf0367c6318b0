/* SPDX-License-Identifier: 0BSD
 *
 * confinement - data that only one thread can reach needs no lock.
 *
 * Each thread gets its own half of the data, and has no way to reach the other half. The book's goroutines print the
 * halves in either order. Here main prints them.
 * The book: P22, fig-confinement-structs.go
 */
#include <leat.h>
#include <stdio.h>

struct part { const char *data; size_t length; char printed[8]; leat_waitgroup *done; };

static void print_data(void *of_part)
{
	struct part *part = of_part;

	(void)snprintf(part->printed, sizeof part->printed, "%.*s", (int)part->length, part->data);
	leat_waitgroup_done(part->done);
}

int main(void)
{
	static const char data[] = "golang";
	leat_waitgroup done = { 0 };
	struct part first = { data, 3, "", &done }, second = { data + 3, 3, "", &done };

	leat_waitgroup_add(&done, 2);
	if (leat_go(print_data, &first) < 0 || leat_go(print_data, &second) < 0)
		return 1;
	if (leat_waitgroup_wait(&done, LEAT_NEVER) < 0)
		return 1;
	printf("%s\n%s\n", second.printed, first.printed);
	return leat_wait_all(LEAT_NEVER) < 0;
}
