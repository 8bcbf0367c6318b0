/* SPDX-License-Identifier: 0BSD
 *
 * inject.h - makes functions of libnats fail. test/faults/faults.h makes allocations and thread starts fail. A test
 * whose name begins with `faults` is linked so that its calls, and those of libleat-nats, go through these two files.
 */
#ifndef INJECT_H
#define INJECT_H

#include "../../test/faults/faults.h"

#include <dlfcn.h>
#include <nats/nats.h>

/* How the call fails. OUT_OF_MEMORY: any function. BROKEN: one that needs the server fails, and does nothing. LOST: it
 * did what it should, and the answer is lost. */
typedef enum { OUT_OF_MEMORY, BROKEN, LOST } way;

static struct faults calls = { -1, 0 };
static _Atomic way failing = OUT_OF_MEMORY;
static _Atomic(const char *) failed; /* the name of the function that failed last */

static inline int call_fails(const char *name)
{
	if (!fails_now(&calls))
		return 0;
	atomic_store(&failed, name);
	return 1;
}

/* A function that does not ask the server. */
#define LOCAL(name, parameters, arguments) \
	natsStatus __real_##name parameters; \
	natsStatus __wrap_##name parameters; \
	natsStatus __wrap_##name parameters \
	{ \
		if (atomic_load(&failing) == OUT_OF_MEMORY && call_fails(#name)) \
			return NATS_NO_MEMORY; \
		return __real_##name arguments; \
	}

/* A function that asks the server. `forget` forgets its answer. */
#define REMOTE(name, parameters, arguments, forget) \
	natsStatus __real_##name parameters; \
	natsStatus __wrap_##name parameters; \
	natsStatus __wrap_##name parameters \
	{ \
		natsStatus status; \
		if (!call_fails(#name)) \
			return __real_##name arguments; \
		if (atomic_load(&failing) != LOST) \
			return atomic_load(&failing) == BROKEN ? NATS_CONNECTION_DISCONNECTED : NATS_NO_MEMORY; \
		status = __real_##name arguments; \
		if (status == NATS_OK) { \
			forget; \
		} \
		return NATS_TIMEOUT; \
	}

/* A function that asks the server and keeps something of the answer: its answer is not lost. */
#define LASTING(name, parameters, arguments) \
	natsStatus __real_##name parameters; \
	natsStatus __wrap_##name parameters; \
	natsStatus __wrap_##name parameters \
	{ \
		if (atomic_load(&failing) != LOST && call_fails(#name)) \
			return atomic_load(&failing) == BROKEN ? NATS_CONNECTION_DISCONNECTED : NATS_NO_MEMORY; \
		return __real_##name arguments; \
	}

#define FORGET(kind, answer) (answer ? (kind##_Destroy(*(answer)), *(answer) = NULL, (void)0) : (void)0)

LOCAL(natsOptions_Create, (natsOptions **o), (o))
LOCAL(natsOptions_SetServers, (natsOptions *o, const char **urls, int n), (o, urls, n))
LOCAL(natsOptions_SetTimeout, (natsOptions *o, int64_t t), (o, t))
LOCAL(natsOptions_SetFailRequestsOnDisconnect, (natsOptions *o, bool yes), (o, yes))
LOCAL(natsOptions_SetClosedCB, (natsOptions *o, natsConnectionHandler f, void *arg), (o, f, arg))
LOCAL(natsOptions_SetName, (natsOptions *o, const char *name), (o, name))
LOCAL(natsConnection_JetStream, (jsCtx **js, natsConnection *nc, jsOptions *o), (js, nc, o))
LOCAL(natsSubscription_SetOnCompleteCB, (natsSubscription *sub, natsOnCompleteCB f, void *arg), (sub, f, arg))
LOCAL(natsSubscription_SetPendingLimits, (natsSubscription *sub, int n, int bytes), (sub, n, bytes))
LOCAL(natsInbox_Create, (natsInbox **inbox), (inbox))
LOCAL(natsMsg_Create, (natsMsg **msg, const char *subject, const char *reply, const char *at, int size),
      (msg, subject, reply, at, size))
LOCAL(natsMsgHeader_Set, (natsMsg *msg, const char *key, const char *value), (msg, key, value))
LOCAL(natsMsgHeader_Get, (natsMsg *msg, const char *key, const char **value), (msg, key, value))

LASTING(natsConnection_Connect, (natsConnection **nc, natsOptions *o), (nc, o))
LASTING(natsConnection_Subscribe,
        (natsSubscription **sub, natsConnection *nc, const char *subject, natsMsgHandler f, void *arg),
        (sub, nc, subject, f, arg))

REMOTE(natsConnection_Publish, (natsConnection *nc, const char *subject, const void *at, int size),
       (nc, subject, at, size), )
REMOTE(natsConnection_PublishMsg, (natsConnection *nc, natsMsg *msg), (nc, msg), )
REMOTE(natsConnection_PublishString, (natsConnection *nc, const char *subject, const char *text), (nc, subject, text), )
REMOTE(natsConnection_PublishRequestString,
       (natsConnection *nc, const char *subject, const char *reply, const char *text), (nc, subject, reply, text), )
REMOTE(natsConnection_FlushTimeout, (natsConnection *nc, int64_t t), (nc, t), )
REMOTE(natsConnection_RequestMsg, (natsMsg **reply, natsConnection *nc, natsMsg *msg, int64_t t), (reply, nc, msg, t),
       FORGET(natsMsg, reply))
REMOTE(natsSubscription_DrainTimeout, (natsSubscription *sub, int64_t t), (sub, t), )
REMOTE(natsSubscription_WaitForDrainCompletion, (natsSubscription *sub, int64_t t), (sub, t), )
REMOTE(natsSubscription_Unsubscribe, (natsSubscription *sub), (sub), )
REMOTE(js_AddStream, (jsStreamInfo **info, jsCtx *js, jsStreamConfig *config, jsOptions *o, jsErrCode *code),
       (info, js, config, o, code), FORGET(jsStreamInfo, info))
REMOTE(js_UpdateStream, (jsStreamInfo **info, jsCtx *js, jsStreamConfig *config, jsOptions *o, jsErrCode *code),
       (info, js, config, o, code), FORGET(jsStreamInfo, info))
REMOTE(js_DeleteStream, (jsCtx *js, const char *stream, jsOptions *o, jsErrCode *code), (js, stream, o, code), )
REMOTE(js_GetStreamInfo, (jsStreamInfo **info, jsCtx *js, const char *stream, jsOptions *o, jsErrCode *code),
       (info, js, stream, o, code), FORGET(jsStreamInfo, info))
REMOTE(js_AddConsumer,
       (jsConsumerInfo **info, jsCtx *js, const char *stream, jsConsumerConfig *config, jsOptions *o, jsErrCode *code),
       (info, js, stream, config, o, code), FORGET(jsConsumerInfo, info))
REMOTE(js_GetConsumerInfo,
       (jsConsumerInfo **info, jsCtx *js, const char *stream, const char *group, jsOptions *o, jsErrCode *code),
       (info, js, stream, group, o, code), FORGET(jsConsumerInfo, info))

/* ----------------------------------------------------------------------------------------------- what leat asks -- */

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);

/* POSIX says that these functions set errno. */
static inline void *no_memory(void)
{
	errno = ENOMEM;
	return NULL;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails_now(&allocations) ? no_memory() : __real_calloc(n, size);
}

char *__wrap_strdup(const char *text)
{
	return fails_now(&allocations) ? no_memory() : __real_strdup(text);
}

/* ------------------------------------------------------------------------------------------- what libnats starts -- */

/* The dynamic linker gives this function to libnats too. The sanitizers have one of their own. */
static struct faults threads = { -1, 0 };

#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
enum { LIBNATS_STARTS_FAIL = 1 };

typedef int create(pthread_t *id, const pthread_attr_t *attributes, void *(*fn)(void *), void *arg);

int pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*fn)(void *), void *arg)
{
	void *next = dlsym(RTLD_NEXT, "pthread_create");
	create *real;

	memcpy(&real, &next, sizeof real);
	return fails_now(&threads) ? EAGAIN : real(id, attributes, fn, arg);
}
#else
enum { LIBNATS_STARTS_FAIL = 0 };
#endif

#endif
