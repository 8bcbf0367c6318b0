/* SPDX-License-Identifier: 0BSD
 *
 * hang_select - wrong on purpose: main waits for an order or for the end, and no thread is left that could send either.
 *
 * take_orders has returned, but main still has the sending ends, so the channels stay open. The cure: take_orders drops
 * the sending end of the orders when it has sent them all.
 *
 * Run it with LEAT_REPORT=deadlock. It ends with status 2.
 */
#include <leat.h>
#include <stdio.h>

static void take_orders(void *orders)
{
	for (int table = 1; table <= 2; table++)
		(void)leat_send(*(leat_tx *)orders, &table);
}

int main(void)
{
	enum { ORDER, END };
	leat_chan orders = leat_make(int, 0), end = leat_make_unit();
	int table;

	leat_name(orders, "orders");
	leat_name(end, "end");
	if (leat_go(take_orders, &orders.tx) < 0)
		return 1;
	for (;;) {
		leat_case cases[] = { [ORDER] = LEAT_RECV(orders.rx, &table), [END] = LEAT_WAIT(end.rx) };

		if (leat_select(cases, LEAT_NEVER) != ORDER)
			break;
		printf("table %d\n", table);
		fflush(stdout);
	}
	leat_drop(orders);
	leat_drop(end);
	return 0;
}
