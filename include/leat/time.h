/* SPDX-License-Identifier: 0BSD
 *
 * time.h - deadlines, sleeping, streams that end or tick by time, and a clock that a test can drive.
 *
 * A DEADLINE is a point in time, such as leat_in(LEAT_MS(500)). A bare LEAT_MS(500) is a DURATION; as a deadline it is
 * long past. Parameters named t are deadlines. Those named duration, interval, period or span are durations;
 * leat_in(...) would be far too long there.
 */
#ifndef LEAT_TIME_H
#define LEAT_TIME_H

#include "channel.h"
#ifdef __cplusplus
extern "C" {
#endif

/* ---- deadlines ----------------------------------------------------------------------------------- */

/* Nanoseconds: a point in time on CLOCK_MONOTONIC, or a duration. */
typedef int64_t leat_time;
#define LEAT_NEVER INT64_MAX              /* as a deadline: wait for as long as it takes */
#define LEAT_NOW INT64_MIN                /* as a deadline: do not wait */

/* LEAT_NS(n), LEAT_US(n), LEAT_MS(n), LEAT_S(n): n nanoseconds, microseconds, milliseconds, seconds. If that does not
 * fit into a leat_time, the result is the largest one. */

leat_time leat_now(void);                 /* the time now */
leat_time leat_in(leat_time duration);    /* the time `duration` from now; LEAT_NEVER if that is too far */

/* The nanoseconds since 1970 began, in UTC: for people to read. They jump when somebody sets the system's clock. */
leat_time leat_utc(void);

/* Sleep for so long. */
void leat_sleep(leat_time duration);

/* int leat_sleep_or(done, duration): sleep, unless `done` comes. If `done` has come already, it does not sleep at all.
 *   returns   1: the whole time has passed. 0: `done` has come
 *   handles   borrows `done`, and takes no value from it
 *   nil       sleeps for the whole time */

/* ---- streams that time ends ---------------------------------------------------------------------- */

/* Such a stream needs no thread and no timer of the system: a thread that waits on it counts its time among its own
 * deadlines. Without memory these calls return a stream that is over, with ENOMEM. */

/* A stream that carries nothing and is over from t on, with the cause ETIMEDOUT. It is over for every thread, so it
 * serves as `done`. leat_after(duration) is leat_at(leat_in(duration)). */
leat_rx leat_at(leat_time t);
leat_rx leat_after(leat_time duration);

/* Both ends of a channel of units, as leat_make_unit makes it, that is closed at t. It can also be closed before. If it
 * is not, `cause` is its cause; 0 means ETIMEDOUT. */
leat_chan leat_make_until(leat_time t, int cause);

/* A stream of ticks, one every `period`, that never ends. A tick is a leat_time, the time at which it was due. It goes
 * to one receiver. leat_cap is 1: of the ticks that were not received in time, the first is kept and the others are
 * lost. leat_buffer gives room for more.
 *   errors    EINVAL: the period is not positive */
leat_rx leat_tick(leat_time period);

/* Set the time of a stream of leat_at, leat_after, leat_make_until or leat_tick to t, which may be earlier or later.
 * For a stream of ticks, t is the time of the next tick. The others follow one period apart, and a tick that was not
 * received yet is discarded. A thread that waits for the stream goes on waiting, until the new time. With LEAT_NEVER
 * the time never comes. Do not move a `done` that belongs to others, such as that of a context, which tells its
 * deadline.
 *   returns   1. 0: it is over already. -1 with EINVAL: no such stream
 *   handles   borrows `timer` */
int leat_reset(leat_rx timer, leat_time t);

/* ---- a clock that a test can drive --------------------------------------------------------------- */

/* All calls follow one clock.
 *
 * leat_clock_fake: stop it where it is. From then on leat_now, leat_utc, deadlines and ticks follow the fake clock.
 * While nobody moves it, no deadline comes.
 * leat_clock_advance: move it by `duration`.
 * leat_clock_run: let it run by itself. It jumps to the next deadline whenever all threads that it waits for are asleep
 * in calls of leat. So a minute of waiting takes milliseconds. It waits for the threads that have called
 * leat_clock_run, and for all started functions (leat_live).
 * leat_clock_real: go back to the real clock.
 *
 *   returns   1. leat_clock_fake: -1 with EBUSY while started functions run, or ENOMEM. leat_clock_run and
 *             leat_clock_advance: -1 with EINVAL when the clock is not fake or the duration is negative
 *   threads   a thread that has called leat_clock_run must not end before leat_clock_real. Other threads follow the
 *             fake clock too, but a clock that runs does not wait for them. A thread that is already asleep when the
 *             clock becomes fake checks the fake clock only at its real deadline
 *
 * A thread that blocks elsewhere, as in read or pthread_join, counts as awake: a clock that runs stands still
 * meanwhile. So does the reader of leat_signals, for as long as such a stream is open. */
int leat_clock_fake(void);
int leat_clock_advance(leat_time duration);
int leat_clock_run(void);
void leat_clock_real(void);

/* ---- private ------------------------------------------------------------------------------------- */

int leat_sleep_or_at_(leat_rx done, leat_time duration, const char *where);

#define leat_sleep_or(done, ...) leat_sleep_or_at_((done), (__VA_ARGS__), LEAT_HERE_)

/* n times `unit` nanoseconds, saturating. */
static inline leat_time leat_units_(int64_t n, int64_t unit)
{
	return n > INT64_MAX / unit ? INT64_MAX : n < -INT64_MAX / unit ? -INT64_MAX : n * unit;
}
#define LEAT_NS(...) leat_units_((__VA_ARGS__), 1)
#define LEAT_US(...) leat_units_((__VA_ARGS__), 1000)
#define LEAT_MS(...) leat_units_((__VA_ARGS__), 1000000)
#define LEAT_S(...) leat_units_((__VA_ARGS__), 1000000000)

#ifdef __cplusplus
}
#endif
#endif
