/* SPDX-License-Identifier: 0BSD
 *
 * streams.h - several streams.
 */
#ifndef LEAT_STREAMS_H
#define LEAT_STREAMS_H

#include "stages.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- or.c --------------------------------------------------------------------------------------- */

/* Over, with its cause, as soon as one member is over or has a value; it carries nothing. Members may be of different
 * types; nil ones are left out; of none: never over. */
leat_rx leat_or(const leat_rx *members, size_t count);

/* ---- or_done.c ---------------------------------------------------------------------------------- */

/* `in` until done: for a loop over a stream that does not know of done. */
leat_rx leat_or_done(leat_rx done, leat_rx in);

/* ---- tee.c -------------------------------------------------------------------------------------- */

/* Each value goes to all of out[0..n-1], in whatever order they are read; the next one follows when all have it. An
 * output that was dropped is left out; the stage ends when all are. Read them at the same time: whoever reads one to
 * its end first waits for ever.
 *   returns   1; -1 and errno, and then out[] holds streams that are over (EINVAL: a type with release but no copy) */
int leat_tee(leat_rx done, leat_rx in, leat_rx *out, size_t n);

/* ---- bridge.c ----------------------------------------------------------------------------------- */

/* leat_bridge(done, streams, T): `streams` carries leat_rx (leat_make_of(&leat_rx_type, cap)) that carry T: their
 * values, one stream after the other. The first stream that ends with a cause ends it. */
leat_rx leat_bridge_of(leat_rx done, leat_rx streams, const leat_type *type);

/* ---- fan_in.c ----------------------------------------------------------------------------------- */

/* All values of all members, as they come; over when all are, or at the first that ends with a cause. */
leat_rx leat_fan_in(leat_rx done, const leat_rx *members, size_t count);

/* ---- fan_out.c ---------------------------------------------------------------------------------- */

/* n stages on one input: out[i] = stage(done, leat_dup(in), arg).
 *   returns   1; -1 and errno, and then out[] holds streams that are over */
int leat_fan_out(leat_rx done, leat_rx in, leat_rx *out, size_t n, leat_stage_fn *stage, void *arg);

/* ---- private ------------------------------------------------------------------------------------- */

#define LEAT_RXS(...) LEAT_LIST_(leat_rx, { LEAT_NULL_ }, __VA_ARGS__)

/* ---- private: bridge.c -------------------------------------------------------------------------- */

#define leat_bridge(done, streams, T) leat_bridge_of((done), (streams), LEAT_TYPE(T))

#ifdef __cplusplus
}
#endif
#endif
