/* SPDX-License-Identifier: 0BSD
 *
 * time.c - the one clock, real or fake.
 *
 * While it is fake, time stands still until somebody moves it, and who sleeps is on a list. The clock that runs by
 * itself jumps to the next deadline when nobody is left who could do something before that: when as many of those
 * who count are on the list as there are. They are the started functions that live, and the threads that called
 * leat_clock_run.
 *
 * A SLEEPER COUNTS AS AWAKE from the moment on that somebody wakes it, not only when it runs: its waker says under
 * the clock's lock that the wait is decided and takes it off the list. Who goes to sleep looks once more under that
 * lock, so that none that is decided, or whose time has come, is ever on the list.
 */
#define _POSIX_C_SOURCE 200809L
#include "internal.h"

#include <time.h>

static struct {
	leati_lock lock;
	atomic_bool fake;
	_Atomic leat_time now;      /* while it is fake */
	_Atomic leat_time behind_utc; /* UTC minus now, when it became fake */
	unsigned long generation;        /* that it became so */
	bool runs;                  /* by itself */
	size_t runners;             /* threads that have told it to and are not started functions */
	size_t asleep;              /* of those who count */
	leati_sleeper *first;
} fake;

static _Thread_local unsigned long ran_at; /* the last of those times at which this thread called leat_clock_run */

/* Cannot fail: the clocks exist and the address is ours. */
static leat_time read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (leat_time)now.tv_sec * 1000000000 + now.tv_nsec;
}

leat_time leati_real_now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

bool leati_clock_is_fake(void)
{
	/* Acquire: the time at which it became so. */
	return atomic_load_explicit(&fake.fake, memory_order_acquire);
}

leat_time leat_now(void)
{
	/* Acquire: what whoever moved it did before. */
	return leati_clock_is_fake() ? atomic_load_explicit(&fake.now, memory_order_acquire) : leati_real_now();
}

static leat_time after(leat_time now, leat_time duration)
{
	if (duration > LEAT_NEVER - now)
		return LEAT_NEVER;
	return duration < LEAT_NOW + 1 + now ? LEAT_NOW + 1 : now + duration;
}

leat_time leat_utc(void)
{
	return leati_clock_is_fake() ? after(leat_now(), fake.behind_utc) : read_clock(CLOCK_REALTIME);
}

/* Never LEAT_NOW, which means something else than "long ago". */
leat_time leat_in(leat_time duration)
{
	return after(leat_now(), duration);
}

void leat_sleep(leat_time duration)
{
	leat_rx never = LEAT_NIL;

	(void)leat_wait_by(never, leat_in(duration)); /* -1: that the time has passed */
}

/* -------------------------------------------------------------------------------------------- who sleeps -- */

static bool is_decided(const leati_sleeper *sleeper)
{
	return atomic_load_explicit(&sleeper->wait->state, memory_order_acquire) & LEATI_DONE;
}

/* Locked: whether the clock will neither wake the sleeper nor has to be told of it. */
static bool is_over(const leati_sleeper *sleeper)
{
	return is_decided(sleeper) || !leati_clock_is_fake() ||
	       (sleeper->until != LEAT_NEVER && sleeper->until <= leat_now());
}

/* Locked. */
static void unlist(leati_sleeper *sleeper)
{
	if (!sleeper->listed)
		return;
	sleeper->listed = false;
	*(sleeper->prev ? &sleeper->prev->next : &fake.first) = sleeper->next;
	if (sleeper->next)
		sleeper->next->prev = sleeper->prev;
	fake.asleep -= sleeper->counted;
}

/* Locked: wake those whose time has come. */
static void move_to(leat_time now)
{
	atomic_store_explicit(&fake.now, now, memory_order_release);
	for (leati_sleeper *each = fake.first, *next; each; each = next) {
		next = each->next;
		if (each->until <= now) {
			unlist(each);
			leati_clock_notify(each);
		}
	}
}

/* Locked. LEAT_NEVER: nobody waits for a time. */
static leat_time next_deadline(void)
{
	leat_time next = LEAT_NEVER;

	for (const leati_sleeper *each = fake.first; each; each = each->next)
		if (each->until < next)
			next = each->until;
	return next;
}

/* Locked. */
static bool is_runner(void)
{
	return ran_at == fake.generation;
}

/* Locked: of those who count. */
static bool all_are_asleep(void)
{
	return fake.asleep == leati_active() + fake.runners;
}

/* Locked: jump to the next deadline, also of somebody who does not count, if nobody who does can do anything before. */
static void jump(void)
{
	while (fake.runs && all_are_asleep() && next_deadline() != LEAT_NEVER)
		move_to(next_deadline());
}

/* The caller is about to sleep: true, unless its wait is decided, or must look at the clock again. */
bool leati_clock_asleep(leati_sleeper *sleeper)
{
	bool asleep;

	leati_acquire(&fake.lock);
	asleep = sleeper->listed = !is_over(sleeper);
	if (asleep) {
		sleeper->counted = leati_is_inside() || is_runner();
		sleeper->prev = NULL;
		sleeper->next = fake.first;
		if (fake.first)
			fake.first->prev = sleeper;
		fake.first = sleeper;
		fake.asleep += sleeper->counted;
		jump();
	}
	leati_release(&fake.lock);
	return asleep;
}

void leati_clock_awake(leati_sleeper *sleeper)
{
	leati_acquire(&fake.lock);
	unlist(sleeper);
	leati_release(&fake.lock);
}

/* Around the wake-up of a wait on this parker. */
void leati_clock_hold(void)
{
	leati_acquire(&fake.lock);
}

void leati_clock_woken(struct leati_parker *parker)
{
	leati_sleeper *each = fake.first;

	while (each && each->parker != parker)
		each = each->next;
	if (each)
		unlist(each);
	leati_release(&fake.lock);
}

/* A started function has ended: perhaps all others are asleep. */
void leati_clock_look(void)
{
	leati_acquire(&fake.lock);
	jump();
	leati_release(&fake.lock);
}

/* In the child of a fork: who slept was in the parent. */
void leati_forget_sleepers(void)
{
	leati_release(&fake.lock);
	fake.first = NULL;
	fake.asleep = 0;
	fake.runners = is_runner();
}

/* -------------------------------------------------------------------------------------- driving the clock -- */

int leat_clock_fake(void)
{
	int error = leat_live() > 0 ? EBUSY : leati_prepare();

	if (error)
		return leati_refuse(error);
	leati_acquire(&fake.lock);
	if (!leati_clock_is_fake()) {
		atomic_store(&fake.now, leati_real_now());
		fake.behind_utc = read_clock(CLOCK_REALTIME) - atomic_load(&fake.now);
		fake.generation++;
		fake.runs = false;
		fake.runners = 0;
		atomic_store(&fake.fake, true);
	}
	leati_release(&fake.lock);
	return 1;
}

int leat_clock_advance(leat_time duration)
{
	if (!leati_clock_is_fake() || duration < 0)
		return leati_refuse(EINVAL);
	leati_acquire(&fake.lock);
	move_to(after(atomic_load(&fake.now), duration));
	leati_release(&fake.lock);
	return 1;
}

int leat_clock_run(void)
{
	if (!leati_clock_is_fake())
		return leati_refuse(EINVAL);
	leati_acquire(&fake.lock);
	fake.runs = true;
	if (!leati_is_inside() && !is_runner()) {
		ran_at = fake.generation;
		fake.runners++;
	}
	leati_release(&fake.lock);
	return 1;
}

/* Who sleeps looks at the clock again. */
void leat_clock_real(void)
{
	leati_acquire(&fake.lock);
	atomic_store(&fake.fake, false);
	for (leati_sleeper *each = fake.first; each; each = fake.first) {
		unlist(each);
		leati_clock_notify(each);
	}
	leati_release(&fake.lock);
}
