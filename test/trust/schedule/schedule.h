/* SPDX-License-Identifier: 0BSD
 *
 * schedule.h - run up to four threads of which one goes on at a time, and choose which at every step of leat.
 *
 * The library is built with LEAT_SCHEDULE, so that leati_step() comes here, and patterns/ with steps.h; the linker's
 * --wrap brings its mutexes, condition variables, clock, memory and random numbers. The threads are contexts of one
 * thread of the system's: who goes on is wholly ours, and a change costs some ten nanoseconds. What is explored is
 * sequentially consistent: it is about the order of steps, not about what a weaker memory shows (that is the thread
 * sanitizer's).
 *
 * A CHOICE is a number below the number of those that are possible. First the running thread's going on, if it can;
 * then the others', then that a deadline passes, then that a wait ends for no reason (once in a schedule, and while
 * something else is possible). To give up a thread that could go on is a preemption; who begins is free.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { THREADS = 4, MOST_STEPS = 4096 };

/* How choices are made. */
typedef enum { ALL, PRIORITIES, RANDOM, REPLAY } way;

typedef struct {
	way method;
	uint64_t seed;          /* of PRIORITIES and RANDOM */
	unsigned preemptions;   /* of ALL: at most */
	const char *replayed;   /* of REPLAY: as choices_made() gave it */
} chooser;

/* choose.c */
void choose_begin(const chooser *by);  /* a schedule */
bool choose_next_of_all(void);         /* ALL: whether there is another schedule */
void choose_restart(void);             /* of another scenario, whose first schedule says how long they are */

/* Among `count` possible steps of which the first is the running thread's if `can_stay`; owner[i] is whose i is: a
 * thread, or THREADS for time's passing, or THREADS + 1 for a wait that ends for no reason. */
unsigned choose_step(const unsigned *owner, unsigned count, bool can_stay);
unsigned choose_number(unsigned bound);
const char *choices_made(void);

/* schedule.c: begin a schedule; make what its threads need; run fn(0), ..., fn(count - 1) as threads to their ends, and
 * before each step look(); end what was made; end the schedule. False: some of them waited for ever, or memory is not
 * as it should be, or something else was found: see complaint(). */
void schedule_begin(const chooser *by);
bool schedule_run(void (*fn)(unsigned thread), unsigned count, void (*look)(void));
bool schedule_end(void);
unsigned schedule_thread(void);        /* that runs */
void schedule_step(void);              /* another may come here */
unsigned schedule_owner(const void *address); /* the thread on whose stack that is, or THREADS */
void complain(const char *format, ...);
const char *complaint(void);           /* NULL: none */
uint64_t schedule_stamp(void);         /* each is later than the one before */
uint64_t schedule_slept(void);         /* the stamp of this thread's first sleep since it asked before; 0: none */

#endif
