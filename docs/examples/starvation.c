/* SPDX-License-Identifier: 0BSD
 *
 * starvation - a greedy and a polite worker share a leat_mutex for a second, in each of its modes.
 *
 * The greedy worker holds the lock for all of its work. The polite one releases it twice in between. A barging mutex
 * may starve either. An adaptive mutex (the default) is handed to a worker that has waited for a millisecond, and a
 * hand-off mutex always. Then the workers take turns, and neither waits longer than the other one's turn. But the
 * polite worker needs three turns for its work: equal turns are not equal work.
 *
 * The second is one of a fake clock, and the counts of a barging mutex differ from run to run, so they are left out.
 * `starvation real` holds the lock for 3 ns and 1 ns of the real clock, as the book does, and prints all counts. On two
 * cores (Go: greedy 1,616,515, polite 858,354, ratio 1.9):
 *
 *     mode       greedy      polite      ratio, in 3 runs   longest wait
 *     barging    1,795,982   1,660,867   1.0 to 1.2         131 ms
 *     adaptive   2,517,329   1,046,796   2.0 to 2.6         10 ms
 *     hand-off     322,831      97,867   2.6 to 3.3         6 ms
 * The book: P02, fig-example.go
 */
#include <leat.h>
#include <stdio.h>
#include <string.h>

static leat_mutex shared;
static leat_time unit, end;
static int real; /* the clock */

static void work_with_lock(leat_time duration)
{
	leat_mutex_lock(&shared);
	leat_sleep(duration);
	leat_mutex_unlock(&shared);
}

static void greedy_worker(void *of_loops)
{
	for (int *loops = of_loops; leat_now() < end; (*loops)++)
		work_with_lock(3 * unit);
}

static void polite_worker(void *of_loops)
{
	for (int *loops = of_loops; leat_now() < end; (*loops)++)
		for (int i = 0; i < 3; i++)
			work_with_lock(unit);
}

static int compete(int mode, const char *name)
{
	int polite = 0, greedy = 0;
	leat_mutex_stats stats;

	shared = (leat_mutex)LEAT_MUTEX(mode);
	end = leat_in(LEAT_S(1));
	if (leat_go(polite_worker, &polite) < 0 || leat_go(greedy_worker, &greedy) < 0 || leat_wait_all(LEAT_NEVER) < 0)
		return -1;
	stats = leat_mutex_stats_of(&shared);
	printf("%s: handed on %s.\n", name, stats.handoffs ? "to the worker that waits" : "to nobody");
	if (real)
		printf("Polite worker was able to execute %d work loops.\n"
		       "Greedy worker was able to execute %d work loops\n", polite, greedy);
	if (real || mode != LEAT_BARGING)
		printf("greedy / polite is %.1f. Nobody has waited for more than %.1f ms.\n", (double)greedy / polite,
		       (double)stats.longest_wait / 1e6);
	return 1;
}

int main(int argc, char **argv)
{
	real = argc > 1 && strcmp(argv[1], "real") == 0;
	unit = real ? LEAT_NS(1) : LEAT_MS(1);
	if (!real && (leat_clock_fake() < 0 || leat_clock_run() < 0))
		return 1;
	if (compete(LEAT_BARGING, "barging") < 0 || compete(LEAT_ADAPTIVE, "adaptive") < 0 ||
	    compete(LEAT_HANDOFF, "hand-off") < 0)
		return 1;
	return 0;
}
