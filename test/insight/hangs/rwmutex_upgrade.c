/* SPDX-License-Identifier: 0BSD
 *
 * rwmutex_upgrade - main reads a cache, and finds that it must write. It locks the cache for writing while it still
 * holds it for reading, and so waits for itself. (etcd had this fault in its watch broadcasts.)
 */
#include "../insight.h"

static leat_rwmutex cache;
static int answer;

int main(void)
{
	leat_rwmutex_read_lock(&cache);
	if (!answer) {
		leat_rwmutex_lock(&cache);
		answer = 42;
	}
	return 1;
}

/* status: 2
 * report: main waits for an rwmutex
 */
