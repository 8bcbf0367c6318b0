/* SPDX-License-Identifier: 0BSD
 *
 * alive.h - a stage that shows that it lives, a steward that restarts work that has fallen silent, and one question to
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
 * consumer, but not while fn runs. So missing pulses tell that fn hangs. With LEAT_NEVER it sends none.
 *
 * A pulse is a long: the number of values that are done, which shows progress. A pulse never blocks the stage. Of the
 * pulses that nobody has received, the last one is kept.
 *   handles   *pulses is yours. It is over when the stage has ended, and may be dropped before
 *   arg       must outlive the stage
 *   errors    EINVAL: also for a negative interval */
leat_rx leat_heartbeat_of(leat_rx done, leat_rx in, const leat_type *type, leat_map_fn *fn, void *arg,
                          leat_time interval, leat_rx *pulses);

/* ---- steward.c ----------------------------------------------------------------------------------- */

/* A ward is a function that starts some work and returns a stream of pulses, of any type. It sends a pulse at least
 * every `interval`. The work goes on until `done` comes; it has ended when the stream of pulses is over. Then the
 * steward starts it again, with or without a cause. So a ward with nothing left to do must go on pulsing until `done`
 * comes.
 *   arg       is that of the leat_stewardship */
typedef leat_rx leat_ward_fn(leat_rx done, leat_time interval, void *arg);

typedef struct leat_stewardship {
	leat_ward_fn *ward;
	void *arg;                /* of the ward. It must outlive all wards, also one that outlives the grace time */
	leat_time timeout;        /* a ward without a pulse for this long is unhealthy; with LEAT_NEVER no ward is. Its
	                             interval is half of this */
	long restarts;            /* how many restarts are allowed; 0: none; negative: any number */
	leat_time within;         /* ... in a span of this length; 0: in all. One more ends the steward, with EAGAIN */
	leat_time backoff;        /* the delay before a restart. Each later delay is twice as long, ... */
	leat_time most_backoff;   /* ... up to this. Half of each delay is random. After a ward that was well for longer
	                             than this, the delay is `backoff` again */
	leat_time grace;          /* how long to wait for a ward to end before the next one starts */
	void (*log)(void *arg, const char *what); /* is told "ward unhealthy; restarting" and the like; or NULL */
	void *log_arg;            /* must outlive the steward */
} leat_stewardship;

/* Start a ward, and start it again when it falls silent or ends. `stewardship` points to a leat_stewardship, which is
 * copied. A steward is a ward too: another steward can start it. Then the leat_stewardship must outlive that steward.
 *
 * When the steward ends, it tells its ward to end, and waits for that for the grace time.
 *   returns   its own pulses, one every `interval`, without content; none if the interval is 0. The stream is over,
 *             with EAGAIN, after too many restarts; with ENOMEM if there is no memory to count them
 *   errors    EINVAL: no ward, a timeout that is not positive, or a negative time. ENOMEM */
leat_rx leat_steward(leat_rx done, leat_time interval, void *stewardship);

/* ---- replicate.c --------------------------------------------------------------------------------- */

/* leat_replicate(done, n, hedge, T, fn, arg, &out): ask n replicas the same question. The first good answer wins, and
 * the others are cancelled. With hedge 0 all start at once. Otherwise one starts, and the next one when `hedge` has
 * passed without an answer, or when one has failed. With LEAT_NEVER the next one starts only when one has failed.
 *
 * A replica is a call of fn(done, arg, replica, out), where `replica` counts from 0. It returns more than 0 if *out is
 * a good answer, and 0 or -errno if it has none. If `done` has come before the call, no replica is asked.
 *   blocks    until all replicas that were started have returned
 *   returns   1 + the number of the winner: *out is yours. 0 with errno ENODATA: none had an answer, and none failed.
 *             -1 with the error of the last one that failed; the cause of `done` if that came, or ECANCELED if it has
 *             none; ENOMEM; EAGAIN: there is no thread for the hedge; or EINVAL: n is 0 or more than 2^20, the hedge is
 *             negative, or fn or out is NULL
 *   threads   the caller runs the first replica, because it must wait for that one anyway. So a call that is
 *             answered in time starts no other. The other replicas run in threads of their own. A thread whose replica
 *             has failed runs the next one. While calls with a hedge run, one more thread serves all of them
 *   errors    a replica whose thread cannot be started has failed. So has one that leaves its own thread by
 *             pthread_exit, with EOWNERDEAD. If one leaves the caller's thread, the others are cancelled and waited
 *             for, and the thread ends
 *   arg       must outlive this call. Several threads call fn(arg, ...) at once */
typedef int leat_replica_fn(leat_rx done, void *arg, size_t replica, void *out);

int leat_replicate_of(leat_rx done, size_t n, leat_time hedge, const leat_type *type, leat_replica_fn *fn, void *arg,
                      void *out);

/* ---- private: heartbeat.c ------------------------------------------------------------------------ */

#define leat_heartbeat_of(...) LEAT_PLACED_(leat_heartbeat_of, __VA_ARGS__)
#define leat_heartbeat(done, in, T, ...) leat_heartbeat_of((done), (in), LEAT_TYPE(T), __VA_ARGS__)

/* ---- private: steward.c -------------------------------------------------------------------------- */

#define leat_steward(...) LEAT_PLACED_(leat_steward, __VA_ARGS__)

/* ---- private: replicate.c ------------------------------------------------------------------------ */

int leat_replicate_at_(leat_rx done, size_t n, leat_time hedge, const leat_type *type, leat_replica_fn *fn, void *arg,
                       void *out, const char *where);

#define leat_replicate_of(...) leat_replicate_at_(__VA_ARGS__, LEAT_HERE_)
#define leat_replicate(done, n, hedge, T, ...) leat_replicate_of((done), (n), (hedge), LEAT_TYPE(T), __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
