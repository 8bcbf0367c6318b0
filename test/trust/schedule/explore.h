/* SPDX-License-Identifier: 0BSD
 *
 * explore.h - the main function of a program that runs scenarios in many schedules.
 *
 *     PROGRAM [-l] [-n SCHEDULES] [-m all|priorities|random] [-s SEED] [-r CHOICES] [SCENARIO...]
 *
 * By default each scenario is run in as many schedules in each of the three ways (choose.c); those with up to three
 * preemptions may be fewer, then the others are more. -l lists the scenarios. What is found is said with what is needed
 * to see it again.
 */
#ifndef EXPLORE_H
#define EXPLORE_H

#include "schedule.h"

typedef struct {
	const char *program;
	const char *(*nth)(size_t i);         /* the i-th scenario's name, or NULL */
	void (*choose)(const char *scenario); /* this one is to be run; or explore_refuse */
	bool (*run)(const chooser *by);       /* a schedule of it; false: see complaint() */
	void (*print)(void);                  /* what its threads did, for who wants to know why */
} exploration;

int explore(const exploration *program, int argc, char **argv); /* main's result */
_Noreturn void explore_refuse(const char *what, const char *at);

#endif
