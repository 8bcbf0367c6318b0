/* SPDX-License-Identifier: 0BSD
 *
 * streams.h - stages between several streams: many into one, one into many.
 *
 * The rules for all stages are in stages.h. LEAT_RXS(a, b, ...) stands for two arguments: the address and the number of
 * these streams. An array of streams is borrowed, the handles in it are taken. A number of streams that no array can
 * have, such as (size_t)-1, is refused with EINVAL; the array is not touched then.
 */
#ifndef LEAT_STREAMS_H
#define LEAT_STREAMS_H

#include "stages.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- fan_in.c ------------------------------------------------------------------------------------ */

/* All values of all members, as they come. The stream is over when all members are, or at the first one that ends with
 * a cause. Without members it is over from the beginning, and has no cause.
 *   errors    EINVAL: members of different types, or a nil one; more than 2^20 */
leat_rx leat_fan_in(leat_rx done, const leat_rx *members, size_t count);

/* ---- fan_out.c ----------------------------------------------------------------------------------- */

/* n stages on one input, so that each value goes to one of them. leat_fan_out calls out[i] = stage(done, in, arg) n
 * times before it returns. `stage` takes its `in`, which is a handle of its own, and borrows `done`. If one of the
 * stages fails to start, those before it are ended, and values that they have received meanwhile are lost.
 *   returns   1. -1: then out[] holds streams that are over, and errno says why. EINVAL: n is 0 or more than 2^20, or
 *             `stage` is NULL
 *   handles   takes `in`; out[0..n-1] are yours
 *   arg       must outlive what `stage` makes with it */
typedef leat_rx leat_stage_fn(leat_rx done, leat_rx in, void *arg);

int leat_fan_out(leat_rx done, leat_rx in, leat_rx *out, size_t n, leat_stage_fn *stage, void *arg);

/* ---- tee.c --------------------------------------------------------------------------------------- */

/* Each value goes to all of out[0..n-1], in whatever order they are read. The next value follows when all outputs have
 * this one. So read them at the same time: a thread that reads one output to its end before the others waits for ever.
 * An output that was dropped is left out. The stage ends when all outputs are dropped.
 *   returns   1. -1: then out[] holds streams that are over, and errno says why. EINVAL: n is 0 or more than 2^20, or n
 *             is more than 1 and the type has a release but no copy
 *   handles   takes `in`; out[0..n-1] are yours */
int leat_tee(leat_rx done, leat_rx in, leat_rx *out, size_t n);

/* ---- bridge.c ------------------------------------------------------------------------------------ */

/* leat_bridge(done, streams, T): the values of a stream of streams, one stream after the other. `streams` is the
 * receiving end of leat_make_of(&leat_rx_type, capacity), and its streams carry T. The first of these that ends with a
 * cause ends the stage.
 *   errors    EINVAL: another type of `streams`, or of a stream in it */
leat_rx leat_bridge_of(leat_rx done, leat_rx streams, const leat_type *type);

/* ---- or.c ---------------------------------------------------------------------------------------- */

/* A stream that carries nothing, and is over as soon as one member is over or has a value, which stays there. Its
 * cause is that of this member. Members may be of different types. Nil members are left out; if there are no others, it
 * is never over. */
leat_rx leat_or(const leat_rx *members, size_t count);

/* ---- or_done.c ----------------------------------------------------------------------------------- */

/* The values of `in` until `done` comes: for a loop over a stream whose sender does not know `done`. */
leat_rx leat_or_done(leat_rx done, leat_rx in);

/* ---- private ------------------------------------------------------------------------------------- */

#define LEAT_RXS(...) LEAT_LIST_(leat_rx, { LEAT_NULL_ }, __VA_ARGS__)

/* ---- private: fan_in.c --------------------------------------------------------------------------- */

#define leat_fan_in(...) LEAT_PLACED_(leat_fan_in, __VA_ARGS__)

/* ---- private: tee.c ------------------------------------------------------------------------------ */

int leat_tee_at_(leat_rx done, leat_rx in, leat_rx *out, size_t n, const char *where);

#define leat_tee(...) leat_tee_at_(__VA_ARGS__, LEAT_HERE_)

/* ---- private: bridge.c --------------------------------------------------------------------------- */

#define leat_bridge_of(...) LEAT_PLACED_(leat_bridge_of, __VA_ARGS__)
#define leat_bridge(done, streams, T) leat_bridge_of((done), (streams), LEAT_TYPE(T))

/* ---- private: or.c ------------------------------------------------------------------------------- */

#define leat_or(...) LEAT_PLACED_(leat_or, __VA_ARGS__)

/* ---- private: or_done.c -------------------------------------------------------------------------- */

#define leat_or_done(...) LEAT_PLACED_(leat_or_done, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
