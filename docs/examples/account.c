/* SPDX-License-Identifier: 0BSD
 *
 * account - two threads withdraw money from one account. Looking at the balance and taking the money must be one
 * step; otherwise both threads find enough.
 *
 * Here a thread holds the lock from the look to the change, so one of the two is refused.
 */
#include <errno.h>
#include <leat.h>
#include <stdio.h>

struct account {
	leat_mutex lock;
	int balance, refused;
};

/* Returns 0 or an errno value. */
static int withdraw(struct account *account, int n)
{
	int error = 0;

	leat_mutex_lock(&account->lock);
	if (account->balance < n)
		error = ERANGE;
	else
		account->balance -= n;
	leat_mutex_unlock(&account->lock);
	return error;
}

static void note_refusal(struct account *account)
{
	leat_mutex_lock(&account->lock);
	account->refused++;
	leat_mutex_unlock(&account->lock);
}

static void withdraw_6(void *account)
{
	if (withdraw(account, 6) != 0)
		note_refusal(account);
}

static void withdraw_5(void *account)
{
	if (withdraw(account, 5) != 0)
		note_refusal(account);
}

int main(void)
{
	struct account account = { .balance = 10 };

	if (leat_go(withdraw_6, &account) < 0 || leat_go(withdraw_5, &account) < 0 || leat_wait_all(LEAT_NEVER) < 0)
		return 1;
	printf("6 and 5 were to be withdrawn from 10; refused: %d\n", account.refused);
	printf("the balance is %s\n", account.balance == 4 || account.balance == 5 ? "4 or 5" : "wrong");
	return 0;
}
