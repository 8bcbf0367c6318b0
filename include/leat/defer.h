/* SPDX-License-Identifier: 0BSD
 *
 * defer.h - calls at the end of a block, as Go's defer: in C, where the compiler has __attribute__((cleanup)). gcc and
 * clang have it. With another compiler these macros do not exist. In C++ use leat.hpp, whose handles end by themselves.
 *
 *     leat_rx lines = leat_lines(done, blocks, 1024);
 *     LEAT_DROP_LATER(lines);
 *
 * The call is made when the program leaves the block that has the macro: at its end, by return, break, continue or goto.
 * The last macro of a block acts first. It keeps its argument as that is now. Do not jump over it into its block. Each
 * needs a line of its own, also in a macro of yours.
 *
 * It differs from Go: there the call waits for the end of the function, not of the block, and a panic makes it too. In
 * leat a panic ends the program. pthread_exit makes the call only in code that was compiled with -fexceptions.
 */
#ifndef LEAT_DEFER_H
#define LEAT_DEFER_H

#include "channel.h"

#if defined __GNUC__ && !defined __cplusplus

/* LEAT_DEFER(fn, arg): call fn(arg), a void function of a pointer, when the block is left. */

/* LEAT_DROP_LATER(h): drop the handle `h`, a leat_tx, leat_rx or leat_chan, when the block is left. Do not give `h` to
 * a constructor that takes it, or drop it yourself. For a mutex there is LEAT_UNLOCK_LATER (sync.h). */

/* ---- private ------------------------------------------------------------------------------------- */

typedef struct leat_deferred_ { void (*fn)(void *arg); void *arg; } leat_deferred_;
typedef struct leat_dropped_ { leat_chan chan; const char *where; } leat_dropped_;

static inline leat_chan leat_chan_of_tx_(leat_tx tx) { return (leat_chan){ tx, { NULL } }; }
static inline leat_chan leat_chan_of_rx_(leat_rx rx) { return (leat_chan){ { NULL }, rx }; }
static inline leat_chan leat_chan_of_chan_(leat_chan chan) { return chan; }

static inline void leat_end_deferred_(const leat_deferred_ *deferred) { deferred->fn(deferred->arg); }
static inline void leat_end_dropped_(const leat_dropped_ *dropped) { leat_drop_chan_(dropped->chan, dropped->where); }

/* A variable whose end is the call. Its name has the number of the line. */
#define LEAT_LATER_OF_(kind, line, ...) \
	__attribute__((cleanup(leat_end_##kind##_), unused)) const leat_##kind##_ leat_later_##line##_ = { __VA_ARGS__ }
#define LEAT_LATER_(kind, line, ...) LEAT_LATER_OF_(kind, line, __VA_ARGS__)

#define LEAT_DEFER(fn, ...) LEAT_LATER_(deferred, __LINE__, (fn), (__VA_ARGS__))
#define LEAT_DROP_LATER(...) \
	LEAT_LATER_(dropped, __LINE__, _Generic((__VA_ARGS__), leat_tx: leat_chan_of_tx_, leat_rx: leat_chan_of_rx_, \
	                                        leat_chan: leat_chan_of_chan_)(__VA_ARGS__), LEAT_HERE_)

#endif
#endif
