/* SPDX-License-Identifier: 0BSD
 *
 * sampler.h - where the time goes: how often each stage was busy, how full each channel was, and the bottleneck.
 *
 * While somebody asks, a thread makes a survey every 10 ms (sampler.c), and counts what it finds (times.c). The counts
 * of the last one to two seconds are kept. leati_begin_times lays these counts beside a later survey: stages[i] is
 * about survey->threads[i], and fills[i] about survey->channels[i].
 */
#ifndef LEATI_SAMPLER_H
#define LEATI_SAMPLER_H

#include "survey.h"

/* A stage was, at each of `looks` moments, either busy, starved or held up, or it waited for something else, such as a
 * lock or a timer. */
typedef struct leati_shares {
	unsigned looks;       /* 0: the thread runs no stage, or was not seen yet. All else is 0 then */
	unsigned busy;        /* it ran */
	unsigned starved;     /* it waited for input */
	unsigned held_up;     /* it waited for output */
	double rate;          /* values per second that it received; of a stage without inputs: that it sent */
} leati_shares;

typedef struct leati_fill {
	unsigned looks;       /* 0: the channel was not seen yet. All else is 0 then */
	size_t least, most;   /* values in its ring. The survey has the capacity */
	double mean;
} leati_fill;

typedef struct leati_times {
	leati_shares *stages;
	leati_fill *fills;
	size_t bottleneck;    /* the index of a thread of the survey, or LEATI_NONE */
	bool reader;          /* The bottleneck is the program's own code, which takes too slowly from `bottleneck`. That
	                         stage is held up, and its output goes to no stage */
} leati_times;

/* Copy what the sampler has counted, and find the bottleneck. Without any samples all counts are 0. Returns 0 or
 * ENOMEM. leati_end_times frees the arrays in both cases. */
int leati_begin_times(leati_times *times, const leati_survey *survey);
void leati_end_times(leati_times *times);

/* A share in percent, rounded: leati_percent(s->busy, s->looks). */
unsigned leati_percent(unsigned part, unsigned looks);

/* Count one look; forget all looks. The sampler calls them. */
void leati_count_survey(const leati_survey *survey);
void leati_forget_counts(void);

/* Set bottleneck and reader, from the shares. leati_begin_times calls it. */
void leati_find_bottleneck(const leati_survey *survey, leati_times *times);

/* Say the bottleneck in a sentence without a full stop at its end, or "" if there is none:
 *
 *     map is the bottleneck: it is busy 97 % of the time, and generator, before it, is held up 95 %
 *     limit is the bottleneck: it waits for something else than streams 98 % of the time, and no stage is before it
 *     your reader is the bottleneck: map is held up 98 % of the time, since nobody takes from it fast enough
 */
void leati_bottleneck_text(const leati_survey *survey, const leati_times *times, char *text, size_t size);

/* Sample until leati_end_sampling, in a thread. Each call asks once more, and each leati_end_sampling once less.
 * leati_end_sampling returns when the thread is gone, if no other caller asks. Returns 0 or an errno value. */
int leati_begin_sampling(void);
void leati_end_sampling(void);

/* Sample for this time on the real clock, in the calling thread. If a thread samples already, do nothing. Call it only
 * in a thread of the reports: a thread that belongs to a pipeline would be its bottleneck meanwhile. */
void leati_sample_for(leat_time duration);

/* Called in the child of a fork: nobody samples there. */
void leati_forget_sampler(void);
void leati_forget_times(void);

#endif
