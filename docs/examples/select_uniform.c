/* SPDX-License-Identifier: 0BSD
 *
 * select_uniform - if several cases are ready, each has the same chance: leat_select.
 *
 * Both channels are closed, so both cases are always ready. The book prints two counts, such as 484 and 517, which
 * change from run to run. Of 1001 choices, a fair select makes 501 plus or minus 16. So this program prints "about
 * half" for a count between 400 and 600, which is six times as far. (leat_select_first would always choose the first.)
 * The book: P62, fig-select-uniform-distribution.go
 */
#include <leat.h>
#include <stdio.h>

static void show(const char *name, int count)
{
	if (count >= 400 && count <= 600)
		printf("%s: about half\n", name);
	else
		printf("%s: %d\n", name, count);
}

int main(void)
{
	leat_rx c1 = leat_ended(0), c2 = leat_ended(0);
	leat_case on[] = { LEAT_WAIT(c1), LEAT_WAIT(c2) };
	int counts[2] = { 0, 0 };

	for (int i = 1000; i >= 0; i--) {
		int chosen = leat_select(on, LEAT_NOW);

		if (chosen < 0)
			return 1;
		counts[chosen]++;
	}
	show("c1Count", counts[0]);
	show("c2Count", counts[1]);
	printf("together: %d\n", counts[0] + counts[1]);
	return 0;
}
