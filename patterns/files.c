/* leat_files - the files of trees.
 * Needs bytes.c.
 *
 *     roots -> [files] -> a a/b a/c d
 *
 * A directory is read whole, and closed, before the first of its entries goes out. So the walk has one descriptor open,
 * however deep the tree is. The directories from the root to the present one are a stack of levels.
 *
 * In a level a directory is there twice: as an entry that may go out, and as its contents, which are entered where they
 * stand. The path of its contents ends with a slash. So a level that is sorted by strcmp gives all paths in that order:
 * a, a.c, a/b.
 *
 * SPDX-License-Identifier: 0BSD
 */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64
#include "leat.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_CONTENTS = 16 /* a private kind */, FILES_VIA_LINK = 2 /* a bit of `link` */, FILES_ROOM = 64 };

/* The entries of a directory. Those before `next` have gone out. */
struct files_level {
	struct files_level *above;
	dev_t device;
	ino_t inode;
	leat_file *entries;
	size_t next, count, room;
};

struct files {
	leat_walk how;
	leat_bytes roots;        /* paths, each with a 0 behind it */
	struct files_level *top;
};

/* ----------------------------------------------------------------------------------------- a file as a value -- */

void leat_file_drop(leat_file *file)
{
	leat_block_drop_(file->kept_);
	*file = (leat_file){ 0 };
}

static void files_release_one(void *file)
{
	leat_file_drop(file);
}

static int files_copy_one(void *to, const void *from)
{
	const leat_file *file = from;

	leat_block_share_(file->kept_, 1);
	*(leat_file *)to = *file;
	return 0;
}

const leat_type leat_file_type = { "leat_file", sizeof(leat_file), files_copy_one, files_release_one };

/* Give the file its path. Returns 0 or ENOMEM. */
static int files_name(leat_file *file, const char *directory, const char *name, const char *slash)
{
	size_t before = strlen(directory), length = strlen(name), after = strlen(slash);
	leat_bytes path;

	if (leat_bytes_make(&path, before + length + after) < 0)
		return ENOMEM;
	memcpy(path.at, directory, before);
	memcpy(path.at + before, name, length);
	memcpy(path.at + before + length, slash, after);
	file->path = (const char *)path.at;
	file->kept_ = path.block_;
	return 0;
}

static int files_kind(mode_t mode)
{
	return S_ISREG(mode) ? LEAT_FILE : S_ISDIR(mode) ? LEAT_DIRECTORY : S_ISLNK(mode) ? LEAT_LINK : LEAT_OTHER;
}

/* Look at a name in an open directory. The result has no path yet. */
static leat_file files_look(int directory, const char *name, int follow)
{
	leat_file file = { 0 };
	struct stat status;
	int looked = fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW);

	if (looked == 0 && S_ISLNK(status.st_mode) && follow) {
		file.link = 1;
		file.kind = LEAT_LINK;
		looked = fstatat(directory, name, &status, 0);
	}
	if (looked == 0) {
		file.kind = files_kind(status.st_mode);
		file.size = (uint64_t)status.st_size;
	} else {
		file.error = errno;
	}
	return file;
}

int leat_file_look(leat_file *file, const char *path)
{
	*file = files_look(AT_FDCWD, path, 1);
	if (files_name(file, path, "", "") == 0)
		return 0;
	*file = (leat_file){ 0 };
	return leat_refuse(ENOMEM);
}

/* ---------------------------------------------------------------------------------------------------- levels -- */

/* Returns 0 or ENOMEM. */
static int files_push(struct files *files, const struct stat *status)
{
	struct files_level *level = malloc(sizeof *level);

	if (!level)
		return ENOMEM;
	*level = (struct files_level){ .above = files->top };
	if (status) {
		level->device = status->st_dev;
		level->inode = status->st_ino;
	}
	files->top = level;
	return 0;
}

static void files_pop(struct files *files)
{
	struct files_level *level = files->top;

	files->top = level->above;
	while (level->next < level->count)
		leat_file_drop(&level->entries[level->next++]);
	free(level->entries);
	free(level);
}

static void files_release(void *of_files)
{
	struct files *files = of_files;

	while (files->top)
		files_pop(files);
	leat_bytes_drop(&files->roots);
}

/* Give the file its path, and make it the last entry of the level. Returns 0 or ENOMEM. */
static int files_add(struct files_level *level, leat_file file, const char *directory, const char *name)
{
	const char *slash = file.kind == FILES_CONTENTS && *name && name[strlen(name) - 1] != '/' ? "/" : "";

	if (level->count == level->room) {
		size_t room = level->room ? 2 * level->room : FILES_ROOM;
		leat_file *entries = malloc(room * sizeof *entries);

		if (!entries)
			return ENOMEM;
		if (level->count)
			memcpy(entries, level->entries, level->count * sizeof *entries);
		free(level->entries);
		level->entries = entries;
		level->room = room;
	}
	if (files_name(&file, directory, name, slash) != 0)
		return ENOMEM;
	level->entries[level->count++] = file;
	return 0;
}

/* Look at a name, and add the entries that the walk has for it. Returns 0 or ENOMEM. */
static int files_find(struct files *files, int fd, const char *directory, const char *name)
{
	leat_file file = files_look(fd, name, files->how.follow);
	int is_root = fd == AT_FDCWD, error = 0;

	if (is_root && !file.error && !(file.kind & (files->how.kinds | LEAT_DIRECTORY)))
		file.error = EINVAL;
	if (file.error || file.kind & files->how.kinds)
		error = files_add(files->top, file, directory, name);
	if (!error && !file.error && file.kind == LEAT_DIRECTORY) {
		file.kind = FILES_CONTENTS;
		if (is_root)
			file.link |= FILES_VIA_LINK; /* a root that ends with a slash may be a link */
		error = files_add(files->top, file, directory, name);
	}
	return error;
}

/* ------------------------------------------------------------------------------------------------- the walk -- */

static int files_by_path(const void *a, const void *b)
{
	return strcmp(((const leat_file *)a)->path, ((const leat_file *)b)->path);
}

static int files_is_above(const struct files *files, const struct stat *status)
{
	for (const struct files_level *level = files->top; level; level = level->above)
		if (level->device == status->st_dev && level->inode == status->st_ino)
			return 1;
	return 0;
}

/* Read a directory into the level at the top. Returns 0 or an errno value: the entries before the error are there. */
static int files_read(leat_stage *stage, struct files *files, DIR *directory, const char *path)
{
	struct dirent *entry = NULL;
	int error = 0;

	for (errno = 0; !error && leat_running(stage) && (entry = readdir(directory)) != NULL; errno = 0)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			error = files_find(files, dirfd(directory), path, entry->d_name);
	return error ? error : entry ? 0 : errno;
}

/* Open the directory without the slash at the end of its path: with it, the system would follow a link. Returns a
 * descriptor, or -1 with errno. */
static int files_open(leat_file *contents, struct stat *status)
{
	char *path = (char *)(uintptr_t)contents->path, *slash = path + strlen(path) - 1;
	int fd, error;

	if (slash > path)
		*slash = '\0';
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (contents->link ? 0 : O_NOFOLLOW));
	if (fd < 0)
		return -1;
	*slash = '/';
	if (fstat(fd, status) == 0)
		return fd;
	error = errno;
	close(fd);
	return leat_refuse(error);
}

/* Add a level with what is in the directory. Returns 0 or an errno value. */
static int files_enter(leat_stage *stage, struct files *files, leat_file *contents)
{
	struct stat status;
	int fd = files_open(contents, &status), error;
	DIR *directory;

	if (fd < 0)
		return errno;
	error = files_is_above(files, &status) ? ELOOP : files_push(files, &status);
	directory = error ? NULL : fdopendir(fd);
	if (!directory) {
		error = error ? error : errno;
		close(fd);
		return error;
	}
	error = files_read(stage, files, directory, contents->path);
	(void)closedir(directory); /* what was read is good */
	if (files->how.sorted && files->top->count)
		qsort(files->top->entries, files->top->count, sizeof(leat_file), files_by_path);
	return error;
}

/* Enter a directory, or send it with the error. Returns 0 if it is time to return. */
static int files_go_into(leat_stage *stage, struct files *files, leat_file contents)
{
	int error = files_enter(stage, files, &contents);
	char *slash = (char *)(uintptr_t)strrchr(contents.path, '/');

	if (error == ENOMEM)
		leat_fail(stage, ENOMEM);
	if (error == 0 || error == ENOMEM) {
		leat_file_drop(&contents);
		return leat_running(stage);
	}
	if (slash && slash > contents.path && slash[1] == '\0')
		*slash = '\0';
	contents.kind = LEAT_DIRECTORY;
	contents.link &= ~FILES_VIA_LINK;
	contents.error = error;
	return leat_emit(stage, &contents);
}

/* Send the entries that are before the next contents, and enter those; or leave the level. Returns 0 if it is time to
 * return. */
static int files_step(leat_stage *stage, struct files *files)
{
	struct files_level *level = files->top;
	size_t first = level->next;

	while (level->next < level->count && level->entries[level->next].kind != FILES_CONTENTS)
		level->next++;
	if (level->next > first && !leat_emit_n(stage, level->entries + first, level->next - first))
		return 0;
	if (level->next < level->count)
		return files_go_into(stage, files, level->entries[level->next++]);
	files_pop(files);
	return 1;
}

static void files_body(leat_stage *stage, void *of_files)
{
	struct files *files = of_files;
	const char *root = (const char *)files->roots.at, *end = root + files->roots.size;
	int error = files_push(files, NULL);

	for (; !error && root < end && leat_running(stage); root += strlen(root) + 1)
		error = files_find(files, AT_FDCWD, "", root);
	if (error)
		leat_fail(stage, error);
	while (files->top && files_step(stage, files))
		;
}

/* Copy the paths, each with its 0. Returns 0 or an errno value. */
static int files_copy_roots(leat_bytes *to, const char *const *roots, size_t count)
{
	size_t length = 0;

	if (!roots || !count)
		return EINVAL;
	for (size_t i = 0; i < count; i++) {
		if (!roots[i])
			return EINVAL;
		length += strlen(roots[i]) + 1;
	}
	if (leat_bytes_make(to, length) < 0)
		return ENOMEM;
	for (size_t i = 0, at = 0; i < count; at += strlen(roots[i]) + 1, i++)
		memcpy(to->at + at, roots[i], strlen(roots[i]) + 1);
	return 0;
}

leat_rx (leat_files)(leat_rx done, const char *const *roots, size_t count, const leat_walk *how)
{
	static const leat_type type = { "files", sizeof(struct files), NULL, files_release };
	struct files files = { .how = how ? *how : (leat_walk){ 0 } };
	int error = files_copy_roots(&files.roots, roots, count);

	if (error)
		return leat_ended(error);
	if (!files.how.kinds)
		files.how.kinds = LEAT_FILE;
	return leat_buffer(leat_stage_start(&(leat_plan){
		.name = "files",
		.done = done,
		.type = &leat_file_type,
		.body = files_body,
		.arg = &files,
		.arg_type = &type,
	}), FILES_ROOM);
}
