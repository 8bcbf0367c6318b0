/* SPDX-License-Identifier: 0BSD
 *
 * trace_ring.h - what the files of the trace share: the rings that trace.c fills, and that trace_file.c writes.
 */
#ifndef LEATI_TRACE_RING_H
#define LEATI_TRACE_RING_H

#include "trace.h"

enum { LEATI_EVENT_TEXT = 64 }; /* bytes of a copied text, with its end */

typedef struct leati_event {
	enum { LEATI_JOB, LEATI_WAIT, LEATI_CLOSE, LEATI_LENGTH } kind;
	leat_time begin, end;
	leati_waker waker;              /* of a wait; its tid is 0 if the time came */
	const struct leat_channel *ch;  /* of a length: tells channels with one name apart */
	size_t number;                  /* a length, or the cause of a close */
	char text[LEATI_EVENT_TEXT];
} leati_event;

/* The thread changes it with the lock. */
typedef struct leati_ring {
	pthread_mutex_t lock;
	long tid;                       /* the thread's number: the system's, or one of ours */
	char name[LEATI_EVENT_TEXT];    /* of the thread */
	bool ended;                     /* the thread has */
	bool works, sleeps;             /* the job or the wait has begun, and not ended */
	leati_event job, wait;
	uint64_t count;                 /* of all events. Event number i is events[i % room] */
	size_t room;
	struct leati_ring *next;        /* an older one */
	leati_event events[];
} leati_ring;

/* LOCK ORDER: the mutex of a thread's record, then this lock, then that of a ring, then that of trace_text.c. */
extern struct leati_trace {
	pthread_mutex_t lock;
	const char *path;               /* of the file */
	size_t room;                    /* of a ring */
	leat_time began;
	leati_ring *rings;              /* the newest first */
	long made;                      /* rings of threads that the system gives no number */
	uint64_t lost;                  /* events that had no ring, or whose ring was freed */
} leati_trace;

/* trace_text.c. The caller makes sure that the channels are there. */
void leati_append(char text[LEATI_EVENT_TEXT], const char *more);
void leati_append_channel(char text[LEATI_EVENT_TEXT], const struct leat_channel *ch);
const leat_case *leati_append_wait(char text[LEATI_EVENT_TEXT], const leat_wait *wait, leat_time until);
void leati_forget_names(void);

#endif
