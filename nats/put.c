/* leat_nats_put - publish one value, and wait for its acknowledgement.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "inside.h"

#include <stdlib.h>

#define SHORTEST_PAUSE LEAT_MS(10)
#define LONGEST_PAUSE LEAT_MS(500)

enum { WAIT = 2000 /* ms */ };

/* Publish once. Returns 0, EAGAIN: the stream is full, or another errno value. */
static int put_once(leat_nats *c, natsMsg *msg)
{
	struct leatn_state state = leatn_state(c);
	natsMsg *reply = NULL;
	natsStatus status;
	int error;

	if (state.cause || state.away)
		return state.cause ? state.cause : ENOTCONN;
	status = natsConnection_RequestMsg(&reply, leatn_connection(c), msg, WAIT);
	error = status == NATS_OK ? leatn_stored(reply) : leatn_errno(status);
	natsMsg_Destroy(reply);
	return error;
}

/* Publish once. If nobody has taken it, ask whether there is a stream. If the stream is full, ask whether it can ever
 * have room for this value. Returns as put_once. */
static int put_checked(leat_nats *c, const struct leatn_plan *plan, natsMsg *msg, int64_t *bytes)
{
	unsigned denials = leatn_state(c).denials;
	int error = put_once(c, msg), cause;
	bool ended;

	if (error == EAGAIN)
		return leatn_full(c, plan, msg, bytes);
	if (error == EOPNOTSUPP && leatn_look(c, plan->p.stream, &ended, &cause) == ENOENT)
		return ENOENT;
	return error == ETIMEDOUT && leatn_state(c).denials != denials && leatn_is_denied(c, plan) ? EACCES : error;
}

/* Wait for a full stream for as long as it is full, as leat_nats_sink does. Wait for other troubles within the
 * patience. */
static int put_again(leat_rx done, leat_nats *c, const struct leatn_plan *plan, natsMsg *msg)
{
	leat_time pause = SHORTEST_PAUSE, trouble = leat_now(), patience = leatn_patience(c);
	int64_t bytes = 0;
	int error;

	while ((error = put_checked(c, plan, msg, &bytes)) != 0) {
		if (error != EAGAIN && !leatn_may_pass(error))
			break;
		if (error == EAGAIN)
			trouble = leat_now();
		else if (patience != LEAT_NEVER && leat_now() - trouble >= patience)
			break;
		if (leat_wait_ready_by(done, leat_in(pause)) >= 0)
			return leat_cause(done) ? leat_cause(done) : ECANCELED;
		pause = leatn_longer(pause, LONGEST_PAUSE);
	}
	return error;
}

static int put_value(leat_rx done, leat_nats *c, const struct leatn_plan *plan, const void *value, const char *id)
{
	natsInbox *unique = NULL;
	natsMsg *msg = NULL;
	int error = id ? 0 : leatn_errno(natsInbox_Create(&unique));

	error = error ? error : leatn_encode(plan, value, NULL, id ? id : unique, &msg);
	error = error ? error : put_again(done, c, plan, msg);
	natsInbox_Destroy(unique);
	natsMsg_Destroy(msg);
	return error;
}

int leat_nats_put(leat_rx done, leat_nats *c, const leat_nats_plan *p, const void *value, const char *id)
{
	int error = c ? leat_nats_cause(c) : EINVAL;
	struct leatn_plan *plan = error ? NULL : leatn_plan_make_to_publish(p);

	if (!error && !plan)
		error = errno;
	error = error ? error : put_value(done, c, plan, value, id);
	free(plan);
	return error ? leat_refuse(error) : 0;
}
