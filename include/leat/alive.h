/* SPDX-License-Identifier: 0BSD
 *
 * alive.h - a stage that shows that it lives, a steward that restarts what has fallen silent, and one question to
 * several replicas.
 */
#ifndef LEAT_ALIVE_H
#define LEAT_ALIVE_H

#include "stages.h"
#include "time.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- heartbeat.c --------------------------------------------------------------------------------- */

/* leat_heartbeat(done, in, T, fn, arg, interval, &pulses): leat_map that also sends pulses. With interval 0 it sends
 * one when each unit of work begins. Otherwise it sends one every `interval`, also while it waits for its input or its
 * consumer, but not while fn runs: so missing pulses tell that fn hangs.
 *
 * A pulse is a long, the number of values done so far, so that progress shows. A pulse never blocks the stage; of those
 * that nobody has received the last one is kept.
 *   handles   *pulses is yours. It is over when the stage has ended, and may be dropped before
 *   arg       must outlive the stage
 *   errors    EINVAL: also for a negative interval */
leat_rx leat_heartbeat_of(leat_rx done, leat_rx in, const leat_type *type, leat_map_fn *fn, void *arg,
                          leat_time interval, leat_rx *pulses);

/* ---- steward.c ----------------------------------------------------------------------------------- */

/* A ward is a function that starts something, and returns a stream of its pulses, of any type, at least one every
 * `interval`. What it starts works until `done` comes, and has ended when the pulses are over. Then the steward starts
 * it again, with or without a cause. So a ward whose work is done must go on pulsing until `done` comes. */
typedef leat_rx leat_ward_fn(leat_rx done, leat_time interval, void *arg);

typedef struct leat_stewardship {
	leat_ward_fn *ward;
	void *arg;                    /* of the ward: must outlive the steward */
	leat_time timeout;            /* without a pulse for so long the ward is unhealthy. Its interval is half of that */
	long restarts;                /* at most so many restarts; negative: any number. 0: none */
	leat_time within;             /* ... in a span of this length; 0: in all. One more, and the steward ends: EAGAIN */
	leat_time backoff;            /* the delay before the first restart; each further one is twice as long ... */
	leat_time most_backoff;       /* ... up to this. Half of a delay is random. It starts again at `backoff` when a
	                                 ward was well for longer than most_backoff */
	leat_time grace;              /* how long to wait for a ward to end */
	void (*log)(void *arg, const char *what); /* is told what happens, such as "ward unhealthy; restarting"; or NULL */
	void *log_arg;                /* must outlive the steward */
} leat_stewardship;

/* Start a ward, and start it again when it falls silent or ends. `stewardship` points to a leat_stewardship, which is
 * copied. A steward is a ward too, so another steward can watch it; then the leat_stewardship must outlive that one.
 *
 * When the steward ends, it tells its ward to end, and waits for that for the grace time.
 *   returns   its own pulses, one every `interval`, without content; none if that is 0. The stream is over, with
 *             EAGAIN, after too many restarts
 *   errors    EINVAL: no ward, a timeout that is not positive, or a negative time. ENOMEM */
leat_rx leat_steward(leat_rx done, leat_time interval, void *stewardship);

/* ---- replicate.c --------------------------------------------------------------------------------- */

/* leat_replicate(done, n, hedge, T, fn, arg, &out): ask n replicas the same question, each in a thread of its own. The
 * first good answer wins, and the others are cancelled. With hedge 0 all start at once. Otherwise the next replica
 * starts only when the ones before it have given no answer for `hedge`, or one of them has failed.
 *   fn        fn(done, arg, replica, out), with replica from 0. > 0: *out is a good answer. 0 or -errno: none
 *   blocks    until all replicas that were started have returned
 *   returns   1 + the number of the winner, and *out is yours. 0: none had an answer. -1 with the error of the last one
 *             that failed, ECANCELED, EINVAL, ENOMEM, or EAGAIN (no thread at all)
 *   arg       must outlive this call. Several threads call fn(arg, ...) at once */
typedef int leat_replica_fn(leat_rx done, void *arg, size_t replica, void *out);

int leat_replicate_of(leat_rx done, size_t n, leat_time hedge, const leat_type *type, leat_replica_fn *fn, void *arg,
                      void *out);

/* ---- private: heartbeat.c ------------------------------------------------------------------------ */

#define leat_heartbeat(done, in, T, ...) leat_heartbeat_of((done), (in), LEAT_TYPE(T), __VA_ARGS__)

/* ---- private: replicate.c ------------------------------------------------------------------------ */

#define leat_replicate(done, n, hedge, T, ...) leat_replicate_of((done), (n), (hedge), LEAT_TYPE(T), __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
