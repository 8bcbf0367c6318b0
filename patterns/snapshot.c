/* leat_snapshot - a value that is replaced whole, and read without a lock.
 *
 *     readers     slots      current     retired
 *     r1, r2 -->  v1  v2        v3        v1  v2  --> release, as soon as no slot shows them any more
 *
 * A reader shows the version that it reads in a slot (a hazard pointer, Michael 2004). So it writes nothing that other
 * threads write. If all slots are taken, the reader joins a list instead, inside the monitor.
 *
 * INVARIANT: every retired version is written down once. If a reading on the list has it, it is marked in that reading,
 * else it stands in `retired`. After snapshot_collect `retired` has room for one more version, without allocating: the
 * n slots are looked at once each, so they show at most n of the n + 1 versions.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SNAPSHOT_SLOTS = 64, SNAPSHOT_LINE = 64 };

struct snapshot_slot {
	_Atomic(void *) shown; /* a version, or the snapshot's own address for none */
	char apart[SNAPSHOT_LINE - sizeof(void *)];
};

struct snapshot_version {
	void *value;
	int shown; /* used by snapshot_unshown */
};

struct leat_snapshot {
	leat_monitor monitor;  /* protects what follows, and writing `current` */
	int writing;           /* a thread has the turn to write; others wait for it in line */
	leat_reading *listed;
	size_t count;          /* entries of `retired` */
	struct snapshot_version retired[SNAPSHOT_SLOTS + 1];
	char apart[SNAPSHOT_LINE];
	_Atomic(void *) current;
	void (*release)(void *value);
	char apart_too[SNAPSHOT_LINE];
	struct snapshot_slot slots[SNAPSHOT_SLOTS];
};

static atomic_uint snapshot_threads;
static _Thread_local unsigned snapshot_usual; /* the slot that this thread tries first, 1 to 64; 0: not chosen yet */

/* -------------------------------------------------------------------------- retired versions: inside the monitor -- */

/* Take a version that no slot shows out of `retired`. NULL if there is none. */
static void *snapshot_unshown(leat_snapshot *snapshot)
{
	struct snapshot_version *retired = snapshot->retired;

	for (size_t i = 0; i < snapshot->count; i++)
		retired[i].shown = 0;
	for (size_t slot = 0; slot < SNAPSHOT_SLOTS && snapshot->count; slot++) {
		const void *shown = atomic_load(&snapshot->slots[slot].shown);

		for (size_t i = 0; i < snapshot->count; i++)
			retired[i].shown |= retired[i].value == shown;
	}
	for (size_t i = 0; i < snapshot->count; i++)
		if (!retired[i].shown) {
			void *value = retired[i].value;

			retired[i] = retired[--snapshot->count];
			return value;
		}
	return NULL;
}

/* Release the versions that nobody reads. Leaves the monitor for each call of release. */
static void snapshot_collect(leat_snapshot *snapshot)
{
	for (void *value; (value = snapshot_unshown(snapshot)) != NULL;) {
		leat_monitor_leave(&snapshot->monitor);
		snapshot->release(value);
		leat_monitor_enter(&snapshot->monitor);
	}
}

/* The caller calls snapshot_collect before it leaves the monitor. No reading can join the list with this version any
 * more, because it is no longer current. */
static void snapshot_retire(leat_snapshot *snapshot, void *value)
{
	for (leat_reading *reading = snapshot->listed; reading; reading = reading->next_)
		if (reading->value_ == value) {
			reading->retired_ = 1;
			return;
		}
	snapshot->retired[snapshot->count++].value = value;
}

/* --------------------------------------------------------------------------------------------------- reading --
 *
 * RACES. A reader shows a version, then checks that it is still current. A writer replaces the current version, then
 * checks which versions are shown. All of these are seq_cst, so one of the two sees the other. At its end a reader
 * hides the version, then checks whether it is still current. So the last of them, reader or writer, finds a retired
 * version that no slot shows, and releases it.
 */

/* Show the value in a free slot, and return that slot. NULL if all are taken. */
static struct snapshot_slot *snapshot_show(leat_snapshot *snapshot, void *value)
{
	if (!snapshot_usual)
		snapshot_usual = 1 + atomic_fetch_add(&snapshot_threads, 1) % SNAPSHOT_SLOTS;
	for (unsigned i = 0; i < SNAPSHOT_SLOTS; i++) {
		struct snapshot_slot *slot = &snapshot->slots[(snapshot_usual + i) % SNAPSHOT_SLOTS];
		void *nothing = snapshot;

		if (atomic_compare_exchange_strong(&slot->shown, &nothing, value))
			return slot;
	}
	return NULL;
}

static void snapshot_hide(leat_snapshot *snapshot, struct snapshot_slot *slot, const void *value)
{
	atomic_store(&slot->shown, snapshot);
	if (atomic_load(&snapshot->current) == value)
		return;
	leat_monitor_enter(&snapshot->monitor);
	snapshot_collect(snapshot);
	leat_monitor_leave(&snapshot->monitor);
}

static void snapshot_list(leat_snapshot *snapshot, leat_reading *reading)
{
	leat_monitor_enter(&snapshot->monitor);
	reading->value_ = atomic_load(&snapshot->current);
	reading->retired_ = 0;
	reading->next_ = snapshot->listed;
	snapshot->listed = reading;
	leat_monitor_leave(&snapshot->monitor);
}

static void snapshot_unlist(leat_snapshot *snapshot, leat_reading *reading)
{
	leat_reading **link = &snapshot->listed;

	leat_monitor_enter(&snapshot->monitor);
	while (*link != reading)
		link = &(*link)->next_;
	*link = reading->next_;
	if (reading->retired_) {
		snapshot_retire(snapshot, reading->value_); /* marks another reading that has it, if there is one */
		snapshot_collect(snapshot);
	}
	leat_monitor_leave(&snapshot->monitor);
}

const void *leat_snapshot_read(leat_snapshot *snapshot, leat_reading *reading)
{
	void *value = snapshot ? atomic_load(&snapshot->current) : NULL;
	struct snapshot_slot *slot = NULL;

	reading->snapshot_ = snapshot && snapshot->release ? snapshot : NULL;
	if (!reading->snapshot_)
		return value; /* versions that are never released need no slot */
	while ((slot = snapshot_show(snapshot, value)) != NULL && atomic_load(&snapshot->current) != value) {
		snapshot_hide(snapshot, slot, value); /* this may have been the last slot that showed it */
		value = atomic_load(&snapshot->current);
	}
	reading->slot_ = slot;
	reading->value_ = value;
	if (!slot)
		snapshot_list(snapshot, reading);
	return reading->value_;
}

void leat_snapshot_let_go(leat_reading *reading)
{
	leat_snapshot *snapshot = reading->snapshot_;

	reading->snapshot_ = NULL; /* a second call does nothing */
	if (snapshot && reading->slot_)
		snapshot_hide(snapshot, reading->slot_, reading->value_);
	else if (snapshot)
		snapshot_unlist(snapshot, reading);
}

/* ----------------------------------------------------------------------------------------------------- writing -- */

/* The caller is inside the monitor. */
static void snapshot_wait_turn(leat_snapshot *snapshot)
{
	if (snapshot->writing) /* it stays set: the thread that wakes this one passes its turn on */
		(void)leat_monitor_wait(&snapshot->monitor, snapshot, LEAT_NIL, LEAT_NEVER); /* 1, always */
}

/* The caller is inside the monitor. */
static void snapshot_pass_turn(leat_snapshot *snapshot)
{
	snapshot->writing = leat_monitor_wake(&snapshot->monitor);
}

/* The caller is inside the monitor and has the turn. */
static void snapshot_replace(leat_snapshot *snapshot, void *value)
{
	void *old = atomic_exchange(&snapshot->current, value);

	if (snapshot->release && old && old != value)
		snapshot_retire(snapshot, old);
	snapshot_pass_turn(snapshot);
	snapshot_collect(snapshot);
}

void leat_snapshot_publish(leat_snapshot *snapshot, void *value)
{
	if (!snapshot)
		return;
	leat_monitor_enter(&snapshot->monitor);
	snapshot_wait_turn(snapshot);
	snapshot_replace(snapshot, value);
	leat_monitor_leave(&snapshot->monitor);
}

/* Give the turn up without a change. */
static void snapshot_give_up(void *of_snapshot)
{
	leat_snapshot *snapshot = of_snapshot;

	leat_monitor_enter(&snapshot->monitor);
	snapshot_pass_turn(snapshot);
	leat_monitor_leave(&snapshot->monitor);
}

int leat_snapshot_update(leat_snapshot *snapshot, void *(*change)(void *arg, const void *value), void *arg)
{
	void *value;

	if (!snapshot || !change)
		return leat_refuse(EINVAL);
	leat_monitor_enter(&snapshot->monitor);
	snapshot_wait_turn(snapshot);
	snapshot->writing = 1;
	leat_monitor_leave(&snapshot->monitor);
	pthread_cleanup_push(snapshot_give_up, snapshot); /* change may leave by pthread_exit */
	value = change(arg, atomic_load(&snapshot->current));
	pthread_cleanup_pop(0);
	if (!value) {
		snapshot_give_up(snapshot);
		return 0;
	}
	leat_monitor_enter(&snapshot->monitor);
	snapshot_replace(snapshot, value);
	leat_monitor_leave(&snapshot->monitor);
	return 1;
}

/* ----------------------------------------------------------------------------------------------- make and drop -- */

leat_snapshot *leat_snapshot_make(void *value, void (*release)(void *value))
{
	leat_snapshot *snapshot = malloc(sizeof *snapshot);

	if (!snapshot) {
		errno = ENOMEM;
		return NULL;
	}
	snapshot->monitor = (leat_monitor)LEAT_MONITOR;
	snapshot->writing = 0;
	snapshot->listed = NULL;
	snapshot->count = 0;
	atomic_init(&snapshot->current, value);
	snapshot->release = release;
	for (size_t i = 0; i < SNAPSHOT_SLOTS; i++)
		atomic_init(&snapshot->slots[i].shown, snapshot);
	return snapshot;
}

void leat_snapshot_drop(leat_snapshot *snapshot)
{
	void *value = snapshot ? atomic_load(&snapshot->current) : NULL;

	if (value && snapshot->release)
		snapshot->release(value);
	free(snapshot);
}
