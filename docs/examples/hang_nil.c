/* SPDX-License-Identifier: 0BSD
 *
 * hang_nil - wrong on purpose: a receive from a handle that nobody has set waits for ever.
 *
 * Run it with LEAT_REPORT=deadlock. It ends with status 2.
 */
#include <leat.h>
#include <stdio.h>

struct prices { leat_rx dollars, euros; };

static leat_rx start_prices(int *cents)
{
	return leat_generator(LEAT_NIL, sizeof *cents, cents, 3);
}

int main(void)
{
	int dollars[] = { 100, 101, 99 };
	struct prices prices = { .dollars = start_prices(dollars) }; /* and the euros? */

	for (int dollar, euro; leat_recv(prices.dollars, &dollar) > 0 && leat_recv(prices.euros, &euro) > 0;)
		printf("%d %d\n", dollar, euro);
	return 0;
}
