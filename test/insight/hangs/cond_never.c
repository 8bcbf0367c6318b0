/* SPDX-License-Identifier: 0BSD
 *
 * cond_never - main waits until it is ready, on a condition variable. The thread that makes it ready does not signal.
 */
#include "../insight.h"

static leat_mutex mutex;
static leat_cond changed;
static int ready;

static void make_ready(void *arg)
{
	(void)arg;
	leat_mutex_lock(&mutex);
	ready = 1;
	leat_mutex_unlock(&mutex);
}

int main(void)
{
	leat_mutex_lock(&mutex);
	start(make_ready, NULL); /* it waits for the mutex until main waits */
	while (!ready)
		(void)leat_cond_wait(&changed, leat_mutex_locker(&mutex), LEAT_NIL, LEAT_NEVER);
	return 1;
}

/* status: 2
 * report: main waits for a condition
 */
