// What the checks remember of memory: of each byte whether it is allocated and written, of each word of four bytes who
// accessed it last. Device memory and the running kernel file's static shared memory have such a shadow. In the build
// "fast" all of this is empty.
#pragma once

#include "machine.h"

namespace emu {

constexpr size_t kArena = 16ull << 30; // addresses of device memory

enum class Content : u8 { kUnallocated = 0, kUnwritten = 1, kWritten = 2 };

// One earlier access of a word.
struct Access {
    u32 thread; // block * 1024 + number + 1; 0 for none
    u32 era;    // of its block
    u32 clock;  // of its block
    u16 warp_clock;
    u8 bytes; // bit i: byte i of the word
    bool atomic;
};

struct Word {
    Access write, atomic, reads[2]; // the last plain write, the last atomic one, and two reads
};

struct Shadow {
    u8* memory;
    size_t bytes;
    Content* contents; // a byte each
    Word* words;       // a word of four bytes each
};

// The shadow of a place, or null where it has none.
const Shadow* shadow_of(const u8* address);

u8* reserve(size_t bytes, int protection);
void reserve_shadow(u8* arena);
void drop_shadow(u8* address, size_t bytes);
void mark(u8* address, size_t bytes, Content content);
void copy_marks(u8* destination, const u8* source, size_t bytes);
void forget_accesses(u8* address, size_t bytes);
// The first byte of a range that nobody has written, or null.
const u8* first_unwritten(const u8* address, size_t bytes);

// Static shared memory is in one place for all blocks: its shadow is of the block that is there now.
void place_static_shadow(u8* memory, size_t bytes);
void save_static_shadow(std::vector<u8>& saved);
void restore_static_shadow(const std::vector<u8>& saved);

} // namespace emu
