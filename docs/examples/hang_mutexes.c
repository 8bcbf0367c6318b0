/* SPDX-License-Identifier: 0BSD
 *
 * hang_mutexes - wrong on purpose: two threads lock the same two mutexes, each in its own order.
 *
 * The cure is one order for all threads: see lock_order.
 *
 * Run it with LEAT_REPORT=deadlock. It ends with status 2.
 */
#include <leat.h>
#include <stdio.h>

struct account { leat_mutex mutex; int money; };
struct transfer { struct account *from, *to; };

static struct account hers = { .money = 100 }, his = { .money = 100 };
static leat_waitgroup both_have_one;

static void move_one(void *of_transfer)
{
	struct transfer *transfer = of_transfer;

	leat_mutex_lock(&transfer->from->mutex);
	leat_waitgroup_done(&both_have_one);
	(void)leat_waitgroup_wait(&both_have_one, LEAT_NEVER); /* so that it goes wrong each time */
	leat_mutex_lock(&transfer->to->mutex);
	transfer->from->money--;
	transfer->to->money++;
	leat_mutex_unlock(&transfer->to->mutex);
	leat_mutex_unlock(&transfer->from->mutex);
}

int main(void)
{
	struct transfer to_him = { &hers, &his }, to_her = { &his, &hers };

	leat_waitgroup_add(&both_have_one, 2);
	if (leat_go(move_one, &to_him) < 0)
		return 1;
	move_one(&to_her);
	printf("%d %d\n", hers.money, his.money);
	return leat_wait_all(LEAT_NEVER) < 0;
}
