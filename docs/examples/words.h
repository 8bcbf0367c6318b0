/* SPDX-License-Identifier: 0BSD
 *
 * words.h - what a word is, and a table that counts words. For wordfreq.c; there is nothing about channels in it.
 *
 * The table has open addressing; the words lie one after the other in `text`, each with a 0 at its end. A table
 * that is all zero is empty. A function that needs memory returns 1, or 0 when there is none.
 */
#ifndef WORDS_H
#define WORDS_H

#include <stdlib.h>
#include <string.h>

struct words_entry { unsigned long long count, hash; size_t at; }; /* the word is at text + at */

struct words {
	struct words_entry *entries; /* count 0: free */
	size_t used, slots;          /* slots: 0, or a power of two */
	char *text;
	size_t length, room;         /* of text */
	unsigned long long total;    /* the sum of all counts */
};

static inline void words_free(void *of_words)
{
	struct words *words = of_words;

	free(words->entries);
	free(words->text);
}

static inline int words_letter(unsigned char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26; /* the cases of ASCII differ in this bit */
}

/* The entry that has the word, or the free entry where the word belongs. One of these always exists. */
static inline struct words_entry *words_find(const struct words *words, const char *word, size_t length,
                                             unsigned long long hash)
{
	for (size_t i = (size_t)hash;; i++) {
		struct words_entry *entry = &words->entries[i & (words->slots - 1)];
		const char *found = words->text + entry->at;

		if (!entry->count)
			return entry;
		if (entry->hash == hash && strncmp(found, word, length) == 0 && found[length] == '\0')
			return entry;
	}
}

static inline int words_double_slots(struct words *words)
{
	size_t slots = words->slots ? 2 * words->slots : 1024;
	struct words_entry *entries = calloc(slots, sizeof *entries);

	if (!entries)
		return 0;
	for (size_t i = 0; i < words->slots; i++) {
		size_t at = (size_t)words->entries[i].hash;

		while (entries[at & (slots - 1)].count)
			at++;
		entries[at & (slots - 1)] = words->entries[i]; /* a free one stays so */
	}
	free(words->entries);
	words->entries = entries;
	words->slots = slots;
	return 1;
}

static inline int words_append(struct words *words, const char *word, size_t length)
{
	if (words->room - words->length <= length) {
		size_t room = 2 * words->room + length + 4096;
		char *text = realloc(words->text, room);

		if (!text)
			return 0;
		words->text = text;
		words->room = room;
	}
	memcpy(words->text + words->length, word, length);
	words->text[words->length + length] = '\0';
	words->length += length + 1;
	return 1;
}

/* Count the word `count` times more. */
static inline int words_add(struct words *words, const char *word, size_t length, unsigned long long hash,
                            unsigned long long count)
{
	struct words_entry *entry;

	if (words->used >= words->slots / 2 && !words_double_slots(words))
		return 0;
	entry = words_find(words, word, length, hash);
	if (!entry->count) {
		*entry = (struct words_entry){ 0, hash, words->length };
		if (!words_append(words, word, length))
			return 0;
		words->used++;
	}
	entry->count += count;
	words->total += count;
	return 1;
}

/* Count the words of a text. */
static inline int words_read(struct words *words, const unsigned char *text, size_t length)
{
	const unsigned char *end = text + length;

	while (text < end) {
		unsigned long long hash = 14695981039346656037u; /* FNV-1a */
		const unsigned char *word;

		while (text < end && !words_letter(*text))
			text++;
		for (word = text; text < end && words_letter(*text); text++)
			hash = (hash ^ *text) * 1099511628211u;
		if (text > word && !words_add(words, (const char *)word, (size_t)(text - word), hash, 1))
			return 0;
	}
	return 1;
}

/* Count all words of another table, as often as they are there, and free that table. An empty table takes the other's
 * place. */
static inline int words_merge(struct words *words, struct words *other)
{
	int room = 1;

	if (!words->used) {
		struct words empty = *words;

		*words = *other;
		*other = empty;
	}
	for (size_t i = 0; i < other->slots && room; i++) {
		const struct words_entry *entry = &other->entries[i];
		const char *word = other->text + entry->at;

		room = !entry->count || words_add(words, word, strlen(word), entry->hash, entry->count);
	}
	words_free(other);
	return room;
}

static inline int words_before(const struct words *words, const struct words_entry *a, const struct words_entry *b)
{
	if (a->count != b->count)
		return a->count > b->count;
	return strcmp(words->text + a->at, words->text + b->at) < 0;
}

/* The most frequent ones in order, ties by strcmp. Returns how many there are, n at most. */
static inline size_t words_top(const struct words *words, struct words_entry *top, size_t n)
{
	size_t have = 0;

	for (size_t i = 0; i < words->slots; i++) {
		struct words_entry entry = words->entries[i];
		size_t at = have;

		if (!entry.count || (have == n && !words_before(words, &entry, &top[n - 1])))
			continue;
		have += have < n;
		for (at = have - 1; at > 0 && words_before(words, &entry, &top[at - 1]); at--)
			top[at] = top[at - 1];
		top[at] = entry;
	}
	return have;
}

#endif
