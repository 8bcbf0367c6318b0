/* SPDX-License-Identifier: 0BSD
 *
 * slow_signal - main waits on a condition variable, and then for a semaphore. A thread that leat has never seen signals
 * and releases, after a while.
 */
#include "../insight.h"

#include <pthread.h>

static leat_mutex mutex;
static leat_cond changed;
static leat_semaphore tickets = LEAT_SEMAPHORE(1);
static int ready;

static void *work(void *arg)
{
	nap();
	leat_mutex_lock(&mutex);
	ready = 1;
	leat_mutex_unlock(&mutex);
	leat_cond_signal(&changed);
	nap();
	leat_semaphore_release(&tickets, 1);
	return arg;
}

int main(void)
{
	pthread_t thread;

	must(leat_semaphore_acquire(&tickets, 1, LEAT_NIL, LEAT_NOW) > 0);
	must(pthread_create(&thread, NULL, work, NULL) == 0);
	leat_mutex_lock(&mutex);
	while (!ready)
		must(leat_cond_wait(&changed, leat_mutex_locker(&mutex), LEAT_NIL, LEAT_NEVER) > 0);
	leat_mutex_unlock(&mutex);
	must(leat_semaphore_acquire(&tickets, 1, LEAT_NIL, LEAT_NEVER) > 0);
	must(pthread_join(thread, NULL) == 0);
	return 0;
}
