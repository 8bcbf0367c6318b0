/* SPDX-License-Identifier: 0BSD
 *
 * errgroup - run three functions at once and get one answer: leat_errgroup.
 *
 * The answer is that none has failed, or the first error. That error also tells the other functions to stop.
 */
#include <errno.h>
#include <leat.h>
#include <stdio.h>

static const char *text(int error)
{
	return error == 0 ? "<nil>" : error == EIO ? "disk on fire" : leat_strerror(error);
}

static int do_something(leat_rx done, void *arg)
{
	(void)done;
	*(int *)arg = 1;
	return 0;
}

static int do_it_badly(leat_rx done, void *arg)
{
	(void)done, (void)arg;
	return -EIO;
}

/* Takes for ever, unless another function fails. */
static int do_it_for_ever(leat_rx done, void *arg)
{
	(void)leat_wait(done);
	*(int *)arg = 1;
	return -ECANCELED;
}

/* Print the group's answer and the cause of its done. After the wait its done is over in any case. */
static int run(leat_errgroup_fn *const *functions)
{
	leat_errgroup *group = leat_errgroup_make(LEAT_NIL);
	int did[3] = { 0 }, failed = 0, error;
	leat_rx done;

	if (!group)
		return -1;
	done = leat_dup(leat_errgroup_done(group));
	for (int i = 0; i < 3; i++)
		failed |= leat_errgroup_go(group, functions[i], &did[i]) < 0;
	error = leat_errgroup_wait(group);
	printf("%s\n%s\n", text(error), text(leat_cause(done)));
	printf("%d of 3 were through with it\n", did[0] + did[1] + did[2]);
	leat_drop(done);
	return failed ? -1 : 0;
}

int main(void)
{
	leat_errgroup_fn *well[] = { do_something, do_something, do_something };
	leat_errgroup_fn *badly[] = { do_it_for_ever, do_it_for_ever, do_it_badly };

	return run(well) < 0 || run(badly) < 0;
}
