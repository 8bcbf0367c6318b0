/* SPDX-License-Identifier: 0BSD
 *
 * snapshot_map - a shared map by copy on write: leat_snapshot.
 *
 * Its entries are switches for things that a service can do without when it is short of time. A writer copies the map
 * whole, changes the copy and publishes it; writers take turns. A reader takes no lock. Use this for data that is
 * read all the time and seldom changed, such as these switches or a local cache.
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

/* Returns a copy of the map with this entry, or NULL, and then the map stays as it is. */
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

/* Several threads do this at once, each with its own entry. No entry gets lost. */
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
