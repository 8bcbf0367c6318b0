/* SPDX-License-Identifier: 0BSD
 *
 * snapshot_map - a shared map by copy on write: switches for what a service can do without when it is short of time.
 *
 * Who changes it copies it whole and publishes the copy, one after the other; who looks something up takes no lock. For
 * what is read always and changed seldom, as such switches, or a local cache.
 */
#include <leat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
	const char *key;
	int value;
};

struct map {
	size_t count;
	struct entry entries[];
};

static leat_snapshot *switches;

static size_t place(const struct map *map, const char *key)
{
	size_t i = 0;

	while (i < map->count && strcmp(map->entries[i].key, key) != 0)
		i++;
	return i;
}

/* Another map, with this entry; or NULL, and the map stays as it is. */
static void *with(void *arg, const void *value)
{
	const struct map *old = value;
	const struct entry *entry = arg;
	size_t i = place(old, entry->key);
	struct map *map = malloc(sizeof *map + (old->count + 1) * sizeof *map->entries);

	if (!map)
		return NULL;
	map->count = i < old->count ? old->count : i + 1;
	memcpy(map->entries, old->entries, old->count * sizeof *map->entries);
	map->entries[i] = *entry;
	return map;
}

static int get(const char *key)
{
	leat_reading reading;
	const struct map *map = leat_snapshot_read(switches, &reading);
	size_t i = place(map, key);
	int value = i < map->count ? map->entries[i].value : -1;

	leat_snapshot_let_go(&reading);
	return value;
}

/* Several at once, each with an entry of its own: none is lost in the copy of another. */
static void turn_on_and_off(void *key)
{
	for (int i = 1; i <= 101; i++)
		if (!leat_snapshot_update(switches, with, &(struct entry){ key, i % 2 }))
			perror(key);
}

int main(void)
{
	static char *const keys[] = { "comments", "search", "video" };
	struct map *empty = malloc(sizeof *empty);

	if (empty)
		empty->count = 0;
	switches = empty ? leat_snapshot_make(empty, free) : NULL;
	for (int i = 0; i < 3; i++)
		if (!switches || leat_go(turn_on_and_off, keys[i]) < 0)
			return 1;
	if (leat_wait_all(LEAT_NEVER) < 0)
		return 1;
	for (int i = 0; i < 3; i++)
		printf("%s: %d\n", keys[i], get(keys[i]));
	printf("music: %d\n", get("music"));
	leat_snapshot_drop(switches);
	return 0;
}
