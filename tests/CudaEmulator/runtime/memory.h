// Device memory: one reserved range of addresses, in which each allocation has pages of its own between pages that
// cannot be touched. It ends at the guard page as nearly as an alignment of 256 bytes allows; what is left on either
// side is filled with a pattern and checked after each launch. Fresh memory is poisoned. Addresses are not used again
// until nothing is allocated any more, so that a use after free faults.
#pragma once

#include "machine.h"

namespace emu {

struct Allocation {
    u64 address;
    size_t bytes;
};

// 0 where the range is used up.
u64 allocate(size_t bytes);
// Whether there was such an allocation.
bool release(u64 address);
// Whether the bytes lie within one allocation.
bool is_allocated(u64 address, size_t bytes);
// The allocation nearest to an address within a page, or null.
const Allocation* nearest_allocation(u64 address);
// Reports every allocation whose surroundings were overwritten.
void check_canaries();

// Forgets a range's content: poison, and to the checks memory that nobody has written.
void poison(u8* address, size_t bytes);

} // namespace emu
