/* leat_nats_open - a connection, and taps: the messages of an inbox as a stream.
 *
 *     server -> libnats: thread of the connection -> thread of a subscription -> [messages] -> stage
 *                                                    thread for events        -> [changes]  -> stage
 *
 * WHO FREES IT. libnats calls functions with the connection as their argument, some after natsConnection_Destroy. So
 * the memory has two parties: the last user, and on_closed, the function that libnats calls last. The later of the two
 * frees it. Only a note may come after that. So on_note first looks for its connection in the list of open ones.
 *
 * SPDX-License-Identifier: 0BSD
 */
#define _POSIX_C_SOURCE 200809L
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	MOST_URLS = 64,
	PINGS = 2,                 /* without an answer: then the connection counts as broken */
	/* milliseconds */
	PING = 10 * 1000,
	PAUSE = 100,
	WAIT = 5 * 1000,
	FLUSH = 2 * 1000,
	DRAIN = 1000,
	WRITE = 2000,
	/* bytes */
	KEPT = 16 * 1024,
	BUFFER = 2 * 1024 * 1024
};

struct leat_nats {
	atomic_int users, parties;
	natsConnection *nc;
	jsCtx *js;
	natsSubscription *notes;
	leat_time patience;
	leat_monitor monitor;      /* protects the members below, but not `next` */
	struct leatn_state state;
	struct leatn_tap *taps;
	char denied[512];          /* the words of the server, with the subject */
	leat_nats *next;           /* in `hearers` */
};

/* The open connections. on_note holds `hearing` while it uses one, so nobody frees that connection meanwhile. */
static leat_monitor hearing;
static leat_nats *hearers;

/* ------------------------------------------------------------------------------------------- what libnats calls -- */

static void leave_party(leat_nats *c)
{
	if (atomic_fetch_sub(&c->parties, 1) == 1)
		free(c);
}

/* If the stage has not received the last unit yet, this one replaces it: one is enough to wake the stage. */
void leatn_poke(leat_tx poke)
{
	(void)leat_force_send_sized(poke, NULL, 0); /* 0 when the stage has ended */
}

static void poke_all(leat_nats *c)
{
	for (struct leatn_tap *tap = c->taps; tap; tap = tap->next)
		leatn_poke(tap->poke);
}

static void on_away(natsConnection *nc, void *of_c)
{
	leat_nats *c = of_c;

	(void)nc;
	leat_monitor_enter(&c->monitor);
	c->state.away = true;
	poke_all(c);
	leat_monitor_leave(&c->monitor);
}

static void on_back(natsConnection *nc, void *of_c)
{
	leat_nats *c = of_c;

	(void)nc;
	leat_monitor_enter(&c->monitor);
	c->state.away = false;
	c->state.epoch++;
	poke_all(c);
	leat_monitor_leave(&c->monitor);
}

/* libnats calls this last. It comes after natsConnection_Destroy, or when a server has refused the user twice: only
 * then does libnats give up by itself. */
static void on_closed(natsConnection *nc, void *of_c)
{
	leat_nats *c = of_c;
	const char *text;
	int error = leatn_errno(natsConnection_GetLastError(nc, &text));

	leat_monitor_enter(&c->monitor);
	c->state.away = true;
	c->state.cause = error ? error : ENOTCONN;
	poke_all(c);
	leat_monitor_leave(&c->monitor);
	leave_party(c);
}

/* libnats reports what the server has denied only here: other errors also fail a call. Without this function libnats
 * would write them to stderr. */
static void on_error(natsConnection *nc, natsSubscription *sub, natsStatus status, void *of_c)
{
	leat_nats *c = of_c;
	const char *text = NULL;

	(void)sub;
	if (status != NATS_NOT_PERMITTED)
		return;
	(void)natsConnection_GetLastError(nc, &text);
	leat_monitor_enter(&c->monitor);
	snprintf(c->denied, sizeof c->denied, "%s", text ? text : "");
	c->state.denials++;
	poke_all(c);
	leat_monitor_leave(&c->monitor);
}

/* LEATN_OVER has a dot, so it cannot be the name of a group. */
static void hear_at(struct leatn_tap *tap, const char *note)
{
	bool over = strcmp(note, LEATN_OVER) == 0;

	if (*note && !over) {
		tap->notes.busy += strcmp(tap->group, note) == 0;
	} else {
		tap->notes.changes++;
		tap->notes.overs += over;
		leatn_poke(tap->poke);
	}
}

/* A process may have sources of many streams. Only the sources of this stream hear its notes. */
static void hear(leat_nats *c, const char *stream, const char *note)
{
	leat_monitor_enter(&c->monitor);
	for (struct leatn_tap *tap = c->taps; tap; tap = tap->next)
		if (tap->stream && strcmp(tap->stream, stream) == 0)
			hear_at(tap, note);
	leat_monitor_leave(&c->monitor);
}

static void on_note(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *of_c)
{
	const char *note = natsMsg_GetDataLength(msg) > 0 ? natsMsg_GetData(msg) : LEATN_CHANGED;

	(void)nc;
	(void)sub;
	leat_monitor_enter(&hearing);
	for (leat_nats *c = hearers; c; c = c->next)
		if (c == of_c)
			hear(c, strrchr(natsMsg_GetSubject(msg), '.') + 1, note);
	leat_monitor_leave(&hearing);
	natsMsg_Destroy(msg);
}

static void begin_to_hear(leat_nats *c)
{
	leat_monitor_enter(&hearing);
	c->next = hearers;
	hearers = c;
	leat_monitor_leave(&hearing);
}

static void end_to_hear(leat_nats *c)
{
	leat_nats **at = &hearers;

	leat_monitor_enter(&hearing);
	while (*at && *at != c)
		at = &(*at)->next;
	if (*at)
		*at = c->next;
	leat_monitor_leave(&hearing);
}

/* --------------------------------------------------------------------------------------------------------- open -- */

static natsStatus set_urls(natsOptions *options, const char *urls)
{
	const char *list[MOST_URLS];
	char *copy = strdup(urls), *rest = NULL;
	natsStatus status;
	int count = 0;

	if (!copy)
		return NATS_NO_MEMORY;
	for (char *url = strtok_r(copy, ", ", &rest); url; url = strtok_r(NULL, ", ", &rest), count++)
		if (count < MOST_URLS)
			list[count] = url;
	status = count > 0 && count <= MOST_URLS ? natsOptions_SetServers(options, list, count) : NATS_INVALID_ARG;
	free(copy);
	return status;
}

static natsStatus set_login(natsOptions *o, const leat_nats_login *login)
{
	natsStatus status = NATS_OK;

	if (login->credentials)
		status = natsOptions_SetUserCredentialsFromFiles(o, login->credentials, NULL);
	if (status == NATS_OK && login->authority)
		status = natsOptions_LoadCATrustedCertificates(o, login->authority);
	if (status == NATS_OK && (login->authority || login->certificate))
		status = natsOptions_SetSecure(o, true);
	if (status == NATS_OK && login->certificate)
		status = natsOptions_LoadCertificatesChain(o, login->certificate, login->key);
	return status;
}

/* libnats tries to connect again for ever. Each stream gives up by itself, after its patience. */
static natsStatus set_waits(natsOptions *o, const leat_nats_login *login)
{
	leat_time timeout = login->timeout > 0 ? login->timeout : LEAT_MS(2000);
	natsStatus status = natsOptions_SetTimeout(o, timeout / LEAT_MS(1) + 1);

	status = status ? status : natsOptions_SetPingInterval(o, PING);
	status = status ? status : natsOptions_SetMaxPingsOut(o, PINGS);
	status = status ? status : natsOptions_SetMaxReconnect(o, -1);
	status = status ? status : natsOptions_SetReconnectWait(o, PAUSE);
	status = status ? status : natsOptions_SetReconnectJitter(o, PAUSE, PAUSE);
	/* Without a deadline, a write to a server that does not read would wait for ever and hold the lock of the
	 * connection. */
	status = status ? status : natsOptions_SetWriteDeadline(o, WRITE);
	/* libnats 3.4 hangs if a server dies just after it came back. It has started its flusher thread by then, and sends what
	 * it kept meanwhile. If that fails, it forgets the thread. Later it wakes this one instead of the next flusher, for which
	 * it waits. So give it room for all that it keeps and for one message more, which has at most 1 MiB: then it sends
	 * nothing at that moment. It need not keep much, because sinks repeat their publishes. */
	status = status ? status : natsOptions_SetReconnectBufSize(o, KEPT);
	status = status ? status : natsOptions_SetIOBufSize(o, BUFFER);
	return status ? status : natsOptions_SetFailRequestsOnDisconnect(o, true);
}

static natsStatus set_functions(natsOptions *o, leat_nats *c)
{
	natsStatus status = natsOptions_SetDisconnectedCB(o, on_away, c);

	status = status ? status : natsOptions_SetReconnectedCB(o, on_back, c);
	status = status ? status : natsOptions_SetClosedCB(o, on_closed, c);
	status = status ? status : natsOptions_SetErrorHandler(o, on_error, c);
	return status ? status : natsOptions_SetName(o, "leat");
}

static natsStatus connect_to(leat_nats *c, natsOptions *o)
{
	natsStatus status;
	jsOptions js;

	atomic_fetch_add(&c->parties, 1); /* libnats calls on_closed only if it has connected */
	status = natsConnection_Connect(&c->nc, o);
	if (status != NATS_OK) {
		atomic_fetch_sub(&c->parties, 1);
		return status;
	}
	status = jsOptions_Init(&js);
	js.Wait = WAIT;
	status = status ? status : natsConnection_JetStream(&c->js, c->nc, &js);
	begin_to_hear(c);
	return status ? status : natsConnection_Subscribe(&c->notes, c->nc, "_LEAT.CHANGED.>", on_note, c);
}

static natsStatus open_with(leat_nats *c, const char *urls, const leat_nats_login *login)
{
	natsOptions *o = NULL;
	natsStatus status = natsOptions_Create(&o);

	status = status ? status : set_urls(o, urls);
	status = status ? status : set_login(o, login);
	status = status ? status : set_waits(o, login);
	status = status ? status : set_functions(o, c);
	status = status ? status : connect_to(c, o);
	natsOptions_Destroy(o);
	return status;
}

/* libnats does not tell why it could not read a file. Returns 0 or an errno value. */
static int check_files(const leat_nats_login *login)
{
	const char *files[] = { login->credentials, login->authority, login->certificate, login->key };

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (files[i] && access(files[i], R_OK) < 0)
			return errno;
	return 0;
}

/* The connection that leat_nats_open returns when there is no memory. It is never freed. */
static leat_nats none = { .users = 1, .parties = 1, .state = { .cause = ENOMEM, .away = true } };

leat_nats *leat_nats_open(const char *urls, const leat_nats_login *login)
{
	static const leat_nats_login plain;
	leat_nats *c = calloc(1, sizeof *c);
	int error;

	if (!c)
		return leatn_share(&none);
	login = login ? login : &plain;
	c->patience = login->patience > 0 ? login->patience : LEAT_MS(30000);
	atomic_init(&c->users, 1);
	atomic_init(&c->parties, 1);
	error = urls && !login->certificate == !login->key ? check_files(login) : EINVAL;
	error = error ? error : leatn_errno(open_with(c, urls, login));
	leat_monitor_enter(&c->monitor);
	c->state.cause = c->state.cause ? c->state.cause : error;
	leat_monitor_leave(&c->monitor);
	return c;
}

/* -------------------------------------------------------------------------------------------------------- users -- */

/* Let the thread of a subscription finish the messages that have come. Otherwise libnats 3.4 leaks a message that this
 * thread has just taken when the subscription is closed. Without a server no message comes. */
static void finish_subscription(leat_nats *c, natsSubscription *sub)
{
	if (sub && !leatn_state(c).away && natsSubscription_DrainTimeout(sub, DRAIN) == NATS_OK)
		(void)natsSubscription_WaitForDrainCompletion(sub, DRAIN); /* if it takes longer, it is closed as it is */
}

leat_nats *leatn_share(leat_nats *c)
{
	atomic_fetch_add(&c->users, 1);
	return c;
}

/* The last user flushes: libnats gathers publishes in a buffer, and does not send the buffer when it closes. */
void leatn_drop(leat_nats *c)
{
	if (atomic_fetch_sub(&c->users, 1) > 1)
		return;
	if (c->nc && !leatn_state(c).away)
		(void)natsConnection_FlushTimeout(c->nc, FLUSH); /* publishes that fail here count as lost on the way */
	finish_subscription(c, c->notes);
	end_to_hear(c);
	natsSubscription_Destroy(c->notes);
	jsCtx_Destroy(c->js);
	natsConnection_Destroy(c->nc);
	leave_party(c);
}

void leat_nats_close(leat_nats *c)
{
	if (c)
		leatn_drop(c);
}

int leat_nats_cause(leat_nats *c)
{
	return leatn_state(c).cause;
}

struct leatn_state leatn_state(leat_nats *c)
{
	struct leatn_state state;

	leat_monitor_enter(&c->monitor);
	state = c->state;
	leat_monitor_leave(&c->monitor);
	return state;
}

natsConnection *leatn_connection(leat_nats *c)
{
	return c->nc;
}

jsCtx *leatn_jetstream(leat_nats *c)
{
	return c->js;
}

leat_time leatn_patience(leat_nats *c)
{
	return c->patience;
}

/* libnats gathers publishes for a millisecond before it sends them. It has no call that only sends: this call also
 * waits for an answer of the server, for a millisecond at most. A server that is near answers sooner. If no answer
 * comes, everything was sent nevertheless. */
void leatn_flush(leat_nats *c)
{
	(void)natsConnection_FlushTimeout(c->nc, 1);
}

/* A denial concerns the plan if it names the plan's subject, or a subject of $JS with the plan's stream. A server
 * may deny notes: they only save time. */
bool leatn_is_denied(leat_nats *c, const struct leatn_plan *plan)
{
	char subject[256], middle[256], end[256];
	bool denied;

	snprintf(subject, sizeof subject, "\"%.220s\"", plan->p.subject);
	snprintf(middle, sizeof middle, ".%.220s.", plan->p.stream);
	snprintf(end, sizeof end, ".%.220s\"", plan->p.stream);
	leat_monitor_enter(&c->monitor);
	denied = strstr(c->denied, subject) ||
	         (strstr(c->denied, "\"$JS.") && (strstr(c->denied, middle) || strstr(c->denied, end)));
	leat_monitor_leave(&c->monitor);
	return denied;
}

void leatn_notify(leat_nats *c, const char *stream, const char *note)
{
	char subject[256];

	snprintf(subject, sizeof subject, "_LEAT.CHANGED.%.200s", stream);
	(void)natsConnection_PublishString(c->nc, subject, note); /* if it fails, sources find out later */
}

struct leatn_notes leatn_tap_notes(struct leatn_tap *tap)
{
	struct leatn_notes notes;

	leat_monitor_enter(&tap->c->monitor);
	notes = tap->notes;
	leat_monitor_leave(&tap->c->monitor);
	return notes;
}

/* --------------------------------------------------------------------------------------------------------- taps -- */

static void message_release(void *of_message)
{
	natsMsg_Destroy(*(natsMsg **)of_message);
}

static const leat_type message_type = { "NATS message", sizeof(natsMsg *), NULL, message_release };
static const leat_type unit_type = { "unit", 0, NULL, NULL };

/* The argument of on_message. `monitor` is held while `take` runs. So `take` does not run any more when leatn_tap_close
 * has taken it away. */
struct leatn_feed {
	atomic_int parties; /* the tap and the subscription; the last one frees it */
	leat_tx tx;
	leat_monitor monitor;
	leatn_take_fn *take;
	void *arg;
};

static bool feed_takes(struct leatn_feed *feed, natsMsg *msg)
{
	bool taken;

	leat_monitor_enter(&feed->monitor);
	taken = feed->take && feed->take(feed->arg, msg);
	leat_monitor_leave(&feed->monitor);
	return taken;
}

/* When the channel is full, the thread of the subscription waits here, and libnats queues the messages that come. */
static void on_message(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *of_feed)
{
	struct leatn_feed *feed = of_feed;

	(void)nc;
	(void)sub;
	if (!feed_takes(feed, msg) && leat_send(feed->tx, &msg) <= 0)
		natsMsg_Destroy(msg); /* the stage has ended */
}

static void feed_leave(struct leatn_feed *feed)
{
	if (atomic_fetch_sub(&feed->parties, 1) == 1)
		free(feed);
}

static void on_messages_end(void *of_feed)
{
	struct leatn_feed *feed = of_feed;

	leat_drop(feed->tx);
	feed_leave(feed);
}

static natsStatus subscribe(struct leatn_tap *tap, struct leatn_feed *feed)
{
	char subject[128];
	natsStatus status = natsInbox_Create(&tap->inbox);

	if (status != NATS_OK)
		return status;
	snprintf(subject, sizeof subject, "%s.*", tap->inbox);
	status = natsConnection_Subscribe(&tap->sub, tap->c->nc, subject, on_message, feed);
	if (status == NATS_OK)
		(void)natsSubscription_SetPendingLimits(tap->sub, -1, -1); /* requests and windows are the limit */
	return status;
}

/* After natsSubscription_SetOnCompleteCB, the subscription ends the feed. Until then nobody knows the inbox, so no
 * message comes. */
static int feed_tap(struct leatn_tap *tap, leat_tx tx, leatn_take_fn *take, void *arg)
{
	struct leatn_feed *feed = calloc(1, sizeof *feed);
	natsStatus status;

	if (!feed)
		return ENOMEM;
	*feed = (struct leatn_feed){ .parties = 2, .tx = leat_dup(tx), .take = take, .arg = arg };
	tap->feed = feed;
	status = subscribe(tap, feed);
	status = status ? status : natsSubscription_SetOnCompleteCB(tap->sub, on_messages_end, feed);
	if (status != NATS_OK)
		on_messages_end(feed);
	return leatn_errno(status);
}

static void enlist(struct leatn_tap *tap)
{
	leat_monitor_enter(&tap->c->monitor);
	tap->next = tap->c->taps;
	tap->c->taps = tap;
	leat_monitor_leave(&tap->c->monitor);
}

static void delist(struct leatn_tap *tap)
{
	struct leatn_tap **at = &tap->c->taps;

	leat_monitor_enter(&tap->c->monitor);
	while (*at && *at != tap)
		at = &(*at)->next;
	if (*at)
		*at = tap->next;
	leat_monitor_leave(&tap->c->monitor);
}

int leatn_tap_open(struct leatn_tap *tap, leat_nats *c, size_t room, leatn_take_fn *take, void *arg)
{
	leat_chan messages = leat_make_exactly_(&message_type, room), changes = leat_make_exactly_(&unit_type, 1);
	int error = leat_cause(messages) ? leat_cause(messages) : leat_cause(changes);

	*tap = (struct leatn_tap){
		.c = c,
		.stream = tap->stream,
		.group = tap->group,
		.messages = messages.rx,
		.changes = changes.rx,
		.poke = changes.tx,
	};
	error = error ? error : feed_tap(tap, messages.tx, take, arg);
	leat_drop(messages.tx);
	enlist(tap);
	return error;
}

/* libnats ends the subscriptions first, and calls on_closed, which has the cause, afterwards. */
int leatn_tap_cause(struct leatn_tap *tap)
{
	leat_time t = leat_in(LEAT_MS(FLUSH));
	int cause;

	do
		cause = leatn_state(tap->c).cause;
	while (!cause && leat_wait_by(tap->changes, t) == 1);
	return cause ? cause : ENOTCONN;
}

/* The server sends messages until it hears of the end, and these still come. Then libnats ends the feed, so `messages`
 * is over. */
void leatn_tap_drain(struct leatn_tap *tap)
{
	bool away = leatn_state(tap->c).away;

	if (tap->sub && (away || natsSubscription_DrainTimeout(tap->sub, DRAIN) != NATS_OK))
		(void)natsSubscription_Unsubscribe(tap->sub); /* it may be closed already */
}

void leatn_tap_close(struct leatn_tap *tap)
{
	if (!tap->c)
		return;
	finish_subscription(tap->c, tap->sub);
	delist(tap);
	if (tap->feed) {
		leat_monitor_enter(&tap->feed->monitor);
		tap->feed->take = NULL;
		leat_monitor_leave(&tap->feed->monitor);
		feed_leave(tap->feed);
	}
	leat_drop(tap->messages);
	natsSubscription_Destroy(tap->sub);
	natsInbox_Destroy(tap->inbox);
	leat_drop(tap->changes);
	leat_drop(tap->poke);
}
