/* SPDX-License-Identifier: 0BSD
 *
 * traits - threads with a name, a large stack and a low priority: leat_start_with, leat_stack_used.
 *
 * In Go all goroutines are alike, and their stacks grow. A stage of leat is a kernel thread with a fixed stack. So a
 * stage whose function goes deep asks for a larger one.
 */
#include <leat.h>
#include <stdio.h>

/* Each call takes more than 1 KiB of the stack. */
static size_t go_down(size_t levels)
{
	volatile unsigned char room[1024];

	room[levels % sizeof room] = 1;
	return levels ? go_down(levels - 1) + room[levels % sizeof room] : 0;
}

static int measure(void *arg, const void *levels, void *reached)
{
	(void)arg;
	*(size_t *)reached = go_down(*(const size_t *)levels);
	return leat_stack_used() <= (size_t)16 << 20; /* 3 MiB and more, after the last call */
}

static leat_rx start_with(const leat_traits *traits)
{
	const leat_traits *former = leat_start_with(traits);
	leat_rx levels = leat_generator(LEAT_NIL, LEAT_VALUES(size_t, 10, 1000, 3000));
	leat_rx reached = leat_map(LEAT_NIL, levels, size_t, measure, NULL);

	leat_start_with(former);
	return reached;
}

int main(void)
{
	leat_rx reached = start_with(&(leat_traits){ .name = "deep", .stack = (size_t)16 << 20, .nice = 5 });

	for (size_t levels; leat_recv(reached, &levels) > 0;)
		printf("down %zu levels\n", levels);
	leat_drop(reached);

	reached = start_with(&(leat_traits){ .cpus = (int[]){ -1 }, .cpu_count = 1 });
	printf("on processor -1: %s\n", leat_strerror(leat_cause(reached)));
	leat_drop(reached);
	return leat_wait_all(LEAT_NEVER) < 0;
}
