/* SPDX-License-Identifier: 0BSD
 *
 * random.c - plays and checks millions of random histories (random.h). Do the channels keep the promises of leat.h, in
 * whatever order the threads come?
 *
 *     random [-n COUNT | -m MINUTES] [-s SEED] [-t MOST THREADS OF A HISTORY] [-c CAPACITY OF ALL CHANNELS]
 *
 * The status is 1 if a history has no order that leat.h allows, or if a call does not end. Such a history is printed
 * with its seed. A seed gives the same calls again, but not the same race, so try it several times, with -n 1.
 */
#define _POSIX_C_SOURCE 200809L
#include "random.h"

#include <inttypes.h>
#include <limits.h>
#include <signal.h>

enum { TEAMS_PER_CORE = 2 };

static void stuck(int signal)
{
	static const char message[] = "histories: a round does not end: somebody sleeps who should have been woken\n";

	(void)signal;
	(void)!write(STDERR_FILENO, message, sizeof message - 1); /* a failure of this write cannot be reported */
	_exit(1);
}

static int usage(void)
{
	fputs("usage: random [-n COUNT | -m MINUTES] [-s SEED] [-t THREADS, 2 to 8] [-c CAPACITY]\n", stderr);
	return 2;
}

static int report(histories *all, leat_time took)
{
	uint64_t games = atomic_load(&all->games), violations = atomic_load(&all->violations);

	printf("histories: %" PRIu64 " checked, %" PRIu64 " calls, %" PRIu64 " violations; states searched %" PRIu64
	       "; %.0f a second\n", games, (uint64_t)atomic_load(&all->calls), violations,
	       (uint64_t)atomic_load(&all->states), (double)games * 1e9 / (double)took);
	return violations > 0;
}

int main(int argc, char **argv)
{
	static histories all = { .count = 100000, .players = PLAYERS, .capacity = -1 };
	leat_time begun = leat_now();

	running = "random";
	check(signal(SIGALRM, stuck) != SIG_ERR);
	all.seed = (unsigned)begun;
	for (int option; (option = getopt(argc, argv, "n:m:s:t:c:")) != -1;) {
		switch (option) {
		case 'n': all.count = number_between(1, UINT64_MAX, optarg); break;
		case 'm': all.until = leat_in(LEAT_S(60 * (int64_t)number_between(1, 1000000, optarg))); break;
		case 's': all.seed = (unsigned)number_between(0, UINT_MAX, optarg); break;
		case 't': all.players = (int)number_between(2, PLAYERS, optarg); break;
		case 'c': all.capacity = (int)number_between(0, 1000, optarg); break;
		default: return usage();
		}
	}
	if (optind < argc)
		return usage();
	all.teams = leat_cpus() < 8 ? TEAMS_PER_CORE * (int)leat_cpus() : 16;
	histories_play(&all);
	return report(&all, leat_now() - begun);
}
