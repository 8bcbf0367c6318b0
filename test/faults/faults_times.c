/* SPDX-License-Identifier: 0BSD
 *
 * faults_times.c - the sampler without memory, or without a thread. It leaves out the look, or says ENOMEM or EAGAIN.
 */
#include "faults.h"
#include "../../lib/insight/sampler.h"

static int ask_for_times(const leati_survey *survey)
{
	leati_times times;
	int error;

	leati_count_survey(survey); /* without memory the look is left out */
	error = leati_begin_times(&times, survey);
	leati_end_times(&times);
	return error;
}

static int look_once(void)
{
	leati_survey survey;
	int error = leati_begin_survey(&survey);

	if (!error)
		error = ask_for_times(&survey);
	leati_end_survey(&survey);
	leati_forget_counts();
	return error;
}

static void looks_without_memory(void)
{
	check(fail_each(&allocations, ENOMEM, look_once) >= 4);
}

static int sample_once(void)
{
	int error = leati_begin_sampling();

	if (!error)
		leati_end_sampling();
	check(!leati_is_asked(LEATI_ASKED_TIMES));
	return error;
}

static void sampling_without_a_thread(void)
{
	check(fail_each(&starts, EAGAIN, sample_once) == 1);
}

int main(int argc, char **argv)
{
	return RUN(looks_without_memory, sampling_without_a_thread);
}
