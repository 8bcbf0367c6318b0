/* SPDX-License-Identifier: 0BSD
 *
 * deadlock.h - which threads of a survey can never be woken, and why, in words.
 */
#ifndef LEATI_DEADLOCK_H
#define LEATI_DEADLOCK_H

#include "survey.h"

/* A thread that sleeps for longer than this without end may be suspected. LEAT_REPORT_SUSPECT, in ms, replaces it. */
#define LEATI_SUSPECT LEAT_S(10)

typedef enum {
	LEATI_LIVE,      /* it runs, or something may wake it. Said of idle threads too */
	LEATI_SUSPECTED, /* it has slept for long, and only the program's own code could wake it */
	LEATI_STUCK      /* proven: nothing can ever wake it */
} leati_verdict;

typedef struct leati_judgement {
	leati_verdict *verdicts; /* verdicts[i] is that of threads[i] of the second survey */
	size_t threads;          /* how many there are */
	size_t suspected, stuck; /* how many of them */
	bool all;                /* each thread of the program is stuck; idle threads do not count */
} leati_judgement;

/* Judge the threads of the second survey. The first was made before it, and may be NULL: then nothing is proven, only
 * suspected. Returns 0 or ENOMEM. leati_end_judgement frees it in both cases. */
int leati_judge(const leati_survey *first, const leati_survey *second, leat_time suspect_after,
                leati_judgement *judgement);
void leati_end_judgement(leati_judgement *judgement);

/* Write why threads are stuck: a line for each cycle, and for each thread that nothing at all could wake, such as "main
 * waits to receive from tee.out1; tee waits to send to tee.out2; tee.out2 is held by main". Then a line for each thread
 * that is suspected. Nothing is written if there is none of them. Whether the write failed, the caller asks `to`. */
void leati_write_deadlocks(FILE *to, const leati_survey *survey, const leati_judgement *judgement);

/* Write what a thread of the survey does: "tee waits to send to tee.out2", or "map runs". */
void leati_write_wait(FILE *to, const leati_survey *survey, size_t thread);

/* What a waiting case does, in words that go before the name of its channel: "receive from", "send to", ... */
const char *leati_waits_to(int kind);

#endif
