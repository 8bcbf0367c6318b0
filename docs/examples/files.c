/* SPDX-License-Identifier: 0BSD
 *
 * files - the files of a tree, in the order of their paths: leat_files. What cannot be read is a value too, and the
 * walk goes on.
 */
#define _POSIX_C_SOURCE 200809L
#include <leat.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	return file && fputs(text, file) >= 0 && fclose(file) == 0;
}

static void list(void)
{
	leat_rx files = leat_files(LEAT_NIL, LEAT_PATHS("mill", "no such place"), &(leat_walk){ .sorted = 1 });

	for (leat_file file; leat_recv(files, &file) > 0; leat_file_drop(&file)) {
		if (file.error)
			printf("%s: %s\n", file.path, leat_strerror(file.error));
		else
			printf("%s: %llu bytes\n", file.path, (unsigned long long)file.size);
	}
	printf("that was all: %s\n", leat_strerror(leat_cause(files)));
	leat_drop(files);
}

int main(void)
{
	char directory[] = "/tmp/files-XXXXXX";

	if (!mkdtemp(directory) || chdir(directory) < 0 || mkdir("mill", 0700) < 0 || mkdir("mill/wheel", 0700) < 0)
		return 1;
	if (!write_file("mill/wheel/oak", "turns") || !write_file("mill/wheel.txt", "a drawing"))
		return 1;
	list();
	unlink("mill/wheel/oak");
	unlink("mill/wheel.txt");
	rmdir("mill/wheel");
	rmdir("mill");
	return rmdir(directory) < 0;
}
