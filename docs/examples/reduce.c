/* SPDX-License-Identifier: 0BSD
 *
 * reduce - fold a stream into one value, and see the results on the way: leat_reduce, leat_scan.
 *
 * An account begins with 100. leat_scan sends the balance after each payment. leat_reduce keeps the lowest of these. It
 * runs in this thread, so `lowest` needs no lock.
 */
#include <leat.h>
#include <stdio.h>

static int pay(void *arg, void *balance, const void *amount)
{
	(void)arg;
	*(int *)balance += *(const int *)amount;
	return 1; /* send the balance */
}

static int keep_lowest(void *arg, void *lowest, const void *balance)
{
	(void)arg;
	printf("%d\n", *(const int *)balance);
	if (*(const int *)balance < *(int *)lowest)
		*(int *)lowest = *(const int *)balance;
	return 1;
}

int main(void)
{
	leat_chan done = leat_make_unit();
	leat_rx payments = leat_generator(done.rx, LEAT_VALUES(int, -30, 50, -90, -20, 200));
	leat_rx balances = leat_scan(done.rx, payments, int, &(int){ 100 }, pay, NULL);
	int lowest = 100, cause = leat_reduce(done.rx, balances, &lowest, keep_lowest, NULL);

	printf("the lowest was %d\n", lowest);
	if (cause)
		fprintf(stderr, "reduce: %s\n", leat_strerror(cause));
	leat_drop(done);
	return cause != 0;
}
