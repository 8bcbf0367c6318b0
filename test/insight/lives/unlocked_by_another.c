/* SPDX-License-Identifier: 0BSD
 *
 * unlocked_by_another - a thread locks a mutex and waits for main, and main waits for the mutex. A third thread, which
 * leat has never seen, unlocks the mutex. Any thread may.
 */
#include "../insight.h"

#include <pthread.h>

static leat_mutex mutex;
static leat_chan locked, end;

static void *unlock(void *arg)
{
	nap();
	leat_mutex_unlock(&mutex);
	return arg;
}

static void lock(void *arg)
{
	(void)arg;
	leat_mutex_lock(&mutex);
	must(leat_signal(locked.tx) > 0);
	(void)leat_wait(end.rx);
}

int main(void)
{
	pthread_t thread;

	locked = leat_make_unit();
	end = leat_make_unit();
	start(lock, NULL);
	must(leat_wait(locked.rx) > 0 && pthread_create(&thread, NULL, unlock, NULL) == 0);
	leat_mutex_lock(&mutex);
	leat_mutex_unlock(&mutex);
	must(leat_signal(end.tx) > 0 && leat_wait_all(LEAT_NEVER) > 0 && pthread_join(thread, NULL) == 0);
	leat_drop(locked);
	leat_drop(end);
	return 0;
}
