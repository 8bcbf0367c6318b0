/* SPDX-License-Identifier: 0BSD
 *
 * outside - main is in pthread_join, and then in poll(2), while a thread of leat waits for it.
 */
#include "../insight.h"

#include <poll.h>
#include <pthread.h>

static void receive(void *numbers)
{
	int n;

	must(leat_recv(*(leat_rx *)numbers, &n) > 0);
}

static void *work(void *arg)
{
	nap();
	return arg;
}

int main(void)
{
	leat_chan numbers = leat_make(int, 0);
	pthread_t thread;

	start(receive, &numbers.rx);
	must(pthread_create(&thread, NULL, work, NULL) == 0 && pthread_join(thread, NULL) == 0);
	(void)poll(NULL, 0, 400);
	must(leat_send(numbers.tx, &(int){ 1 }) > 0 && leat_wait_all(LEAT_NEVER) > 0);
	leat_drop(numbers);
	return 0;
}
