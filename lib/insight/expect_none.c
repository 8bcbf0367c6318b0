/* SPDX-License-Identifier: 0BSD
 *
 * expect_none.c - leat_expect_none: waits for the end of all started functions, or tells which still run.
 */
#define _POSIX_C_SOURCE 200809L
#include "deadlock.h"

static bool runs_function(const leati_seen_thread *thread)
{
	return thread->fn && thread->doing != LEATI_IDLE;
}

static void tell(const leati_survey *survey, size_t i)
{
	(void)fputs("leat_expect_none: ", stderr);
	leati_write_wait(stderr, survey, i);
	if (survey->threads[i].where[0])
		(void)fprintf(stderr, "; started at %s", survey->threads[i].where);
	(void)fputc('\n', stderr);
}

/* A function whose new thread has not run yet is in no survey. */
static void tell_those_that_run(const leati_survey *survey)
{
	size_t told = 0;

	for (size_t i = 0; i < survey->n_threads; i++)
		if (runs_function(&survey->threads[i])) {
			tell(survey, i);
			told++;
		}
	if (told == 0)
		(void)fputs("leat_expect_none: functions that have not begun, or that have ended meanwhile\n", stderr);
}

static void tell_functions(void)
{
	int former = leati_forbid_cancel(); /* files are cancellation points, and a call of leat is none */
	leati_survey survey;

	if (leati_begin_survey(&survey) == 0)
		tell_those_that_run(&survey);
	else
		(void)fputs("leat_expect_none: no memory to tell which functions run\n", stderr);
	leati_end_survey(&survey);
	leati_allow_cancel(former);
}

int leat_expect_none(leat_time t)
{
	int result = leat_wait_all(t), error = errno;

	if (result < 0 && error != EDEADLK)
		tell_functions();
	errno = error;
	return result;
}
