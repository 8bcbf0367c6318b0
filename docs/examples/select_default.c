/* SPDX-License-Identifier: 0BSD
 *
 * select_default - a select that does not wait: with the deadline LEAT_NOW it returns at once when no case is ready.
 *
 * This is Go's default clause. Both cases have nil handles, which are never ready. The clock is fake and moves only
 * when all threads sleep. So 0ns means that the select has not slept; the book's program measures some hundreds of ns.
 * The book: P59, fig-select-default-clause.go
 */
#include <leat.h>
#include <stdio.h>

int main(void)
{
	leat_rx c1 = LEAT_NIL, c2 = LEAT_NIL;
	leat_case on[] = { LEAT_WAIT(c1), LEAT_WAIT(c2) };
	leat_time start;

	if (leat_clock_fake() < 0 || leat_clock_run() < 0)
		return 1;
	start = leat_now();
	if (leat_select(on, LEAT_NOW) < 0 && errno == EAGAIN)
		printf("In default after %dns\n", (int)(leat_now() - start));
	return 0;
}
