#include "memory.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <sys/mman.h>

#include "fault.h"
#include "shadow.h"

namespace emu {

namespace {

constexpr size_t kPage = 4096, kAlignment = 256, kNear = kPage;

struct Placed : Allocation {
    u8* pages;
    size_t page_bytes;
};

std::map<u64, Placed> allocations;
u8* arena;
size_t used;

size_t round_up(size_t value, size_t step) { return (value + step - 1) / step * step; }

// Calls complain(first wrong byte) where the pattern is gone, and restores it.
template <class Complain> void check_pattern(u8* begin, u8* end, Complain complain) {
    for (u8* p = begin; p < end; p++) {
        if (*p == kPoison) continue;
        complain(p);
        memset(begin, kPoison, end - begin);
        return;
    }
}

} // namespace

u64 allocate(size_t bytes) {
    if (!arena) {
        arena = reserve(kArena, PROT_NONE);
        reserve_shadow(arena);
    }
    const size_t body = round_up(bytes, kAlignment), page_bytes = round_up(body, kPage);
    if (bytes == 0 || page_bytes + 2 * kPage > kArena - used) return 0;
    u8* pages = arena + used + kPage;
    used += kPage + page_bytes;
    mprotect(pages, page_bytes, PROT_READ | PROT_WRITE);
    memset(pages, kPoison, page_bytes);
    u8* start = pages + page_bytes - body;
    mark(start, bytes, Content::kUnwritten);
    allocations[reinterpret_cast<u64>(start)] = {{reinterpret_cast<u64>(start), bytes}, pages, page_bytes};
    return reinterpret_cast<u64>(start);
}

bool release(u64 address) {
    const auto found = allocations.find(address);
    if (found == allocations.end()) return false;
    const Placed& old = found->second;
    mprotect(old.pages, old.page_bytes, PROT_NONE);
    madvise(old.pages, old.page_bytes, MADV_DONTNEED);
    drop_shadow(old.pages, old.page_bytes);
    allocations.erase(found);
    if (allocations.empty()) used = 0;
    return true;
}

bool is_allocated(u64 address, size_t bytes) {
    auto after = allocations.upper_bound(address);
    if (after == allocations.begin()) return false;
    const Allocation& a = (--after)->second;
    return address - a.address <= a.bytes && bytes <= a.bytes - (address - a.address);
}

const Allocation* nearest_allocation(u64 address) {
    const auto after = allocations.upper_bound(address);
    if (after != allocations.begin()) {
        const Allocation& before = std::prev(after)->second;
        if (address < before.address + before.bytes + kNear) return &before;
    }
    return after != allocations.end() && after->first - address <= kNear ? &after->second : nullptr;
}

void check_canaries() {
    for (const auto& entry : allocations) {
        const Placed& a = entry.second;
        u8 *start = reinterpret_cast<u8*>(a.address), *end = start + a.bytes;
        check_pattern(a.pages, start, [&](u8* p) {
            report(kIllegalAddress, "CANARY", "a kernel wrote %zu bytes before an allocation of %zu bytes",
                   static_cast<size_t>(start - p), a.bytes);
        });
        check_pattern(end, a.pages + a.page_bytes, [&](u8* p) {
            report(kIllegalAddress, "CANARY", "a kernel wrote %zu bytes past the end of an allocation of %zu bytes",
                   static_cast<size_t>(p - end), a.bytes);
        });
    }
}

void poison(u8* address, size_t bytes) {
    memset(address, kPoison, bytes);
    mark(address, bytes, Content::kUnwritten);
    forget_accesses(address, bytes);
}

} // namespace emu
