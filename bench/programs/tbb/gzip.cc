// SPDX-License-Identifier: 0BSD
//
// gzip FILE - compress a file to the standard output, in blocks that gunzip reads as one file. Needs zlib.h.
#include <tbb/enumerable_thread_specific.h>
#include <tbb/info.h>
#include <tbb/parallel_pipeline.h>
#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <vector>

static const size_t BLOCK = 256 << 10, MORE = 1 << 10, TOKENS = 16;

struct Block {
	std::vector<unsigned char> bytes, packed;
};

struct Deflater {
	z_stream stream{};
	Deflater()
	{
		if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
			throw std::bad_alloc();
	}
	~Deflater() { deflateEnd(&stream); }
};

// The pipeline has one block for each of its tokens, so the reader can take them in turn.
static Block *read(FILE *file, Block &block)
{
	block.bytes.resize(BLOCK);
	block.bytes.resize(fread(block.bytes.data(), 1, BLOCK, file));
	if (ferror(file))
		throw std::runtime_error("cannot read");
	return block.bytes.empty() ? nullptr : &block;
}

static Block *pack(z_stream &stream, Block *block)
{
	block->packed.resize(BLOCK + MORE);
	deflateReset(&stream);
	stream.next_in = block->bytes.data();
	stream.avail_in = static_cast<uInt>(block->bytes.size());
	stream.next_out = block->packed.data();
	stream.avail_out = static_cast<uInt>(block->packed.size());
	if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
		throw std::runtime_error("cannot deflate");
	block->packed.resize(block->packed.size() - stream.avail_out);
	return block;
}

static void run(FILE *file)
{
	std::vector<Block> blocks(TOKENS);
	tbb::enumerable_thread_specific<std::unique_ptr<Deflater>> deflaters([] { return std::make_unique<Deflater>(); });
	size_t turn = 0;
	auto reader = tbb::make_filter<void, Block *>(tbb::filter_mode::serial_in_order, [&](tbb::flow_control &flow) {
		Block *block = read(file, blocks[turn++ % TOKENS]);
		if (!block)
			flow.stop();
		return block;
	});
	auto packer = tbb::make_filter<Block *, Block *>(tbb::filter_mode::parallel, [&](Block *block) {
		return pack(deflaters.local()->stream, block);
	});
	auto writer = tbb::make_filter<Block *, void>(tbb::filter_mode::serial_in_order, [](Block *block) {
		if (fwrite(block->packed.data(), block->packed.size(), 1, stdout) != 1)
			throw std::runtime_error("cannot write");
	});
	tbb::parallel_pipeline(TOKENS, reader & packer & writer);
}

int main(int argc, char **argv)
{
	FILE *file = argc == 2 ? fopen(argv[1], "rb") : nullptr;
	if (!file) {
		perror(argc == 2 ? argv[1] : "usage: gzip FILE");
		return 2;
	}
	try {
		run(file);
	} catch (const std::exception &error) {
		fprintf(stderr, "gzip: %s\n", error.what());
		return 1;
	}
	return fflush(stdout) != 0;
}
