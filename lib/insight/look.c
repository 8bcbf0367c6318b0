/* SPDX-License-Identifier: 0BSD
 *
 * look.c - the watching thread looks for threads that are stuck, and reports each of them once.
 *
 * It makes a survey about every 100 ms, and compares it with the one before (deadlock.h). A survey of many threads takes
 * long, so the next one waits 20 times as long as that: the looks take at most a twentieth of one processor. While no
 * thread has slept for 100 ms, no survey is made at all.
 */
#define _POSIX_C_SOURCE 200809L
#include "watch.h"
#include "report.h"
#include "trace.h"

#include <stdlib.h>
#include <unistd.h>

enum { LOOK_INTERVAL = 100 }; /* ms */

static struct {
	leati_survey last;
	bool has_last;
	leat_time next;         /* when it is time to look again */
	leat_time suspect;      /* how long a thread must have slept, or 0: not read yet */
	uint64_t *reported;     /* the numbers of sleeps that go on, times 2; plus 1 if reported as stuck */
	size_t n_reported;
} look;

/* ----------------------------------------------------------------------------------- is there anything -- */

static bool has_slept(leati_parker *record, leat_time now)
{
	bool slept;

	pthread_mutex_lock(&record->mutex);
	slept = record->asleep && !record->asleep->idle && record->until == LEAT_NEVER &&
	        now - record->since >= LEAT_MS(LOOK_INTERVAL);
	pthread_mutex_unlock(&record->mutex);
	return slept;
}

/* Whether a thread has slept, without end, since about the last look. */
static bool some_have_slept(void)
{
	leat_time now = leati_real_now();
	bool found = false;

	for (leati_parker *record = leati_enter_registry(); record && !found; record = record->next)
		found = has_slept(record, now);
	leati_leave_registry();
	return found;
}

/* ----------------------------------------------------------------------------------------- what is new -- */

/* A sleep is reported once as suspected, and once as stuck. Its number is far below 2^63. */
static bool was_reported(uint64_t key)
{
	for (size_t i = 0; i < look.n_reported; i++)
		if (look.reported[i] == key)
			return true;
	return false;
}

/* Whether there is anything that was not reported yet. Remember what was reported of sleeps that go on, also if they are
 * not suspected at this moment. Without memory nothing is remembered, and nothing is new. */
static bool note_new(const leati_survey *survey, const leati_judgement *judgement)
{
	uint64_t *keys = malloc(2 * judgement->threads * sizeof *keys);
	size_t n = 0;
	bool any_new = false;

	for (size_t i = 0; keys && i < 2 * judgement->threads; i++) {
		leati_verdict verdict = i % 2 ? LEATI_STUCK : LEATI_SUSPECTED;
		uint64_t key = survey->threads[i / 2].sleeps * 2 + i % 2;
		bool so = judgement->verdicts[i / 2] == verdict, reported = was_reported(key);

		any_new = any_new || (so && !reported);
		if (so || reported)
			keys[n++] = key;
	}
	free(look.reported);
	look.reported = keys;
	look.n_reported = n;
	return any_new;
}

/* ---------------------------------------------------------------------------------------------- report -- */

struct look_finding { const leati_survey *survey; const leati_judgement *judgement; };

/* If there is no memory for the report, why the threads are stuck needs less. */
static int write_finding(FILE *to, void *arg)
{
	const struct look_finding *found = arg;
	leati_times times;
	int error;

	(void)fprintf(to, "leat: process %ld, ", (long)getpid()); /* leati_put_out asks for errors */
	if (found->judgement->all)
		(void)fprintf(to, "all threads are stuck: the program ends with status 2\n");
	else
		(void)fprintf(to, "%zu stuck and %zu suspected: the program goes on\n", found->judgement->stuck,
		              found->judgement->suspected);
	error = leati_begin_times(&times, found->survey);
	if (!error && leati_write_report(to, LEAT_TEXT, found->survey, found->judgement, &times) < 0)
		error = errno;
	if (error)
		leati_write_deadlocks(to, found->survey, found->judgement);
	leati_end_times(&times);
	return error;
}

/* What the program has printed is shown, unless a stuck thread has locked stdout. Handlers of atexit, and the locks of
 * other files, might wait for stuck threads. */
_Noreturn static void end_stuck_process(void)
{
	if (ftrylockfile(stdout) == 0)
		(void)fflush(stdout); /* nobody is left to tell if it fails */
	leati_write_trace();
	_exit(2);
}

static void judge(const leati_survey *survey)
{
	leati_judgement judgement;
	struct look_finding found = { survey, &judgement };

	if (leati_judge(&look.last, survey, look.suspect, &judgement) == 0) {
		if (note_new(survey, &judgement))
			leati_put_out(write_finding, &found);
		if (judgement.all)
			end_stuck_process();
	}
	leati_end_judgement(&judgement);
}

/* ------------------------------------------------------------------------------------------------ look -- */

leat_time leati_suspect_after(void)
{
	const char *milliseconds = leati_setting("LEAT_REPORT_SUSPECT");

	return milliseconds ? LEAT_MS(strtol(milliseconds, NULL, 10)) : LEATI_SUSPECT;
}

static void forget_last(void)
{
	if (look.has_last)
		leati_end_survey(&look.last);
	look.has_last = false;
}

/* Without memory for a survey, the next look begins anew. */
static void make_survey(void)
{
	leati_survey survey;

	if (leati_begin_survey(&survey) != 0) {
		leati_end_survey(&survey);
		forget_last();
		return;
	}
	if (look.has_last)
		judge(&survey);
	forget_last();
	look.last = survey;
	look.has_last = true;
}

void leati_look(bool now)
{
	leat_time began = leati_real_now();

	if (!look.suspect)
		look.suspect = leati_suspect_after();
	if (now)
		make_survey(); /* this one and the next make the two */
	if (!now && began < look.next)
		return;
	if (some_have_slept() || now)
		make_survey();
	else
		forget_last();
	look.next = began + LEAT_MS(LOOK_INTERVAL);
	if (leati_real_now() + 20 * (leati_real_now() - began) > look.next)
		look.next = leati_real_now() + 20 * (leati_real_now() - began);
}

void leati_end_looks(void)
{
	forget_last();
	free(look.reported);
	look.reported = NULL;
	look.n_reported = 0;
}

/* The surveys may be half made, and are left alone. */
void leati_forget_looks(void)
{
	look.has_last = false;
	look.next = 0;
	look.reported = NULL;
	look.n_reported = 0;
}
