/* SPDX-License-Identifier: 0BSD
 *
 * select_nobody - main waits to receive an order or to send an answer, and holds the other ends of both channels
 * itself. A select never meets itself.
 */
#include "../insight.h"

int main(void)
{
	leat_chan orders = leat_make(int, 0), answers = leat_make(int, 0);
	int order, answer = 0;
	leat_case cases[] = { LEAT_RECV(orders.rx, &order), LEAT_SEND(answers.tx, &answer) };

	leat_name(orders, "orders");
	leat_name(answers, "answers");
	return leat_select(cases, LEAT_NEVER);
}

/* status: 2
 * report: main waits to receive from orders, or to send to answers
 */
