/* SPDX-License-Identifier: 0BSD
 *
 * two_mutexes - main locks the accounts and then the journal, another thread the journal and then the accounts. Each
 * waits for the mutex that the other one holds.
 */
#include "../insight.h"

static leat_mutex accounts, journal;
static leat_waitgroup both;

static void lock_in_order(leat_mutex *first, leat_mutex *second)
{
	leat_mutex_lock(first);
	meet(&both);
	leat_mutex_lock(second);
}

static void write_down(void *arg)
{
	(void)arg;
	lock_in_order(&journal, &accounts);
}

int main(void)
{
	leat_waitgroup_add(&both, 2);
	start(write_down, NULL);
	lock_in_order(&accounts, &journal);
	return 1;
}

/* status: 2
 * report: main waits for a mutex, which write_down holds
 * report: write_down waits for a mutex, which main holds
 */
