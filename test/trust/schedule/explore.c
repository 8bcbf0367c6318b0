/* SPDX-License-Identifier: 0BSD
 *
 * explore.c - runs scenarios in many schedules. It reads the options of main, explores in the three ways, and reports
 * errors.
 */
#define _POSIX_C_SOURCE 200809L
#define _XOPEN_SOURCE 700 /* for sigaltstack */
#include "explore.h"

#include "../../number.h"
#include "leat.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PREEMPTIONS = 3 };

typedef struct { unsigned long tried, failed; bool all; } tally;

static const exploration *program;
static const char *scenario;
static const chooser *running;

/* The options. */
static unsigned long schedules = 1000;
static chooser asked = { .method = ALL, .seed = 1, .preemptions = PREEMPTIONS };
static bool one_way;

void explore_refuse(const char *what, const char *at)
{
	fprintf(stderr, "%s: %s: %s\n", program->program, what, at);
	exit(2);
}

/* --------------------------------------------------------------------------------------- what was found -- */

static void report(const chooser *by)
{
	static const char *const names[] = { "all", "priorities", "random", "replay" };

	printf("FAILED %s\n  %s\n", scenario, complaint());
	program->print();
	if (by->method == PRIORITIES || by->method == RANDOM)
		printf("  again: %s -m %s -s %llu '%s'\n", program->program, names[by->method],
		       (unsigned long long)by->seed, scenario);
	printf("  the same: %s -r %s '%s'\n", program->program, choices_made(), scenario);
}

/* The panic hook: leat itself has found an error. */
static void on_panic(const char *line)
{
	complain("leat panics: %s", line);
	report(running);
	fflush(stdout);
}

/* The program touched memory that it must not touch. Report as much as is still possible. */
static void on_crash(int signal)
{
	complain("signal %d", signal);
	report(running);
	fflush(stdout);
	_exit(1);
}

static void catch_crashes(void)
{
	static char stack[64 * 1024];
	struct sigaction crash = { .sa_handler = on_crash, .sa_flags = SA_ONSTACK };

	sigaltstack(&(stack_t){ .ss_sp = stack, .ss_size = sizeof stack }, NULL);
	sigaction(SIGSEGV, &crash, NULL);
	sigaction(SIGBUS, &crash, NULL);
}

/* ---------------------------------------------------------------------------------------- many schedules -- */

static bool try_schedule(const chooser *by, tally *of)
{
	running = by;
	of->tried++;
	if (program->run(by))
		return true;
	report(by);
	of->failed++;
	return false;
}

static void try_all(unsigned long count, tally *of)
{
	const chooser by = { .method = ALL, .preemptions = PREEMPTIONS };

	for (unsigned long i = 0; i < count && try_schedule(&by, of); i++)
		if (!choose_next_of_all()) {
			of->all = true;
			return;
		}
}

static void try_seeds(way method, uint64_t seed, unsigned long count, tally *of)
{
	for (unsigned long i = 0; i < count; i++) {
		chooser by = { .method = method, .seed = seed + i };

		if (!try_schedule(&by, of))
			return;
	}
}

/* Run a third of the schedules in each way. */
static void explore_all_ways(unsigned long count, uint64_t seed, tally *of)
{
	try_all(count / 3, of);
	if (!of->failed)
		try_seeds(PRIORITIES, seed, (count - of->tried) / 2, of);
	if (!of->failed)
		try_seeds(RANDOM, seed, count - of->tried, of);
}

/* First run one schedule without preemptions. It sets the length of schedules, and does what the library does once in
 * a process. So a seed or a replay gives the same schedule alone and after others. */
static tally explore_as_asked(void)
{
	const chooser first = { .method = ALL, .preemptions = 0 };
	tally of = { 0, 0, false };

	choose_restart();
	if (!try_schedule(&first, &of))
		return of;
	if (asked.method == REPLAY)
		(void)try_schedule(&asked, &of);
	else if (!one_way)
		explore_all_ways(schedules, asked.seed, &of);
	else if (asked.method == ALL)
		try_all(schedules, &of);
	else
		try_seeds(asked.method, asked.seed, schedules, &of);
	return of;
}

/* Print one line, or the error if one was found. */
static bool explore_scenario(const char *name)
{
	tally of;

	scenario = name;
	program->choose(name);
	of = explore_as_asked();
	printf("%s: %lu schedules%s, %lu failed\n", name, of.tried,
	       of.all ? ", all with three preemptions among them" : "", of.failed);
	return of.failed == 0;
}

/* ------------------------------------------------------------------------------------------ what is asked -- */

static void choose_way(const char *name)
{
	one_way = true;
	if (strcmp(name, "all") == 0)
		asked.method = ALL;
	else if (strcmp(name, "priorities") == 0)
		asked.method = PRIORITIES;
	else if (strcmp(name, "random") == 0)
		asked.method = RANDOM;
	else
		explore_refuse("no such way", name);
}

static void list_scenarios(void)
{
	for (size_t i = 0; program->nth(i); i++)
		printf("%s\n", program->nth(i));
	exit(0);
}

int explore(const exploration *of, int argc, char **argv)
{
	bool good = true;

	program = of;
	leat_on_panic(on_panic);
	catch_crashes();
	for (int option; (option = getopt(argc, argv, "n:m:s:r:l")) != -1;)
		switch (option) {
		case 'n': schedules = (unsigned long)number_between(1, ULONG_MAX, optarg); break;
		case 'm': choose_way(optarg); break;
		case 's': asked.seed = number_between(0, UINT64_MAX, optarg); break;
		case 'r': one_way = true, asked.method = REPLAY, asked.replayed = optarg; break;
		case 'l': list_scenarios(); break;
		default:
			explore_refuse("usage", "[-l] [-n N] [-m all|priorities|random] [-s SEED] [-r CHOICES] "
			                        "[SCENARIO...]");
		}
	/* Stop at the first scenario that fails, because its unfinished threads may spoil the others. */
	for (int i = optind; good && i < argc; i++)
		good = explore_scenario(argv[i]);
	for (size_t i = 0; good && optind == argc && program->nth(i); i++)
		good = explore_scenario(program->nth(i));
	return good ? 0 : 1;
}
