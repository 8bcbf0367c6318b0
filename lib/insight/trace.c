/* SPDX-License-Identifier: 0BSD
 *
 * trace.c - LEAT_TRACE: what the threads did and when, as a file that ui.perfetto.dev and chrome://tracing open.
 *
 * Each thread records into a ring of its own: when it has slept, when it wakes another thread, when it closes a
 * channel, and when it has run a started function. A full ring overwrites its oldest event. At the end of the program
 * trace_file.c writes all rings to the file. The file has:
 *
 *     slices      waits ("receive from map.out"), started functions and the bodies of stages. The last part of a wait,
 *                 "wakes up", is the time from the wake-up until the thread runs again
 *     arrows      from the slice "wake map" of one thread to the slice "wakes up" of the thread that it wakes
 *     counters    the length of a channel, whenever a thread falls asleep on it or is woken by it
 *     instants    closes of channels, and where older events were dropped
 *
 * A woken thread records what its waker did as well. So an arrow always has both ends, even if the waker's ring has
 * dropped much. Texts are copied, because the names may be gone when the file is written.
 *
 * While a ring is written to the file, its thread waits for the lock when it records something.
 */
#define _POSIX_C_SOURCE 200809L
#include "trace_ring.h"
#include "../ends.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

enum {
	USUAL_ROOM = 4096,   /* events in a ring: half a MiB */
	MOST_ROOM = 1 << 20,
	KEPT_RINGS = 64      /* threads that have ended, and whose rings are kept */
};

struct leati_trace leati_trace = { .lock = PTHREAD_MUTEX_INITIALIZER };

static _Thread_local leati_ring *own_ring;
static _Thread_local bool has_ended; /* this thread gave its ring away. Destructors of other keys may still use leat */

/* --------------------------------------------------------------------------------------------- rings -- */

static void name_thread(leati_ring *ring)
{
	char name[16] = "thread"; /* the system's names are not longer */

#ifdef __linux__
	prctl(PR_GET_NAME, name, 0, 0, 0);
#endif
	leati_append(ring->name, ring->tid == (long)getpid() ? "main" : name);
}

/* The caller holds leati_trace.lock. NULL: no memory. */
static leati_ring *make_ring(void)
{
	leati_ring *new = leati_alloc(sizeof *new + leati_trace.room * sizeof(leati_event));

	if (!new)
		return NULL;
	memset(new, 0, sizeof *new);
	pthread_mutex_init(&new->lock, NULL); /* cannot fail without attributes */
	new->room = leati_trace.room;
	new->tid = leati_self()->tid ? leati_self()->tid : ++leati_trace.made;
	name_thread(new);
	new->next = leati_trace.rings;
	leati_trace.rings = new;
	return new;
}

/* Lock the ring of the calling thread, which is listed in the registry. False: it has none, for want of memory or
 * because the thread ends. Its event is lost. */
static bool lock_ring(void)
{
	if (!own_ring) {
		pthread_mutex_lock(&leati_trace.lock);
		own_ring = has_ended ? NULL : make_ring();
		leati_trace.lost += !own_ring;
		pthread_mutex_unlock(&leati_trace.lock);
	}
	if (own_ring)
		pthread_mutex_lock(&own_ring->lock);
	return own_ring;
}

static void unlock_ring(void)
{
	pthread_mutex_unlock(&own_ring->lock);
}

/* The caller has locked its ring. */
static void add(leati_event new)
{
	own_ring->events[own_ring->count++ % own_ring->room] = new;
}

/* The caller holds leati_trace.lock. If too many threads have ended, free the oldest of their rings. */
static void free_ended(void)
{
	leati_ring **oldest = NULL, *freed;
	size_t ended = 0;

	for (leati_ring **each = &leati_trace.rings; *each; each = &(*each)->next)
		if ((*each)->ended) {
			oldest = each;
			ended++;
		}
	if (ended <= KEPT_RINGS)
		return;
	freed = *oldest;
	*oldest = freed->next;
	leati_trace.lost += freed->count;
	pthread_mutex_destroy(&freed->lock);
	leati_free(freed, sizeof *freed + freed->room * sizeof(leati_event));
}

/* The registry has taken the calling thread off its list. */
void leati_record_thread_end(void)
{
	has_ended = true;
	if (!own_ring)
		return;
	pthread_mutex_lock(&leati_trace.lock);
	own_ring->ended = true;
	free_ended();
	pthread_mutex_unlock(&leati_trace.lock);
	own_ring = NULL;
}

/* --------------------------------------------------------------------------------- waits and wake-ups -- */

/* The caller has locked its ring, and may read the channel. */
static void add_length(const leat_case *c, leat_time now)
{
	leati_event length = { .kind = LEATI_LENGTH, .begin = now, .ch = c->ch };

	if (c->kind_ > LEAT_CASE_RECV_ || c->ch->timer || leati_cap(c->ch) == 0)
		return;
	length.number = leati_len(c->ch);
	leati_append_channel(length.text, c->ch);
	add(length);
}

/* The calling thread falls asleep. If its wait is DONE already, its channels may be gone, and it does not sleep. */
void leati_record_wait(leati_parker *self)
{
	const leat_wait *wait = self->asleep;
	leati_event new = { .kind = LEATI_WAIT, .begin = leati_real_now() };
	const leat_case *c;

	self->waker.tid = 0;
	if (atomic_load_explicit(&wait->state, memory_order_relaxed) & LEATI_DONE || !lock_ring())
		return;
	c = leati_append_wait(new.text, wait, self->until);
	if (c)
		add_length(c, new.begin);
	own_ring->wait = new;
	own_ring->sleeps = true;
	unlock_ring();
}

void leati_record_wait_end(leati_parker *self)
{
	if (!lock_ring())
		return;
	if (own_ring->sleeps) {
		own_ring->sleeps = false;
		own_ring->wait.end = leati_real_now();
		own_ring->wait.waker = self->waker;
		add(own_ring->wait);
	}
	unlock_ring();
}

/* Listing a thread takes the registry's lock, which comes before the mutex of any record. */
leat_time leati_record_waking(void)
{
	leati_begin_thread();
	return leati_real_now();
}

/* The wait is claimed by the calling thread, which is not through with the channel. */
void leati_record_wake(leati_parker *woken, const leat_wait *wait, leat_time began)
{
	leat_time now = leati_real_now();

	if (began == 0 || !lock_ring()) /* 0: tracing has begun in between */
		return;
	woken->waker = (leati_waker){ own_ring->tid, began, now };
	if (wait->chosen)
		add_length(wait->chosen, now);
	unlock_ring();
}

/* ---------------------------------------------------------------------------------- jobs and closes -- */

void leati_record_job(const leati_job *job)
{
	if (!lock_ring())
		return;
	own_ring->works = true;
	own_ring->job = (leati_event){ .kind = LEATI_JOB, .begin = leati_real_now() };
	leati_append(own_ring->job.text, job->name);
	leati_append(own_ring->job.text, job->where ? " at " : "");
	leati_append(own_ring->job.text, job->where ? job->where : "");
	own_ring->name[0] = '\0';
	leati_append(own_ring->name, job->name);
	unlock_ring();
}

void leati_record_job_end(void)
{
	if (!lock_ring())
		return;
	if (own_ring->works) {
		own_ring->works = false;
		own_ring->job.end = leati_real_now();
		add(own_ring->job);
	}
	unlock_ring();
}

void leati_record_close(const struct leat_channel *ch, int cause)
{
	leati_event new = { .kind = LEATI_CLOSE, .begin = leati_real_now(), .number = (size_t)cause };

	if (ch->type.name == leati_turn_name)
		return;
	leati_begin_thread();
	if (!lock_ring())
		return;
	leati_append_channel(new.text, ch);
	add(new);
	unlock_ring();
}

/* --------------------------------------------------------------------------------- begin, end, forget -- */

/* Returns 0 or ENOMEM. */
static int begin_trace(const char *path, size_t room)
{
	char *copy = strdup(path); /* a program may write over its environment */

	if (!copy || leati_prepare_fork() != 0) {
		free(copy);
		return ENOMEM;
	}
	pthread_mutex_lock(&leati_trace.lock);
	leati_trace.path = copy;
	leati_trace.room = room;
	leati_trace.began = leati_real_now();
	pthread_mutex_unlock(&leati_trace.lock);
	atomic_fetch_or_explicit(&leati_asked, LEATI_ASKED_TRACE, memory_order_relaxed);
	return 0;
}

static size_t room_of_rings(void)
{
	const char *asked = leati_setting("LEAT_TRACE_EVENTS");
	unsigned long room = asked ? strtoul(asked, NULL, 10) : USUAL_ROOM;

	return room == 0 ? 1 : room > MOST_ROOM ? MOST_ROOM : room;
}

void leati_begin_trace(void)
{
	const char *path = leati_setting("LEAT_TRACE");
	int error = path ? begin_trace(path, room_of_rings()) : 0;

	if (error)
		(void)fprintf(stderr, "leat: no trace in %s: %s\n", path, leat_strerror(error)); /* nobody else is left */
}

/* Called in the child of a fork, which is not traced: the file is its parent's. */
void leati_forget_trace(void)
{
	atomic_fetch_and_explicit(&leati_asked, ~(unsigned)LEATI_ASKED_TRACE, memory_order_relaxed);
	pthread_mutex_init(&leati_trace.lock, NULL);
	leati_forget_names();
	own_ring = NULL;
}
