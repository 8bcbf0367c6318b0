/* SPDX-License-Identifier: 0BSD
 *
 * explore.h - the main function of a program that runs scenarios in many schedules.
 *
 *     PROGRAM [-l] [-n SCHEDULES] [-m all|priorities|random] [-s SEED] [-r CHOICES] [SCENARIO...]
 *
 * By default, each scenario runs in three ways (choose.c), each for a third of the schedules. There may be fewer
 * schedules with up to three preemptions; the other ways then get the rest. -l lists the scenarios. A report of an
 * error says which options show it again.
 */
#ifndef EXPLORE_H
#define EXPLORE_H

#include "schedule.h"

typedef struct {
	const char *program;
	const char *(*nth)(size_t i);         /* the name of the i-th scenario, or NULL */
	void (*choose)(const char *scenario); /* set the scenario to run, or call explore_refuse */
	bool (*run)(const chooser *by);       /* run one schedule of it; false if there is a complaint() */
	void (*print)(void);                  /* print what its threads did */
} exploration;

int explore(const exploration *program, int argc, char **argv); /* returns the result of main */
_Noreturn void explore_refuse(const char *what, const char *at);

#endif
