/* leat_replicate - the same question to several replicas; the first good answer wins.
 *
 *       /-> [f] -- a --\
 *     ? --> [f] --X     --> a
 *       \-> [f] --X
 *
 * A replica is a stage that emits at most one value. The replica whose value is received first wins. The others see
 * that their done is over. An answer that comes too late is released, as in every stage whose consumer has left.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <stdlib.h>

enum { REPLICATE_MOST = 1 << 20 };

struct replicate_one { leat_replica_fn *fn; void *arg; size_t number; leat_rx done; };

struct replicate {
	const char *where;        /* the place of the call, or NULL */
	leat_replica_fn *fn;
	void *arg, *out;
	const leat_type *type;
	leat_rx over;             /* the replicas' done */
	size_t n, started, asked; /* replicas: all, those started, and of these those that may still answer */
	leat_time hedge, next;    /* when the next one is to be started */
	leat_case *on;            /* the caller's done, then the answers */
	leat_rx *answers;         /* the outputs of the replicas */
	int cause;                /* of the last replica that failed */
};

static void replicate_release(void *of_replica)
{
	leat_drop(((struct replicate_one *)of_replica)->done);
}

static void replicate_body(leat_stage *stage, void *of_replica)
{
	const struct replicate_one *self = of_replica;
	void *out = leat_scratch(stage);

	(void)leat_emit_result(stage, self->fn(self->done, self->arg, self->number, out), out);
}

/* A replica that cannot be started counts as one that failed: its answer is over and has the cause. */
static void replicate_start(struct replicate *all)
{
	leat_type taken = { "replica", sizeof(struct replicate_one), NULL, replicate_release };
	struct replicate_one replica = { all->fn, all->arg, all->started++, leat_dup(all->over) };
	leat_plan plan = {
		.name = "replica",
		.done = all->over,
		.type = all->type,
		.body = replicate_body,
		.arg = &replica,
		.arg_type = &taken,
	};
	leat_rx answer = leat_stage_start_at_(&plan, all->where);

	all->answers[replica.number] = answer;
	all->on[all->started] = LEAT_RECV_SIZED(answer, all->out, all->type->size);
	all->asked++;
	all->next = leat_in(all->hedge);
}

static int replicate_cancelled(leat_rx done)
{
	int cause = leat_cause(done);

	return leat_refuse(cause ? cause : ECANCELED);
}

/* No answer will come from this replica. */
static void replicate_lose(struct replicate *all, int chosen)
{
	int cause = leat_cause(all->answers[chosen - 1]);

	if (cause)
		all->cause = cause;
	all->on[chosen].ch = NULL;
	all->asked--;
}

/* Does what leat_replicate does, but the losers may still run when it returns. The next replica is started when the
 * hedge time has passed, or when another has lost. */
static int replicate_ask(struct replicate *all, leat_rx done)
{
	do
		replicate_start(all);
	while (all->hedge == 0 && all->started < all->n);
	while (all->asked > 0) {
		int more = all->started < all->n;
		int chosen = leat_select_first_n(all->on, 1 + all->started, more ? all->next : LEAT_NEVER);

		if (chosen > 0 && all->on[chosen].ok)
			return chosen;
		if (chosen == 0)
			return replicate_cancelled(done);
		if (chosen < 0 && errno != ETIMEDOUT)
			return -1;
		if (chosen > 0)
			replicate_lose(all, chosen);
		if (more)
			replicate_start(all);
	}
	return all->cause ? leat_refuse(all->cause) : 0;
}

/* A replica drops its reference to done last. After that it uses nothing of the caller's. */
static void replicate_join(struct replicate *all, leat_tx over)
{
	(void)leat_close(over); /* 1, always: nobody else closes it */
	leat_drop(all->over);
	for (size_t i = 0; i < all->started; i++)
		leat_drop(all->answers[i]);
	(void)leat_wait_gone(over, LEAT_NEVER); /* 1, always: it has no deadline */
}

/* Ask, and wait until all replicas have returned. Returns what leat_replicate returns. */
static int replicate_run(struct replicate *all, leat_rx done)
{
	leat_chan over = leat_placed_chan_((leat_make_unit)(), all->where);
	int result = -1, error = all->on && all->answers ? leat_cause(over) : ENOMEM;

	all->over = over.rx;
	if (!error) {
		all->on[0] = LEAT_READY(done);
		result = replicate_ask(all, done);
		error = errno;
	}
	replicate_join(all, over.tx);
	leat_drop(over.tx);
	free(all->on);
	free(all->answers);
	errno = error;
	return result;
}

int leat_replicate_at_(leat_rx done, size_t n, leat_time hedge, const leat_type *type, leat_replica_fn *fn, void *arg,
                       void *out, const char *where)
{
	struct replicate all = { .where = where, .fn = fn, .arg = arg, .out = out, .type = type, .n = n, .hedge = hedge };
	int right = n && n <= REPLICATE_MOST && type && fn && out && hedge >= 0;

	if (!right)
		return leat_refuse(EINVAL);
	if (leat_wait_ready_by(done, LEAT_NOW) >= 0)
		return replicate_cancelled(done);
	all.on = malloc((1 + n) * sizeof *all.on);
	all.answers = malloc(n * sizeof *all.answers);
	return replicate_run(&all, done);
}

int (leat_replicate_of)(leat_rx done, size_t n, leat_time hedge, const leat_type *type, leat_replica_fn *fn, void *arg,
                        void *out)
{
	return leat_replicate_at_(done, n, hedge, type, fn, arg, out, NULL);
}
