/* SPDX-License-Identifier: 0BSD
 *
 * unknown_thread - a thread that leat has never seen naps, and then sends. All others wait meanwhile.
 */
#include "../insight.h"

#include <pthread.h>

static void *send_later(void *numbers)
{
	leat_tx out = *(leat_tx *)numbers;

	nap();
	(void)leat_send(out, &(int){ 1 });
	leat_drop(out);
	return NULL;
}

int main(void)
{
	leat_chan numbers = leat_make(int, 0);
	pthread_t thread;

	must(pthread_create(&thread, NULL, send_later, &numbers.tx) == 0);
	must(leat_drain(leat_take(LEAT_NIL, numbers.rx, 3)) == 0);
	must(pthread_join(thread, NULL) == 0 && leat_wait_all(LEAT_NEVER) > 0);
	return 0;
}
