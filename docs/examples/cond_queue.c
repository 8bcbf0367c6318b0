/* SPDX-License-Identifier: 0BSD
 *
 * cond_queue - ten items go through a queue with room for two, with leat_cond.
 *
 * The thread that adds waits until there is room. Each item is removed a second after it was added. The last two are
 * left, because main ends when it has added all items.
 *
 * The clock is fake and runs by itself. Making an item takes a millisecond, so the removals are in order, too. The last
 * line is not the book's: its program takes four seconds without saying so.
 * The book: P63, fig-cond-based-queue.go
 */
#include <leat.h>
#include <stdio.h>

enum { ROOM = 2, ITEMS = 10 };

static leat_mutex lock;
static leat_cond removed;
static int length;

static void remove_from_queue(void *closing)
{
	if (!leat_sleep_or(*(const leat_rx *)closing, LEAT_S(1)))
		return;
	leat_mutex_lock(&lock);
	length--;
	printf("Removed from queue\n");
	leat_mutex_unlock(&lock);
	leat_cond_signal(&removed);
}

static int add_to_queue(leat_rx *closing)
{
	int started;

	leat_mutex_lock(&lock);
	while (length == ROOM)
		(void)leat_cond_wait(&removed, leat_mutex_locker(&lock), LEAT_NIL, LEAT_NEVER);
	printf("Adding to queue\n");
	length++;
	started = leat_go(remove_from_queue, closing);
	leat_mutex_unlock(&lock);
	return started;
}

int main(void)
{
	leat_chan closing = leat_make_unit();
	int added = leat_cause(closing) ? -1 : 1;
	leat_time begun;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	begun = leat_now();
	for (int i = 0; i < ITEMS && added > 0; i++) {
		leat_sleep(LEAT_MS(1));
		added = add_to_queue(&closing.rx);
	}
	printf("after %d s\n", (int)((leat_now() - begun) / LEAT_S(1)));
	(void)leat_close(closing.tx);
	if (leat_wait_all(LEAT_NEVER) < 0)
		added = -1;
	leat_drop(closing);
	return added < 0;
}
