#include "shadow.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

namespace emu {

namespace {

Shadow device, shared;

size_t words_of(size_t bytes) { return bytes / 4 + 1; }

} // namespace

const Shadow* shadow_of(const u8* address) {
    if (static_cast<size_t>(address - device.memory) < device.bytes) return &device;
    if (static_cast<size_t>(address - shared.memory) < shared.bytes) return &shared;
    return nullptr;
}

u8* reserve(size_t bytes, int protection) {
    void* p = mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) {
        perror("CUDA emulator: no address space");
        abort();
    }
    return static_cast<u8*>(p);
}

void reserve_shadow(u8* arena) {
    if (!kCheck) return;
    constexpr int access = PROT_READ | PROT_WRITE;
    device = {arena, kArena, reinterpret_cast<Content*>(reserve(kArena, access)),
              reinterpret_cast<Word*>(reserve(words_of(kArena) * sizeof(Word), access))};
}

void drop_shadow(u8* address, size_t bytes) {
    if (!kCheck) return;
    const size_t offset = address - device.memory;
    madvise(device.contents + offset, bytes, MADV_DONTNEED);
    madvise(device.words + offset / 4, bytes / 4 * sizeof(Word), MADV_DONTNEED);
}

void mark(u8* address, size_t bytes, Content content) {
    if (const Shadow* s = kCheck ? shadow_of(address) : nullptr)
        memset(s->contents + (address - s->memory), static_cast<int>(content), bytes);
}

void copy_marks(u8* destination, const u8* source, size_t bytes) {
    if (!kCheck) return;
    memcpy(device.contents + (destination - device.memory), device.contents + (source - device.memory), bytes);
}

void forget_accesses(u8* address, size_t bytes) {
    if (const Shadow* s = kCheck ? shadow_of(address) : nullptr)
        memset(static_cast<void*>(s->words + (address - s->memory) / 4), 0, (bytes + 3) / 4 * sizeof(Word));
}

const u8* first_unwritten(const u8* address, size_t bytes) {
    const Shadow* s = kCheck ? shadow_of(address) : nullptr;
    if (!s) return nullptr;
    for (size_t i = 0; i < bytes; i++)
        if (s->contents[address - s->memory + i] != Content::kWritten) return address + i;
    return nullptr;
}

void place_static_shadow(u8* memory, size_t bytes) {
    if (!kCheck) return;
    free(shared.contents);
    free(shared.words);
    shared = {memory, bytes, static_cast<Content*>(calloc(bytes + 1, 1)),
              static_cast<Word*>(calloc(words_of(bytes), sizeof(Word)))};
}

void save_static_shadow(std::vector<u8>& saved) {
    if (!kCheck) return;
    const size_t words = words_of(shared.bytes) * sizeof(Word);
    saved.resize(shared.bytes + words);
    memcpy(saved.data(), shared.contents, shared.bytes);
    memcpy(saved.data() + shared.bytes, shared.words, words);
}

void restore_static_shadow(const std::vector<u8>& saved) {
    if (!kCheck) return;
    memcpy(shared.contents, saved.data(), shared.bytes);
    memcpy(static_cast<void*>(shared.words), saved.data() + shared.bytes, saved.size() - shared.bytes);
}

} // namespace emu
