/* SPDX-License-Identifier: 0BSD
 *
 * channel.h - channels: the handles of their two ends, the types of their values, making and ending them, and what
 * one can ask about them.
 *
 * A channel carries values from any number of senders to any number of receivers; each value goes to one receiver.
 * Each of its two ends has any number of handles. The channel lives as long as it has a handle.
 */
#ifndef LEAT_CHANNEL_H
#define LEAT_CHANNEL_H

#include "language.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

/* ---- handles ------------------------------------------------------------------------------------- */

/* The handles of a channel. They are passed by value. The member `ch` is private. A zeroed handle is nil:
 *  - Sending and receiving block until the deadline, or for ever where there is none.
 *  - A case of a select is off.
 *  - As `done` it never comes.
 *  - As the input of a stage it makes the stage fail with EINVAL. */
typedef struct { struct leat_channel *ch; } leat_tx;          /* the sending end */
typedef struct { struct leat_channel *ch; } leat_rx;          /* the receiving end: a stream */
typedef struct { leat_tx tx; leat_rx rx; } leat_chan;         /* both, as leat_make gives them */

/* LEAT_NIL is a nil leat_rx, for expressions: leat_take(LEAT_NIL, in, 3). A static variable is nil without it. */

/* ---- types of values ----------------------------------------------------------------------------- */

/* The type of a channel's values. A value is `size` bytes, moved by memcpy.
 *   name      is used in messages. It must outlive the channel; the other members are copied.
 *   copy      makes *to an independent copy of *from, and returns 0 or -errno. NULL: memcpy makes one. Some calls need
 *             a copy of every type that has a release: leat_tee, leat_broadcast_make, leat_stage_start.
 *   release   frees what one value owns. NULL: values own nothing.
 *
 * A value that owns something belongs to its sender until it is sent, to the channel while it is queued, and then to
 * its receiver. A value that nobody receives is released, once. copy and release are called with no lock held, so they
 * may use channels. Both must return. */
typedef struct leat_type {
	const char *name;
	size_t size;
	int (*copy)(void *to, const void *from);
	void (*release)(void *value);
} leat_type;

/* LEAT_TYPE(T) is the address of a leat_type for plain values of the C type T. It is good until the end of the block.
 *
 * In C++, all macros that take a type or the address of a value refuse values that memcpy may not move, such as a
 * std::string: T must be trivially copyable. Send a pointer to such a value. */

extern const leat_type leat_rx_type;      /* leat_rx: copied by leat_dup, released by leat_drop */
extern const leat_type leat_tx_type;      /* leat_tx: the same */
extern const leat_type leat_string_type;  /* char *, or NULL: copied by strdup, released by free */

/* ---- make, dup, drop, close ---------------------------------------------------------------------- */

/* leat_make(T, cap): make a channel of the C type T with room for `cap` values. With room for 0 it is a rendezvous: a
 * send returns only when a receiver has the value.
 * leat_make_of(type, cap): the same for values that own something, or whose type is known only at run time.
 *   returns   both ends, which are yours. On failure both are over, and leat_cause tells why
 *   errors    EINVAL: no type, or a size or capacity that no memory can have. ENOMEM */
leat_chan leat_make_of(const leat_type *type, size_t cap);

/* LEAT_CAPACITY=n in the environment gives the channels of a process the capacity n, whatever the program asks for.
 * With 0 or 1 you see whether the program relies on a buffer; with 128, what a buffer would bring. These channels
 * keep the capacity that was asked for: channels whose values have no bytes, since those are signals or tokens; timers
 * and ticks; the pulses of leat_heartbeat and leat_steward; leat_signals; subscriptions that drop values. A program may
 * rely on a capacity, such as 1 for a last value that leat_force_send replaces. With another one it fails or hangs. */

/* Make a rendezvous of units, which are values without bytes: for `done` and other signals. Returns as leat_make. */
leat_chan leat_make_unit(void);

/* leat_dup(h): make another handle of the same end, and return it. leat_drop(h): end a handle. `h` is a leat_tx, a
 * leat_rx or a leat_chan. Nil is left alone. A handle that was dropped before is a panic, if leat can detect it.
 *
 * Dropping the last leat_tx closes the channel. Dropping the last leat_rx ends all sends, also those that sleep, and
 * releases the queued values. A release may drop the last receiving end of another channel. The values of that channel
 * are released after this release has returned, or while it waits until that channel is gone (leat_wait_gone). So a
 * long chain of channels needs no deep stack.
 *   threads   leat_drop: not while another thread is inside a call on the same handle */

/* Close the channel. Receivers still get the queued values, and then 0. Every thread that waits on the channel wakes
 * up; a waiting sender gets 0 and keeps its value. `cause` is an errno value, or 0 for a natural end, as with
 * leat_close. The first cause that was given stands.
 *   returns   1: this call closed the channel, also when nobody is left to receive. 0: it was closed already, it comes
 *             from a constructor that failed, or it is a timer whose time has come. -1 with EINVAL: nil
 *   handles   borrows `tx`, which is still to be dropped */
int leat_close(leat_tx tx);
int leat_close_with(leat_tx tx, int cause);

/* Close the channel, and release the queued values. A receiver that comes meanwhile may still get some of them.
 *   returns   as leat_close_with. -1 with ENOMEM: closed, but values are left (see leat_wait) */
int leat_close_discarding(leat_tx tx, int cause);

/* int leat_drop_with(tx, cause): leave a cause and drop `tx`, as one of several workers does when it fails. The channel
 * has the cause from now on, and is closed when its last sending end is dropped.
 *   returns   1: this call closed the channel. 0: it did not. -1 with EINVAL: nil
 *   handles   takes `tx` */

/* Return a stream that is over, with this cause. All errno values are causes: 0 to 255; others become EINVAL. The
 * stream serves for values of any type. It needs no memory and never fails. */
leat_rx leat_ended(int cause);

/* Give the channel behind `in` room for at least n values. A channel never shrinks. Stages that are built on it
 * afterwards inherit the capacity. It costs no thread, and no further step for a value.
 *   returns   `in`, or, on failure, a stream that is over (EINVAL, ENOMEM)
 *   handles   takes `in` */
leat_rx leat_buffer(leat_rx in, size_t n);

/* ---- questions ----------------------------------------------------------------------------------- */

/* Questions about a channel. `h` is a leat_tx, a leat_rx or a leat_chan. The answer may be out of date when the caller
 * reads it, but a channel that is closed stays closed.
 *
 *   size_t leat_len(h)           the number of queued values
 *   size_t leat_cap(h)           the capacity
 *   size_t leat_senders(h)       the number of handles of the sending end
 *   size_t leat_receivers(h)     the same of the receiving end. Both are 0 if leat_never_started(h)
 *   uint64_t leat_lost(h)        the number of values that were lost for want of room: those that leat_force_send has
 *                                displaced, and those that a broadcast could not give to a slow subscriber.
 *                                It is 0 for a channel of leat/time.h
 *   int leat_closed(h)           1: no more can be sent. It was closed, or has no sender or no receiver left
 *   int leat_cause(h)            the cause that leat_close_with, leat_drop_with, a stage or a constructor has left.
 *                                0: none. EINVAL for nil
 *   int leat_never_started(h)    1: it comes from leat_ended, or from a constructor that failed
 *   int leat_is_nil(h)           1: it is nil
 *   int leat_same(a, b)          1: both are handles of the same channel
 *   leat_type leat_type_of(h)    the type of its values; zeroed for nil and where leat_never_started
 */

/* A cause, or an errno value, as text for people: "deadline exceeded", "canceled", "out of memory". A value that leat
 * itself never gives has the text of the system, as from strerror. errno stays as it is.
 *   returns   a text, never NULL. A text of the system is good until this thread calls leat_strerror again */
const char *leat_strerror(int cause);

/* Ask whether values of one type may be passed on as values of the other, since they have the same size and release.
 *   returns   1: they may. 0: they may not */
static inline int leat_same_type(const leat_type *a, const leat_type *b)
{
	return a->size == b->size && a->release == b->release;
}

/* ---- mistakes ------------------------------------------------------------------------------------ */

/* A mistake that would corrupt memory is a panic: one line on stderr says what was wrong and where, and abort() ends
 * the program. Further lines say in which started function or stage it was, where that was started, and which calls led
 * there, if the system can tell. Before all this, `hook` is called with the first line. NULL takes the hook away. No
 * lock is held meanwhile. */
void leat_on_panic(void (*hook)(const char *message));

/* Set errno and return -1, for a call of your own that fails: return leat_refuse(EINVAL). */
static inline int leat_refuse(int error)
{
	errno = error;
	return -1;
}

/* ---- private ------------------------------------------------------------------------------------- */

/* Any number that is no errno value (none is above 255) becomes EINVAL. leat_errno_of_ is for the negative result of a
 * user's function. */
static inline int leat_errno_value_(int error)
{
	return error > 0 && error <= 255 ? error : EINVAL;
}
static inline int leat_errno_of_(long result)
{
	return result < 0 && result >= -255 ? LEAT_INT_(-result) : EINVAL;
}

/* leat_make_of and leat_buffer where LEAT_CAPACITY must not change the capacity: for channels whose room is part of how
 * a pattern works, not a choice of the program. */
leat_chan leat_make_exactly_(const leat_type *type, size_t cap);
leat_rx leat_buffer_exactly_(leat_rx in, size_t n);

leat_rx leat_placed_(leat_rx rx, const char *where);
leat_chan leat_placed_chan_(leat_chan chan, const char *where);
leat_tx leat_dup_tx_(leat_tx tx, const char *where);
leat_rx leat_dup_rx_(leat_rx rx, const char *where);
leat_chan leat_dup_chan_(leat_chan chan, const char *where);
void leat_drop_tx_(leat_tx tx, const char *where);
void leat_drop_rx_(leat_rx rx, const char *where);
void leat_drop_chan_(leat_chan chan, const char *where);
int leat_drop_with_(leat_tx tx, int cause, const char *where);
size_t leat_len_(struct leat_channel *ch);
size_t leat_cap_(struct leat_channel *ch);
size_t leat_senders_(struct leat_channel *ch);
size_t leat_receivers_(struct leat_channel *ch);
uint64_t leat_lost_(struct leat_channel *ch);
void leat_lose_(leat_tx tx);
int leat_closed_(struct leat_channel *ch);
int leat_cause_(struct leat_channel *ch);
int leat_never_started_(struct leat_channel *ch);
leat_type leat_type_of_(struct leat_channel *ch);
LEAT_NORETURN_ void leat_panic_(const char *where, const char *format, ...);

static inline struct leat_channel *leat_ch_tx_(leat_tx tx) { return tx.ch; }
static inline struct leat_channel *leat_ch_rx_(leat_rx rx) { return rx.ch; }
static inline struct leat_channel *leat_ch_chan_(leat_chan chan) { return chan.rx.ch; }

/* A constructor is a function, and a macro of the same name that notes the place of the call. */
#define LEAT_PLACED_(constructor, ...) leat_placed_((constructor)(__VA_ARGS__), LEAT_HERE_)
#define leat_make(T, ...) leat_make_of(LEAT_TYPE(T), LEAT_SIZE_(__VA_ARGS__))
#define leat_make_of(...) leat_placed_chan_((leat_make_of)(__VA_ARGS__), LEAT_HERE_)
#define leat_make_unit() leat_placed_chan_((leat_make_unit)(), LEAT_HERE_)
#define leat_drop_with(tx, ...) leat_drop_with_((tx), (__VA_ARGS__), LEAT_HERE_)
#define leat_len(...) leat_len_(LEAT_CH_((__VA_ARGS__)))
#define leat_cap(...) leat_cap_(LEAT_CH_((__VA_ARGS__)))
#define leat_senders(...) leat_senders_(LEAT_CH_((__VA_ARGS__)))
#define leat_receivers(...) leat_receivers_(LEAT_CH_((__VA_ARGS__)))
#define leat_lost(...) leat_lost_(LEAT_CH_((__VA_ARGS__)))
#define leat_closed(...) leat_closed_(LEAT_CH_((__VA_ARGS__)))
#define leat_cause(...) leat_cause_(LEAT_CH_((__VA_ARGS__)))
#define leat_never_started(...) leat_never_started_(LEAT_CH_((__VA_ARGS__)))
#define leat_type_of(...) leat_type_of_(LEAT_CH_((__VA_ARGS__)))
#define leat_is_nil(...) (LEAT_CH_((__VA_ARGS__)) == LEAT_NULL_)
#define leat_same(a, ...) (LEAT_CH_(a) == LEAT_CH_((__VA_ARGS__)))

#ifndef __cplusplus

#define LEAT_NIL ((leat_rx){ NULL })
#define LEAT_TYPE(T) (&(const leat_type){ #T, sizeof(T), NULL, NULL })
#define LEAT_CH_(h) _Generic((h), leat_tx: leat_ch_tx_, leat_rx: leat_ch_rx_, leat_chan: leat_ch_chan_)(h)
#define leat_dup(...) \
	_Generic((__VA_ARGS__), leat_tx: leat_dup_tx_, leat_rx: leat_dup_rx_, leat_chan: leat_dup_chan_) \
	(__VA_ARGS__, LEAT_HERE_)
#define leat_drop(...) \
	_Generic((__VA_ARGS__), leat_tx: leat_drop_tx_, leat_rx: leat_drop_rx_, leat_chan: leat_drop_chan_) \
	(__VA_ARGS__, LEAT_HERE_)

#else
} /* extern "C" */

#define LEAT_NIL (leat_rx{ nullptr })
#define LEAT_TYPE(T) (leat_type_for_<leat_plain_<T>>(#T))
#define LEAT_CH_(h) leat_ch_(h)
#define leat_dup(...) leat_dup_((__VA_ARGS__), LEAT_HERE_)
#define leat_drop(...) leat_drop_((__VA_ARGS__), LEAT_HERE_)

template <class T> const leat_type *leat_type_for_(const char *name)
{
	static const leat_type type = { name, sizeof(T), nullptr, nullptr };
	return &type;
}

inline struct leat_channel *leat_ch_(leat_tx tx) { return tx.ch; }
inline struct leat_channel *leat_ch_(leat_rx rx) { return rx.ch; }
inline struct leat_channel *leat_ch_(leat_chan chan) { return chan.rx.ch; }
inline leat_tx leat_dup_(leat_tx tx, const char *where) { return leat_dup_tx_(tx, where); }
inline leat_rx leat_dup_(leat_rx rx, const char *where) { return leat_dup_rx_(rx, where); }
inline leat_chan leat_dup_(leat_chan chan, const char *where) { return leat_dup_chan_(chan, where); }
inline void leat_drop_(leat_tx tx, const char *where) { leat_drop_tx_(tx, where); }
inline void leat_drop_(leat_rx rx, const char *where) { leat_drop_rx_(rx, where); }
inline void leat_drop_(leat_chan chan, const char *where) { leat_drop_chan_(chan, where); }

#endif
#endif
