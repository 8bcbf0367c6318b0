/* SPDX-License-Identifier: 0BSD
 *
 * source_n - read many values in one call: leat_source_n.
 *
 * fread gives up to 100 records at once. With leat_repeat_fn each of them would cost a call, and a visit to the
 * channel.
 */
#include <leat.h>
#include <stdio.h>

enum { RECORDS = 1000, AT_ONCE = 100 };

struct record { int number; double weight; };

static FILE *write_records(void)
{
	FILE *file = tmpfile();

	for (int i = 0; file && i < RECORDS; i++)
		if (fwrite(&(struct record){ i, i / 4.0 }, sizeof(struct record), 1, file) != 1)
			return NULL;
	if (file)
		rewind(file);
	return file;
}

/* Returns 0 at the end of the file. */
static long read_records(void *file, void *values, size_t n)
{
	size_t got = fread(values, sizeof(struct record), n, file);

	return got == 0 && ferror((FILE *)file) ? -EIO : (long)got;
}

int main(void)
{
	FILE *file = write_records();
	leat_chan done = leat_make_unit();
	leat_rx records = file ? leat_source_n(done.rx, struct record, AT_ONCE, read_records, file) : leat_ended(EIO);
	double sum = 0;
	int count = 0, cause;

	records = leat_buffer(records, 2 * AT_ONCE); /* so that the next ones are read while these are added up */
	for (struct record record; leat_recv(records, &record) > 0; count++)
		sum += record.weight;
	printf("%d records weigh %.2f\n", count, sum);

	cause = leat_cause(records);
	if (cause)
		fprintf(stderr, "source_n: %s\n", leat_strerror(cause));
	leat_drop(records);
	leat_drop(done);
	(void)leat_wait_all(LEAT_NEVER);
	if (file)
		(void)fclose(file);
	return cause != 0;
}
