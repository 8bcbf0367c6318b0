/* leat_nats_ack and its relatives - the answers to a delivery.
 *
 * An answer is a publish to the reply subject of the message:
 *
 *     $JS.ACK.<stream>.<group>.<attempt>.<number>. ...
 *
 * A delivery is answered once. It keeps its source, and with it the connection, until it is released.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEAD_WAIT = 2000 /* ms */ };

/* --------------------------------------------------------------------------------------------------- the source -- */

void leatn_source_drop(struct leatn_source *s)
{
	if (atomic_fetch_sub(&s->users, 1) > 1)
		return;
	leat_drop(s->poke);
	leatn_drop(s->c);
	free(s->plan);
	free(s);
}

/* ------------------------------------------------------------------------------------------------------ answers -- */

int leatn_answer(leat_nats *c, natsMsg *msg, const char *text)
{
	natsStatus status = natsConnection_Publish(leatn_connection(c), natsMsg_GetReply(msg), text, (int)strlen(text));

	return leatn_errno(status);
}

/* Claim the right to answer. */
static bool claim(struct leat_nats_held_ *held)
{
	return !atomic_exchange(&held->answered, true);
}

static int answer(struct leat_nats_held_ *held, const char *text)
{
	int error = leatn_answer(held->source->c, held->msg, text);

	leatn_window_leave(held);
	return error ? leat_refuse(error) : 0;
}

int leat_nats_ack(leat_delivery *d)
{
	return claim(d->held_) ? answer(d->held_, "+ACK") : leat_refuse(EALREADY);
}

int leat_nats_progress(leat_delivery *d)
{
	int error;

	if (atomic_load(&d->held_->answered))
		return leat_refuse(EALREADY);
	error = leatn_answer(d->held_->source->c, d->held_->msg, "+WPI");
	return error ? leat_refuse(error) : 0;
}

const char *leat_nats_header(const leat_delivery *d, const char *name)
{
	const char *value = NULL;

	return natsMsgHeader_Get(d->held_->msg, name, &value) == NATS_OK ? value : NULL;
}

void leatn_give_back(leat_nats *c, natsMsg *msg)
{
	if (natsMsg_GetReply(msg))
		(void)leatn_answer(c, msg, "-NAK"); /* else it is delivered again after its ack_wait */
	natsMsg_Destroy(msg);
}

/* At once after the first attempt. Then later and later, so that a value which always fails does not keep all busy. */
static int give_back_later(struct leat_nats_held_ *held)
{
	long attempt = held->delivery.attempt;
	leat_time delay = attempt < 2 ? 0 : LEAT_MS(50) << (attempt < 20 ? attempt - 1 : 20);
	char text[64];

	if (delay > held->source->ack_wait)
		delay = held->source->ack_wait;
	snprintf(text, sizeof text, delay ? "-NAK {\"delay\": %lld}" : "-NAK", (long long)delay);
	return answer(held, text);
}

/* ------------------------------------------------------------------------------------------------- dead letters -- */

static natsStatus label_dead(natsMsg *dead, const struct leat_nats_held_ *held, int cause)
{
	char id[256], number[32];
	const char *type = NULL;
	natsStatus status;

	snprintf(number, sizeof number, "%" PRIu64, held->delivery.number);
	snprintf(id, sizeof id, "%.200s-%s", held->source->plan->p.group, number);
	status = natsMsgHeader_Set(dead, "Nats-Msg-Id", id);
	status = status ? status : natsMsgHeader_Set(dead, "Leat-Number", number);
	status = status ? status : natsMsgHeader_Set(dead, "Leat-Group", held->source->plan->p.group);
	status = status ? status : natsMsgHeader_Set(dead, "Leat-Reason", leat_strerror(cause));
	if (status == NATS_OK && natsMsgHeader_Get(held->msg, LEATN_TYPE, &type) == NATS_OK)
		status = natsMsgHeader_Set(dead, LEATN_TYPE, type);
	return status;
}

/* Returns whether the stream of dead letters has it. */
static bool bury(const struct leat_nats_held_ *held, int cause)
{
	const struct leatn_source *s = held->source;
	natsMsg *dead = NULL, *reply = NULL;
	natsStatus status = natsMsg_Create(&dead, s->plan->dead, NULL, natsMsg_GetData(held->msg),
	                                   natsMsg_GetDataLength(held->msg));
	bool buried;

	status = status ? status : label_dead(dead, held, cause);
	status = status ? status : natsConnection_RequestMsg(&reply, leatn_connection(s->c), dead, DEAD_WAIT);
	buried = status == NATS_OK && leatn_stored(reply) == 0;
	natsMsg_Destroy(reply);
	natsMsg_Destroy(dead);
	return buried;
}

/* Without a server each dead letter would wait for its answer. */
static int fail(struct leat_nats_held_ *held, int cause)
{
	const struct leatn_source *s = held->source;
	bool last = s->plan->p.tries > 0 && held->delivery.attempt >= s->plan->p.tries;

	if (!claim(held))
		return leat_refuse(EALREADY);
	if (last && !leatn_state(s->c).away && bury(held, cause))
		return answer(held, "+ACK");
	return give_back_later(held);
}

int leat_nats_fail(leat_delivery *d, int cause)
{
	return fail(d->held_, cause);
}

/* ------------------------------------------------------------------------------------------------------ release -- */

static void held_free(struct leat_nats_held_ *held)
{
	if (held->decoded && held->source->plan->type.release)
		held->source->plan->type.release(held->value);
	natsMsg_Destroy(held->msg);
	leatn_source_drop(held->source);
	free(held);
}

void leat_nats_release(leat_delivery *d)
{
	struct leat_nats_held_ *held = d->held_;

	if (!held)
		return;
	*d = (leat_delivery){ 0 };
	if (claim(held))
		(void)answer(held, "-NAK"); /* else it is delivered again after its ack_wait */
	held_free(held);
}

static void delivery_release(void *of_delivery)
{
	leat_nats_release(of_delivery);
}

const leat_type leat_delivery_type = { "delivery", sizeof(leat_delivery), NULL, delivery_release };

/* --------------------------------------------------------------------------------------------------------- make -- */

/* A token of the reply subject as a number. With a domain and an account there are two tokens more before it. */
static uint64_t token(const char *reply, int which)
{
	int dots = 0;

	for (const char *c = reply; *c; c++)
		dots += *c == '.';
	for (which += dots >= 10 ? 2 : 0; *reply && which > 0; reply++)
		which -= *reply == '.';
	return strtoull(reply, NULL, 10);
}

static struct leat_nats_held_ *held_make(struct leatn_source *s, natsMsg *msg)
{
	struct leat_nats_held_ *held = malloc(sizeof *held + (s->plan->is_bytes ? 0 : s->plan->type.size));

	if (!held)
		return NULL;
	*held = (struct leat_nats_held_){ .source = s, .msg = msg };
	held->bytes.at = (unsigned char *)(uintptr_t)natsMsg_GetData(msg);
	held->bytes.size = (size_t)natsMsg_GetDataLength(msg);
	held->delivery.value = s->plan->is_bytes ? (void *)&held->bytes : held->value;
	held->delivery.attempt = (long)token(natsMsg_GetReply(msg), 4);
	held->delivery.number = token(natsMsg_GetReply(msg), 5);
	held->delivery.held_ = held;
	atomic_fetch_add(&s->users, 1);
	leatn_window_enter(held);
	return held;
}

/* Returns 0 or an errno value. */
static int decode(struct leat_nats_held_ *held)
{
	const struct leatn_plan *plan = held->source->plan;
	int result = 0;

	if (plan->p.codec)
		result = plan->codec.decode(plan->codec.arg, &held->bytes, held->value);
	else if (!plan->is_bytes)
		memcpy(held->value, held->bytes.at, held->bytes.size);
	held->decoded = result >= 0 && plan->p.codec;
	return result >= 0 ? 0 : result >= -255 ? -result : EINVAL;
}

/* A value that was delivered too often kills its workers, or takes them too long. */
int leatn_hold(struct leatn_source *s, natsMsg *msg, struct leat_nats_held_ **held)
{
	long tries = s->plan->p.tries;
	int error = 0, wrong;

	*held = held_make(s, msg);
	if (!*held) {
		leatn_give_back(s->c, msg);
		return ENOMEM;
	}
	if (tries > 0 && (*held)->delivery.attempt > tries)
		error = ETIMEDOUT;
	wrong = error ? 0 : leatn_check(s->plan, msg);
	error = error || wrong ? error : decode(*held);
	if (error)
		(void)fail(*held, error); /* it is delivered again then */
	if (error || wrong) {
		leat_nats_release(&(*held)->delivery);
		*held = NULL;
	}
	return wrong;
}
