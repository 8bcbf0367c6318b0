/* SPDX-License-Identifier: 0BSD
 *
 * survey.h - a survey: a copy of what all threads of the program do, and of the channels that they use.
 *
 * The reports, the search for deadlocks and the sampler all work on surveys. A survey has only copies: numbers, texts,
 * and indices into its own arrays. The addresses in it serve to compare and to print; nothing may be read from them.
 */
#ifndef LEATI_SURVEY_H
#define LEATI_SURVEY_H

#include "../registry.h"

#include <stdio.h>

enum { LEATI_TEXT = 64 };                 /* bytes of a copied name or place, with its end */
#define LEATI_NONE SIZE_MAX               /* an index of nothing */

typedef struct leati_seen_channel {
	const struct leat_channel *address;
	char name[LEATI_TEXT];            /* as leat_name gave it, or "" */
	char place[LEATI_TEXT];           /* where it was made: the end of "dir/file.c:12", or "" */
	char type[LEATI_TEXT];
	size_t len, cap;
	unsigned txs, rxs;                /* handles of either end */
	unsigned stage_txs, stage_rxs;    /* those of them that stages hold */
	unsigned state;                   /* LEATI_TX_OPEN, ... */
	int cause;
	bool timer;
	leat_time due;                    /* of a timer */
	uint64_t lost;
	size_t maker, taker;              /* the first stage that holds a sending or a receiving end, or LEATI_NONE */
	size_t output;                    /* which output of its maker it is */
	size_t outputs;                   /* how many outputs its maker has */
} leati_seen_channel;

typedef struct leati_seen_case {
	int kind;                         /* LEAT_CASE_SEND_, ... */
	size_t channel;                   /* or LEATI_NONE for a nil channel or the turn of a monitor */
	char where[LEATI_TEXT];           /* the place of the call, or "" */
} leati_seen_case;

typedef enum { LEATI_RUNS, LEATI_SLEEPS, LEATI_IDLE, LEATI_UNKNOWN } leati_doing;

typedef struct leati_seen_thread {
	leati_doing doing;                /* UNKNOWN: the system knows it, leat does not */
	long tid;
	const leati_parker *address;
	bool main;
	char name[LEATI_TEXT];            /* of its job, else of the thread */
	char where[LEATI_TEXT];           /* the place where the job was started, or "" */
	void (*fn)(void *);               /* the function of leat_go, or NULL */
	const void *stage;                /* the stage whose body it runs, or NULL */
	size_t first_handle, ins, outs;   /* of the stage: channels[handles[first_handle + i]]: the inputs, then the
	                                     outputs, then done. LEATI_NONE: ended, or nil */
	size_t first_own, own_txs, own_rxs; /* handles that leat_own was given: sending ends, then receiving ends */
	unsigned stage_does;              /* LEATI_STAGE_RUNS, ...: what the stage has said, if it does not sleep */
	size_t values;                    /* that it has received; without inputs: sent */
	/* if it sleeps */
	uint64_t sleeps;
	leat_time since, until;
	size_t first_case, cases;
	char what[LEATI_TEXT];            /* what a monitor's waiters wait for, such as "a mutex"; or "" */
	const void *lock;                 /* that monitor */
	const void *holder_address;       /* an address on the stack of the thread that holds it, or NULL */
	size_t holder;                    /* that thread, or LEATI_NONE */
	const char *stack_low, *stack_high;
	size_t stack, stack_used;         /* bytes, after leati_see_stacks_used; 0: unknown */
} leati_seen_thread;

typedef struct leati_survey {
	leati_seen_thread *threads;
	leati_seen_channel *channels;
	leati_seen_case *cases;
	size_t *handles;
	size_t n_threads, n_channels, n_cases, n_handles;
	size_t room_threads, room_channels, room_cases, room_handles;
	long *tids;                       /* the threads of the system, listed before any record was read */
	size_t n_tids, room_tids;
	bool knows_all_threads;           /* the system has listed them all */
	leat_time at;                     /* on the real clock */
	leat_time now;                    /* on the clock of all calls, which may be fake: for `until` and `due` */
	int error;                        /* 0 or ENOMEM: then parts are missing */
} leati_survey;

/* Make a survey. Returns 0 or ENOMEM. leati_end_survey frees it in both cases. */
int leati_begin_survey(leati_survey *survey);
void leati_end_survey(leati_survey *survey);

/* See how much of their stacks the threads have used that have not ended since. */
void leati_see_stacks_used(leati_survey *survey);

/* Whether a thread sleeps, without end, in a wait that only other threads can end. */
bool leati_waits_for_ever(const leati_survey *survey, const leati_seen_thread *thread);

/* Give stages of one name that were started at different places the number of that line: "map:40". */
void leati_tell_namesakes_apart(leati_survey *survey);

/* A name for people: "requests", "map.out", "tee.out2", or "the channel of int made at x.c:12". */
void leati_channel_text(const leati_survey *survey, size_t channel, char *text, size_t size);

/* The same for a thread: "map", "main", or the function that it runs. Returns text. */
const char *leati_thread_text(const leati_seen_thread *thread, char *text, size_t size);

/* Parts of leati_begin_survey. Make room for one more in an array of elements of this size, given by the address of its
 * pointer: returns whether there is room. Add a thread with this number, of which nothing else is known yet: returns NULL
 * if there is no room. tasks.c: list the threads of the system; add those that leat does not know. */
bool leati_make_room(leati_survey *survey, void *array, size_t *room, size_t n, size_t size);
leati_seen_thread *leati_add_seen_thread(leati_survey *survey, long tid);
void leati_list_tasks(leati_survey *survey);
void leati_see_tasks(leati_survey *survey);

/* service.c: threads of the reports themselves. They take no signals, and are no part of a survey.
 *
 * leati_start_service starts a thread that calls fn, for the caller to join. Returns 0, EAGAIN or ENOMEM. */
int leati_start_service(void (*fn)(void), pthread_t *id);
void leati_is_service(void); /* of a thread that was started otherwise */
bool leati_is_service_thread(long tid);
void leati_forget_services(void); /* in the child of a fork */

#endif
