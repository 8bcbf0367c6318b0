// SPDX-License-Identifier: 0BSD
//
// tbb.cc - fork and join with TBB's task_group: fib(30) with a fork at each level, like forkjoin of leat-bench. It
// prints ns for each fork. The status is 3 if it is asked for another shape.
#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

static const long FORKS = 1346268, FIB_30 = 832040;

static long fib(int n)
{
	if (n < 2)
		return n;
	long first, second;
	tbb::task_group group;
	group.run([&] { first = fib(n - 1); });
	second = fib(n - 2);
	group.wait();
	return first + second;
}

static long option(int argc, char **argv, const char *name)
{
	for (int i = 2; i + 1 < argc; i++)
		if (std::strcmp(argv[i], name) == 0)
			return std::atol(argv[i + 1]);
	return 1;
}

int main(int argc, char **argv)
{
	if (argc < 2 || std::strcmp(argv[1], "forkjoin") != 0)
		return 3;
	long messages = option(argc, argv, "--messages"), threads = option(argc, argv, "--threads");
	if (messages < 1 || threads < 1 || threads > 1000)
		return 2;
	tbb::global_control limit(tbb::global_control::max_allowed_parallelism, static_cast<size_t>(threads));
	tbb::task_arena arena(static_cast<int>(threads));
	bool right = true;

	auto begin = std::chrono::steady_clock::now();
	for (long left = messages; left > 0; left -= FORKS)
		arena.execute([&] { right = fib(30) == FIB_30 && right; });
	std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - begin;
	std::printf("%.2f\n", time.count() / static_cast<double>(messages));
	return right ? 0 : 1;
}
