/* SPDX-License-Identifier: 0BSD
 *
 * account - two threads withdraw 6 and 5 from an account of 10. One must be refused, but sometimes both succeed.
 *
 * Each thread first looks whether there is enough, and then takes the money. In the broken version the other thread may
 * take it in between. In the cured version a thread holds the lock from the look to the change. The threads do this
 * with a million accounts, or with as many as the second argument says.
 *
 * A data race is not the only fault here. Were the balance an atomic integer, ThreadSanitizer would be silent, and
 * both threads could still succeed.
 */
#include "race.h"
#include <stdlib.h>

enum { MOST = 1000000 };

struct account {
	int balance;
	int withdrawn_6, withdrawn_5; /* each is written by one thread */
};

static struct account accounts[MOST];
static int count = MOST;
static leat_mutex lock; /* of all balances */

static int withdraw_broken(struct account *account, int n)
{
	if (account->balance < n) /* races */
		return 0;
	account->balance -= n; /* races */
	return 1;
}

static int withdraw_cured(struct account *account, int n)
{
	int enough;

	leat_mutex_lock(&lock);
	enough = withdraw_broken(account, n);
	leat_mutex_unlock(&lock);
	return enough;
}

static int (*withdraw)(struct account *account, int n);

static void withdraw_6(void)
{
	for (struct account *each = accounts; each < accounts + count; each++)
		each->withdrawn_6 = withdraw(each, 6);
}

static void withdraw_5(void)
{
	for (struct account *each = accounts; each < accounts + count; each++)
		each->withdrawn_5 = withdraw(each, 5);
}

int main(int argc, char **argv)
{
	int cured = race_is_cured(argc, argv), both = 0, negative = 0, wrong = 0;

	if (argc == 3 && atoi(argv[2]) > 0 && atoi(argv[2]) < MOST)
		count = atoi(argv[2]);
	withdraw = cured ? withdraw_cured : withdraw_broken;
	for (int i = 0; i < count; i++)
		accounts[i].balance = 10;
	if (race_between(withdraw_6, withdraw_5) < 0)
		return 1;
	for (const struct account *each = accounts; each < accounts + count; each++) {
		both += each->withdrawn_6 && each->withdrawn_5;
		negative += each->balance < 0;
		wrong += each->balance != 10 - 6 * each->withdrawn_6 - 5 * each->withdrawn_5;
	}
	printf("both succeeded: %d; below zero: %d; wrong balance: %d\n", both, negative, wrong);
	return cured && (both || negative || wrong);
}
