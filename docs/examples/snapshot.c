/* SPDX-License-Identifier: 0BSD
 *
 * snapshot - four threads read a configuration and one writes it, as with atomic.Value in Go: leat_snapshot.
 *
 * Each write publishes a new object. A reader gets a whole one, without a lock, and keeps it until it lets go. There
 * is no garbage collector: a version is freed when another has replaced it and its last reader has let go.
 */
#include <leat.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { READERS = 4, WRITES = 1000 };

struct config {
	int version;
	int retries, timeout; /* 10 ms a retry */
};

static leat_snapshot *snapshot;
static atomic_int torn, older;

static struct config *new_config(int version)
{
	struct config *config = malloc(sizeof *config);

	if (!config) {
		perror("snapshot");
		exit(1);
	}
	*config = (struct config){ version, version % 7, version % 7 * 10 };
	return config;
}

static void read_configs(void *arg)
{
	(void)arg;
	for (int last = 0; last < WRITES;) {
		leat_reading reading;
		const struct config *config = leat_snapshot_read(snapshot, &reading);

		atomic_fetch_add(&torn, config->timeout != config->retries * 10);
		atomic_fetch_add(&older, config->version < last);
		last = config->version;
		leat_snapshot_let_go(&reading);
	}
}

int main(void)
{
	snapshot = leat_snapshot_make(new_config(0), free);
	for (int i = 0; i < READERS; i++)
		if (!snapshot || leat_go(read_configs, NULL) < 0) {
			perror("snapshot");
			return 1;
		}
	for (int version = 1; version <= WRITES; version++)
		leat_snapshot_publish(snapshot, new_config(version));
	if (leat_wait_all(LEAT_NEVER) < 0)
		return 1;
	printf("%d readers have seen version %d\n", READERS, WRITES);
	printf("torn: %d, older than the one before: %d\n", atomic_load(&torn), atomic_load(&older));
	leat_snapshot_drop(snapshot);
	return 0;
}
