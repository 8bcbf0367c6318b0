/* errors.c - the failures of libnats and of the server, as errno values.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

enum { FULL = 10077 }; /* the server's code for a store that fails: almost always because the stream is full */

int leatn_errno(natsStatus status)
{
	switch (status) {
	case NATS_OK: return 0;
	case NATS_NO_SERVER: return ECONNREFUSED;
	case NATS_CONNECTION_AUTH_FAILED:
	case NATS_NOT_PERMITTED: return EACCES;
	case NATS_SECURE_CONNECTION_WANTED:
	case NATS_SECURE_CONNECTION_REQUIRED:
	case NATS_SSL_ERROR: return EPROTO;
	case NATS_CONNECTION_CLOSED:
	case NATS_CONNECTION_DISCONNECTED:
	case NATS_INSUFFICIENT_BUFFER:
	case NATS_STALE_CONNECTION: return ENOTCONN;
	case NATS_NOT_FOUND: return ENOENT;
	case NATS_ADDRESS_MISSING:
	case NATS_INVALID_SUBJECT:
	case NATS_INVALID_QUEUE_NAME:
	case NATS_INVALID_ARG: return EINVAL;
	case NATS_MAX_PAYLOAD: return EMSGSIZE;
	case NATS_NO_MEMORY: return ENOMEM;
	case NATS_TIMEOUT: return ETIMEDOUT;
	case NATS_NO_RESPONDERS: return EOPNOTSUPP;
	default: return EIO;
	}
}

int leatn_js_errno(natsStatus status, jsErrCode code)
{
	switch (code) {
	case JSConsumerNotFoundErr:
	case JSStreamNotFoundErr: return ENOENT;
	case JSConsumerNameExistErr:
	case JSConsumerExistingActiveErr:
	case JSConsumerWQMultipleUnfilteredErr:
	case JSConsumerWQConsumerNotUniqueErr:
	case JSConsumerWQConsumerNotDeliverAllErr:
	case JSStreamNameExistErr:
	case JSStreamSubjectOverlapErr: return EBUSY;
	case JSMemoryResourcesExceededErr:
	case JSStorageResourcesExceededErr:
	case JSMaximumConsumersLimitErr:
	case JSMaximumStreamsLimitErr: return ENOSPC;
	case JSNotEnabledErr:
	case JSNotEnabledForAccountErr: return EOPNOTSUPP;
	case JSStreamMessageExceedsMaximumErr: return EMSGSIZE;
	case JSStreamSealedErr: return EPIPE;
	default: return leatn_errno(status);
	}
}

/* A refusal may have "seq", too. So look for "error" first. */
int leatn_stored(natsMsg *answer)
{
	const char *text = natsMsg_GetData(answer), *code;
	int error;

	if (natsMsg_IsNoResponders(answer))
		return EOPNOTSUPP;
	if (text && !strstr(text, "\"error\""))
		return strstr(text, "\"seq\"") ? 0 : EIO; /* another program that hears the subject may answer, too */
	code = text ? strstr(text, "\"err_code\":") : NULL;
	error = code ? atoi(code + strlen("\"err_code\":")) : 0;
	return error == FULL ? EAGAIN : leatn_js_errno(NATS_ERR, (jsErrCode)error);
}

bool leatn_may_pass(int error)
{
	return error == ENOTCONN || error == ETIMEDOUT || error == EOPNOTSUPP || error == EIO;
}
