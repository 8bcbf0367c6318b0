/* SPDX-License-Identifier: 0BSD
 *
 * registry.h - what leat knows of each thread and, if somebody has asked for reports, of each channel.
 *
 * The fast paths pay nothing. A thread is listed when it gets ready to sleep for the first time, and before its first
 * started function. It writes its record only when it takes the mutex anyway, to sleep, or when a started function
 * begins and ends. lib/insight/survey.c reads the records; so does leat-gdb.py, by the names of the members.
 *
 * LOCK ORDER: the registry's lock, then the mutex of one record. Neither is held while a channel is locked.
 *
 * WHY a reader may look at the channels of a sleeping thread: while the reader holds the mutex, and the wait is not
 * DONE, the thread cannot leave its call. It holds a handle of each channel, or another thread holds one for it. A
 * partner that completes the wait needs the mutex before its own call returns. So nobody has heard yet that the call
 * is over, and nobody may drop these handles. Likewise a stage gives up a handle only after it has taken it out of its
 * record, with the mutex.
 */
#ifndef LEATI_REGISTRY_H
#define LEATI_REGISTRY_H

#include "internal.h"

#include <pthread.h>

/* The thread that woke another one, and when it began and ended to do so. */
typedef struct leati_waker {
	long tid;
	leat_time begin, end;
} leati_waker;

/* A handle that its thread alone uses (own.c). */
typedef struct leati_owned {
	struct leat_channel *ch;
	bool sends;            /* it is of the sending end */
	struct leati_owned *next;
} leati_owned;

/* A thread that may sleep: how it is woken (park.c), and what it does now. */
typedef struct leati_parker {
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool ready;            /* wake is initialised */
	bool notified;         /* the fake clock has come to the deadline */
	/* written by the thread itself, with the mutex; read by others with the mutex */
	const leat_wait *asleep; /* NULL: the thread runs */
	leat_time until;       /* of this sleep */
	leat_time since;       /* when it began, on the real clock, to a few milliseconds */
	uint64_t sleeps;       /* counts them. No two threads have the same number, not even one after the other */
	const leati_job *job;  /* the started function that it runs, or NULL */
	leat_stage *stage;     /* if that is the body of a stage, as long as the stage has handles */
	leati_waker waker;     /* written by a thread that wakes this one, with the mutex, while a trace is recorded */
	leati_owned *owned;    /* handles that leat_own was given, the newest first */
	/* written before the thread is listed */
	bool service;          /* it is a thread of the reports (service.c), and is never listed */
	pthread_t id;
	long tid;              /* the number that the system gives it; 0 if the system has none */
	const char *stack;     /* of a thread of thread.c: its first frame, or NULL, ... */
	size_t stack_bytes;    /* ... and how many bytes lie below it; else 0 */
	/* of the registry's lock */
	bool listed;
	struct leati_parker *next, *prev;
} leati_parker;

/* Bits of leati_asked. It is set before main, from the environment, or later by a call. Relaxed reads: they only say
 * whether to take the trouble. */
enum {
	LEATI_ASKED_CHANNELS = 1, /* each channel is noted from its making to its end */
	LEATI_ASKED_TIMES = 2,    /* stages count their values and say what they do */
	LEATI_ASKED_TRACE = 4     /* waits and wake-ups are written into rings */
};
extern atomic_uint leati_asked;

static inline bool leati_is_asked(unsigned what)
{
	return atomic_load_explicit(&leati_asked, memory_order_relaxed) & what;
}

/* park.c: the record of the calling thread. */
leati_parker *leati_self(void);

/* stack.c: leati_create_thread for a caller that will join the thread; how many bytes of its stack a thread, which must
 * not end meanwhile, has ever used. */
int leati_create_joinable(size_t bytes, void *(*fn)(void *), void *arg, pthread_t *id);
size_t leati_stack_used(const leati_parker *record);

/* label.c: where a job was started, or NULL. `stage` is its stage, as long as that has handles, or NULL. */
const char *leati_started(const leati_job *job, const leat_stage *stage);

/* registry.c */
long leati_own_tid(void);
void leati_list_thread(leati_parker *self);
void leati_list_schedule(leati_parker records[]);
void leati_begin_job(const leati_job *job);
void leati_forget_stage(void);
leat_rx leati_take_input(leat_stage *stage, size_t i);
void leati_note_channel(struct leat_channel *ch);
void leati_forget_channel(struct leat_channel *ch);

/* lib/insight/own.c */
void leati_disown(const struct leat_channel *ch, bool sends);
void leati_free_owned(leati_parker *record);

/* insight/environment.c: the value of a variable of the environment. NULL if there is none, or if the process has more
 * rights than its user. */
const char *leati_setting(const char *name);

/* insight/environment.c: the capacity of a channel of the program's: what it asked for, or what LEAT_CAPACITY says.
 * Values without bytes are signals or tokens, and their number is what matters. So their channels stay as they are. */
size_t leati_capacity(const leat_type *type, size_t asked);

/* The survey enters, and then reads the list from *first on. each_channel is called for all noted channels, inside. */
leati_parker *leati_enter_registry(void);
void leati_leave_registry(void);
void leati_each_channel(void (*fn)(struct leat_channel *ch, void *arg), void *arg);

#endif
