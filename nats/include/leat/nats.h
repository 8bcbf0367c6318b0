/* SPDX-License-Identifier: 0BSD
 *
 * nats.h - streams between machines, through a server of NATS JetStream.
 *
 *     leat_nats *nats = leat_nats_open("nats://queue.example:4222", NULL);
 *     leat_nats_plan jobs = { .stream = "jobs", .type = LEAT_TYPE(struct job) };
 *
 *     cause = leat_nats_sink(done, in, nats, &jobs);             // on one machine
 *     cause = leat_nats_each(done, nats, &jobs, 4, work, &all);  // on many others
 *     leat_nats_close(nats);
 *
 * This is a library of its own, leat-nats, which needs libnats. leat does not know of it.
 *
 * WORDS
 *   stream     here also: what the server keeps under a name, on its disk, until the values are done with
 *   group      workers that share the values of a stream: each value goes to one of them. Another group gets
 *              everything once more
 *   delivery   a value that the server has given to one worker. The worker acknowledges it when the work is done.
 *              Otherwise the server delivers it again, to any worker of the group
 *
 * WHAT IS PROMISED. At least once: a value whose publish was acknowledged is delivered until some worker of each group
 * has acknowledged it, or until it is a dead letter. A worker or the server may be killed at any moment.
 *
 * WHAT IS NOT PROMISED
 *  - Not exactly once, and no bound on duplicates. A worker that is killed between its work and its acknowledgement has
 *    its work done again. A publish that is repeated counts once only if the repetition comes within the server's
 *    window of duplicates, 2 minutes by default (see leat_nats_limits).
 *  - The server acknowledges a publish when its file has it, not when the disk has it: it calls fsync about once a
 *    minute. A killed server loses nothing. A machine that loses its power may lose what came after the last fsync. Keep
 *    three replicas, or set sync_interval lower, which servers have since 2.10.
 *  - No order between values that are delivered again, or between workers. A sink that repeats publishes, after a
 *    reconnect or because the stream is full, changes their order, too.
 *
 * HOW AN ERROR IS TOLD. As everywhere in leat, a cause is an errno value. These mean:
 *     ECONNREFUSED  no server answered when the connection was opened
 *     ENOTCONN      the server was away for longer than the patience of leat_nats_login
 *     EACCES        the server refuses the user, or what it wants to do
 *     EPROTO        TLS: one side wants it and the other cannot, or a certificate is refused
 *     ENOENT        there is no such stream, or it was deleted; or no such file, of those of leat_nats_login
 *     EOPNOTSUPP    the server has no JetStream
 *     EBUSY         the stream exists, but as another kind; or the group exists, or is refused, as another kind
 *     EBADMSG       the value has another type than the receiver expects
 *     ENOSPC        the server has no room for another stream or group
 *     EMSGSIZE      the value is larger than the server allows, or than the whole stream may be
 *     EPIPE         a publish to a stream that has ended
 *     ETIMEDOUT     the server does not answer
 *     EIO           another failure of libnats or of the server
 */
#ifndef LEAT_NATS_H
#define LEAT_NATS_H

#include <leat.h>
#ifdef __cplusplus
extern "C" {
#endif

/* ---- connection.c -------------------------------------------------------------------------------- */

/* A connection to a server, or to one of several servers of a cluster. Streams of one process share it. */
typedef struct leat_nats leat_nats;

/* How to log in, and for how long to wait for a server that is away. A member that is 0 or NULL is left out. A user and
 * a password may also stand in the URL: "nats://user:password@host". */
typedef struct leat_nats_login {
	const char *credentials;        /* a file with a JWT and its seed, as nsc writes it */
	const char *authority;          /* a file with the certificates that are trusted. NULL: those of the system */
	const char *certificate, *key;  /* files: our own certificate, and its key; both or none. With these, or with
	                                   an authority, the connection uses TLS, or fails */
	leat_time timeout;              /* of one attempt to connect; 0: 2 s */
	leat_time patience;             /* for how long streams wait for a server that is away; 0: 30 s; or LEAT_NEVER */
} leat_nats_login;

/* Connect. `urls` has one URL, or up to 64 of them with commas or spaces between. When the connection breaks, libnats connects again, and
 * the streams go on.
 *   blocks    until one of the servers has answered, or an attempt with each of them has failed
 *   returns   never NULL. After a failure leat_nats_cause tells it, and so do all streams that are made with it
 *   threads   libnats has three threads for a process, four for each connection, and one for each source and sink. They
 *             sleep while nothing happens. libnats sends a ping each 10 s */
leat_nats *leat_nats_open(const char *urls, const leat_nats_login *login);

/* Why the connection has failed for good, or 0. */
int leat_nats_cause(leat_nats *c);

/* Give the connection back. It ends when no stream and no delivery uses it any more. What was acknowledged is sent
 * before. NULL is left alone. */
void leat_nats_close(leat_nats *c);

/* ---- codec.c ------------------------------------------------------------------------------------- */

/* How values become bytes and values again, where the bytes of the C type will not do: it has pointers, or the machines
 * differ in byte order or in the layout of structs.
 *   name      is sent with each value. A receiver with another codec refuses the value
 *   encode    makes bytes: *out is ready, zeroed, and is dropped after the call. < 0: a failure, which ends the sink
 *   decode    makes a value of `type` from `in`. < 0: a failure, which counts as a failure of the work on this value
 *   arg       must outlive the streams
 *   threads   one thread for each source and for each sink */
typedef struct leat_codec {
	const char *name;
	const leat_type *type;
	int (*encode)(void *arg, const void *value, leat_bytes *out);
	int (*decode)(void *arg, const leat_bytes *in, void *value);
	void *arg;
} leat_codec;

/* ---- stream.c ------------------------------------------------------------------------------------ */

/* Which stream, and what its values are. A member that is 0 or NULL has the value in brackets. The plan may end before
 * the streams that were made with it, but type->name and the codec may not. */
typedef struct leat_nats_plan {
	const char *stream;      /* its name. No dots, spaces, slashes, * or > */
	const char *subject;     /* where to publish, and what a source takes [the name]. Words with dots between. For a
	                            source and for the stream, * is any word, and > is all words at the end */
	const char *group;       /* whose workers share the values ["workers"]. No dots, spaces, slashes, * or > */
	const leat_type *type;   /* of the values [leat_bytes]. Without a codec they are sent as they lie in memory */
	const leat_codec *codec; /* or NULL. Then `type` is that of the codec */
	size_t window;           /* sink: how many publishes may be unacknowledged. Source: how many values it holds ahead of
	                            its consumer; leat_nats_each: ahead of its workers [256] */
	leat_time ack_wait;      /* after so long without a sign of the worker a value is delivered again [30 s] */
	long tries;              /* after so many deliveries without success a value is a dead letter [0: never]. A delivery counts
	                            also if the worker was killed or gave the value back, so leave room for these */
} leat_nats_plan;

/* How much a stream keeps. A member that is 0 has the value in brackets. */
typedef struct leat_nats_limits {
	int64_t values, bytes;   /* when the stream has so many it is full: sinks wait until workers have acknowledged [any] */
	leat_time duplicates;    /* a publish that is repeated within this time counts once [2 min] */
	int replicas;            /* 3: on three servers of a cluster [1] */
	int groups;              /* 1: values stay after they were acknowledged, so that several groups get everything. Such a
	                            stream is emptied only by leat_nats_remove [0: one group, and acknowledged values go away] */
	int memory;              /* 1: not on disk */
} leat_nats_limits;

/* Make the stream, and one more for its dead letters: "<stream>-dead", with the subject of the same
 * name. A source with this name as its plan's stream reads them. A stream that exists with the same settings is left as
 * it is.
 *   blocks    until the server has answered twice, at most 5 s each
 *   returns   0. -1: errno is one of the causes above */
int leat_nats_make(leat_nats *c, const leat_nats_plan *p, const leat_nats_limits *limits);

/* Delete the stream and its dead letters. Sources and sinks of it end with ENOENT.
 *   returns   as leat_nats_make */
int leat_nats_remove(leat_nats *c, const leat_nats_plan *p);

/* The stream is over, for everybody, with this cause; 0 is a natural end. The server seals the stream: no more can be
 * published. A source ends with the cause when everything was delivered and acknowledged in its group. The end cannot be
 * taken back.
 *   returns   as leat_nats_make. -1 with EALREADY: it is over, with another cause. Of two calls at once the first one
 *             stands. Only a cluster may take both if they come within its few milliseconds; then the last one stands */
int leat_nats_end(leat_nats *c, const leat_nats_plan *p, int cause);

/* ---- delivery.c ---------------------------------------------------------------------------------- */

/* A value from the server. `value` points to it: to a value of the plan's type, or to a leat_bytes, which may be read
 * until the delivery is released. */
typedef struct leat_delivery {
	void *value;
	long attempt;             /* 1: it is delivered for the first time */
	uint64_t number;          /* of the value in the stream: 1 is the first one */
	struct leat_nats_held_ *held_;
} leat_delivery;

/* For channels of deliveries. The release gives a value that was not acknowledged back to the server, which delivers it
 * to another worker at once. */
extern const leat_type leat_delivery_type;

/* The work is done: the value is not delivered again, if the server learns of it. There is no answer.
 *   returns   0. -1 with EALREADY: it was answered before. -1 with another cause: it could not be sent. The value may be
 *             delivered again
 *   handles   borrows *d; release it as before, by leat_nats_release */
int leat_nats_ack(leat_delivery *d);

/* The work has failed, with `cause`: the server delivers the value again at once, or, after `tries` deliveries, it goes to
 * the dead letters. There the header Leat-Reason has the text of the cause, Leat-Number the number of the value.
 *   returns   as leat_nats_ack */
int leat_nats_fail(leat_delivery *d, int cause);

/* More time for the work: the ack_wait of the value begins again.
 *   returns   as leat_nats_ack */
int leat_nats_progress(leat_delivery *d);

/* A header of the message, such as "Leat-Reason". It may be read until the delivery is released. NULL: there is none. */
const char *leat_nats_header(const leat_delivery *d, const char *name);

/* Release a delivery. Without leat_nats_ack before, this is leat_nats_fail with ECANCELED, but it makes no dead letter. */
void leat_nats_release(leat_delivery *d);

/* ---- source.c ------------------------------------------------------------------------------------ */

/* A stream of leat_delivery: the values of the plan's subject that are not acknowledged in this group. It asks the server
 * for `window` values, and for more when it has passed on half of them. So the consumer holds the server back. Values
 * that wait in the source have more time: it tells the server that they are in progress.
 *
 * THE END. leat_nats_end has ended the stream, and all its values are acknowledged in this group: the cause is the one
 * that was given there. A value that a killed worker had comes first, after its ack_wait.
 *
 * A GROUP THAT STANDS STILL. The server says that there are values, but for twice the ack_wait and a second none has come.
 * The source then deletes the group and makes it again. Values that were not acknowledged come again, as attempt 1.
 *
 * When the source ends, the values in it go back to the server. `done` is seen at once, but for the moments in which the
 * source asks for the state of the stream: then after 5 s, if the server does not answer.
 *   returns   the deliveries, which must all be released
 *   handles   borrows `done`. The connection may be closed before
 *   errors    at the end: those above. ENOMEM */
leat_rx leat_nats_source(leat_rx done, leat_nats *c, const leat_nats_plan *p);

/* Call fn(arg, value) with every value, in `workers` threads, as leat_each does. If fn returns 0 or more, the value is
 * acknowledged. A negative errno value fails it, as leat_nats_fail does. Then the next value follows: one bad value does
 * not end the stream. While fn works, the server is told that its value is in progress.
 *   blocks    until the stream is over, or `done` comes, and all calls of fn have returned
 *   returns   0, or the cause as a positive errno value
 *   arg       must outlive this call. All workers call fn(arg, ...) at once */
int leat_nats_each(leat_rx done, leat_nats *c, const leat_nats_plan *p, size_t workers, leat_each_fn *fn, void *arg);

/* ---- sink.c -------------------------------------------------------------------------------------- */

/* Publish all values of `in`. The values are leat_bytes, or of a type without a release, or of the codec's type. At most
 * `window` publishes are unacknowledged. When the connection has broken, the sink waits until it is there again, and
 * repeats these. When the stream is full, it waits until there is room.
 *
 * `window` times the size of a value should stay below 32 MiB: a server drops a client for which 64 MiB wait. So should
 * that of a source.
 *
 * Nobody need receive: the server keeps the values. The end of `in` does not end the stream: see leat_nats_end.
 *   blocks    until `in` is over and everything is acknowledged, `done` comes, or it fails. A server that is there and
 *             says nothing hides `done` for 5 s at most, and then its goodbye takes 2 s
 *   returns   0, or the cause as a positive errno value. Of the last `window` values some may then be in the stream
 *   handles   takes `in`, borrows `done` */
int leat_nats_sink(leat_rx done, leat_rx in, leat_nats *c, const leat_nats_plan *p);

/* ---- put.c --------------------------------------------------------------------------------------- */

/* Publish one value, and wait until the server has it. A worker calls this with its result before it acknowledges what
 * the result was made of. So no result is lost. If the worker is killed between the two, the result comes twice: an `id`
 * that depends on the work alone makes the server count both once, within its window of duplicates.
 *   blocks    until it is acknowledged, `done` comes, or it fails. A server that is there and says nothing hides `done`
 *             for 5 s at most
 *   id        the message id; NULL: one of its own
 *   returns   0. -1: errno is one of the causes above, or that of `done`, or ECANCELED. The value may be in the stream */
int leat_nats_put(leat_rx done, leat_nats *c, const leat_nats_plan *p, const void *value, const char *id);

/* ---- private ------------------------------------------------------------------------------------- */

leat_rx leat_nats_source_at_(leat_rx done, leat_nats *c, const leat_nats_plan *p, const char *where);
int leat_nats_each_at_(leat_rx done, leat_nats *c, const leat_nats_plan *p, size_t workers, leat_each_fn *fn, void *arg,
                       const char *where);
int leat_nats_sink_at_(leat_rx done, leat_rx in, leat_nats *c, const leat_nats_plan *p, const char *where);

#define leat_nats_source(...) leat_nats_source_at_(__VA_ARGS__, LEAT_HERE_)
#define leat_nats_each(...) leat_nats_each_at_(__VA_ARGS__, LEAT_HERE_)
#define leat_nats_sink(...) leat_nats_sink_at_(__VA_ARGS__, LEAT_HERE_)

#ifdef __cplusplus
}
#endif
#endif
