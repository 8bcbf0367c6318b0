/* SPDX-License-Identifier: 0BSD
 *
 * trace.h - what park.c, thread.c and others tell of a run, for probes (../probes.h) and for LEAT_TRACE (trace.c).
 *
 * All of it is in slow paths. If nobody traces, each call costs one relaxed read. The mutex of the sleeper's
 * record is held in leati_trace_wait, _wait_end and _wake, so they may read its channels (../registry.h says why).
 */
#ifndef LEATI_TRACE_H
#define LEATI_TRACE_H

#include "../probes.h"
#include "../registry.h"

/* watch.c calls this before main: record from now on, if LEAT_TRACE names a file. */
void leati_begin_trace(void);

/* Write the file now, if a trace is recorded. It can be written again later. Tells on stderr if that fails. */
void leati_write_trace(void);
void leati_forget_trace(void);

void leati_record_wait(leati_parker *self);
void leati_record_wait_end(leati_parker *self);
leat_time leati_record_waking(void);
void leati_record_wake(leati_parker *woken, const leat_wait *wait, leat_time began);
void leati_record_job(const leati_job *job);
void leati_record_job_end(void);
void leati_record_close(const struct leat_channel *ch, int cause);
void leati_record_thread_end(void);
void leati_name_outputs(const leat_stage *stage);
void leati_unname_channel(const struct leat_channel *ch);

static inline bool leati_traces(void)
{
#ifdef LEAT_SCHEDULE
	return false;
#else
	return leati_is_asked(LEATI_ASKED_TRACE);
#endif
}

/* The calling thread goes to sleep, as its record says. */
static inline void leati_trace_wait(leati_parker *self)
{
	const leat_wait *wait = self->asleep;

	leati_probe_wait_begin(self, wait->n > 0 ? &wait->cases[wait->n - 1] : NULL);
	if (leati_traces())
		leati_record_wait(self);
}

/* It goes on. */
static inline void leati_trace_wait_end(leati_parker *self, const leat_wait *wait)
{
	leati_probe_wait_end(self, wait->chosen);
	if (leati_traces())
		leati_record_wait_end(self);
}

/* The calling thread is going to wake another one, and holds no mutex yet. The result is for leati_trace_wake. */
static inline leat_time leati_trace_waking(void)
{
	return leati_traces() ? leati_record_waking() : 0;
}

/* It is about to signal. The sleeper's wait is not DONE yet. */
static inline void leati_trace_wake(leati_parker *woken, const leat_wait *wait, leat_time began)
{
	leati_probe_wake(woken, wait->chosen);
	if (leati_traces())
		leati_record_wake(woken, wait, began);
}

/* A started function, or the body of a stage, begins or ends in the calling thread. */
static inline void leati_trace_job(const leati_job *job)
{
	leati_probe_stage_start(job->name, job->stage, job->arg);
	if (leati_traces())
		leati_record_job(job);
}

static inline void leati_trace_job_end(const leati_job *job)
{
	leati_probe_stage_end(job->name, job->stage, job->arg);
	if (leati_traces())
		leati_record_job_end();
}

/* A stage has made its outputs, and a channel is about to be freed. */
static inline void leati_trace_outputs(const leat_stage *stage)
{
	if (leati_traces())
		leati_name_outputs(stage);
}

static inline void leati_trace_free(const struct leat_channel *ch)
{
	if (leati_traces())
		leati_unname_channel(ch);
}

/* The calling thread has closed the channel, which it may still use. */
static inline void leati_trace_close(const struct leat_channel *ch, int cause)
{
	leati_probe_close(ch, cause);
	if (leati_traces())
		leati_record_close(ch, cause);
}

#endif
