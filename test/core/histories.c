/* SPDX-License-Identifier: 0BSD
 *
 * histories.c - the checker of histories accepts good histories and rejects bad ones, both made by hand. Then random
 * histories of leat itself are checked. `make histories` plays more of those.
 */
#define _POSIX_C_SOURCE 200809L
#include "../trust/history/random.h"

/* ------------------------------------------------------------------------------------- made by hand -- */

enum { A, B }; /* the channels; each begins with one handle of each end */

#define SEND(c, ...) { .channel = c, .sends = true, .asked = 1, .values = { __VA_ARGS__ } }
#define LOOK(c) { .channel = c, .looks = true, .asked = 1 }
#define RECEIVE(c, ...) { .channel = c, .asked = 1, .values = { __VA_ARGS__ } }

/* One call: its start, its end (0 if it has not returned), its deadline, its result and its cases. */
#define DID(from, to, until, count, ...) \
	{ .start = from, .end = to, .wait = until, .cases = 1, .on = { __VA_ARGS__ }, .moved = count }
#define GAVE_UP(from, to, until, number, ...) \
	{ .start = from, .end = to, .wait = until, .on = { __VA_ARGS__ }, .chosen = -1, .error = number, \
	  .cases = sizeof((history_case[]){ __VA_ARGS__ }) / sizeof(history_case) }
#define SENT(from, to, c, v) DID(from, to, HISTORY_FOREVER, 1, SEND(c, v))
#define SENT_AT_ONCE(from, to, c, v) DID(from, to, HISTORY_NOW, 1, SEND(c, v))
#define SEND_OVER(from, to, c) DID(from, to, HISTORY_FOREVER, 0, SEND(c, 99))
#define NO_ROOM(from, to, c) GAVE_UP(from, to, HISTORY_NOW, EAGAIN, SEND(c, 99))
#define GOT(from, to, c, v) DID(from, to, HISTORY_FOREVER, 1, RECEIVE(c, v))
#define GOT_AT_ONCE(from, to, c, v) DID(from, to, HISTORY_NOW, 1, RECEIVE(c, v))
#define OVER(from, to, c) DID(from, to, HISTORY_FOREVER, 0, RECEIVE(c, 0))
#define READY(from, to, c) DID(from, to, HISTORY_FOREVER, 1, LOOK(c))
#define READY_OVER(from, to, c) DID(from, to, HISTORY_FOREVER, 0, LOOK(c))
#define NOT_READY(from, to, c) GAVE_UP(from, to, HISTORY_NOW, EAGAIN, LOOK(c))
#define NOTHING(from, to, c) GAVE_UP(from, to, HISTORY_NOW, EAGAIN, RECEIVE(c, 0))
#define BATCH(from, to, count, c, sending, most, ...) \
	DID(from, to, HISTORY_FOREVER, count, \
	    { .channel = c, .sends = sending, .asked = most, .values = { __VA_ARGS__ } })
#define CHOSE(from, to, until, ordered, index, count, ...) \
	{ .start = from, .end = to, .wait = until, .in_order = ordered, .on = { __VA_ARGS__ }, .chosen = index, \
	  .moved = count, .cases = sizeof((history_case[]){ __VA_ARGS__ }) / sizeof(history_case) }
#define OTHER(from, to, what, c, left, gave) \
	{ .start = from, .end = to, .kind = what, .channel = c, .cause = left, .result = gave }
#define CLOSE(from, to, c, gave) OTHER(from, to, HISTORY_CLOSE, c, 0, gave)
#define DROP_TX(from, to, c, gave) OTHER(from, to, HISTORY_DROP_TX, c, 0, gave)
#define DROP_RX(from, to, c) OTHER(from, to, HISTORY_DROP_RX, c, 0, 0)
#define DUP_TX(from, to, c) OTHER(from, to, HISTORY_DUP_TX, c, 0, 0)
#define DUP_RX(from, to, c) OTHER(from, to, HISTORY_DUP_RX, c, 0, 0)
#define IS_CLOSED(from, to, c, gave) OTHER(from, to, HISTORY_CLOSED, c, 0, gave)
#define CAUSE(from, to, c, gave) OTHER(from, to, HISTORY_CAUSE, c, 0, gave)
#define ASLEEP(from, to, since, ...) \
	{ .start = from, .end = to, .wait = HISTORY_FOREVER, .cases = 1, .on = { __VA_ARGS__ }, .moved = 1, \
	  .waiting = since }

typedef struct { const char *what; size_t capacity; history_call call[8]; } made;

static const made good[] = {
	{ "nothing happens", 1, { { 0 } } },
	{ "a value is sent, then received", 1, { SENT(1, 2, A, 5), GOT(3, 4, A, 5) } },
	{ "a receive waits for its send", 1, { GOT(1, 4, A, 5), SENT(2, 3, A, 5) } },
	{ "one sender's order", 3, { SENT(1, 2, A, 5), SENT(3, 4, A, 6), GOT(5, 6, A, 5), GOT(7, 8, A, 6) } },
	{ "two senders, either order", 3, { SENT(1, 4, A, 5), SENT(2, 3, A, 6), GOT(5, 6, A, 5), GOT(7, 8, A, 6) } },
	{ "two senders, the other", 3, { SENT(1, 4, A, 5), SENT(2, 3, A, 6), GOT(5, 6, A, 6), GOT(7, 8, A, 5) } },
	{ "two receivers at once", 3, { SENT(1, 2, A, 5), SENT(3, 4, A, 6), GOT(5, 8, A, 6), GOT(6, 7, A, 5) } },
	{ "a full channel", 1, { SENT(1, 2, A, 5), NO_ROOM(3, 4, A), GOT(5, 6, A, 5) } },
	{ "a sender waits for room", 1, { SENT(1, 2, A, 5), SENT(3, 6, A, 6), GOT(4, 5, A, 5), GOT(7, 8, A, 6) } },
	{ "an empty channel", 1, { NOTHING(1, 2, A), SENT(3, 4, A, 5) } },
	{ "a try before the value that comes meanwhile", 1, { NOTHING(1, 4, A), SENT(2, 3, A, 5) } },
	{ "a try between two values", 1,
	  { SENT(1, 2, A, 5), NOTHING(3, 10, A), GOT(4, 5, A, 5), SENT(6, 7, A, 6), GOT(8, 9, A, 6) } },
	{ "the deadline passes on an empty channel", 1,
	  { GAVE_UP(1, 2, HISTORY_TIMED, ETIMEDOUT, RECEIVE(A, 0)), SENT(3, 4, A, 5) } },
	{ "a rendezvous", 0, { SENT(1, 4, A, 5), GOT(2, 3, A, 5) } },
	{ "a try meets a receiver", 0, { GOT(1, 4, A, 5), SENT_AT_ONCE(2, 3, A, 5) } },
	{ "a try misses a receiver that may not wait yet", 0, { GOT(1, 6, A, 5), NO_ROOM(2, 3, A), SENT(4, 5, A, 5) } },
	{ "a try meets a receiver that sleeps", 0,
	  { ASLEEP(1, 5, 2, RECEIVE(A, 5)), SENT_AT_ONCE(3, 4, A, 5), NO_ROOM(6, 7, A) } },
	{ "a try comes after who met the sleeper", 0,
	  { ASLEEP(1, 8, 2, RECEIVE(A, 5)), NO_ROOM(3, 6, A), SENT_AT_ONCE(4, 5, A, 5) } },
	{ "what is queued outlives the close", 1,
	  { SENT(1, 2, A, 5), CLOSE(3, 4, A, 1), GOT(5, 6, A, 5), OVER(7, 8, A) } },
	{ "a send before the close at the same time", 1, { CLOSE(1, 4, A, 1), SENT(2, 3, A, 5), GOT(5, 6, A, 5) } },
	{ "a send after the close at the same time", 1, { CLOSE(1, 4, A, 1), SEND_OVER(2, 3, A), OVER(5, 6, A) } },
	{ "a close ends who waits", 0, { SEND_OVER(1, 6, A), OVER(2, 5, A), CLOSE(3, 4, A, 1) } },
	{ "closed twice", 0, { CLOSE(1, 2, A, 1), CLOSE(3, 4, A, 0), IS_CLOSED(5, 6, A, 1) } },
	{ "the first cause stands", 0,
	  { OTHER(1, 2, HISTORY_CLOSE, A, EIO, 1), OTHER(3, 4, HISTORY_CLOSE, A, EPIPE, 0), CAUSE(5, 6, A, EIO) } },
	{ "the last sender closes", 1,
	  { DUP_TX(1, 2, A), DROP_TX(3, 4, A, 0), NOTHING(5, 6, A), DROP_TX(7, 8, A, 1), OVER(9, 10, A),
	    IS_CLOSED(11, 12, A, 1) } },
	{ "a drop leaves its cause, then it closes", 1,
	  { OTHER(1, 8, HISTORY_DROP_TX, A, EIO, 1), CAUSE(2, 3, A, EIO), IS_CLOSED(4, 5, A, 0), OVER(6, 7, A) } },
	{ "the last receiver ends the sends", 1,
	  { SENT(1, 2, A, 5), DUP_RX(3, 4, A), DROP_RX(5, 6, A), NO_ROOM(7, 8, A), DROP_RX(9, 10, A),
	    SEND_OVER(11, 12, A), IS_CLOSED(13, 14, A, 1) } },
	{ "a select takes what is there", 1,
	  { SENT(1, 2, B, 5), CHOSE(3, 4, HISTORY_NOW, false, 1, 1, RECEIVE(A, 0), RECEIVE(B, 5)) } },
	{ "a select chooses among both", 1,
	  { SENT(1, 2, A, 5), CHOSE(3, 4, HISTORY_NOW, false, 1, 1, RECEIVE(A, 0), SEND(B, 6)), GOT(5, 6, B, 6) } },
	{ "nothing for a select", 1,
	  { SENT(1, 2, B, 5), GAVE_UP(3, 4, HISTORY_NOW, EAGAIN, RECEIVE(A, 0), SEND(B, 6)), GOT(5, 6, B, 5) } },
	{ "two selects meet", 0,
	  { CHOSE(1, 4, HISTORY_FOREVER, false, 1, 1, RECEIVE(B, 0), SEND(A, 5)),
	    CHOSE(2, 3, HISTORY_FOREVER, false, 0, 1, RECEIVE(A, 5), SEND(B, 6)) } },
	{ "in order, the earliest", 1,
	  { SENT(1, 2, A, 5), SENT(3, 4, B, 6), CHOSE(5, 6, HISTORY_NOW, true, 0, 1, RECEIVE(A, 5), RECEIVE(B, 0)) } },
	{ "in order, before the earlier one came", 1,
	  { SENT(1, 2, B, 6), CHOSE(3, 6, HISTORY_NOW, true, 1, 1, RECEIVE(A, 0), RECEIVE(B, 6)), SENT(4, 5, A, 5) } },
	{ "in order, a close ends the earliest", 0,
	  { CHOSE(1, 4, HISTORY_FOREVER, true, 0, 0, SEND(A, 5), RECEIVE(A, 0)), CLOSE(2, 3, A, 1) } },
	{ "a batch as far as there is room", 3,
	  { BATCH(1, 2, 3, A, true, 4, 5, 6, 7, 8), BATCH(3, 4, 2, A, false, 2, 5, 6), GOT(5, 6, A, 7) } },
	{ "a batch as far as there are values", 3,
	  { BATCH(1, 2, 2, A, true, 2, 5, 6), BATCH(3, 4, 2, A, false, 3, 5, 6) } },
	{ "another sender's value within a batch", 3,
	  { BATCH(1, 4, 2, A, true, 2, 5, 6), SENT(2, 3, A, 9), BATCH(5, 6, 3, A, false, 3, 5, 9, 6) } },
	{ "more than there is room for, from who waits", 1,
	  { BATCH(1, 4, 3, A, true, 3, 5, 6, 7), BATCH(2, 3, 3, A, false, 3, 5, 6, 7), NOTHING(5, 6, A) } },
	{ "a batch meets a batch", 0, { BATCH(1, 4, 2, A, true, 3, 5, 6, 7), BATCH(2, 3, 2, A, false, 2, 5, 6) } },
	{ "two looks at one value, which is then received", 1,
	  { SENT(1, 2, A, 5), READY(3, 4, A), READY(5, 6, A), GOT(7, 8, A, 5), NOT_READY(9, 10, A) } },
	{ "a look at a sender that waits", 0, { READY(1, 4, A), SENT(2, 7, A, 5), GOT(5, 6, A, 5) } },
	{ "a look at a sender that gives up", 0,
	  { READY(1, 4, A), GAVE_UP(2, 5, HISTORY_TIMED, ETIMEDOUT, SEND(A, 5)), NOT_READY(6, 7, A) } },
	{ "a look at the end", 1,
	  { SENT(1, 2, A, 5), CLOSE(3, 4, A, 1), READY(5, 6, A), GOT(7, 8, A, 5), READY_OVER(9, 10, A) } },
	{ "in order, a value that comes goes to the receive", 1,
	  { CHOSE(1, 4, HISTORY_FOREVER, true, 1, 1, LOOK(A), RECEIVE(A, 5)), SENT(2, 3, A, 5) } },
	{ "a send that has not returned, but arrived", 1, { SENT(1, 0, A, 5), GOT(2, 3, A, 5) } },
	{ "a send that has not arrived", 1, { SENT(1, 0, A, 5), NOTHING(2, 3, A) } },
	{ "a receive that has not returned took the value", 1,
	  { SENT(1, 2, A, 5), GOT(3, 0, A, 0), NOTHING(4, 5, A) } },
	{ "a close that has not returned", 1, { CLOSE(1, 0, A, 0), SENT(2, 3, A, 5), SEND_OVER(4, 5, A) } },
};

static const made bad[] = {
	{ "received twice", 1, { SENT(1, 2, A, 5), GOT(3, 4, A, 5), GOT(5, 6, A, 5) } },
	{ "received twice at once", 1, { SENT(1, 2, A, 5), GOT(3, 6, A, 5), GOT(4, 5, A, 5) } },
	{ "never sent", 1, { SENT(1, 2, A, 5), GOT(3, 4, A, 6) } },
	{ "received before it was sent", 1, { GOT(1, 2, A, 5), SENT(3, 4, A, 5) } },
	{ "one sender's values out of order", 3,
	  { SENT(1, 2, A, 5), SENT(3, 4, A, 6), GOT(5, 6, A, 6), GOT(7, 8, A, 5) } },
	{ "out of order while more are sent", 3,
	  { SENT(1, 2, A, 5), SENT(3, 4, A, 6), GOT(5, 8, A, 6), SENT(6, 7, A, 7), GOT(9, 10, A, 7),
	    GOT(11, 12, A, 5) } },
	{ "on another channel", 1, { SENT(1, 2, A, 5), GOT(3, 4, B, 5) } },
	{ "lost", 3, { SENT(1, 2, A, 5), SENT(3, 4, A, 6), GOT(5, 6, A, 6) } },
	{ "lost at the close", 1, { SENT(1, 2, A, 5), CLOSE(3, 4, A, 1), OVER(5, 6, A) } },
	{ "sent after the close", 1, { CLOSE(1, 2, A, 1), SENT(3, 4, A, 5) } },
	{ "a send is over though open", 1, { SEND_OVER(1, 2, A), CLOSE(3, 4, A, 1) } },
	{ "a receive is over though open", 1, { OVER(1, 2, A), CLOSE(3, 4, A, 1) } },
	{ "a try finds no room though there is some", 3, { SENT(1, 2, A, 5), NO_ROOM(3, 4, A) } },
	{ "a try finds nothing though a value lies there", 1, { SENT(1, 2, A, 5), NOTHING(3, 4, A), GOT(5, 6, A, 5) } },
	{ "a try finds nothing though one or the other value lies there", 3,
	  { SENT(1, 2, A, 5), NOTHING(3, 8, A), SENT(4, 5, A, 6), GOT(6, 7, A, 5) } },
	{ "a try says EAGAIN though closed", 0, { CLOSE(1, 2, A, 1), NOTHING(3, 4, A) } },
	{ "a deadline passes though a value lies there", 1,
	  { SENT(1, 2, A, 5), GAVE_UP(3, 4, HISTORY_TIMED, ETIMEDOUT, RECEIVE(A, 0)) } },
	{ "more than there is room for", 1, { SENT(1, 2, A, 5), SENT(3, 4, A, 6), GOT(5, 6, A, 5), GOT(7, 8, A, 6) } },
	{ "a rendezvous with nobody", 0, { SENT(1, 2, A, 5), GOT(3, 4, A, 5) } },
	{ "two tries meet", 0, { SENT_AT_ONCE(1, 4, A, 5), GOT_AT_ONCE(2, 3, A, 5) } },
	{ "a rendezvous with two", 0, { SENT(1, 6, A, 5), GOT(2, 3, A, 5), GOT(4, 5, A, 5) } },
	{ "a try misses a receiver that sleeps", 0,
	  { ASLEEP(1, 7, 2, RECEIVE(A, 5)), NO_ROOM(3, 4, A), SENT_AT_ONCE(5, 6, A, 5) } },
	{ "a select misses a sender that sleeps for ever", 0,
	  { ASLEEP(1, 0, 2, SEND(A, 5)), GAVE_UP(3, 4, HISTORY_NOW, EAGAIN, RECEIVE(B, 0), RECEIVE(A, 0)) } },
	{ "a select receives what is not there", 1,
	  { SENT(1, 2, A, 5), CHOSE(3, 4, HISTORY_NOW, false, 1, 1, RECEIVE(A, 0), RECEIVE(B, 5)) } },
	{ "a select sends where there is no room", 1,
	  { SENT(1, 2, B, 5), CHOSE(3, 4, HISTORY_NOW, false, 1, 1, RECEIVE(A, 0), SEND(B, 6)) } },
	{ "a select meets itself", 0, { CHOSE(1, 2, HISTORY_FOREVER, false, 0, 1, SEND(A, 5), RECEIVE(A, 0)) } },
	{ "a select finds nothing though one case is ready", 1,
	  { SENT(1, 2, B, 5), GAVE_UP(3, 4, HISTORY_NOW, EAGAIN, RECEIVE(A, 0), RECEIVE(B, 0)) } },
	{ "a select finds nothing though always one of two is ready", 1,
	  { SENT(1, 2, B, 5), GAVE_UP(3, 8, HISTORY_NOW, EAGAIN, RECEIVE(A, 0), RECEIVE(B, 0)), SENT(4, 5, A, 6),
	    GOT(6, 7, B, 5) } },
	{ "in order, not the earliest", 1,
	  { SENT(1, 2, A, 5), SENT(3, 4, B, 6), CHOSE(5, 6, HISTORY_NOW, true, 1, 1, RECEIVE(A, 0), RECEIVE(B, 6)) } },
	{ "in order, past what is closed", 1,
	  { CLOSE(1, 2, A, 1), SENT(3, 4, B, 6), CHOSE(5, 6, HISTORY_NOW, true, 1, 1, RECEIVE(A, 0), RECEIVE(B, 6)) } },
	{ "in order, a close ends the later case", 0,
	  { CHOSE(1, 4, HISTORY_FOREVER, true, 1, 0, SEND(A, 5), RECEIVE(A, 0)), CLOSE(2, 3, A, 1) } },
	{ "a batch out of order", 3, { BATCH(1, 2, 2, A, true, 2, 5, 6), BATCH(3, 4, 2, A, false, 2, 6, 5) } },
	{ "a short batch though there is room", 3, { BATCH(1, 2, 2, A, true, 3, 5, 6, 7) } },
	{ "a short batch though there are values", 3,
	  { BATCH(1, 2, 3, A, true, 3, 5, 6, 7), BATCH(3, 4, 2, A, false, 3, 5, 6) } },
	{ "a batch leaves one out", 3, { BATCH(1, 2, 3, A, true, 3, 5, 6, 7), BATCH(3, 4, 2, A, false, 2, 5, 7) } },
	{ "a batch larger than the channel", 1,
	  { BATCH(1, 2, 2, A, true, 2, 5, 6), BATCH(3, 4, 2, A, false, 2, 5, 6) } },
	{ "a look finds what is not there", 1, { READY(1, 2, A), SENT(3, 4, A, 5) } },
	{ "a look finds what was received", 1, { SENT(1, 2, A, 5), GOT(3, 4, A, 5), READY(5, 6, A) } },
	{ "a look finds no value though one is there", 1, { SENT(1, 2, A, 5), NOT_READY(3, 4, A), GOT(5, 6, A, 5) } },
	{ "a look takes a value", 1, { SENT(1, 2, A, 5), READY(3, 4, A), NOTHING(5, 6, A) } },
	{ "a look meets a sender", 0, { SENT(1, 4, A, 5), READY(2, 3, A) } },
	{ "a look finds a sender that does not wait", 0, { READY(1, 4, A), NO_ROOM(2, 3, A) } },
	{ "a look is over though a value is there", 1,
	  { SENT(1, 2, A, 5), CLOSE(3, 4, A, 1), READY_OVER(5, 6, A), GOT(7, 8, A, 5) } },
	{ "a select looks at its own sender", 0, { CHOSE(1, 2, HISTORY_FOREVER, false, 1, 1, SEND(A, 5), LOOK(A)) } },
	{ "a look misses a sender that sleeps", 0, { ASLEEP(1, 0, 2, SEND(A, 5)), NOT_READY(3, 4, A) } },
	{ "in order, past a look at a value", 1,
	  { SENT(1, 2, A, 5), CHOSE(3, 4, HISTORY_NOW, true, 1, 1, LOOK(A), RECEIVE(A, 5)) } },
	{ "both closes closed it", 0, { CLOSE(1, 4, A, 1), CLOSE(2, 3, A, 1) } },
	{ "no close closed it", 0, { CLOSE(1, 2, A, 0) } },
	{ "the second cause stands", 0,
	  { OTHER(1, 2, HISTORY_CLOSE, A, EIO, 1), OTHER(3, 4, HISTORY_CLOSE, A, EPIPE, 0), CAUSE(5, 6, A, EPIPE) } },
	{ "closed, and open again", 1, { CLOSE(1, 6, A, 1), IS_CLOSED(2, 3, A, 1), IS_CLOSED(4, 5, A, 0) } },
	{ "the first of two senders closes", 1, { DUP_TX(1, 2, A), DROP_TX(3, 4, A, 1) } },
	{ "the last sender does not close", 1, { DROP_TX(1, 2, A, 1), NOTHING(3, 4, A) } },
	{ "a cause that comes after the close", 1,
	  { OTHER(1, 6, HISTORY_DROP_TX, A, EIO, 1), OVER(2, 3, A), CAUSE(4, 5, A, 0) } },
	{ "sent with nobody left to receive", 1, { DROP_RX(1, 2, A), SENT(3, 4, A, 5) } },
	{ "over though a receiver is left", 1, { DUP_RX(1, 2, A), DROP_RX(3, 4, A), SEND_OVER(5, 6, A) } },
	{ "what has not started has arrived", 1, { GOT(1, 2, A, 5), SENT(3, 0, A, 5) } },
	{ "two values of a send that has not returned", 3, { SENT(1, 0, A, 5), GOT(2, 3, A, 5), GOT(4, 5, A, 5) } },
	{ "gives up without a deadline", 1, { GAVE_UP(1, 2, HISTORY_FOREVER, ETIMEDOUT, RECEIVE(A, 0)) } },
	{ "times out where it was not to wait", 1, { GAVE_UP(1, 2, HISTORY_NOW, ETIMEDOUT, RECEIVE(A, 0)) } },
	{ "EAGAIN for a deadline that has passed", 1, { GAVE_UP(1, 2, HISTORY_PAST, EAGAIN, RECEIVE(A, 0)) } },
	{ "more than asked for", 3, { BATCH(1, 2, 2, A, true, 1, 5, 6) } },
	{ "a case that it does not have", 1, { CHOSE(1, 2, HISTORY_NOW, false, 2, 1, SEND(A, 5), SEND(B, 6)) } },
	{ "ended before it started", 1, { SENT(2, 1, A, 5) } },
};

static const char *judge_made(const made *m, history *h)
{
	*h = (history){ .channels = 2 };
	for (int c = 0; c < 2; c++) {
		h->channel[c].capacity = m->capacity;
		h->channel[c].txs = h->channel[c].rxs = 1;
	}
	for (; h->calls < 8 && m->call[h->calls].start; h->calls++) {
		h->call[h->calls] = m->call[h->calls];
		h->call[h->calls].thread = h->calls;
	}
	return history_check(h);
}

/* How many of the histories are judged wrongly. Each of these is printed. */
static int misjudged(const made *list, size_t n, bool is_good)
{
	history h;
	int count = 0;

	for (size_t i = 0; i < n; i++) {
		const char *wrong = judge_made(&list[i], &h);

		if (!wrong == is_good)
			continue;
		fprintf(stderr, "%s: %s\n", list[i].what, wrong ? wrong : "passes");
		history_print(stderr, &h);
		count++;
	}
	return count;
}

static void good_ones_pass(void)
{
	check(misjudged(good, sizeof good / sizeof *good, true) == 0);
}

static void bad_ones_fail(void)
{
	check(misjudged(bad, sizeof bad / sizeof *bad, false) == 0);
}

/* The checker remembers the states that it has seen. Without that it would take 12! steps. */
static void many_at_once_end_soon(void)
{
	enum { SENDERS = 12 };
	history h = { .channels = 1, .channel = { { SENDERS, 1, 1 } } };
	size_t before = history_states;

	for (unsigned char i = 0; i < SENDERS; i++)
		h.call[h.calls++] = (history_call)SENT(1u + i, 50u + i, A, 1);
	h.call[h.calls++] = (history_call)GOT(100, 101, A, 2);
	check(history_check(&h));
	check(history_states - before == 1 << SENDERS);
}

static void what_is_wrong_is_told(void)
{
	char text[1000] = "";
	history h;
	const char *wrong = judge_made(&bad[0], &h);
	FILE *to = tmpfile();

	check(strstr(wrong, "with 2 of 3 calls done") && strstr(wrong, "thread 2's of 5"));
	check(to);
	history_print(to, &h);
	rewind(to);
	check(fread(text, 1, sizeof text - 1, to) > 0 && fclose(to) == 0);
	check(strstr(text, "thread 2    5 to   6  receive a, for ever -> received 5\n"));
}

/* -------------------------------------------------------------------------------------------- played -- */

static void random_ones_are_good(void)
{
	histories all = { .count = 2 * GAMES, .players = 6, .teams = 2, .seed = 1 };

	all.capacity = capacity < HISTORY_ROOM ? (int)capacity : HISTORY_ROOM;
	histories_play(&all);
	check(atomic_load(&all.games) == all.count);
	check(atomic_load(&all.violations) == 0);
}

int main(int argc, char **argv)
{
	return RUN(good_ones_pass, bad_ones_fail, many_at_once_end_soon, what_is_wrong_is_told, random_ones_are_good);
}
