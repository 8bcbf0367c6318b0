/* SPDX-License-Identifier: 0BSD
 *
 * thread_local_data.c - a program with much thread-local data. glibc puts it into the stack of each thread. Threads can
 * be started all the same, and their functions have the whole stack that was asked for.
 */
#include "../test.h"

/* The thread sanitizer has much such data of its own, and enlarges stacks that are too small for it to 128 KiB more. So
 * leat cannot find out how much the data takes. The address sanitizer makes frames four times as large. */
enum { SHALLOW = UNDER_ASAN ? 50 : 100, DEEP = UNDER_TSAN ? 100 : UNDER_ASAN ? 225 : 900 };

static _Thread_local volatile unsigned char much[300 * 1024];

static void use_all(void *of_depth)
{
	size_t *depth = of_depth;

	for (size_t i = 0; i < sizeof much; i += 1024)
		much[i]++;
	check(descend(*depth) == *depth);
}

static void must_have(size_t depth)
{
	check(leat_go(use_all, &depth) == 1 && leat_wait_all(LEAT_NEVER) == 1);
}

static void functions_have_their_stack(void)
{
	must_have(SHALLOW);
	check(leat_stack_size((size_t)1024 * 1024) == 1);
	must_have(DEEP);
	check(leat_stack_size((size_t)256 * 1024) == 1);
	must_have(SHALLOW);
}

static void stages_can_be_started(void)
{
	must_yield(numbers(0, 10), 0, 1, 10);
}

int main(int argc, char **argv)
{
	return RUN(functions_have_their_stack, stages_can_be_started);
}
