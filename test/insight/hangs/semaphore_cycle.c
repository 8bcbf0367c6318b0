/* SPDX-License-Identifier: 0BSD
 *
 * semaphore_cycle - two threads take one of two buffers each, and then want a second one. Each waits for the other.
 */
#include "../insight.h"

static leat_semaphore buffers = LEAT_SEMAPHORE(2);
static leat_waitgroup both;

static void copy(void *arg)
{
	(void)arg;
	must(leat_semaphore_acquire(&buffers, 1, LEAT_NIL, LEAT_NEVER) > 0);
	meet(&both);
	(void)leat_semaphore_acquire(&buffers, 1, LEAT_NIL, LEAT_NEVER);
}

int main(void)
{
	leat_waitgroup_add(&both, 2);
	start(copy, NULL);
	copy(NULL);
	return 1;
}

/* status: 2
 * report: main waits for a semaphore
 * report: copy waits for a semaphore
 */
