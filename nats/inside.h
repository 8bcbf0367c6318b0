/* SPDX-License-Identifier: 0BSD
 *
 * inside.h - private: what the files of this library share. These names do not leave the library.
 */
#ifndef LEATN_INSIDE_H
#define LEATN_INSIDE_H

#include <leat/nats.h>
#include <nats/nats.h>

#include <stdatomic.h>
#include <stdbool.h>

/* ---- connection.c: a connection, and the taps at which messages come out of it ----------------------------------- */

/* A copy of the state of a connection, as it was at one moment. */
struct leatn_state {
	int cause;            /* why the connection has ended, or 0 */
	bool away;            /* there is no server just now */
	unsigned epoch;       /* counts reconnects */
	unsigned denials;     /* counts the denials of the server: see leatn_is_denied */
};

/* How many notes of its stream a tap has heard. */
struct leatn_notes {
	unsigned changes;     /* the stream has changed, or is over */
	unsigned overs;       /* the stream is over */
	unsigned busy;        /* a worker of the group still works */
};

/* The messages of an inbox, as a stream. libnats calls a function for each message, in a thread of the subscription: it
 * sends the message into a channel. So a stage waits for messages, its consumer and `done` in one select. */
struct leatn_tap {
	leat_nats *c;
	leat_rx messages;     /* natsMsg * */
	leat_rx changes;      /* a unit tells the stage to look at the connection again. There is one at most */
	leat_tx poke;         /* the sending end of `changes` */
	natsSubscription *sub;
	natsInbox *inbox;     /* a subject is "<inbox>.<anything>" */
	struct leatn_feed *feed;
	const char *stream, *group;   /* whose notes it hears, or NULL */
	struct leatn_notes notes;
	struct leatn_tap *next;
};

/* The thread of the subscription calls this with each message, before it sends the message into the channel. If the
 * function returns true, it has taken the message. */
typedef bool leatn_take_fn(void *arg, natsMsg *msg);

leat_nats *leatn_share(leat_nats *c);
void leatn_drop(leat_nats *c);
natsConnection *leatn_connection(leat_nats *c);
jsCtx *leatn_jetstream(leat_nats *c);
struct leatn_state leatn_state(leat_nats *c);
leat_time leatn_patience(leat_nats *c);
/* Send what libnats has gathered, and wait for the server for a millisecond at most. */
void leatn_flush(leat_nats *c);

/* Returns 0 or an errno value. A tap that was not opened may be closed. */
int leatn_tap_open(struct leatn_tap *tap, leat_nats *c, size_t room, leatn_take_fn *take, void *arg);
/* After this, receive from `messages` until it is over, or for a while. */
void leatn_tap_drain(struct leatn_tap *tap);
/* Why `messages` is over. */
int leatn_tap_cause(struct leatn_tap *tap);
void leatn_tap_close(struct leatn_tap *tap);
void leatn_poke(leat_tx poke);

/* Returns whether the last denial of the server concerns this plan. A request that is denied has no answer. The server
 * tells the denial beside the answers. */
struct leatn_plan;
bool leatn_is_denied(leat_nats *c, const struct leatn_plan *plan);

/* Send a note to all sources of this stream, in all processes. LEATN_CHANGED: look at the stream again. LEATN_OVER:
 * nothing is left of it. The name of a group: a worker of this group still works. */
#define LEATN_CHANGED ""
#define LEATN_OVER "over."
void leatn_notify(leat_nats *c, const char *stream, const char *note);
struct leatn_notes leatn_tap_notes(struct leatn_tap *tap);

/* ---- errors.c ---------------------------------------------------------------------------------------------------- */

int leatn_errno(natsStatus status);
int leatn_js_errno(natsStatus status, jsErrCode code);
/* Read the answer to a publish. Returns 0, EAGAIN if the stream is full, or another errno value. */
int leatn_stored(natsMsg *answer);
/* Returns whether the trouble may pass: a server starts, a cluster chooses a leader, an answer was lost. */
bool leatn_may_pass(int error);

/* The pause after this one: twice as long, up to the longest. */
static inline leat_time leatn_longer(leat_time pause, leat_time longest)
{
	return pause < longest / 2 ? 2 * pause : longest;
}

/* ---- plan.c: a plan with everything filled in -------------------------------------------------------------------- */

enum { LEATN_WINDOW = 256, LEATN_MOST_WINDOW = 65536 };

struct leatn_plan {
	leat_nats_plan p;         /* no member is left out, except the codec */
	leat_type type;           /* p.type points here */
	leat_codec codec;         /* p.codec points here, or is NULL */
	int is_bytes;             /* the type is leat_bytes */
	char dead[256], label[256];
	char text[];              /* the names */
};

/* Returns NULL, and sets errno: EINVAL, ENOMEM. */
struct leatn_plan *leatn_plan_make(const leat_nats_plan *p);
/* The same for a plan to publish: its subject has no wildcard. */
struct leatn_plan *leatn_plan_make_to_publish(const leat_nats_plan *p);

/* ---- codec.c ----------------------------------------------------------------------------------------------------- */

#define LEATN_TYPE "Leat-Type"

/* Make the message of a value. Returns 0 or an errno value. */
int leatn_encode(const struct leatn_plan *plan, const void *value, const char *reply, const char *id, natsMsg **msg);
/* How many bytes the server counts for such a message, without its reply subject. */
int64_t leatn_size(const struct leatn_plan *plan, natsMsg *msg);
/* Check whether the message has a value of this type. Returns 0, EBADMSG or ENOMEM. */
int leatn_check(const struct leatn_plan *plan, natsMsg *msg);

/* ---- stream.c ---------------------------------------------------------------------------------------------------- */

/* Ask for the end of a stream. Returns 0 or an errno value. */
int leatn_look(leat_nats *c, const char *stream, bool *ended, int *cause);
/* The stream has no room for this publish. Returns EAGAIN if it may have room later, or EMSGSIZE if it never has.
 * *bytes is the limit of the stream, as an earlier call has found it, or 0 before the first call. */
int leatn_full(leat_nats *c, const struct leatn_plan *plan, natsMsg *msg, int64_t *bytes);

/* ---- delivery.c -------------------------------------------------------------------------------------------------- */

/* A source. It lives until its stage has ended and all its deliveries are released. `monitor` protects the members
 * below it. */
struct leatn_source {
	atomic_long users;
	leat_nats *c;
	struct leatn_plan *plan;
	bool keeps;               /* the window counts all deliveries that live, and all of them are kept in progress. Else
	                             only those that nobody has received */
	_Atomic leat_time ack_wait; /* as the server has it */
	leat_rx done;             /* of the stage */
	leat_tx out;              /* of the stage */
	leat_tx poke;             /* wakes the stage: see window.c */
	leat_monitor monitor;
	size_t asked, unanswered; /* values that are still to come; deliveries without an answer */
	unsigned long came;       /* counts the values that have come */
	bool rests;               /* the stage wants to hear of the next delivery */
	int error;                /* the first error of a value, or 0 */
	struct leat_nats_held_ *first;
};

struct leat_nats_held_ {
	struct leatn_source *source;
	natsMsg *msg;
	struct leat_nats_held_ *next, *prev;  /* in the list of the source: the newest one is first */
	struct leat_nats_held_ *behind;       /* in the queue of the stage */
	leat_delivery delivery;
	atomic_bool answered;
	bool decoded;             /* the value must be released */
	leat_bytes bytes;         /* of the message */
	_Alignas(max_align_t) unsigned char value[];
};

void leatn_source_drop(struct leatn_source *s);

/* Make a delivery of a message, and take the message. Returns 0 or an errno value: ENOMEM, EBADMSG. A value that could
 * not be decoded, or was delivered too often, is failed: then *held is NULL. */
int leatn_hold(struct leatn_source *s, natsMsg *msg, struct leat_nats_held_ **held);
/* Publish an answer. Returns 0 or an errno value. */
int leatn_answer(leat_nats *c, natsMsg *msg, const char *text);
void leatn_give_back(leat_nats *c, natsMsg *msg);

/* ---- window.c ---------------------------------------------------------------------------------------------------- */

/* A copy of the state of a window, as it was at one moment. */
struct leatn_window { size_t unanswered; unsigned long came; int error; };

struct leatn_window leatn_window(struct leatn_source *s);
void leatn_window_enter(struct leat_nats_held_ *held);
void leatn_window_leave(struct leat_nats_held_ *held);
/* Returns how many values to ask for now. They count as asked for. */
size_t leatn_window_ask(struct leatn_source *s, size_t queued);
/* Of the values that were asked for, n do not come. */
void leatn_window_forget(struct leatn_source *s, size_t n);
/* Returns true if nothing is unanswered. Then the next delivery pokes the stage. */
bool leatn_window_rest(struct leatn_source *s);
/* Tell the stage of an error. */
void leatn_window_fail(struct leatn_source *s, int error);
/* Tell the server that deliveries are in progress: all, or only the `queued` ones that nobody has received. */
void leatn_window_progress(struct leatn_source *s, size_t queued);

/* ---- group.c ----------------------------------------------------------------------------------------------------- */

/* The values that are left for a group, as the server tells it. */
struct leatn_rest {
	uint64_t delivered, unacknowledged;
	bool more;                /* there are values that were never delivered */
	unsigned busy;            /* counts the notes that a worker still works; 0 while there is more */
};

struct leatn_group {
	struct leatn_source *s;
	bool known;               /* the server has it */
	struct leatn_rest rest;   /* at the last look */
	leat_time quiet;          /* since when `rest` has not changed */
};

/* Both return 0 or an errno value. */
int leatn_group_join(struct leatn_group *group);
/* Ask whether anything is left for the group, while this source waits for it. */
int leatn_group_look(struct leatn_group *group, bool ended, unsigned busy, bool *empty);

/* ---- source.c ---------------------------------------------------------------------------------------------------- */

leat_rx leatn_source_start(leat_rx done, leat_nats *c, const leat_nats_plan *p, bool keeps, const char *where);

#endif
