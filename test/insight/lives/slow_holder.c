/* SPDX-License-Identifier: 0BSD
 *
 * slow_holder - two threads wait for a mutex and a read-write lock whose holder naps.
 */
#include "../insight.h"

static leat_mutex mutex;
static leat_rwmutex rwmutex;

static void lock_mutex(void *arg)
{
	(void)arg;
	leat_mutex_lock(&mutex);
	leat_mutex_unlock(&mutex);
}

static void read_lock(void *arg)
{
	(void)arg;
	leat_rwmutex_read_lock(&rwmutex);
	leat_rwmutex_read_unlock(&rwmutex);
}

int main(void)
{
	leat_mutex_lock(&mutex);
	leat_rwmutex_lock(&rwmutex);
	start(lock_mutex, NULL);
	start(read_lock, NULL);
	nap();
	leat_rwmutex_unlock(&rwmutex);
	leat_mutex_unlock(&mutex);
	must(leat_wait_all(LEAT_NEVER) > 0);
	return 0;
}
