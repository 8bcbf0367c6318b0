/* leat_nats_make, leat_nats_remove, leat_nats_end - the life of a stream on the server.
 *
 * THE END. A sealed stream takes no more messages, and the server stores that it is sealed. The cause of the end is in
 * the description of the stream, the only text of a stream that can be changed.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENDED "leat: the stream has ended, cause "

/* Free the plan, and return 0, or -1 with errno. `denials` was counted before the request: a request that is denied has
 * no answer, so only the count tells it from a server that is silent. */
static int finish(leat_nats *c, struct leatn_plan *plan, unsigned denials, int error)
{
	if (error == ETIMEDOUT && leatn_state(c).denials != denials && leatn_is_denied(c, plan))
		error = EACCES;
	free(plan);
	return error ? leat_refuse(error) : 0;
}

/* Returns 0 or an errno value. A request to a server that is away would wait for seconds, in vain. */
static int is_ready(leat_nats *c)
{
	struct leatn_state state = leatn_state(c);

	return state.cause ? state.cause : state.away ? ENOTCONN : 0;
}

/* --------------------------------------------------------------------------------------------------------- make -- */

static int add_stream(leat_nats *c, jsStreamConfig *config)
{
	jsErrCode code = 0;
	natsStatus status = js_AddStream(NULL, leatn_jetstream(c), config, NULL, &code);

	return leatn_js_errno(status, code);
}

static int make_queue(leat_nats *c, const leat_nats_plan *p, const leat_nats_limits *limits)
{
	const char *subjects[] = { p->subject };
	jsStreamConfig config;

	jsStreamConfig_Init(&config);
	config.Name = p->stream;
	config.Subjects = subjects;
	config.SubjectsLen = 1;
	config.Retention = limits->groups ? js_LimitsPolicy : js_WorkQueuePolicy;
	config.Discard = js_DiscardNew;
	config.Storage = limits->memory ? js_MemoryStorage : js_FileStorage;
	config.MaxMsgs = limits->values ? limits->values : -1;
	config.MaxBytes = limits->bytes ? limits->bytes : -1;
	config.Replicas = limits->replicas ? limits->replicas : 1;
	config.Duplicates = limits->duplicates ? limits->duplicates : LEAT_MS(120000);
	return add_stream(c, &config);
}

static int make_dead(leat_nats *c, const char *name, const leat_nats_limits *limits)
{
	const char *subjects[] = { name };
	jsStreamConfig config;

	jsStreamConfig_Init(&config);
	config.Name = name;
	config.Subjects = subjects;
	config.SubjectsLen = 1;
	config.Storage = limits->memory ? js_MemoryStorage : js_FileStorage;
	config.Replicas = limits->replicas ? limits->replicas : 1;
	return add_stream(c, &config);
}

int leat_nats_make(leat_nats *c, const leat_nats_plan *p, const leat_nats_limits *limits)
{
	static const leat_nats_limits none;
	struct leatn_plan *plan = leatn_plan_make(p);
	unsigned denials = leatn_state(c).denials;
	int error;

	if (!plan)
		return -1;
	limits = limits ? limits : &none;
	error = is_ready(c);
	error = error ? error : make_queue(c, &plan->p, limits);
	error = error ? error : make_dead(c, plan->dead, limits);
	return finish(c, plan, denials, error);
}

/* ------------------------------------------------------------------------------------------------------- remove -- */

static int delete_stream(leat_nats *c, const char *name)
{
	jsErrCode code = 0;
	natsStatus status = js_DeleteStream(leatn_jetstream(c), name, NULL, &code);

	return leatn_js_errno(status, code);
}

int leat_nats_remove(leat_nats *c, const leat_nats_plan *p)
{
	struct leatn_plan *plan = leatn_plan_make(p);
	unsigned denials = leatn_state(c).denials;
	int error, dead;

	if (!plan)
		return -1;
	error = is_ready(c);
	if (!error) {
		error = delete_stream(c, plan->p.stream);
		dead = delete_stream(c, plan->dead);
		error = error || dead == ENOENT ? error : dead;
		leatn_notify(c, plan->p.stream, LEATN_CHANGED);
	}
	return finish(c, plan, denials, error);
}

/* ---------------------------------------------------------------------------------------------------------- end -- */

/* Returns 0 or an errno value, and then *info is NULL. */
static int get_info(leat_nats *c, const char *stream, jsStreamInfo **info)
{
	jsErrCode code = 0;
	natsStatus status = js_GetStreamInfo(info, leatn_jetstream(c), stream, NULL, &code);

	return leatn_js_errno(status, code);
}

static int cause_of(const jsStreamConfig *config)
{
	if (!config->Description || strncmp(config->Description, ENDED, strlen(ENDED)) != 0)
		return 0;
	return atoi(config->Description + strlen(ENDED));
}

int leatn_look(leat_nats *c, const char *stream, bool *ended, int *cause)
{
	jsStreamInfo *info = NULL;
	int error = is_ready(c);

	error = error ? error : get_info(c, stream, &info);
	if (!error) {
		*ended = info->Config->Sealed;
		*cause = cause_of(info->Config);
	}
	jsStreamInfo_Destroy(info);
	return error;
}

/* A stream with a limit of n bytes takes no publish of n bytes, also when it is empty. Somebody may have raised the
 * limit, so ask the server again before a sink ends because of it. */
int leatn_full(leat_nats *c, const struct leatn_plan *plan, natsMsg *msg, int64_t *bytes)
{
	int64_t size = leatn_size(plan, msg);
	jsStreamInfo *info = NULL;

	if (size >= *bytes && get_info(c, plan->p.stream, &info) == 0)
		*bytes = info->Config->MaxBytes > 0 ? info->Config->MaxBytes : INT64_MAX;
	jsStreamInfo_Destroy(info);
	return *bytes > 0 && size >= *bytes ? EMSGSIZE : EAGAIN;
}

/* The texts of the configuration belong to libnats. */
static int seal(leat_nats *c, jsStreamConfig *config, int cause)
{
	const char *former = config->Description;
	char description[256];
	jsErrCode code = 0;
	natsStatus status;

	snprintf(description, sizeof description, ENDED "%d (%s)", cause, cause ? leat_strerror(cause) : "none");
	config->Description = description;
	config->Sealed = true;
	status = js_UpdateStream(NULL, leatn_jetstream(c), config, NULL, &code);
	config->Description = former;
	return leatn_js_errno(status, code);
}

/* Seal the stream, if it is not sealed. *tried says whether it was not. Returns 0 or an errno value. */
static int seal_once(leat_nats *c, const char *stream, int cause, bool *tried)
{
	jsStreamInfo *info = NULL;
	int error = get_info(c, stream, &info);

	*tried = !error && !info->Config->Sealed;
	if (*tried)
		error = seal(c, info->Config, cause);
	else if (!error)
		error = cause_of(info->Config) == cause ? 0 : EALREADY;
	jsStreamInfo_Destroy(info);
	return error;
}

/* Two processes may seal the stream at once. The server refuses the second update: a sealed stream has deny_delete, and
 * the second update comes from an older configuration without it. So after a failure this looks again whether the
 * stream has ended. The servers of a cluster may take both updates. */
static int end_stream(leat_nats *c, const char *stream, int cause)
{
	bool tried, ended;
	int other, error = seal_once(c, stream, cause, &tried);

	if (error && tried && leatn_look(c, stream, &ended, &other) == 0 && ended)
		error = other == cause ? 0 : EALREADY;
	if (!error)
		leatn_notify(c, stream, LEATN_CHANGED);
	return error;
}

int leat_nats_end(leat_nats *c, const leat_nats_plan *p, int cause)
{
	struct leatn_plan *plan = leatn_plan_make(p);
	unsigned denials = leatn_state(c).denials;
	int error;

	if (!plan)
		return -1;
	error = is_ready(c);
	error = error ? error : end_stream(c, plan->p.stream, cause >= 0 && cause <= 255 ? cause : EINVAL);
	return finish(c, plan, denials, error);
}
