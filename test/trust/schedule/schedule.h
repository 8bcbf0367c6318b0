/* SPDX-License-Identifier: 0BSD
 *
 * schedule.h - run up to four threads of which only one goes on at a time, and choose which one at each step of leat.
 *
 * The library is built with LEAT_SCHEDULE, so that leati_step() comes here. The files of patterns/ are built with
 * steps.h. By the linker's --wrap, calls for mutexes, condition variables, the clock, memory and random numbers come
 * here too. The threads are contexts of one system thread. So this program alone decides which one goes on, and a
 * switch takes some ten nanoseconds.
 *
 * THE MEMORY is what a program links: sequential.c, in which each read sees the last write, or test/trust/weak/, in
 * which it may see an older one, as C11 allows.
 *
 * A CHOICE is a number below the number of possible steps. They are in this order: the running thread goes on, if it
 * can; another thread goes on; a deadline passes; a spurious wake-up happens (once in a schedule, and only while
 * another step is possible). Leaving a thread that could go on is a preemption. Choosing the thread that begins is
 * none.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { THREADS = 4, MOST_STEPS = 4096 };

/* The way in which choices are made. */
typedef enum { ALL, PRIORITIES, RANDOM, REPLAY } way;

typedef struct {
	way method;
	uint64_t seed;          /* for PRIORITIES and RANDOM */
	unsigned preemptions;   /* for ALL: the most in one schedule */
	const char *replayed;   /* for REPLAY: a result of choices_made() */
} chooser;

/* In choose.c: */
void choose_begin(const chooser *by);  /* begin a schedule */
bool choose_next_of_all(void);         /* for ALL: false if there is no other schedule */
void choose_restart(void);             /* begin another scenario; its first schedule sets their length */

/* Choose one of `count` possible steps. If `can_stay`, the first of them is that of the running thread. owner[i] is the
 * thread that makes step i. It is THREADS for a deadline that passes, and THREADS + 1 for a spurious wake-up. */
unsigned choose_step(const unsigned *owner, unsigned count, bool can_stay);
unsigned choose_number(unsigned bound);
const char *choices_made(void);

/* In schedule.c. First begin a schedule, and make what its threads need. Then run fn(0), ..., fn(count - 1) as threads
 * until all have ended, with a call of look() before each step. At last free what was made, and end the schedule. The
 * results are false if a thread waits for ever, if memory is not as it should be, or after another complaint(). */
void schedule_begin(const chooser *by);
bool schedule_run(void (*fn)(unsigned thread), unsigned count, void (*look)(void));
bool schedule_end(void);
unsigned schedule_thread(void);        /* the number of the running thread */
void schedule_step(void);              /* another thread may go on here */
unsigned schedule_owner(const void *address); /* the thread on whose stack the address lies, or THREADS */
void complain(const char *format, ...);
const char *complaint(void);           /* NULL if there is none */
uint64_t schedule_stamp(void);         /* each stamp is larger than the previous one */
uint64_t schedule_slept(void);         /* the stamp of this thread's first sleep since the last such call, or 0 */

/* In sequential.c or test/trust/weak/. schedule.c reports what happens in a schedule. */
void memory_begin(void);                        /* a schedule begins, after choose_begin */
void memory_fork(unsigned threads);             /* its threads begin, the running one first */
void memory_join(unsigned threads);             /* they have ended, or wait for ever */
void memory_switch(unsigned from, unsigned to); /* another thread goes on */
void memory_acquire(const void *object);        /* the running thread sees what came before memory_release of it */
void memory_release(const void *object);
void memory_alloc(void *block, size_t size);
void memory_free(void *block, size_t size);

/* A test's own writes and reads of plain memory. A read or write that does not happen after each earlier write by
 * another thread is a complaint. So is a write that does not happen after each earlier read. */
void memory_write(const void *at, size_t size);
void memory_read(const void *at, size_t size);

/* Whether a call sees what was done in all calls that ended before it began. Calls of different threads must be
 * linearizable only then. */
bool memory_tells_order(void);

#endif
