/* group.c - the group of a source, as the server has it: join it, and ask what is left for it.
 *
 * A SERVER THAT HAS LOST COUNT. A server of 2.9 that was killed counts values as unacknowledged that are acknowledged and
 * gone. When it comes to deliver one of them again, it finds nothing, and sleeps until something happens, such as another
 * request. With thousands of such values in front it never comes to those that are there. So a source that has waited for
 * long asks whether the group is wrong. If so, it deletes the group and makes it again. Then the server counts what it has.
 *
 * A GROUP IS WRONG if nothing has happened for twice its ack_wait and a second, and
 *  - it has values that were never delivered, and requests wait for them: a server would have sent them;
 *  - or it waits for more answers than the stream has values;
 *  - or it has tried to deliver a value again: if the value were there, somebody would have it now.
 * Another program may keep a value for long. It tells the server that the value is in progress, or has given it back for
 * later. Then none of the three holds, as long as the server has not delivered that value twice.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "inside.h"

#include <string.h>

enum { MOST_SUBJECTS = 1000 };

/* --------------------------------------------------------------------------------------------------------- join -- */

static int add_group(const struct leatn_source *s, jsConsumerInfo **info)
{
	const leat_nats_plan *p = &s->plan->p;
	jsConsumerConfig config;
	jsErrCode code = 0;
	natsStatus status;

	jsConsumerConfig_Init(&config);
	config.Durable = p->group;
	config.AckPolicy = js_AckExplicit;
	config.AckWait = p->ack_wait;
	config.FilterSubject = p->subject;
	config.MaxAckPending = 1000 * 1000;
	config.MaxWaiting = 8192;
	status = js_AddConsumer(info, leatn_jetstream(s->c), p->stream, &config, NULL, &code);
	return leatn_js_errno(status, code);
}

static int ask_group(const struct leatn_source *s, jsConsumerInfo **info)
{
	jsErrCode code = 0;
	natsStatus status = js_GetConsumerInfo(info, leatn_jetstream(s->c), s->plan->p.stream, s->plan->p.group, NULL, &code);

	return leatn_js_errno(status, code);
}

static int delete_group(const struct leatn_source *s)
{
	jsErrCode code = 0;
	natsStatus status = js_DeleteConsumer(leatn_jetstream(s->c), s->plan->p.stream, s->plan->p.group, NULL, &code);
	int error = leatn_js_errno(status, code);

	return error == ENOENT ? 0 : error; /* another source was faster */
}

static bool is_our_kind(const jsConsumerConfig *config, const char *subject)
{
	const char *its = config->FilterSubject, *pushed_to = config->DeliverSubject;

	return (!its || !*its || strcmp(its, subject) == 0) && (!pushed_to || !*pushed_to) && config->AckPolicy == js_AckExplicit;
}

/* A group that exists stays as it is. Another subject would be another group. */
int leatn_group_join(struct leatn_group *group)
{
	struct leatn_source *s = group->s;
	jsConsumerInfo *info = NULL;
	int error = ask_group(s, &info);

	if (error == ENOENT)
		error = add_group(s, &info);
	if (!error) {
		error = is_our_kind(info->Config, s->plan->p.subject) ? 0 : EBUSY;
		s->ack_wait = info->Config->AckWait > 0 ? info->Config->AckWait : s->plan->p.ack_wait;
	}
	group->known = !error;
	jsConsumerInfo_Destroy(info);
	return error;
}

/* --------------------------------------------------------------------------------------------------------- look -- */

static bool is_same_rest(const struct leatn_rest *a, const struct leatn_rest *b)
{
	return a->delivered == b->delivered && a->unacknowledged == b->unacknowledged && a->more == b->more &&
	       a->busy == b->busy;
}

/* Whether the server may have lost count: it says that something is left, and nothing has happened for so long that all
 * values which somebody holds should have come again. */
static bool is_quiet(struct leatn_group *group, const jsConsumerInfo *info, bool ended, unsigned busy)
{
	bool more = info->NumPending > 0;
	struct leatn_rest rest = {
		info->Delivered.Consumer, (uint64_t)info->NumAckPending, more, more ? 0 : busy,
	};
	leat_time now = leat_now();

	if (!is_same_rest(&rest, &group->rest)) {
		group->rest = rest;
		group->quiet = now;
	}
	return (more || ended) && now - group->quiet >= 2 * group->s->ack_wait + LEAT_MS(1000);
}

static int ask_stream(const struct leatn_source *s, const char *subject, jsStreamInfo **info)
{
	jsErrCode code = 0;
	jsOptions options;

	jsOptions_Init(&options);
	options.Stream.Info.SubjectsFilter = subject;
	return leatn_js_errno(js_GetStreamInfo(info, leatn_jetstream(s->c), s->plan->p.stream, &options, &code), code);
}

static int count_subject(const struct leatn_source *s, uint64_t *count)
{
	jsStreamInfo *info = NULL;
	int error = ask_stream(s, s->plan->p.subject, &info);

	*count = 0;
	for (int i = 0; !error && info->State.Subjects && i < info->State.Subjects->Count; i++)
		*count += info->State.Subjects->List[i].Msgs;
	jsStreamInfo_Destroy(info);
	return error;
}

/* How many values the stream has for the group, and whether it is a queue. The server lists the subjects, each with its
 * number of values. If the list would be long, the number of all values must do. It is never too small. */
static int count_values(const struct leatn_source *s, bool *is_queue, uint64_t *count)
{
	jsStreamInfo *info = NULL;
	int error = ask_stream(s, NULL, &info);
	bool several = !error && info->State.NumSubjects > 1 && info->State.NumSubjects <= MOST_SUBJECTS;

	*is_queue = !error && info->Config->Retention == js_WorkQueuePolicy;
	*count = error ? 0 : info->State.Msgs;
	jsStreamInfo_Destroy(info);
	return *is_queue && several ? count_subject(s, count) : error;
}

static int make_again(struct leatn_group *group)
{
	int error;

	group->known = false;
	leatn_window_forget(group->s, SIZE_MAX);
	error = delete_group(group->s);
	return error ? error : leatn_group_join(group);
}

/* Whether a group in which nothing happens is wrong: see above. The stream has `count` values for it. */
static bool is_wrong(const jsConsumerInfo *info, uint64_t count)
{
	int64_t most = info->Config->MaxAckPending;

	if (info->NumPending > 0)
		return info->NumWaiting > 0 && (most <= 0 || info->NumAckPending < most);
	return (uint64_t)info->NumAckPending > count || info->NumRedelivered > 0;
}

/* The source asks once more just before it deletes the group, because another source may have made it again meanwhile. */
static int compare(struct leatn_group *group, const jsConsumerInfo *former, uint64_t count)
{
	jsConsumerInfo *info = NULL;
	int error = ask_group(group->s, &info);
	bool wrong = !error && info->Created == former->Created && info->Delivered.Consumer == former->Delivered.Consumer &&
	             info->NumAckPending == former->NumAckPending && is_wrong(info, count);

	jsConsumerInfo_Destroy(info);
	return wrong ? make_again(group) : error;
}

/* In a queue a new group gets just what is not acknowledged. In another stream it would get everything once more. There
 * only values that somebody has deleted can be miscounted. The server has tried to deliver them again, so nothing is left. */
static int count_again(struct leatn_group *group, const jsConsumerInfo *info, bool *empty)
{
	bool is_queue = false;
	uint64_t count;
	int error = count_values(group->s, &is_queue, &count);

	group->quiet = leat_now();
	if (!error && is_queue)
		return compare(group, info, count);
	*empty = !error && !group->rest.more && info->NumRedelivered > 0;
	return error;
}

/* The server takes acknowledgements as they come, so what it says may be a little old. */
int leatn_group_look(struct leatn_group *group, bool ended, unsigned busy, bool *empty)
{
	jsConsumerInfo *info = NULL;
	int error = ask_group(group->s, &info);

	*empty = !error && info->NumPending == 0 && info->NumAckPending == 0;
	if (error == ENOENT)
		group->known = false;
	else if (!error && !*empty && is_quiet(group, info, ended, busy))
		error = count_again(group, info, empty);
	jsConsumerInfo_Destroy(info);
	return error == ENOENT ? EIO : error;
}
