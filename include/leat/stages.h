/* SPDX-License-Identifier: 0BSD
 *
 * stages.h - the stages of a pipeline: sources, stages that make one stream out of another, and ends.
 *
 *     leat_rx numbers = leat_generator(done, LEAT_VALUES(int, 1, 2, 3));
 *     leat_rx squares = leat_map(done, leat_buffer(numbers, 128), int, square, NULL);
 *
 * PUT A QUEUE BEHIND THE SOURCE, as here, when values are many and each takes less than some 10 us. A source has no
 * room of its own, and a stage has the room of its input. So without leat_buffer each value costs a wait, and often a
 * switch of threads. With it, one switch moves many values. Write and test a pipeline without a queue. Add it last.
 *
 * A stage is a thread, or several threads, between two streams: it receives values from its input, and sends what it
 * makes of them to its output. These rules hold for every stage here and in streams.h:
 *
 *  - It takes its input, borrows `done`, and returns its output, a stream that is yours.
 *  - Its threads are started before the call returns, and are named after it. Everything is copied before the call
 *    returns, except what `arg` points to: that must outlive the stage. When the output of a stage is over, the stages
 *    upstream may still run: wait for them with leat_wait_gone or leat_wait_all.
 *  - It ends when its input is over, when `done` comes, when its consumer has left (has dropped the output), or when
 *    its function fails. If `done` has come, the cause of its output is that of `done`, or ECANCELED. Else it is the
 *    cause of its input. Else it is the error of its function: EOWNERDEAD for one that left by pthread_exit.
 *  - At its end it drops its input, so that the stage upstream stops too, then closes its output, and drops its
 *    reference to `done` last.
 *  - Its output has the capacity of its input. leat_fan_in has the largest of its inputs, and sources have 0; see
 *    leat_buffer. The output has the type of the input, unless the call names another.
 *  - It holds one value at a time. As the only receiver of a channel with a capacity above 8 it may hold a quarter of
 *    the capacity, at most 32 values and 1 KiB. Where only the workers of one stage receive, as of leat_map_n or
 *    leat_each, each may hold up to 4: while its values take less than 2 us each, and twice as many are queued for each
 *    worker. If fn may wait until another worker has a later value, let the capacity be 8 at most: then each worker
 *    holds one. The workers of leat_map_ordered hold one each. When a stage is stopped, it releases the values that it
 *    holds; those queued in its input stay there.
 *  - `workers` is a number of threads, 1 to 2^20; 0 is a bad argument. leat_cpus says how many can run at once. (In a
 *    leat_plan 0 means 1.)
 *  - Where it cannot start, its output is over from the beginning, with EINVAL (bad arguments), ENOMEM, or EAGAIN (no
 *    thread to be had). Then no function was called and no value received, also with several workers.
 *
 * A call that names a C type T is a macro. Its _of form takes a `const leat_type *` in the place of T, for values that
 * own something.
 */
#ifndef LEAT_STAGES_H
#define LEAT_STAGES_H

#include "channel.h"
#ifdef __cplusplus
extern "C" {
#endif

/* The functions that you give to stages. They may leave by pthread_exit.
 *   arg       comes as you gave it
 *   in        is a value that belongs to the stage, which releases it after the call
 *   out       is room for a value. If the function returns more than 0, that value is the stage's; else it must own
 *             nothing
 *   returns   as below. A failure is a negative errno value: -EINVAL, not EINVAL. Any other negative number counts as
 *             -EINVAL
 *   threads   a stage calls its function from one thread; a stage with `workers`, from all of them at once
 * Nothing checks what is behind the void pointers. leat_expect checks that an input has the type that fn reads. */
typedef int leat_source_fn(void *arg, void *out);              /* > 0: a value. 0: the end. < 0: a failure */
typedef long leat_fill_fn(void *arg, void *values, size_t n);  /* > 0: so many values. 0: the end. < 0: a failure */
typedef int leat_map_fn(void *arg, const void *in, void *out); /* > 0: a value. 0: none. < 0: a failure */
typedef int leat_filter_fn(void *arg, const void *in);         /* > 0: keep it. 0: leave it out. < 0: a failure */
typedef int leat_update_fn(void *arg, void *value);            /* the same, and it may change the value */
typedef int leat_each_fn(void *arg, const void *in);           /* >= 0: go on. < 0: a failure */

/* ---- generator.c --------------------------------------------------------------------------------- */

/* A source of the given values: leat_generator(done, LEAT_VALUES(int, 1, 2, 3)). LEAT_VALUES stands for three
 * arguments: sizeof(int), the address of the values, and their number.
 *   errors    EINVAL: no value */
leat_rx leat_generator(leat_rx done, size_t size, const void *values, size_t count);

/* A source of the given values again and again, for ever. Otherwise as leat_generator. */
leat_rx leat_repeat(leat_rx done, size_t size, const void *values, size_t count);

/* ---- repeat_fn.c --------------------------------------------------------------------------------- */

/* leat_repeat_fn(done, T, fn, arg): a source of the values that fn makes, until fn says that this was the end.
 *   arg       must outlive the stage */
leat_rx leat_repeat_fn_of(leat_rx done, const leat_type *type, leat_source_fn *fn, void *arg);

/* ---- source_n.c ---------------------------------------------------------------------------------- */

/* leat_source_n(done, T, n, fill, arg): a source of values that `fill` makes, up to n of them in a call, as read(2)
 * does with bytes. They go out one after the other, in order. If `fill` would have to wait for more, it returns the
 * values that it has: the stage sends all that one call has made before it calls again. See also leat_batch_from.
 *   arg       must outlive the stage
 *   errors    EINVAL: n is 0 or more than any array has; at the end, if `fill` says that it has made more than n */
leat_rx leat_source_n_of(leat_rx done, const leat_type *type, size_t n, leat_fill_fn *fill, void *arg);

/* ---- take.c -------------------------------------------------------------------------------------- */

/* The first n values of `in`; with n 0 none, with n negative all. After the n-th value the stage drops `in` at once. */
leat_rx leat_take(leat_rx done, leat_rx in, long n);

/* ---- workers.c ----------------------------------------------------------------------------------- */

/* How the workers of a stage work, for leat_map_with and leat_each_with. A member that is 0 or NULL changes nothing.
 *
 * A worker may have a state of its own, such as a buffer or an open connection, which needs no lock. Its thread makes
 * the state before its first value, by init(arg, &state). It gives the state to fn in the place of arg. After its last
 * value it ends the state, by end(state), also if fn fails or leaves by pthread_exit. The output is over only when all
 * states have ended. Values that go out must not need the state, because it may end before they are received.
 *
 * init returns 0 or more if it has set *state. A negative errno value ends the stage at once with that cause, and `end`
 * is not called for this worker. Without init, the state of each worker is arg.
 *   threads   the workers call init(arg, ...) and `end` at once, each for its own state */
typedef struct leat_workers {
	size_t count;                          /* threads; 0 means 1 */
	int (*init)(void *arg, void **state);
	void (*end)(void *state);
	int takes;                             /* fn becomes the owner of its input, whatever it returns */
	int ordered;                           /* of a map: results come in order, as from leat_map_ordered */
} leat_workers;

/* ---- map_with.c ---------------------------------------------------------------------------------- */

/* leat_map_with(done, in, T, fn, arg, how): leat_map, leat_map_n or leat_map_ordered, as *how says:
 *
 *     leat_map_with(done, blocks, struct packed, pack, &level,
 *                   &(leat_workers){ .count = 4, .ordered = 1, .init = begin_packing, .end = end_packing })
 *
 * With `takes`, fn owns the value behind `in`: it passes on what the value owns, in its output, or frees it.
 *   how       a leat_workers, which is copied; NULL: one worker
 *   arg       must outlive the stage */
leat_rx leat_map_with_of(leat_rx done, leat_rx in, const leat_type *type, leat_map_fn *fn, void *arg,
                         const leat_workers *how);

/* ---- map.c --------------------------------------------------------------------------------------- */

/* leat_map(done, in, T, fn, arg): make a T, or nothing, of each value, by fn(arg, &value, &result): see leat_map_fn.
 *   arg       must outlive the stage */
leat_rx leat_map_of(leat_rx done, leat_rx in, const leat_type *type, leat_map_fn *fn, void *arg);

/* leat_map_n(done, in, workers, T, fn, arg): leat_map in `workers` threads. Results come in any order. The first worker
 * that fails, or finds that the input has ended with a cause, ends the stage. Values that the other workers have in
 * work are then lost.
 *   arg       must outlive the stage. All workers call fn(arg, ...) at once */
leat_rx leat_map_n_of(leat_rx done, leat_rx in, size_t workers, const leat_type *type, leat_map_fn *fn, void *arg);

/* ---- map_ordered.c ------------------------------------------------------------------------------- */

/* leat_map_ordered(done, in, workers, T, fn, arg): leat_map in `workers` threads, with results in the order of
 * the input. All of them come before a failure or the cause of the input. Results that are early wait in a window of
 * max(16 x workers, min(capacity of the input, 4096)) places, rounded up to a power of two. At most that many values
 * are in flight.
 *   arg       must outlive the stage. All workers call fn(arg, ...) at once */
leat_rx leat_map_ordered_of(leat_rx done, leat_rx in, size_t workers, const leat_type *type, leat_map_fn *fn,
                            void *arg);

/* ---- steps.c ------------------------------------------------------------------------------------- */

/* leat_steps(done, in, T, LEAT_STEPS({ f, arg }, { g, arg })): several functions over each value, one after the other
 * in one thread. Use it for functions that take less time than to pass a value to another thread. There are three kinds
 * of steps, in any order:
 *  - { f, arg }: f, a leat_map_fn, makes a T of the value. The value is released afterwards.
 *  - LEAT_FILTER(f, arg): f, a leat_filter_fn, keeps the value or leaves it out.
 *  - LEAT_UPDATE(f, arg): f, a leat_update_fn, changes the value where it lies. It must leave a whole value there,
 *    whatever it returns.
 *
 * The first step gets a value of `in`. Steps get it until one has made a T of it; from then on they get a T. If a
 * function makes nothing, leaves the value out or fails, the rest are not called. In an array of steps,
 * each LEAT_FILTER and each LEAT_UPDATE takes two members.
 * leat_steps_from(done, T, source, arg, LEAT_STEPS(...)): the same for values that `source` makes, in that thread too.
 *   arg       each one must outlive the stage
 *   errors    EINVAL: no step, a step without a function, or no step makes a T and `in` carries another type */
typedef struct leat_step { leat_map_fn *fn; void *arg; } leat_step;

leat_rx leat_steps_of(leat_rx done, leat_rx in, const leat_type *type, const leat_step *steps, size_t count);
leat_rx leat_steps_from_of(leat_rx done, const leat_type *type, leat_source_fn *source, void *arg,
                           const leat_step *steps, size_t count);

/* ---- filter.c ------------------------------------------------------------------------------------ */

/* The values of `in` for which keep(arg, value) returns more than 0.
 *   arg       must outlive the stage */
leat_rx leat_filter(leat_rx done, leat_rx in, leat_filter_fn *keep, void *arg);

/* ---- each.c -------------------------------------------------------------------------------------- */

/* An end: call fn with every value of `in`, in `workers` threads.
 *   blocks    until the stage has ended and all calls of fn have returned
 *   returns   0, or the cause as a positive errno value
 *   handles   takes `in`
 *   arg       must outlive this call. All workers call fn(arg, ...) at once */
int leat_each(leat_rx done, leat_rx in, size_t workers, leat_each_fn *fn, void *arg);

/* leat_each, as *how says. With `takes`, fn owns each value. Otherwise as leat_each.
 *   blocks    as leat_each, and until all calls of `end` have returned
 *   returns   as leat_each. EINVAL: `ordered` is set, but calls in several threads have no order
 *   how       a leat_workers; NULL: one worker */
int leat_each_with(leat_rx done, leat_rx in, leat_each_fn *fn, void *arg, const leat_workers *how);

/* ---- drain.c ------------------------------------------------------------------------------------- */

/* An end: receive and discard all values of `in`.
 *   blocks    until `in` is over
 *   returns   0, or the cause as a positive errno value. EINVAL: nil. ENOMEM: see leat_wait
 *   handles   takes `in` */
int leat_drain(leat_rx in);

/* ---- signals.c ----------------------------------------------------------------------------------- */

/* leat_signals(done, LEAT_SIGNALS(SIGINT, SIGTERM)): a source of signals that are sent to the process, as int. Some are
 * kept for a receiver that is busy; when there is no more room, further ones are dropped. At its end the stage restores
 * the former actions of the signals, before its output is over.
 *   errors    EBUSY: another stream of leat_signals has one of these numbers. EINVAL: no number, or one that cannot be
 *             caught. Also the errors of pipe and sigaction */
leat_rx leat_signals(leat_rx done, const int *numbers, size_t count);

/* ---- private: generator.c ------------------------------------------------------------------------ */

#define leat_generator(...) LEAT_PLACED_(leat_generator, __VA_ARGS__)
#define leat_repeat(...) LEAT_PLACED_(leat_repeat, __VA_ARGS__)
#define LEAT_VALUES(T, ...) LEAT_SIZEOF_(T), LEAT_ARRAY_(T, __VA_ARGS__)

/* ---- private: repeat_fn.c ------------------------------------------------------------------------ */

#define leat_repeat_fn_of(...) LEAT_PLACED_(leat_repeat_fn_of, __VA_ARGS__)
#define leat_repeat_fn(done, T, ...) leat_repeat_fn_of((done), LEAT_TYPE(T), __VA_ARGS__)

/* ---- private: source_n.c ------------------------------------------------------------------------- */

#define leat_source_n_of(...) LEAT_PLACED_(leat_source_n_of, __VA_ARGS__)
#define leat_source_n(done, T, n, ...) leat_source_n_of((done), LEAT_TYPE(T), (n), __VA_ARGS__)

/* ---- private: take.c ----------------------------------------------------------------------------- */

#define leat_take(...) LEAT_PLACED_(leat_take, __VA_ARGS__)

/* ---- private: workers.c -------------------------------------------------------------------------- */

struct leat_stage;

/* The work of one worker: a loop over leat_next, in which it calls a user's function with its state. */
typedef void leat_work_fn_(struct leat_stage *stage, void *self, void *state);

/* For the body of a stage: make the state, do the work, and end the state. */
void leat_work_(struct leat_stage *stage, const leat_workers *how, void *arg, leat_work_fn_ *loop, void *self);
leat_workers leat_workers_or_one_(const leat_workers *how);

/* ---- private: map_with.c ------------------------------------------------------------------------- */

#define leat_map_with_of(...) LEAT_PLACED_(leat_map_with_of, __VA_ARGS__)
#define leat_map_with(done, in, T, ...) leat_map_with_of((done), (in), LEAT_TYPE(T), __VA_ARGS__)

/* ---- private: map.c ------------------------------------------------------------------------------ */

leat_rx leat_map_by_(const char *name, leat_rx done, leat_rx in, const leat_type *type, leat_map_fn *fn, void *arg,
                     leat_workers how);

#define leat_map_of(...) LEAT_PLACED_(leat_map_of, __VA_ARGS__)
#define leat_map_n_of(...) LEAT_PLACED_(leat_map_n_of, __VA_ARGS__)
#define leat_map(done, in, T, ...) leat_map_of((done), (in), LEAT_TYPE(T), __VA_ARGS__)
#define leat_map_n(done, in, workers, T, ...) leat_map_n_of((done), (in), (workers), LEAT_TYPE(T), __VA_ARGS__)

/* ---- private: map_ordered.c ---------------------------------------------------------------------- */

leat_rx leat_map_ordered_by_(const char *name, leat_rx done, leat_rx in, const leat_type *type, leat_map_fn *fn,
                             void *arg, leat_workers how);

#define leat_map_ordered_of(...) LEAT_PLACED_(leat_map_ordered_of, __VA_ARGS__)
#define leat_map_ordered(done, in, workers, T, ...) \
	leat_map_ordered_of((done), (in), (workers), LEAT_TYPE(T), __VA_ARGS__)

/* ---- private: steps.c ---------------------------------------------------------------------------- */

#define leat_steps_of(...) LEAT_PLACED_(leat_steps_of, __VA_ARGS__)
#define leat_steps_from_of(...) LEAT_PLACED_(leat_steps_from_of, __VA_ARGS__)
#define leat_steps(done, in, T, ...) leat_steps_of((done), (in), LEAT_TYPE(T), __VA_ARGS__)
#define leat_steps_from(done, T, source, ...) leat_steps_from_of((done), LEAT_TYPE(T), (source), __VA_ARGS__)
#define LEAT_STEPS(...) LEAT_LIST_(leat_step, { LEAT_NULL_, LEAT_NULL_ }, __VA_ARGS__)
#define LEAT_FILTER(fn, ...) { LEAT_NULL_, leat_filters_ }, { leat_kept_filter_(fn), __VA_ARGS__ }
#define LEAT_UPDATE(fn, ...) { LEAT_NULL_, leat_updates_ }, { leat_kept_update_(fn), __VA_ARGS__ }

extern char leat_filters_[1], leat_updates_[1];
leat_map_fn *leat_kept_filter_(leat_filter_fn *fn);
leat_map_fn *leat_kept_update_(leat_update_fn *fn);

/* ---- private: filter.c --------------------------------------------------------------------------- */

#define leat_filter(...) LEAT_PLACED_(leat_filter, __VA_ARGS__)

/* ---- private: each.c ----------------------------------------------------------------------------- */

int leat_each_at_(leat_rx done, leat_rx in, size_t workers, leat_each_fn *fn, void *arg, const char *where);
int leat_each_with_at_(leat_rx done, leat_rx in, leat_each_fn *fn, void *arg, const leat_workers *how,
                       const char *where);

#define leat_each(...) leat_each_at_(__VA_ARGS__, LEAT_HERE_)
#define leat_each_with(...) leat_each_with_at_(__VA_ARGS__, LEAT_HERE_)

/* ---- private: signals.c -------------------------------------------------------------------------- */

#define leat_signals(...) LEAT_PLACED_(leat_signals, __VA_ARGS__)
#define LEAT_SIGNALS(...) LEAT_LIST_(int, 0, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
