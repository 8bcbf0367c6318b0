/* SPDX-License-Identifier: 0BSD
 *
 * trace_file.c - writes the rings of a trace to its file, in the JSON of Chrome's traces, which ui.perfetto.dev reads.
 *
 * The events of a thread are in the order in which they ended. Times are in microseconds since the trace began.
 */
#define _POSIX_C_SOURCE 200809L
#include "report.h"
#include "trace_ring.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

typedef struct {
	FILE *to;
	long pid;
	leat_time now;
	uint64_t arrows;  /* written so far */
	uint64_t dropped; /* events of the written rings */
} trace_writer;

/* ---------------------------------------------------------------------------------------------- parts -- */

static void put_time(const trace_writer *w, const char *field, leat_time time)
{
	(void)fprintf(w->to, ",\"%s\":%" PRId64 ".%03d", field, time / 1000, (int)(time % 1000));
}

static void put_text(const trace_writer *w, const char *text)
{
	leati_print_escaped(&(leati_report){ .to = w->to }, text, leati_escape_in_json);
}

/* Begin an event of this phase (Chrome's word for the kind of an event). The caller writes more fields, and "}". */
static void begin_event(const trace_writer *w, char phase, long tid, leat_time at, const char *before, const char *name)
{
	(void)fprintf(w->to, ",\n{\"ph\":\"%c\",\"pid\":%ld,\"tid\":%ld", phase, w->pid, tid);
	put_time(w, "ts", at - leati_trace.began);
	(void)fprintf(w->to, ",\"name\":\"%s", before);
	put_text(w, name);
	(void)fputc('"', w->to);
}

static void write_slice(const trace_writer *w, const char *category, long tid, leat_time begin, leat_time end,
                        const char *before, const char *name)
{
	begin_event(w, 'X', tid, begin, before, name);
	put_time(w, "dur", end - begin);
	(void)fprintf(w->to, ",\"cat\":\"%s\"}", category);
}

/* --------------------------------------------------------------------------------------------- events -- */

/* One end of an arrow. It belongs to the slice that encloses it. */
static void write_end_of_arrow(const trace_writer *w, char phase, long tid, leat_time at)
{
	begin_event(w, phase, tid, at, "", "wake");
	(void)fprintf(w->to, ",\"cat\":\"wake\",\"id\":%" PRIu64 ",\"bp\":\"e\"}", w->arrows);
}

static void write_wait(trace_writer *w, const leati_ring *ring, const leati_event *wait)
{
	const leati_waker *waker = &wait->waker;

	write_slice(w, "wait", ring->tid, wait->begin, wait->end, "", wait->text);
	if (waker->tid == 0)
		return;
	write_slice(w, "wake", ring->tid, waker->end, wait->end, "", "wakes up");
	write_slice(w, "wake", waker->tid, waker->begin, waker->end, "wake ", ring->name);
	w->arrows++;
	write_end_of_arrow(w, 's', waker->tid, waker->begin);
	write_end_of_arrow(w, 'f', ring->tid, waker->end);
}

static void write_length(const trace_writer *w, const leati_ring *ring, const leati_event *length)
{
	begin_event(w, 'C', ring->tid, length->begin, "length of ", length->text);
	(void)fprintf(w->to, ",\"id\":\"%p\",\"args\":{\"values\":%zu}}", (const void *)length->ch, length->number);
}

static void write_close(const trace_writer *w, const leati_ring *ring, const leati_event *close)
{
	begin_event(w, 'i', ring->tid, close->begin, "close ", close->text);
	(void)fprintf(w->to, ",\"s\":\"t\",\"args\":{\"cause\":%zu}}", close->number);
}

static void write_event(trace_writer *w, const leati_ring *ring, const leati_event *event)
{
	switch (event->kind) {
	case LEATI_JOB: write_slice(w, "job", ring->tid, event->begin, event->end, "", event->text); break;
	case LEATI_WAIT: write_wait(w, ring, event); break;
	case LEATI_LENGTH: write_length(w, ring, event); break;
	case LEATI_CLOSE: write_close(w, ring, event); break;
	}
}

/* ---------------------------------------------------------------------------------------------- rings -- */

static void write_thread(const trace_writer *w, const leati_ring *ring)
{
	begin_event(w, 'M', ring->tid, leati_trace.began, "", "thread_name");
	(void)fprintf(w->to, ",\"args\":{\"name\":\"");
	put_text(w, ring->name);
	(void)fprintf(w->to, "\"}}");
}

static void write_dropped(const trace_writer *w, const leati_ring *ring, uint64_t dropped)
{
	begin_event(w, 'i', ring->tid, ring->events[dropped % ring->room].begin, "", "older events were dropped");
	(void)fprintf(w->to, ",\"s\":\"t\",\"args\":{\"dropped\":%" PRIu64 "}}", dropped);
}

/* Waits and jobs that have begun and not ended go on until now. */
static void write_unfinished(const trace_writer *w, const leati_ring *ring)
{
	if (ring->sleeps)
		write_slice(w, "wait", ring->tid, ring->wait.begin, w->now, "", ring->wait.text);
	if (ring->works)
		write_slice(w, "job", ring->tid, ring->job.begin, w->now, "", ring->job.text);
}

/* The caller has locked the ring. */
static void write_ring(trace_writer *w, const leati_ring *ring)
{
	uint64_t dropped = ring->count > ring->room ? ring->count - ring->room : 0;

	write_thread(w, ring);
	if (dropped > 0)
		write_dropped(w, ring, dropped);
	for (uint64_t i = dropped; i < ring->count; i++)
		write_event(w, ring, &ring->events[i % ring->room]);
	write_unfinished(w, ring);
	w->dropped += dropped;
}

static void write_all(trace_writer *w)
{
	(void)fprintf(w->to, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
	(void)fprintf(w->to, "{\"ph\":\"M\",\"pid\":%ld,\"name\":\"process_name\",\"args\":{\"name\":\"leat\"}}", w->pid);
	for (leati_ring *ring = leati_trace.rings; ring; ring = ring->next) {
		pthread_mutex_lock(&ring->lock);
		w->now = leati_real_now();
		write_ring(w, ring);
		pthread_mutex_unlock(&ring->lock);
	}
	(void)fprintf(w->to, "\n],\"otherData\":{\"version\":\"leat " LEAT_VERSION "\",\"dropped\":%" PRIu64 "}}\n",
	              w->dropped + leati_trace.lost);
}

static int write_file(const char *path)
{
	trace_writer w = { .to = fopen(path, "w"), .pid = (long)getpid() };
	int error = 0;

	if (!w.to)
		return errno;
	write_all(&w);
	if (ferror(w.to))
		error = EIO;
	if (fclose(w.to) != 0)
		error = errno;
	return error;
}

void leati_write_trace(void)
{
	int error;

	pthread_mutex_lock(&leati_trace.lock);
	if (leati_traces() && (error = write_file(leati_trace.path)) != 0)
		(void)fprintf(stderr, "leat: no trace in %s: %s\n", leati_trace.path, leat_strerror(error));
	pthread_mutex_unlock(&leati_trace.lock);
}
