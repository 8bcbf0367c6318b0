/* codec.c - make a message of a value, and check whether a message has a value of the right type.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "inside.h"

#include <limits.h>
#include <string.h>

static int make_message(const struct leatn_plan *plan, const leat_bytes *bytes, const char *reply, const char *id,
                        natsMsg **msg)
{
	natsStatus status;

	*msg = NULL;
	if (bytes->size > INT_MAX)
		return EMSGSIZE;
	status = natsMsg_Create(msg, plan->p.subject, reply, (const char *)bytes->at, (int)bytes->size);
	status = status ? status : natsMsgHeader_Set(*msg, "Nats-Msg-Id", id);
	if (status == NATS_OK && plan->label[0])
		status = natsMsgHeader_Set(*msg, LEATN_TYPE, plan->label);
	if (status != NATS_OK) {
		natsMsg_Destroy(*msg);
		*msg = NULL;
	}
	return leatn_errno(status);
}

int leatn_encode(const struct leatn_plan *plan, const void *value, const char *reply, const char *id, natsMsg **msg)
{
	leat_bytes bytes = { 0 };
	int result = 0;

	if (plan->p.codec) {
		result = plan->codec.encode(plan->codec.arg, value, &bytes);
	} else if (plan->is_bytes) {
		bytes = leat_bytes_slice(value, 0, SIZE_MAX);
	} else {
		bytes.at = (unsigned char *)(uintptr_t)value;
		bytes.size = plan->type.size;
	}
	result = result < 0 ? (result >= -255 ? -result : EINVAL) : make_message(plan, &bytes, reply, id, msg);
	leat_bytes_drop(&bytes);
	return result;
}

/* This counts the first and the last line of the headers, and the headers that make_message sets. */
int64_t leatn_size(const struct leatn_plan *plan, natsMsg *msg)
{
	static const char all[] = "NATS/1.0\r\n" "Nats-Msg-Id: \r\n" "\r\n", one[] = LEATN_TYPE ": \r\n";
	const char *id = "";
	size_t label = plan->label[0] ? sizeof one - 1 + strlen(plan->label) : 0;

	(void)natsMsgHeader_Get(msg, "Nats-Msg-Id", &id);
	return (int64_t)(sizeof all - 1 + strlen(id) + label) + natsMsg_GetDataLength(msg);
}

/* A program without leat sends no header Leat-Type. Then only the size is checked. */
int leatn_check(const struct leatn_plan *plan, natsMsg *msg)
{
	const char *label = NULL;
	int size = natsMsg_GetDataLength(msg);
	natsStatus status;

	if (plan->is_bytes)
		return 0;
	status = natsMsgHeader_Get(msg, LEATN_TYPE, &label);
	if (status == NATS_NO_MEMORY)
		return ENOMEM;
	if (status != NATS_OK)
		return plan->p.codec || (size >= 0 && (size_t)size == plan->type.size) ? 0 : EBADMSG;
	if (strcmp(label, plan->label) != 0)
		return EBADMSG;
	return plan->p.codec || (size_t)size == plan->type.size ? 0 : EBADMSG;
}
