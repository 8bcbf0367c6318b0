/* leat_key - the keys that came, for stages that compare values by a key.
 *
 *     oldest = a = c = b = newest      the order in which they came
 *     [ ] [a-b] [ ] [c]                the same in a hash table: chains of keys, twice as many buckets at most
 *
 * A key is one block: the struct, and the bytes of the key behind it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "leat.h"

#include <stdlib.h>
#include <string.h>

enum { KEYS_LEAST = 8 }; /* buckets */

/* Each table has a seed of its own, so that a sender cannot know which keys fall into one bucket. */
leat_keys_ leat_keys_make_(leat_key_fn *fn, void *arg, leat_rx in)
{
	uint64_t seed = (uint64_t)leat_now() ^ (uint64_t)(uintptr_t)in.ch;

	return (leat_keys_){ .fn = fn, .arg = arg, .size = leat_type_of(in).size, .seed = seed };
}

/* A product carries upwards only, so the high half is folded into the low half, which chooses the bucket. */
static uint64_t keys_hash(const leat_keys_ *keys, leat_key key)
{
	const unsigned char *bytes = key.bytes;
	uint64_t hash = keys->seed;

	for (size_t i = 0; i < key.size; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 32;
}

static leat_keyed_ **keys_bucket(const leat_keys_ *keys, uint64_t hash)
{
	return &keys->buckets[hash & (keys->room - 1)];
}

static leat_keyed_ *keys_find(const leat_keys_ *keys, leat_key key, uint64_t hash)
{
	leat_keyed_ *at = keys->room ? *keys_bucket(keys, hash) : NULL;

	while (at && (at->hash != hash || at->size != key.size || (key.size && memcmp(at + 1, key.bytes, key.size) != 0)))
		at = at->next;
	return at;
}

static void keys_put(leat_keys_ *keys, leat_keyed_ *key)
{
	leat_keyed_ **bucket = keys_bucket(keys, key->hash);

	key->next = *bucket;
	*bucket = key;
}

/* Double the number of buckets. Returns 1, or 0 without memory. */
static int keys_grow(leat_keys_ *keys)
{
	size_t room = keys->room ? 2 * keys->room : KEYS_LEAST;
	leat_keyed_ **buckets = malloc(room * sizeof(leat_keyed_ *));

	if (!buckets)
		return 0;
	for (size_t i = 0; i < room; i++)
		buckets[i] = NULL;
	free(keys->buckets);
	keys->buckets = buckets;
	keys->room = room;
	for (leat_keyed_ *key = keys->oldest; key; key = key->newer)
		keys_put(keys, key);
	return 1;
}

/* Returns NULL without memory. */
static leat_keyed_ *keys_add(leat_keys_ *keys, leat_key key, uint64_t hash)
{
	leat_keyed_ *added;

	if (keys->count == keys->room && !keys_grow(keys))
		return NULL;
	if (!(added = malloc(sizeof *added + key.size)))
		return NULL;
	*added = (leat_keyed_){ .older = keys->newest, .hash = hash, .size = key.size };
	if (key.size)
		memcpy(added + 1, key.bytes, key.size);
	keys_put(keys, added);
	*(keys->newest ? &keys->newest->newer : &keys->oldest) = added;
	keys->newest = added;
	keys->count++;
	return added;
}

int leat_keys_of_(leat_keys_ *keys, const void *value, leat_keyed_ **key)
{
	leat_key bytes = { value, keys->size };
	int result = keys->fn ? keys->fn(keys->arg, value, &bytes) : 0;
	uint64_t hash;

	if (result < 0)
		return -leat_errno_of_(result);
	hash = keys_hash(keys, bytes);
	if ((*key = keys_find(keys, bytes, hash)) != NULL)
		return 0;
	return (*key = keys_add(keys, bytes, hash)) != NULL ? 1 : -ENOMEM;
}

void leat_keys_remove_(leat_keys_ *keys, leat_keyed_ *key)
{
	leat_keyed_ **at = keys_bucket(keys, key->hash);

	while (*at != key)
		at = &(*at)->next;
	*at = key->next;
	*(key->older ? &key->older->newer : &keys->oldest) = key->newer;
	*(key->newer ? &key->newer->older : &keys->newest) = key->older;
	keys->count--;
	free(key);
}

void leat_keys_end_(leat_keys_ *keys)
{
	while (keys->oldest)
		leat_keys_remove_(keys, keys->oldest);
	free(keys->buckets);
}
