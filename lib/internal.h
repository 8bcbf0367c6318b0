/* SPDX-License-Identifier: 0BSD
 *
 * internal.h - what the files of the core share: a channel, a wait, the clock's hooks, a stage.
 *
 * LOCK ORDER: monitors, that of thread_pool.c last; then channels, by ascending address; then the fake clock's lock; a
 * parker's mutex comes last. No thread waits for the lock of memory.c. User code (copy, release, the panic hook, bodies
 * of stages) runs with no lock held.
 *
 * LOCKS of a channel: see ends.h. "All of the channel is locked" means that `lock` is held, and if the channel is
 * split, `sending` too.
 *
 * INVARIANTS of a channel, whenever its locks are free
 *  1. A receiver or an observer waits in its queue only if the ring is empty, and a sender only if it is full. Neither
 *     of them waits at the same time as a sender. Two exceptions: both ends may stand in one select, which never meets
 *     itself; and a case whose select was claimed through another channel stays queued until its owner takes it off.
 *  2. state, cap and due are changed while all of it is locked, `received` under `lock`, and leati_sent under the lock
 *     of the sending end. Without a lock they may be read as hints. Nothing but the number itself is read from cap and
 *     due, so they are relaxed. A channel that is over stays over, and one that is split stays split.
 *  3. A case in a queue belongs to a select that is registered, or that has just been claimed. The thread that claims
 *     the select takes the claimed case off its queue. The owner takes off the others.
 *  4. A value moves into the ring under the lock of the sending end, and out of it under `lock`. While all
 *     of the channel is locked, a value may also move into the variable of a receiver whose select was claimed.
 *  5. In a split channel, received <= known_sent <= sent, and known_received <= received. The difference of sent and
 *     received is the number of queued values, at most cap. These numbers may wrap.
 */
#ifndef LEATI_INTERNAL_H
#define LEATI_INTERNAL_H

#include "leat.h"

#include <stdatomic.h>
#include <stdbool.h>

#define LEATI_LINE 64 /* bytes of a cache line */

/* ---------------------------------------------------------------------------------- steps and locks -- */

/* One byte is the lock. The other says how many pauses a thread waits before it asks again for a taken lock. */
typedef leat_lock_ leati_lock;

/* A point where another thread may interleave (if `taken` is given, another one must run first: that lock is taken).
 * Compiles to nothing except under LEAT_SHAKE, where the thread pauses at random (test/trust/shake/), and under
 * LEAT_SCHEDULE, where a test chooses the thread that runs next (test/trust/schedule/). */
#if defined(LEAT_SHAKE) || defined(LEAT_SCHEDULE)
void leati_step(const leati_lock *taken);
#ifdef LEAT_SCHEDULE
enum { LEATI_THREADS = 4 };
extern unsigned leati_thread; /* the one that runs */
void leati_begin_schedule(void);
void leati_backoff_begin_schedule(void);
#endif
#else
static inline void leati_step(const leati_lock *taken)
{
	(void)taken;
}
#endif

void leati_acquire_slowly(leati_lock *lock);

/* A pause or a fork while a lock is held. */
static inline void leati_step_locked(void)
{
#ifdef LEAT_SHAKE
	leati_step(NULL);
#endif
}

static inline bool leati_try_acquire(leati_lock *lock)
{
	leati_step(NULL);
	if (atomic_exchange_explicit(&lock->taken, 1, memory_order_acquire) != 0)
		return false;
	leati_step_locked();
	return true;
}

static inline void leati_acquire(leati_lock *lock)
{
	if (!leati_try_acquire(lock))
		leati_acquire_slowly(lock);
}

static inline void leati_release(leati_lock *lock)
{
	atomic_store_explicit(&lock->taken, 0, memory_order_release);
	leati_step(NULL);
}

/* ------------------------------------------------------------------------------------------ waiting -- */

/* One blocked select. `state` begins at 0. CLAIMED is added once: by a partner that completes a case, or by the owner
 * whose deadline passed; the first one wins. The partner then adds DONE, and touches nothing of the owner's afterwards.
 * The owner adds ASLEEP before it sleeps on its parker. `chosen` belongs to the thread that claimed. */
enum { LEATI_CLAIMED = 1, LEATI_DONE = 2, LEATI_ASLEEP = 4 };

typedef struct leat_wait {
	atomic_uint state;
	struct leati_parker *parker; /* of the owner's thread; outlives the wait. NULL: a follower (follow.c) */
	leat_case *chosen;
	leat_case *cases;            /* all `n` of them, for reports */
	size_t n;
	bool idle;                   /* the thread has no job, and so keeps to the real clock */
} leat_wait;

static inline bool leati_claim(leat_wait *wait)
{
	leati_step(NULL);
	/* Relaxed: the exchange alone decides who wins. A partner that wins sees the registered case, because it holds
	 * the lock of that case's queue. An owner that loses sees what the partner did when it sees DONE. */
	return !(atomic_fetch_or_explicit(&wait->state, LEATI_CLAIMED, memory_order_relaxed) & LEATI_CLAIMED);
}

/* Relaxed: the caller holds the lock of a channel in whose queue the select stands, so the wait is still there. The
 * answer says nothing of other memory, and the next moment may make it untrue. */
static inline bool leati_is_claimed(const leat_wait *wait)
{
	leati_step(NULL);
	return atomic_load_explicit(&wait->state, memory_order_relaxed) & LEATI_CLAIMED;
}

/* A wait's back-off: the pauses and yields that it may still spend before it sleeps. It begins zeroed, except the
 * first two; the first step fills it, according to what has helped this thread lately. */
typedef struct leati_backoff {
	bool by_time;      /* nothing else can end the wait */
	bool idle;         /* the thread waits for a job */
	bool begun;
	bool teaches;      /* what helped is remembered */
	unsigned pauses, yields;
	leat_time yielded; /* when the last yield began, on the real clock; 0 before the first */
} leati_backoff;

/* backoff.c */
bool leati_backoff_step(leati_backoff *left, unsigned pauses, unsigned kept, leat_time until);
void leati_backoff_end(const leati_backoff *left);
int leati_forbid_cancel(void);
void leati_allow_cancel(int former);

/* park.c */
void leati_begin_thread(void);
void leati_wait_begin(leat_wait *wait, leat_case *cases, size_t n);
bool leati_park(leat_wait *wait, leat_time until, leati_backoff *left);
void leati_wake(leat_wait *wait);

/* follow.c: what a thread does instead of waking a follower. */
void leati_follow(leat_wait *wait);

/* random.c */
uint32_t leati_random(uint32_t bound);

/* ------------------------------------------------------------------------------------------ the clock -- */

/* A thread that sleeps while the clock is fake. `until` is fixed; `listed` and the links belong to the clock's lock. */
typedef struct leati_sleeper {
	leat_wait *wait;
	struct leati_parker *parker;
	leat_time until;
	bool counted, listed;
	struct leati_sleeper *next, *prev;
} leati_sleeper;

extern atomic_bool leati_clock_fake;

static inline bool leati_clock_is_fake(void)
{
	/* Acquire: this thread then sees the time at which the clock became fake. */
	return atomic_load_explicit(&leati_clock_fake, memory_order_acquire);
}

/* time.c */
leat_time leati_real_now(void);
leat_time leati_real_utc(void);
leat_time leati_add_time(leat_time now, leat_time duration);

/* clock.c */
leat_time leati_fake_now(void);
leat_time leati_fake_utc(void);
bool leati_clock_asleep(leati_sleeper *sleeper);
void leati_clock_awake(leati_sleeper *sleeper);
void leati_clock_hold(void);
void leati_clock_woken(struct leati_parker *parker);
void leati_clock_look(void);

/* insight/watch.c: have the watching thread, if there is one, look for deadlocks at once. It takes no lock. */
void leati_watch_now(void);

/* park.c, for clock.c */
void leati_clock_notify(leati_sleeper *sleeper);

/* thread.c and thread_pool.c, for clock.c */
bool leati_is_inside(void);
size_t leati_active(void);

/* ------------------------------------------------------------------------------------------ channels -- */

typedef struct leati_queue { leat_case *first, *last; } leati_queue;

/* With much room, coming back when a batch has gathered costs a waiter less than being woken for every value. */
static inline bool leati_prefers_batches(size_t cap)
{
	return cap > 8;
}

/* Bits of a channel's state. Without any, it is over and nobody waits. So a zeroed channel is over. */
enum {
	LEATI_TX_OPEN = 1,    /* values can come: not closed */
	LEATI_RX_OPEN = 2,    /* a handle of the receiving end is left */
	LEATI_RECEIVERS = 4,  /* the queue of waiting receivers is not empty */
	LEATI_SENDERS = 8,    /* the queue of waiting senders is not empty */
	LEATI_CAUSED = 16,    /* a cause was left */
	LEATI_OBSERVERS = 32, /* the queue of observers is not empty */
	LEATI_RELEASING = 64, /* no receiving handle is left, but queued values are still to be released */
	LEATI_OWNED = 128,    /* leat_own was given a handle of it (insight/own.c) */
	LEATI_SIGNS = 256,    /* it has descriptors (descriptor.c), ... */
	LEATI_VALUE_SIGNS = 512 /* ... also one that shows values or room */
};

/* Nothing can be sent any more. */
static inline bool leati_over_for_senders(unsigned state)
{
	return !(state & LEATI_TX_OPEN) || !(state & LEATI_RX_OPEN);
}

struct leat_channel {
	/* what receivers touch, and if the channel is not split, all others too: one cache line */
	_Alignas(LEATI_LINE) leati_lock lock;
	atomic_uint state;
	_Atomic size_t received;     /* number of values that have left the ring */
	_Atomic size_t known_sent;   /* what a receiver last read of `sent`; if not split, the number itself */
	size_t first;                /* slot of the oldest value */
	leati_queue receivers, senders;
	/* what senders of a split channel touch, and others hardly ever: one cache line */
	_Alignas(LEATI_LINE) leati_lock sending;
	atomic_uint sending_state;   /* the same as state */
	_Atomic size_t sent;         /* number of values that have come into the ring */
	_Atomic size_t known_received; /* what a sender last read of `received` */
	size_t next_free;            /* slot of the next value */
	leati_queue watchers;        /* LEAT_GONE, OVER and ALONE cases */
	/* what changes rarely */
	_Alignas(LEATI_LINE) unsigned char *slots; /* cap * type.size bytes */
	leat_type type;
	_Atomic size_t cap;
	leati_queue observers;       /* LEAT_READY cases */
	atomic_uint txs, rxs;        /* handles of either end */
	atomic_uint open_ends;       /* ends that have handles; at 0 the channel is freed */
	atomic_uchar cause;
	unsigned char due_cause;     /* of a timer without period: the cause that it is closed with */
	atomic_uchar locks;          /* of the short cut of ring.h: 2 if split, else 1. 0: no room, or a timer */
	bool timer : 1;              /* time closes it, or sends ticks (timer.c) */
	bool noted : 1;              /* registry.c knows it */
	union {
		_Atomic leat_time due; /* of a timer: when it is closed, or ticks next */
		_Atomic uint64_t lost; /* of any other channel: how many values were lost for want of room */
	};
	union {
		leat_time period;    /* of a tick; 0: the timer is closed once due */
		_Atomic(const char *) place; /* of any other channel: where it was made, or NULL (label.c) */
	};
	union {
		leat_time tick;      /* the ring of a stream of ticks: room for one. It owns nothing */
		size_t left;         /* of any other channel: values in the ring when the last receiver left */
	};
	struct leat_channel *next;   /* the next one whose values are to be released */
	_Atomic(const char *) name;  /* as leat_name gave it, or NULL */
	struct leati_signs *signs;   /* if LEATI_SIGNS */
};

_Static_assert(sizeof(struct leat_channel) <= 4 * LEATI_LINE, "a channel takes four cache lines");

/* A place in the line of a monitor. It lies on the stack of the thread that waits. */
struct leat_turn {
	struct leat_channel over; /* closed when it is this waiter's turn */
	void *ask;
	bool in_line;
	struct leat_turn *next, *prev;
	/* for reports */
	leat_monitor *monitor;
	const char *what;
	const leat_holder_ *holder;
};

extern const char leati_turn_name[]; /* the name of the type of `over` */

static inline size_t leati_cap(const struct leat_channel *ch)
{
	return atomic_load_explicit(&ch->cap, memory_order_relaxed);
}

/* Cases that were completed while a channel was locked. Their owners are woken after the unlock. Linked by next_. */
typedef struct leati_woken { leat_case *first, **end; } leati_woken;

/* channel.c */
bool leati_is_static(const struct leat_channel *ch);
int leati_static_cause(const struct leat_channel *ch);
int leati_errno_value(int cause);
leat_chan leati_failed(int cause);
int leati_make_channel(const leat_type *type, size_t cap, struct leat_channel **made);
bool leati_leave_cause(struct leat_channel *ch, int cause, bool close, leati_woken *woken);
void leati_release_put_off(void);

/* descriptor.c: the descriptors of a channel's ends. */
typedef struct {
	int ends[2]; /* the reading end, which the user gets, and the writing end. -1: not asked for */
	bool raised; /* it is readable */
} leati_sign;

enum { LEATI_SIGN_RECEIVE, LEATI_SIGN_SEND, LEATI_SIGN_OVER, LEATI_SIGN_COUNT };

struct leati_signs { leati_sign of[LEATI_SIGN_COUNT]; };

void leati_show_signs(struct leat_channel *ch);
void leati_free_signs(struct leati_signs *signs);

/* label.c */
const char *leati_place(const struct leat_channel *ch);
const char *leati_name(const struct leat_channel *ch);

/* timer.c */
void leati_settle_timer(struct leat_channel *ch, leati_woken *woken);

/* The caller has locked it, and has not acted on the state yet. A timer that is due ends or ticks now. A closed one
 * has nothing to settle any more, so it needs no look at the clock. */
static inline void leati_settle(struct leat_channel *ch, leati_woken *woken)
{
	if (ch->timer && atomic_load_explicit(&ch->state, memory_order_relaxed) & LEATI_TX_OPEN)
		leati_settle_timer(ch, woken);
}

/* A hint, read without the lock: whether the channel is a timer that has something to settle. */
static inline bool leati_is_due(const struct leat_channel *ch)
{
	return ch->timer && atomic_load_explicit(&ch->state, memory_order_relaxed) & LEATI_TX_OPEN &&
	       atomic_load_explicit(&ch->due, memory_order_relaxed) <= leat_now();
}

/* transfer.c */
bool leati_looks_ready(const leat_case *c);
bool leati_attempt(leat_case *c, leati_woken *woken);
size_t leati_deliver(struct leat_channel *ch, const void *from, size_t n, leati_woken *woken);
void leati_refill(struct leat_channel *ch, leati_woken *woken);

static inline bool leati_any_looks_ready(const leat_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (cases[i].ch && leati_looks_ready(&cases[i]))
			return true;
	return false;
}

/* operation.c: end the program if it was compiled with a leat_case of another size. */
void leati_check_case_size(size_t size);

/* select.c */
leat_case *leati_decide(leat_case *cases, size_t n, leat_time t, bool in_order);

/* A case that is ready once nothing can be sent any more, or a cause was left. */
static inline leat_case leati_over(struct leat_channel *ch)
{
	return leat_case_(LEAT_CASE_OVER_, ch, NULL, NULL, 0, NULL);
}

/* discard.c */
int leati_select(leat_case *cases, size_t n, leat_time t, bool in_order);

/* -------------------------------------------------------------------------------------------- stages -- */

struct leat_stage {
	const char *name, *where; /* where: the place where it was started, or NULL */
	void (*body)(leat_stage *stage, void *arg);
	void *arg;
	leat_type arg_type, in_type, out_type;
	leat_rx done, *in;
	leat_tx *out;
	size_t ins, outs, open_ins, open_outs;
	/* leat_next waits for done, for each output to be gone, and for the inputs. leat_emit waits for done, and for
	 * each output to take a value. The cases are in this order. The case of a channel that has ended is off. */
	leat_case *next_cases, *emit_cases;
	unsigned char *copies;    /* has room for a value for each output after the first */
	unsigned char *made;      /* room for an output's value */
	unsigned char *batch;     /* room for values of the inputs, which may be received at once */
	size_t batch_room;        /* the number of values that it has room for */
	unsigned char *current;   /* the value in the batch that leat_next gave, ... */
	size_t ahead;             /* ... and the number of values that lie after it */
	size_t taken;             /* number of values that were received at once last time, ... */
	leat_time since;          /* ... and when, if that is to be measured; else 0 */
	size_t siblings;          /* workers of the plan, if they may take several values at once; else 0 */
	bool shares, quick;       /* siblings receive too; the last values that were measured took little time */
	unsigned receipts;
	bool held;                /* the stage must release current */
	uint64_t number;          /* of current, if values are counted */
	bool over;                /* time to return */
	int cause;
	struct leat_stage *other; /* the next worker of the plan, until they are started */
	leat_rx gate;             /* over when all workers have been started; then nil, as for a single worker */
	size_t bytes;             /* of this block */
	atomic_uint doing;        /* this and the next: what surveys read (doing.h) */
	atomic_size_t values;
};

static inline leat_case *leati_out_gone(leat_stage *stage, size_t i)
{
	return &stage->next_cases[1 + i];
}

static inline leat_case *leati_in_case(leat_stage *stage, size_t i)
{
	return &stage->next_cases[1 + stage->outs + i];
}

static inline leat_case *leati_out_case(leat_stage *stage, size_t i)
{
	return &stage->emit_cases[1 + i];
}

static inline void leati_release_value(const leat_type *type, void *value)
{
	if (type->release)
		type->release(value);
}

extern const char leati_input[]; /* the place, in messages, where a stage uses a handle that it should own alone */

/* stage.c */
int leati_stage_settle(leat_stage *stage, const leat_case *cases, int decided);
int leati_stage_late(leat_stage *stage);
void leati_release_batch(leat_stage *stage);

/* ------------------------------------------------------------------------------------ threads, memory -- */

/* fork.c, and the functions that it calls in the child of a fork, ... */
int leati_prepare_fork(void);
void leati_forget_channels(void);
void leati_forget_threads(void);
void leati_forget_clock(void);
void leati_forget_registry(void);

/* ... and by exit, or before the library is unloaded. */
void leati_detach_ended(void);
void leati_end_registry(void);

/* stack.c: the size of stacks that was asked for, and threads with such a stack. */
size_t leati_stack(void);
int leati_round_stack(size_t *bytes);
int leati_create_thread(size_t bytes, void *(*fn)(void *), void *arg);
void leati_note_stack(size_t bytes);

/* slots.c: the process has many threads, most of which may sleep. */
void leati_ask_for_slots(void);

/* traits.c: what a thread has of its own, and what a function may change. */
typedef struct {
	uint64_t processors, scheduling;
	uint32_t arithmetic;
	void *locale;
} leati_traits;

void leati_note_traits(leati_traits *traits);
bool leati_has_traits(const leati_traits *traits, bool called);

/* traits.c: what leat_start_with was given in this thread, or NULL. Whether a thread must take some of it itself, and it
 * does so: returns 0 or an errno value. */
const leat_traits *leati_given_traits(void);
bool leati_must_take_traits(const leat_traits *traits);
int leati_take_traits(const leat_traits *traits);

/* A thread runs fn(arg) under this name, then end(arg, left), if given. `left` says that fn left by pthread_exit. If
 * arg is a stage, `stage` says so too. */
typedef struct {
	const char *name, *where; /* the place where it was started, or NULL */
	void (*fn)(void *arg), (*end)(void *arg, bool left);
	void *arg;
	leat_stage *stage;
} leati_job;

/* start.c: run the job in an idle or new thread, and count it as live. Returns 0 or an errno value. */
int leati_start(leati_job job);

/* Memory aligned to a cache line, not zeroed; NULL when there is none. `size` is needed to give it back. */
void *leati_alloc(size_t size);
void leati_free(void *memory, size_t size);
void leati_free_spares(void);

#endif
