/* SPDX-License-Identifier: 0BSD
 *
 * leat.h - Go-style channels, select and pipeline stages on POSIX threads.
 *
 *     #include <leat.h>
 *     #include <stdio.h>
 *
 *     static int square(void *arg, const void *in, void *out)
 *     {
 *             const int *n = in;
 *             (void)arg;
 *             *(int *)out = *n * *n;
 *             return 1;
 *     }
 *
 *     int main(void)
 *     {
 *             leat_chan done = leat_make_unit();
 *             leat_rx numbers = leat_generator(done.rx, LEAT_VALUES(int, 1, 2, 3));
 *             leat_rx squares = leat_map(done.rx, numbers, int, square, NULL);
 *
 *             for (int n; leat_recv(squares, &n) > 0;)
 *                     printf("%d\n", n);
 *             leat_drop(squares);
 *             leat_drop(done);
 *             return 0;
 *     }
 *
 * WHERE TO FIND A CALL. This file includes all of these; each can also be included alone.
 *
 *     leat/channel.h   a channel: make, dup, drop and close it, ask about it; the types of values
 *     leat/send.h      send and receive: one value or many, with a deadline, with `done`
 *     leat/select.h    wait for several channels and do one operation; a channel in an event loop
 *     leat/typed.h     handles that know the type of their values, for the compiler to check
 *     leat/time.h      deadlines, sleep, timers, ticks; the clock that a test can drive
 *     leat/threads.h   start functions in threads, and wait until none runs
 *     leat/stages.h    pipelines: generator, take, map, steps, filter, each, drain, signals
 *     leat/streams.h   several streams: fan in, fan out, tee, bridge, or
 *     leat/stage.h     write a stage of your own; check the type of a stream
 *     leat/sync.h      once, single flight, mutex, rwmutex, cond, semaphore
 *     leat/defer.h     calls at the end of a block, if the compiler can
 *     leat/monitor.h   write a lock of your own
 *     leat/groups.h    run functions and wait for them: wait group, error group, fork and join; number of processors
 *     leat/context.h   stop a request: context, a call when something is over, poll
 *     leat/shared.h    what threads share: snapshot, pool, resources
 *     leat/errors.h    errors with a history; errors as elements of a stream
 *     leat/limits.h    how many events a second, how many at once: limiters, gauge
 *     leat/bytes.h     bytes that values share, for streams of blocks and lines
 *     leat/files.h     the files of a tree, blocks and lines of what can be read
 *     leat/io.h        write a stream of bytes to a descriptor; read one in a stage of your own
 *     leat/process.h   another program as a stage
 *     leat/net.h       listening sockets and connections
 *     leat/many.h      values in batches; each value to many receivers
 *     leat/separate.h  partition, distinct, group by, debounce, throttle
 *     leat/combine.h   sorted streams as one, rows of values, windows, running results; several values out of one
 *     leat/alive.h     heartbeat, steward, replicated requests
 *     leat/loop.h      post functions to the thread of an event loop; its descriptor for a stream is in select.h
 *     leat/report.h    see what a running program does, and what is stuck; names of channels
 *
 * WORDS
 *   stream     the receiving end of a channel, as every stage returns it
 *   over       said of a stream: it is closed, and all its values were received. Nothing more will come
 *   cause      an errno value that says why a stream is over; 0 is a natural end. Calls take 0 to 255 as a cause; any
 *              other number becomes EINVAL
 *   done       a stream that tells calls and stages to stop. `done` comes when it is over, has a value, or a sender
 *              waits with one. A thread that watches `done` does not take that value, so it stops all of them. To
 *              cancel, close the channel: a send to a `done` of capacity 0 blocks until all watchers have dropped
 *              `done`, and then returns 0. A nil `done` never comes. A call checks `done` first, so `done` wins over an
 *              operation that is possible at once
 *   deadline   a point in time, such as leat_in(LEAT_MS(500))
 *
 * WHO OWNS A HANDLE
 *  1. A function that returns a handle gives it to its caller. leat_drop ends it, leat_dup makes another. Copying the
 *     struct makes no new handle. Threads may share a handle; drop it only when no thread is inside a call on it.
 *  2. A constructor is a function that makes streams; leat_each and leat_drain count too. It TAKES the handles that it
 *     is given, also when it fails. It borrows `done`. It borrows an array, and takes the handles in it. So nested
 *     calls leak nothing.
 *  3. Operations (send, receive, select, leat_len, ...) borrow.
 *  4. Dropping the last sending end closes the channel. Dropping the last receiving end ends all sends and releases
 *     the queued values. So a stage stops when its consumer has left, and then the stage above it, all the way up.
 *  5. A constructor never returns nil. When it fails it returns a stream that is over and has the cause. A stage that
 *     is given such a stream passes the cause on. So it is enough to check leat_cause of the outermost handle.
 *
 * WHAT A CALL RETURNS
 *   > 0   it happened: 1, or the number of values for the _n forms
 *     0   the channel is over. A receive: nothing more will come. A send: it is closed, or nobody is left to receive
 *    -1   it did not happen, and errno says why. A value that was to be sent is still yours.
 *         ETIMEDOUT   the deadline passed
 *         EAGAIN      the deadline was LEAT_NOW, and nothing was ready; or there is no thread to start
 *         ECANCELED   `done` came first
 *         EINVAL      the arguments make no sense
 *         ENOMEM      there is no memory
 *
 * HOW AN ERROR IS TOLD. An error is an errno value. leat_strerror tells it as text.
 *  - A call that does something returns -1 and sets errno. After any other result errno has no meaning (but see
 *    leat_replicate).
 *  - A constructor of streams never returns nil. When it fails it returns a stream that is over and has the cause: the
 *    stream goes on to another stage, and takes the cause there. Contexts and gauges, which also go from hand to hand,
 *    are like streams.
 *  - A constructor of another thing, such as a group or a pool, returns NULL and sets errno: its caller uses it and
 *    checks it at once. NULL may be given to all calls on such a thing. They fail with EINVAL; if they return nothing,
 *    they do nothing. An object or a value that was to be given to the thing is still yours.
 *  - A call that waits for the end of something returns why it ended: 0, or the cause as a positive errno value. These
 *    are leat_each, leat_drain, leat_errgroup_wait and leat_errgroup_wait_all.
 *  - Your own functions, which leat calls, fail with a negative errno value, such as -EIO.
 *
 * RULES FOR ALL CALLS
 *  - Any number of threads may call at once, unless the call says otherwise.
 *  - A function that you give to a call gets its `arg` as you gave it. Each call says how long `arg` must stay valid.
 *  - Such a function must not be left by longjmp or by a C++ exception. It may be left by pthread_exit where the call
 *    says so.
 *  - A macro evaluates each argument once.
 *  - A call that makes or starts something notes its file and line for reports (see report.h). So it is a macro with
 *    the name of a function. The function itself has no such place: use it by its address, or as (leat_make_unit)().
 *  - No call is a cancellation point. None may be called from a signal handler (see leat_signals).
 *  - The child of a fork has one thread, and none of its parent's stages. It may make all kinds of things and use them,
 *    wherever the parent's threads were at the fork. It must not use what its parent made, and need not free that.
 *  - A process may have several copies of leat, such as libleat.so and a plugin with the two files of `make single`.
 *    Each copy has its own threads, its own leat_wait_all and leat_trim, and its own fake clock. Use a handle only
 *    with calls of the copy that made it. (Copies whose symbols are visible become one when a process loads them.)
 *  - libleat.so stays loaded after dlclose. A plugin that contains leat may be unloaded after leat_wait_all and
 *    leat_trim, but not at the moment at which a thread ends that has waited in it or used a pool of it. For each such
 *    pool, a thread that lives on keeps 160 bytes. A plugin linked with -Wl,-z,nodelete stays loaded.
 *  - leat is tested on Linux only. Elsewhere threads have no numbers and no names in reports. The part for macOS was
 *    never compiled.
 *  - Names that end in _ are private.
 */
#ifndef LEAT_H
#define LEAT_H

/* LEAT_VERSION is the version of these headers, as "MAJOR.MINOR.PATCH". */
#define LEAT_VERSION "0.2.0"

/* The core: lib/. */
#include "leat/channel.h"
#include "leat/send.h"
#include "leat/select.h"
#include "leat/typed.h"
#include "leat/time.h"
#include "leat/threads.h"
#include "leat/stage.h"
#include "leat/monitor.h"
#include "leat/report.h"

/* Patterns: each section of these is named after the file of patterns/ that has its code. */
#include "leat/stages.h"
#include "leat/streams.h"
#include "leat/defer.h"
#include "leat/sync.h"
#include "leat/groups.h"
#include "leat/context.h"
#include "leat/shared.h"
#include "leat/errors.h"
#include "leat/limits.h"
#include "leat/many.h"
#include "leat/separate.h"
#include "leat/combine.h"
#include "leat/bytes.h"
#include "leat/files.h"
#include "leat/io.h"
#include "leat/process.h"
#include "leat/net.h"
#include "leat/alive.h"
#include "leat/loop.h"

#endif
