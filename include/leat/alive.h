/* SPDX-License-Identifier: 0BSD
 *
 * alive.h - alive.
 */
#ifndef LEAT_ALIVE_H
#define LEAT_ALIVE_H

#include "stage.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- heartbeat.c -------------------------------------------------------------------------------- */

/* leat_heartbeat(done, in, T, fn, arg, interval, &pulses): leat_map that shows that it lives. With an interval, a
 * pulse each time it has passed, also while the stage waits for its input or its consumer (not while fn runs: that
 * is when a pulse is missed). With interval 0, a pulse when each unit of work begins. A pulse is a long: how many
 * values were done so far, so that whoever watches sees progress. Pulses never block: of those that nobody has
 * taken the last one is kept. `pulses` ends with the stage, and may be dropped. */
leat_rx leat_heartbeat_of(leat_rx done, leat_rx in, const leat_type *type, leat_map_fn *fn, void *arg,
                          leat_time interval, leat_rx *pulses);

/* ---- steward.c ---------------------------------------------------------------------------------- */

/* A ward: starts something that works until `done` is over, and returns its pulses, which it sends every
 * `interval` at least; of any type. It has ended when the stream of pulses is over, and is started again then,
 * with or without a cause: one whose work may be done goes on pulsing until its done. */
typedef leat_rx leat_ward_fn(leat_rx done, leat_time interval, void *arg);

typedef struct leat_stewardship {
	leat_ward_fn *ward;
	void *arg;
	leat_time timeout;            /* silent for so long, the ward is unhealthy; its interval is half of that */
	long restarts;                /* at most so many ... (negative: any number) */
	leat_time within;             /* ... in so long; then the steward ends with EAGAIN. 0: ever */
	leat_time backoff, most_backoff; /* before a restart: the first, twice that, ... up to the most, each by half
	                                    random; the first again once a ward was well for longer than the most */
	leat_time grace;              /* how long to wait for the old ward to end before the new one starts */
	void (*log)(void *arg, const char *what); /* "ward unhealthy; restarting", ...; NULL: nobody is told */
	void *log_arg;
} leat_stewardship;

/* A steward: starts a ward, and again when it falls silent or ends by itself. It is a ward too: leat_steward is a
 * leat_ward_fn whose arg is a leat_stewardship *, which is copied, but must outlive a steward that starts this
 * one. Its pulses carry nothing; the interval 0: none. Over, with EAGAIN, after too many restarts; ends its ward
 * when it ends, and waits for it for the grace time. EINVAL: no ward, a timeout that is not positive, or a
 * negative time. */
leat_rx leat_steward(leat_rx done, leat_time interval, void *stewardship);

/* ---- replicate.c -------------------------------------------------------------------------------- */

/* leat_replicate(done, n, hedge, T, fn, arg, &out): ask n replicas the same thing; the first good answer wins, the
 * others are cancelled. With a hedge, the next replica starts only when so long has passed, or one has failed,
 * without an answer.
 *   fn        fn(done, arg, replica, out), replica from 0: > 0 *out is a good answer; 0 or -errno: none
 *   blocks    until all that were started have returned
 *   returns   1 + the winner's number, and *out is yours; 0: none had an answer; -1 with the last failure's errno,
 *             ECANCELED, EINVAL, ENOMEM, or EAGAIN (no thread at all) */
typedef int leat_replica_fn(leat_rx done, void *arg, size_t replica, void *out);

int leat_replicate_of(leat_rx done, size_t n, leat_time hedge, const leat_type *type, leat_replica_fn *fn, void *arg,
                      void *out);

/* ---- private: heartbeat.c ----------------------------------------------------------------------- */

#define leat_heartbeat(done, in, T, ...) leat_heartbeat_of((done), (in), LEAT_TYPE(T), __VA_ARGS__)

/* ---- private: replicate.c ----------------------------------------------------------------------- */

#define leat_replicate(done, n, hedge, T, ...) leat_replicate_of((done), (n), (hedge), LEAT_TYPE(T), __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
