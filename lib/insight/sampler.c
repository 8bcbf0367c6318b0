/* SPDX-License-Identifier: 0BSD
 *
 * sampler.c - looks every 10 ms at what all threads do, while somebody asks, and lets times.c count.
 *
 * LOCK ORDER: `control`, then that of times.c.
 */
#define _POSIX_C_SOURCE 200809L
#include "sampler.h"

#include <time.h>

enum {
	EVERY = 10000000, /* ns from the end of a look to the next one, ... */
	LEAST_REST = 20   /* ... or this many times the processor time of the look: so at most 5 % of a processor */
};

static struct {
	pthread_mutex_t control; /* of `askers` and `id`; held while the thread is started or joined, and by
	                            leati_sample_for */
	unsigned askers;         /* the thread runs while there are any */
	pthread_t id;
	atomic_bool stop;
} sampler = { .control = PTHREAD_MUTEX_INITIALIZER };

static void ask_stages(void)
{
	leati_forget_counts();
	atomic_fetch_or_explicit(&leati_asked, LEATI_ASKED_TIMES, memory_order_relaxed);
}

static void ask_no_more(void)
{
	atomic_fetch_and_explicit(&leati_asked, ~(unsigned)LEATI_ASKED_TIMES, memory_order_relaxed);
}

/* Called in the child of a fork, where the thread does not exist. */
void leati_forget_sampler(void)
{
	sampler.control = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	sampler.askers = 0;
	ask_no_more();
	leati_forget_times();
}

static void sleep_really(leat_time duration)
{
	struct timespec time = { (time_t)(duration / 1000000000), (long)(duration % 1000000000) };

	nanosleep(&time, NULL); /* a signal may cut it short, which only means one look more */
}

static leat_time used_by_this_thread(void)
{
	struct timespec used;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return LEAT_S(used.tv_sec) + used.tv_nsec;
}

/* A look for which there is no memory is left out. */
static void look_and_rest(void)
{
	leat_time began = used_by_this_thread(), took;
	leati_survey survey;

	if (leati_begin_survey(&survey) == 0)
		leati_count_survey(&survey);
	leati_end_survey(&survey);
	took = used_by_this_thread() - began;
	sleep_really(took > EVERY / LEAST_REST ? took * LEAST_REST : EVERY);
}

static void sample_until_stopped(void)
{
	while (!atomic_load_explicit(&sampler.stop, memory_order_relaxed))
		look_and_rest();
}

/* The caller holds `control`. */
static int start_sampling(void)
{
	int error = leati_prepare_fork();

	if (error)
		return error;
	atomic_store_explicit(&sampler.stop, false, memory_order_relaxed);
	ask_stages();
	error = leati_start_service(sample_until_stopped, &sampler.id);
	if (error)
		ask_no_more();
	return error;
}

/* The caller holds `control`. */
static void stop_sampling(void)
{
	atomic_store_explicit(&sampler.stop, true, memory_order_relaxed);
	pthread_join(sampler.id, NULL);
	ask_no_more();
}

int leati_begin_sampling(void)
{
	int error = 0, former = leati_forbid_cancel();

	pthread_mutex_lock(&sampler.control);
	if (sampler.askers == 0)
		error = start_sampling();
	if (!error)
		sampler.askers++;
	pthread_mutex_unlock(&sampler.control);
	leati_allow_cancel(former);
	return error;
}

void leati_end_sampling(void)
{
	int former = leati_forbid_cancel();

	pthread_mutex_lock(&sampler.control);
	if (--sampler.askers == 0)
		stop_sampling();
	pthread_mutex_unlock(&sampler.control);
	leati_allow_cancel(former);
}

void leati_sample_for(leat_time duration)
{
	leat_time until = leati_add_time(leati_real_now(), duration);
	int former = leati_forbid_cancel();

	pthread_mutex_lock(&sampler.control);
	if (sampler.askers == 0 && leati_prepare_fork() == 0) {
		ask_stages();
		while (leati_real_now() < until)
			look_and_rest();
		ask_no_more();
	}
	pthread_mutex_unlock(&sampler.control);
	leati_allow_cancel(former);
}
