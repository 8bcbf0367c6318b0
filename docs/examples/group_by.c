/* SPDX-License-Identifier: 0BSD
 *
 * group_by - add up sales of each city: leat_group_by.
 *
 * A group is a batch of values whose keys are equal. At most two groups are open here, so the memory has a bound; when
 * a third city comes, the first group is sent. A city may come again in another group.
 */
#include <leat.h>
#include <stdio.h>
#include <string.h>

struct sale { const char *city; int amount; };

static int by_city(void *arg, const void *in, leat_key *key)
{
	const struct sale *sale = in;

	(void)arg;
	*key = (leat_key){ sale->city, strlen(sale->city) };
	return 0;
}

static void add_up(const leat_batched *group)
{
	const struct sale *sales = group->values;
	int sum = 0;

	for (size_t i = 0; i < group->count; i++)
		sum += sales[i].amount;
	printf("%s: %zu sales, %d\n", sales[0].city, group->count, sum);
}

int main(void)
{
	leat_rx sales = leat_generator(LEAT_NIL, LEAT_VALUES(struct sale, { "Bern", 3 }, { "Rome", 8 }, { "Bern", 4 },
	                                                     { "Oslo", 1 }, { "Rome", 2 }, { "Bern", 5 }));
	leat_rx groups = leat_group_by(LEAT_NIL, sales, 2, 1000, by_city, NULL);
	int cause;

	for (leat_batched *group; leat_recv(groups, &group) > 0; leat_batched_free(group))
		add_up(group);

	cause = leat_cause(groups);
	if (cause)
		fprintf(stderr, "group_by: %s\n", leat_strerror(cause));
	leat_drop(groups);
	return cause != 0;
}
