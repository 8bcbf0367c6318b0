/* SPDX-License-Identifier: 0BSD
 *
 * litmus.h - the table of litmus tests. litmus.c runs them; instrumented/litmus.c has their threads.
 */
#ifndef WEAK_LITMUS_H
#define WEAK_LITMUS_H

#include "../schedule/schedule.h"

enum { RESULTS = 6 };

typedef struct {
	const char *name;
	void (*thread)(unsigned number);
	unsigned threads, results; /* how many of result[] are part of the outcome */
	const char *last;          /* the locations whose last values are, too */
	const char *outcomes;      /* exactly these appear */
	bool race;
} litmus;

extern const litmus litmus_tests[]; /* the last one has no name */
extern int result[RESULTS];
void litmus_begin(void);
int litmus_last(char location);

#endif
