/* SPDX-License-Identifier: 0BSD
 *
 * errgroup_all - run several functions to their ends, and learn which of them failed: leat_errgroup_keep_going and
 * leat_errgroup_wait_all.
 *
 * The copies of a file go to three disks. A disk that is full does not stop the others.
 */
#include <errno.h>
#include <leat.h>
#include <stdio.h>

struct disk { const char *name; int error; };

static int copy_to(leat_rx done, void *of_disk)
{
	const struct disk *disk = of_disk;

	(void)done;
	return -disk->error;
}

int main(void)
{
	struct disk disks[] = { { "a", 0 }, { "b", ENOSPC }, { "c", 0 } };
	leat_errgroup *group = leat_errgroup_make(LEAT_NIL);
	leat_errgroup_failure failures[3];
	size_t failed = 3;

	if (!group || leat_errgroup_keep_going(group) < 0)
		return 1;
	for (int i = 0; i < 3; i++)
		if (leat_errgroup_go(group, copy_to, &disks[i]) < 0)
			fprintf(stderr, "errgroup_all: %s\n", leat_strerror(errno));
	(void)leat_errgroup_wait_all(group, failures, &failed); /* the first error, which is also in the list */
	printf("%zu of 3 failed\n", failed);
	for (size_t i = 0; i < failed; i++)
		printf("disk %s: %s\n", ((struct disk *)failures[i].arg)->name, leat_strerror(failures[i].error));
	return 0;
}
