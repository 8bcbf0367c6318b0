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
 *   stream     in leat, the receiving end of a channel. Here it is also a queue of values that the server keeps on its
 *              disk under a name
 *   group      workers that share the values of a stream: each value goes to one of them. Another group gets
 *              everything once more
 *   delivery   a value that the server has given to one worker. The worker acknowledges it when the work is done.
 *              Otherwise the server delivers it again, to any worker of the group
 *   letter     a dead letter is a value that was delivered several times without success. It moves to another stream,
 *              "<stream>-dead"
 *
 * ORDER OF CALLS. Some program must call leat_nats_make before sinks and sources start: without the stream they end
 * with ENOENT. A program calls leat_nats_end when the last value is published. A stream that has ended stays on the
 * server until leat_nats_remove. leat_nats_make refuses it with EBUSY until then.
 *
 * WHAT IS PROMISED. At least once: when the server has acknowledged a publish, it delivers the value until a worker of
 * each group has acknowledged it, or until the value is a dead letter. A worker or the server may be killed at any
 * moment.
 *
 * WHAT IS NOT PROMISED
 *  - Not exactly once, and no bound on duplicates. A worker that is killed between its work and its acknowledgement has
 *    its work done again. A publish that is repeated counts once only if the repetition comes within the server's
 *    window of duplicates, 2 minutes by default (see leat_nats_limits).
 *  - The server acknowledges a publish when the value is in its file, not when it is on the disk: the server calls
 *    fsync about once a minute. A killed server loses nothing. A machine that loses its power may lose all values since
 *    the last fsync. Keep three replicas, or set sync_interval lower, which servers have since 2.10.
 *  - No order between values that are delivered again, or between workers. A sink that repeats publishes, after a
 *    reconnect or because the stream is full, changes their order, too.
 *
 * HOW AN ERROR IS TOLD. As everywhere in leat, a cause is an errno value. These mean:
 *     ECONNREFUSED  no server answered when the connection was opened
 *     ENOTCONN      the server was away for longer than the patience of leat_nats_login
 *     EACCES        the server refuses the user, or denies the user a subject
 *     EPROTO        TLS: one side wants it and the other cannot, or a certificate is refused
 *     ENOENT        there is no such stream, or it was deleted. Or a file of leat_nats_login is missing
 *     EOPNOTSUPP    the server has no JetStream
 *     EBUSY         the stream exists with other settings, or has ended. Or the group exists as another kind, or the
 *                   stream allows no such group
 *     EBADMSG       the value has another type than the receiver expects
 *     ENOSPC        the server has no room for another stream or group
 *     EMSGSIZE      the value is larger than the server's max_payload, or than the limit of bytes of the stream
 *     EINVAL        a plan, a codec or a login is not as described below
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
	leat_time timeout;              /* how long one attempt to connect may take; 0: 2 s */
	leat_time patience;             /* how long streams wait for a server that is away or does not answer; 0: 30 s; or
	                                   LEAT_NEVER */
} leat_nats_login;

/* Connect. `urls` has one URL, or up to 64 of them with commas or spaces between. When the connection breaks, libnats
 * connects again, and the streams go on.
 *   blocks    until one of the servers has answered, or an attempt with each of them has failed
 *   returns   never NULL. After a failure leat_nats_cause tells it, and so do all streams that are made with it
 *   threads   libnats has three threads for a process, four for each connection (the fourth starts with the first
 *             request), and one for each source and sink. leat has one more for each source and sink, and
 *             leat_nats_each also has its workers. They sleep while nothing happens. libnats sends a ping each 10 s */
leat_nats *leat_nats_open(const char *urls, const leat_nats_login *login);

/* Why the connection has failed for good, or 0. */
int leat_nats_cause(leat_nats *c);

/* Give the connection back. It ends when no stream and no delivery uses it any more. The last user ends it: this call,
 * a stream, or the release of a delivery. It sends all acknowledgements before. NULL is left alone.
 *   blocks    the last user only: until the server has answered, for 4 s at most */
void leat_nats_close(leat_nats *c);

/* ---- codec.c ------------------------------------------------------------------------------------- */

/* A codec turns values into bytes, and bytes into values. You need one if the C type has pointers, or if the machines
 * differ in byte order or in the layout of structs.
 *   name      is sent with each value, and has no spaces. A receiver with another codec refuses the value
 *   encode    makes bytes: *out is zeroed before the call, and leat drops it afterwards. A negative errno value ends
 *             the sink with that cause
 *   decode    makes a value of `type` from `in`. A negative errno value counts as a failure of the work on this value
 *   arg       must outlive the streams
 *   threads   each source and each sink calls it in one thread at a time. Two of them may call at once */
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
	const char *stream;      /* its name: at most 200 bytes, without dots, spaces, slashes, * and > */
	const char *subject;     /* where to publish, and what a source takes [the name]. Words with dots between. For a
	                            source and for the stream, * is any word, and > is all words at the end */
	const char *group;       /* the group that a source belongs to, a name like that of a stream ["workers"] */
	const leat_type *type;   /* of the values [leat_bytes]. Without a codec they are sent as they lie in memory */
	const leat_codec *codec; /* or NULL. Then `type` is that of the codec */
	size_t window;           /* sink: how many publishes may be unacknowledged. Source: how many values it holds ahead of
	                            its consumer; leat_nats_each: ahead of its workers [256; at most 65536] */
	leat_time ack_wait;      /* after so long without a sign of the worker a value is delivered again [30 s] */
	long tries;              /* after so many deliveries without success a value is a dead letter [0: never]. A
	                            delivery counts also if the worker was killed or gave the value back. So allow more */
} leat_nats_plan;

/* How much a stream keeps. A member that is 0 has the value in brackets. */
typedef struct leat_nats_limits {
	int64_t values, bytes;   /* a stream with so many is full: sinks wait until workers acknowledge some [no limit] */
	leat_time duplicates;    /* a publish that is repeated within this time counts once [2 min] */
	int replicas;            /* 3: on three servers of a cluster [1] */
	int groups;              /* 0: one group, and the server deletes a value that is acknowledged. 1: the server keeps all
	                            values until leat_nats_remove, so that several groups can get them [0] */
	int memory;              /* 1: not on disk */
} leat_nats_limits;

/* Make the stream, and one more for its dead letters: "<stream>-dead", with the subject of the same name. A source
 * reads the dead letters if its plan has this name as its stream. A stream that exists with the same settings is left
 * as it is. `limits` may be NULL.
 *   blocks    until the server has answered two requests, for 5 s at most each
 *   returns   0. -1: errno is one of the causes above. EBUSY: the stream exists with other settings, or has ended */
int leat_nats_make(leat_nats *c, const leat_nats_plan *p, const leat_nats_limits *limits);

/* Delete the stream and its dead letters, with all values in them. Its sources and sinks end with ENOENT.
 *   blocks    as leat_nats_make
 *   returns   as leat_nats_make. -1 with ENOENT: there is no such stream */
int leat_nats_remove(leat_nats *c, const leat_nats_plan *p);

/* End the stream, for everybody, with this cause. 0 is a natural end; a cause above 255 becomes EINVAL. The server
 * seals the stream: nobody can publish to it any more. A source ends with the cause when its group has acknowledged
 * every value. The end cannot be taken back.
 *   blocks    until the server has answered two or three requests, for 5 s at most each
 *   returns   as leat_nats_make. -1 with EALREADY: the stream has ended with another cause. Of two calls at once the
 *             first one stands. Only a cluster may take two calls that come within a few milliseconds. Then the last
 *             one stands */
int leat_nats_end(leat_nats *c, const leat_nats_plan *p, int cause);

/* ---- delivery.c ---------------------------------------------------------------------------------- */

/* A value from the server. `value` points to a value of the plan's type. It may be read until the delivery is released:
 * a leat_bytes, too, points into the message. */
typedef struct leat_delivery {
	void *value;
	long attempt;             /* 1: the value is delivered for the first time */
	uint64_t number;          /* the number of the value in the stream, from 1 on */
	struct leat_nats_held_ *held_;
} leat_delivery;

/* The type of a channel of deliveries. Its release is leat_nats_release. */
extern const leat_type leat_delivery_type;

/* Acknowledge the value: the work is done. The server does not deliver it again, if the acknowledgement reaches the
 * server. This call does not wait for that.
 *   returns   0. -1 with EALREADY: the delivery was acknowledged or failed before. -1 with another cause: nothing could
 *             be sent, and the server delivers the value again
 *   handles   borrows *d: it still has to be released, by leat_nats_release
 *   threads   any, for all calls with a delivery */
int leat_nats_ack(leat_delivery *d);

/* The work has failed, with `cause`. The server delivers the value again: after the first attempt at once, after the
 * second in 100 ms, then after twice as long each time, up to ack_wait. After `tries` deliveries the value becomes a
 * dead letter. Its header Leat-Reason has the text of the cause, Leat-Number the number of the value, Leat-Group the
 * group.
 *   blocks    only to make a dead letter: until the server has answered, for 2 s at most
 *   returns   as leat_nats_ack */
int leat_nats_fail(leat_delivery *d, int cause);

/* Ask for more time for the work: the ack_wait of the value begins again.
 *   returns   as leat_nats_ack */
int leat_nats_progress(leat_delivery *d);

/* A header of the message, such as "Leat-Reason", or NULL. It may be read until the delivery is released. */
const char *leat_nats_header(const leat_delivery *d, const char *name);

/* Release a delivery. If it was neither acknowledged nor failed, its value goes back to the server, which delivers it
 * to another worker at once. This makes no dead letter, but it counts as a delivery. */
void leat_nats_release(leat_delivery *d);

/* ---- source.c ------------------------------------------------------------------------------------ */

/* A stream of leat_delivery: the values of the plan's subject that this group has not acknowledged. The source asks the
 * server for `window` values, and for more when it has passed on half of them. So a slow consumer holds the server
 * back. While values wait in the source, it tells the server that they are in progress. A value that the consumer has
 * received must be acknowledged within ack_wait, or leat_nats_progress must ask for more time.
 *
 * THE END. The source ends when leat_nats_end has ended the stream, and the group has acknowledged every value. Its
 * cause is the one that leat_nats_end was given. If a killed worker had a value, the end waits until another worker has
 * got that value, after its ack_wait, and has acknowledged it.
 *
 * A GROUP THAT STANDS STILL. The server says that it has values, but for twice the ack_wait and a second it delivers
 * none, and no answer comes. If another program cannot be the reason, the source deletes the group and makes it again.
 * Values that were not acknowledged come again, and their attempts count from 1. In a stream with `groups` it deletes
 * no group: that would bring all values once more.
 *
 * When the source ends, the values in it go back to the server. The source sees `done` at once, except while it asks
 * for the state of the stream. If the server does not answer then, the source sees `done` after 5 s.
 *   returns   the deliveries, which must all be released
 *   handles   borrows `done`. The connection may be closed before the stream ends
 *   errors    at the end: those above. ENOMEM */
leat_rx leat_nats_source(leat_rx done, leat_nats *c, const leat_nats_plan *p);

/* Call fn(arg, value) with every value, in `workers` threads, as leat_each does. If fn returns 0 or more, the value is
 * acknowledged. If fn returns a negative errno value, the value fails, as by leat_nats_fail. Then the worker takes the
 * next value: one bad value does not end the stream. While fn works, the source tells the server about the progress.
 *   blocks    until the stream is over, or `done` comes, and all calls of fn have returned
 *   returns   0, or the cause as a positive errno value
 *   arg       must outlive this call. All workers call fn(arg, ...) at once */
int leat_nats_each(leat_rx done, leat_nats *c, const leat_nats_plan *p, size_t workers, leat_each_fn *fn, void *arg);

/* ---- sink.c -------------------------------------------------------------------------------------- */

/* Publish all values of `in`. The values are leat_bytes, or of a type without a release, or of the codec's type. At
 * most `window` publishes are unacknowledged. When the connection has broken, the sink waits until libnats has
 * connected again, and repeats these publishes. When the stream is full, the sink waits until there is room.
 *
 * Keep `window` times the size of a value below 32 MiB, for sinks and sources: a server drops a client for which 64 MiB
 * wait.
 *
 * Nobody need receive: the server keeps the values. The end of `in` does not end the stream: see leat_nats_end.
 *   blocks    until `in` is over and everything is acknowledged, `done` comes, or the sink fails. If the server does
 *             not answer, the sink may see `done` 5 s late, and needs 2 s more to close its inbox
 *   returns   0, or the cause as a positive errno value: that of `in`, of `done`, or one of those above. After a
 *             failure some of the last `window` values may be in the stream, and others not
 *   handles   takes `in`, borrows `done` */
int leat_nats_sink(leat_rx done, leat_rx in, leat_nats *c, const leat_nats_plan *p);

/* ---- put.c --------------------------------------------------------------------------------------- */

/* Publish one value, and wait until the server has it. A worker calls this with its result before it acknowledges the
 * value that it has worked on. So no result is lost. If the worker is killed between the two calls, the result comes
 * twice. Give an `id` that depends on the work alone: then the server keeps one of the two, within its window of
 * duplicates.
 *   blocks    until it is acknowledged, `done` comes, or it fails. While the stream is full, it waits as a sink does.
 *             If the server does not answer, this call may see `done` 5 s late
 *   id        the message id; NULL: a new one for each call
 *   returns   0. -1: errno is one of the causes above, or that of `done`, or ECANCELED. The value may be in the
 *             stream or not */
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
