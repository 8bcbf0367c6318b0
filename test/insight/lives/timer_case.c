/* SPDX-License-Identifier: 0BSD
 *
 * timer_case - a select without a deadline has a stream of leat_after among its cases.
 */
#include "../insight.h"

int main(void)
{
	enum { NUMBER, TIME };
	leat_chan numbers = leat_make(int, 0);
	leat_rx time = leat_after(a_while());
	int n;
	leat_case cases[] = { [NUMBER] = LEAT_RECV(numbers.rx, &n), [TIME] = LEAT_WAIT(time) };

	must(leat_select(cases, LEAT_NEVER) == TIME);
	leat_drop(time);
	leat_drop(numbers);
	return 0;
}
