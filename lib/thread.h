/* SPDX-License-Identifier: 0BSD
 *
 * thread.h - what the files about threads share.
 *
 * start.c finds a thread for a function that is started. thread.c is the life of one thread. thread_pool.c has the list
 * of idle threads, and counts the functions that live.
 */
#ifndef LEATI_THREAD_H
#define LEATI_THREAD_H

#include "registry.h"

#include <pthread.h>
#include <signal.h>

enum { LEATI_THREAD_NAME = 16 }; /* bytes of a thread's name that the kernel keeps */

/* A thread that is to be joined, if any. */
typedef struct {
	bool any;
	pthread_t id;
} leati_ended;

typedef struct leati_worker {
	leati_job job;
	char name[LEATI_THREAD_NAME];
	sigset_t signals;      /* for the job. Kept here: on a thread's stack it could cost a page */
	leati_traits traits;   /* as they were before the first job */
	bool begun;            /* the job's function has been called */
	leat_time begun_at, returned_at;
	bool joined;           /* by leat_trim, which has taken the worker off the list: the thread must end */
	pthread_t id;
	size_t stack;          /* bytes that were asked for */
	const leat_traits *asked; /* what the thread must take before its job, or NULL, ... */
	leat_tx taken;         /* ... and where it tells its starter how that went, or nil */
	bool apart;            /* it runs one function only */
	leat_wait wait;        /* while idle */
	leati_ended former;    /* to be joined by this thread when it ends */
	struct leati_worker *next, *prev; /* on the list of thread_pool.c */
} leati_worker;

/* The thread that a job needs. */
typedef struct {
	const char *name;         /* or NULL: that of the job */
	size_t stack;
	bool apart;
	const leat_traits *asked; /* to be taken by the thread itself, or NULL */
} leati_needs;

/* thread.c: whether the calling thread runs one function only, and whether it ends: no function will run in it any
 * more, except destructors of its keys. */
bool leati_is_apart(void);
bool leati_is_ending(void);

/* thread.c: give a job to a thread that was claimed, and to a new one. The latter returns 0 or an errno value. */
void leati_wake_for_job(leati_worker *idle, leati_job job, const leati_needs *needs);
int leati_create_for_job(leati_job job, const leati_needs *needs, leat_tx taken);

/* thread_pool.c: count a function that is started. It is counted out by its thread, which then is idle or ends, or by
 * its starter if it gets no thread. */
typedef enum { LEATI_NO_THREAD, LEATI_BECOMES_IDLE, LEATI_ENDS } leati_next;
void leati_count_in(void);
void leati_count_out(leati_worker *self, leati_next next);

/* thread_pool.c: the idle list, and threads that end although no function of theirs is counted out. */
leati_worker *leati_claim_idle(size_t stack);
void leati_end_after_idle(leati_worker *self);
void leati_end_before_job(leati_worker *self);

#endif
