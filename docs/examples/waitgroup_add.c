/* SPDX-License-Identifier: 0BSD
 *
 * waitgroup_add - add several pieces of work at once; each one that was given the group says when it is done.
 *
 * Several threads send into one channel, and the thread that has waited for all of them closes it. The book's
 * greeters come in any order, so the program sorts them.
 * The book: P74, fig-bulk-add.go
 */
#include <leat.h>
#include <stdio.h>
#include <stdlib.h>

enum { GREETERS = 5 };

struct greeter { leat_waitgroup *group; leat_tx to; int id; };

static void hello(void *of_greeter)
{
	const struct greeter *self = of_greeter;

	(void)leat_send(self->to, &self->id); /* there is room for all */
	leat_waitgroup_done(self->group);
}

static int by_id(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int main(void)
{
	leat_waitgroup group = { 0 };
	leat_chan hellos = leat_make(int, GREETERS);
	struct greeter greeters[GREETERS];
	int ids[GREETERS], count = 0;

	leat_waitgroup_add(&group, GREETERS);
	for (int i = 0; i < GREETERS; i++) {
		greeters[i] = (struct greeter){ &group, hellos.tx, i + 1 };
		if (leat_go(hello, &greeters[i]) < 0) {
			fprintf(stderr, "waitgroup_add: %s\n", leat_strerror(errno));
			leat_waitgroup_done(&group);
		}
	}
	(void)leat_waitgroup_wait(&group, LEAT_NEVER); /* this cannot fail */
	leat_close(hellos.tx);

	while (leat_recv(hellos.rx, &ids[count]) > 0 && ++count < GREETERS)
		;
	qsort(ids, (size_t)count, sizeof *ids, by_id);
	for (int i = 0; i < count; i++)
		printf("Hello from %d!\n", ids[i]);
	leat_drop(hellos);
	return count != GREETERS;
}
