/* SPDX-License-Identifier: 0BSD
 *
 * report.c - the public calls: a report of what all threads do now.
 *
 * A report needs no lock of its own: each call has a survey of its own, and writes its text by one fwrite.
 */
#define _POSIX_C_SOURCE 200809L
#include "report.h"
#include "watch.h"

#include <stdlib.h>

static void (*const writers[])(leati_report *report) = {
	[LEAT_TEXT] = leati_write_text,
	[LEAT_JSON] = leati_write_data,
	[LEAT_DOT] = leati_write_dot,
	[LEAT_MERMAID] = leati_write_mermaid,
};

static bool is_format(int format)
{
	return format >= 0 && (size_t)format < sizeof writers / sizeof *writers;
}

static void print_reasons(leati_report *report, size_t i)
{
	(void)i;
	leati_write_deadlocks(report->to, report->survey, report->judgement);
}

/* Why threads are stuck, a line for each reason. The caller frees it. */
char *leati_reasons(leati_report *report)
{
	return leati_print_apart(report, print_reasons, 1);
}

/* Write the report into memory. Returns 0 or ENOMEM. The caller frees *text in both cases. */
static int write_to_memory(leati_report *report, int format, char **text, size_t *size)
{
	report->to = open_memstream(text, size);
	if (!report->to)
		return ENOMEM;
	report->error = leati_begin_holders(report);
	if (!report->error)
		writers[format](report);
	leati_end_holders(report);
	if (fclose(report->to) != 0)
		report->error = ENOMEM;
	return report->error;
}

int leati_write_report(FILE *to, int format, const leati_survey *survey, const leati_judgement *judgement,
                       const leati_times *times)
{
	leati_report report = { .survey = survey, .judgement = judgement, .times = times };
	char *text = NULL;
	size_t size;
	int error = write_to_memory(&report, format, &text, &size);

	errno = EIO; /* a FILE may fail without a reason: one that was opened for reading, on some systems */
	if (!error && (fwrite(text, 1, size, to) != size || fflush(to) != 0))
		error = errno;
	free(text);
	return error ? leat_refuse(error) : 1;
}

/* Two surveys prove what one can only suspect. */
static int judge_and_write(FILE *to, int format, const leati_survey *first, const leati_survey *second)
{
	leati_judgement judgement;
	leati_times times;
	int judged = leati_judge(first, second, leati_suspect_after(), &judgement);
	int timed = leati_begin_times(&times, second);
	int result = judged || timed ? leat_refuse(ENOMEM) : leati_write_report(to, format, second, &judgement, &times);
	int error = errno;

	leati_end_judgement(&judgement);
	leati_end_times(&times);
	errno = error;
	return result;
}

static int see_all(leati_survey *survey)
{
	int error = leati_begin_survey(survey);

	if (!error)
		leati_see_stacks_used(survey);
	return error;
}

static int survey_and_write(FILE *to, int format)
{
	leati_survey first, second = { 0 };
	int result, error;

	leati_begin_thread(); /* the report has its caller too */
	if (leati_begin_survey(&first) || see_all(&second))
		result = leat_refuse(ENOMEM);
	else
		result = judge_and_write(to, format, &first, &second);
	error = errno;
	leati_end_survey(&first);
	leati_end_survey(&second);
	errno = error;
	return result;
}

/* Files are cancellation points. A call of leat is none. */
int leat_report_as(FILE *to, int format)
{
	int former, result;

	if (!to || !is_format(format))
		return leat_refuse(EINVAL);
	former = leati_forbid_cancel();
	result = survey_and_write(to, format);
	leati_allow_cancel(former);
	return result;
}

int leat_report(FILE *to)
{
	return leat_report_as(to, LEAT_TEXT);
}
