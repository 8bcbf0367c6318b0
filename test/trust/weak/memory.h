/* SPDX-License-Identifier: 0BSD
 *
 * memory.h - what the parts of the weak memory share.
 *
 * THE MODEL is RC11 (Lahav et al., "Repairing sequential consistency in C/C++11", 2017), as a machine that executes one
 * step after another. Each atomic location keeps its last stores in modification order. Each thread has a VIEW: for
 * each location, the oldest store that it may still read; and a vector clock for plain memory. A store that releases
 * carries the view of its thread. A load that acquires joins the view that the store carries. So a load may read any
 * store that is not older than the view of its thread. A store may also come before later ones in modification order,
 * as long as it comes after the view of its thread.
 *
 * The operations with seq_cst have one order, that of their execution. A plain access is checked against the clocks of
 * earlier accesses (FastTrack, Flanagan and Freund 2009), byte by byte.
 *
 * NOT SHOWN: load buffering (a load that reads a store which is executed later; RC11 forbids it, C11 and ARM do not);
 * and, in a location, more than the last HISTORY stores.
 *
 * INVARIANTS
 *  1. The stores of a location are in modification order, the last one first, and memory holds the value of the last.
 *  2. The view of a thread never becomes older.
 *  3. No store comes between a store and the read-modify-write that read it (`taken`).
 *  4. The numbers in a view, and those of a vector clock, do not wrap within a schedule. A schedule that needs larger
 *     ones is a complaint.
 */
#ifndef WEAK_MEMORY_H
#define WEAK_MEMORY_H

#include "../schedule/schedule.h"

/* The threads of a schedule, and the one outside, which sets a schedule up and ends it. */
enum { OUTSIDE = THREADS, TEAM = THREADS + 1 };

enum { LOCATIONS = 200, NO_LOCATION = 0xff };

typedef uint16_t stamp;

typedef struct {
	stamp of_location[LOCATIONS]; /* the oldest store that may still be read */
	stamp clock[TEAM];
} view;

/* views.c: the views of all threads. */
typedef struct {
	view now;
	view pending; /* what relaxed loads have read: an acquire fence joins it */
	view fence;   /* at the last release fence: relaxed stores carry it */
	bool has_fence;
} viewer;

extern viewer viewers[TEAM];
extern bool memory_active;      /* a schedule runs, or is set up */
extern unsigned memory_self;    /* the running thread, or OUTSIDE */
void view_join(view *to, const view *from);
void view_copy(view *to, const view *from);
void memory_renew_locals(void);   /* the thread-local data is that of a new thread */
bool view_is_own(const void *at); /* whether the address is thread-local */

/* atomics.c */
extern unsigned location_count;
void atomics_begin(void);
void atomics_fence(int order);

/* races.c */
void races_begin(void);
unsigned char *races_location(uintptr_t at);   /* where the number of the atomic location at this address is kept */
void races_plain(const void *at, size_t size, bool write, const void *caller);
void races_atomic(uintptr_t at, unsigned size, bool write, const void *caller);

#endif
