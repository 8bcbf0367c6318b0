/* SPDX-License-Identifier: 0BSD
 *
 * looks.pml - the proof that threads are stuck (lib/insight/deadlock.c) is never wrong.
 *
 * Threads hold handles of two ends. An awake thread may give away a handle that it has, drop one, wake a thread that
 * waits for an end of which it has a handle, or go to sleep until that happens to one end. A thread that drops the last
 * handle of an end wakes all that wait for it. The last thread is one that leat does not know.
 *
 * Meanwhile a reporter looks twice. In each look it reads one thread after another. It copies the count of an end when
 * it first reads a thread that waits for the end or has a handle of it. Then it judges. No thread that it has called
 * stuck may ever be woken afterwards.
 *
 * FAULT plants a fault, which this model must find; 0 plants none.
 */
#define THREADS 3
#define KNOWN 2        /* the first two have records */
#define ENDS 2
#define ACTS 3         /* of all threads together */
#define NOTHING 255

#define ONE_LOOK 1     /* a thread counts as asleep all the time if the second look finds it asleep */
#define LATE_COUNTS 2  /* counts are read after all threads */
#define KNOWN_ONLY 3   /* handles that no record shows are forgotten */

byte fault = FAULT;

/* The truth. */
bool asleep[THREADS];
byte sleeps[THREADS], waits_for[THREADS], acts;
byte held[THREADS * ENDS]; /* handles: thread * ENDS + end */
byte count[ENDS];
bool called_stuck[THREADS], over; /* over: it does not matter any more what the threads do */

/* What the reporter has read. */
byte first_sleeps[KNOWN], second_sleeps[KNOWN], seen_wait[KNOWN], seen_held[KNOWN * ENDS], seen_count[ENDS];
bool first_asleep[KNOWN], second_asleep[KNOWN];

inline wake(thread)
{
	assert(!called_stuck[thread]);
	asleep[thread] = false;
}

inline wake_all_that_wait_for(e)
{
	byte waiter;

	waiter = 0;
	do
	:: waiter < THREADS ->
		if
		:: asleep[waiter] && waits_for[waiter] == e -> wake(waiter)
		:: else
		fi;
		waiter++
	:: else -> break
	od
}

/* One act of an awake thread. Each is one step: the locks of the library see to that. */
inline act(self)
{
	byte e, other;
	if
	:: e = 0
	:: e = 1
	fi;
	if
	:: other = 0
	:: other = 1
	:: other = 2
	fi;
	if
	:: held[self * ENDS + e] > 0 && other != self && !asleep[other] && count[e] < 3 ->
		held[other * ENDS + e]++;
		count[e]++
	:: held[self * ENDS + e] > 0 ->
		held[self * ENDS + e]--;
		count[e]--;
		if
		:: count[e] == 0 -> wake_all_that_wait_for(e)
		:: else
		fi
	:: held[self * ENDS + e] > 0 && asleep[other] && waits_for[other] == e -> wake(other)
	:: count[e] > 0 -> /* of an end that is over, the wait would be over too */
		waits_for[self] = e;
		sleeps[self]++;
		asleep[self] = true
	:: true
	fi;
	e = 0;
	other = 0
}

proctype runs(byte self)
{
	do
	:: atomic { !over && !asleep[self] && acts < ACTS -> acts++; act(self) }
	:: atomic { (over || acts == ACTS) && !asleep[self] -> break }
	od
}

/* ------------------------------------------------------------------------------------------ the reporter -- */

inline copy_count(e)
{
	if
	:: seen_count[e] == NOTHING -> seen_count[e] = count[e]
	:: else
	fi
}

inline second_look(thread)
{
	atomic {
		second_asleep[thread] = asleep[thread];
		second_sleeps[thread] = sleeps[thread];
		seen_wait[thread] = waits_for[thread];
		e = 0;
		do
		:: e < ENDS ->
			seen_held[thread * ENDS + e] = held[thread * ENDS + e];
			if
			:: fault != LATE_COUNTS && (held[thread * ENDS + e] > 0 ||
			                            (asleep[thread] && waits_for[thread] == e)) -> copy_count(e)
			:: else
			fi;
			e++
		:: else -> break
		od
	}
}

/* Whether a thread that is not stuck may have a handle of e. The thread without a record is always live. */
inline ask_if_live(e)
{
	live = false;
	known = 0;
	i = 0;
	do
	:: i < KNOWN ->
		known = known + seen_held[i * ENDS + e];
		live = live || (!stuck[i] && seen_held[i * ENDS + e] > 0);
		i++
	:: else -> break
	od;
	live = live || (fault != KNOWN_ONLY && (seen_count[e] == 0 || seen_count[e] > known))
}

inline judge()
{
	thread = 0;
	do
	:: thread < KNOWN ->
		stuck[thread] = second_asleep[thread] && (fault == ONE_LOOK ||
			(first_asleep[thread] && first_sleeps[thread] == second_sleeps[thread]));
		thread++
	:: else -> break
	od;
	changed = true;
	do
	:: changed ->
		changed = false;
		thread = 0;
		do
		:: thread < KNOWN ->
			if
			:: stuck[thread] ->
				e = seen_wait[thread];
				ask_if_live(e);
				if
				:: live -> stuck[thread] = false; changed = true
				:: else
				fi
			:: else
			fi;
			thread++
		:: else -> break
		od
	:: else -> break
	od
}

proctype reports()
{
	byte thread, e, i, known;
	bool stuck[KNOWN], live, changed;

	atomic { first_asleep[0] = asleep[0]; first_sleeps[0] = sleeps[0] };
	atomic { first_asleep[1] = asleep[1]; first_sleeps[1] = sleeps[1] };
	d_step { seen_count[0] = NOTHING; seen_count[1] = NOTHING };
	if /* the records stand in any order */
	:: second_look(0); second_look(1)
	:: second_look(1); second_look(0)
	fi;
	atomic { copy_count(0); copy_count(1) };
	d_step {
		judge();
		called_stuck[0] = stuck[0] && asleep[0];
		called_stuck[1] = stuck[1] && asleep[1];
		assert(stuck[0] == called_stuck[0] && stuck[1] == called_stuck[1]); /* else it was woken before it was told */
		over = !stuck[0] && !stuck[1]
	}
}

init
{
	atomic {
		byte i = 0;

		/* Which threads have a handle of which end. */
		do
		:: i < THREADS * ENDS ->
			if
			:: held[i] = 0
			:: held[i] = 1; count[i % ENDS]++
			fi;
			i++
		:: else -> break
		od;
		i = 0;
		run runs(0);
		run runs(1);
		run runs(2);
		run reports()
	}
}
