#include "ordering.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

namespace emu {

namespace {

u32 last_era, first_era_of_launch, blocks_of_launch;
std::unordered_map<u64, Clocks> clocks_of_address; // what atomics of an address have passed on

} // namespace

void Clocks::raise(u32 block, u32 value) {
    if (block >= values_.size()) values_.resize(block + 1);
    values_[block] = std::max(values_[block], value);
}

void Clocks::join(const Clocks& other) {
    if (values_.size() < other.values_.size()) values_.resize(other.values_.size());
    for (size_t i = 0; i < other.values_.size(); i++) values_[i] = std::max(values_[i], other.values_[i]);
}

void begin_ordering(u32 blocks) {
    first_era_of_launch = last_era + 1;
    blocks_of_launch = blocks;
    clocks_of_address.clear();
}

void begin_block(Block& block) {
    block.era = ++last_era;
    block.clock = 1;
    block.known.clear();
    block.pending.clear();
}

void order_by_barrier(Block& block) {
    block.era = ++last_era;
    for (Warp& warp : block.warps) {
        if (!warp.synchronised) continue;
        warp.synchronised = false;
        memset(warp.clock, 0, sizeof warp.clock);
        memset(warp.seen, 0, sizeof warp.seen);
    }
}

void order_by_cluster(Block& first, u32 blocks) {
    Clocks known;
    for (u32 rank = 0; rank < blocks; rank++) {
        Block& block = block_of_cluster(first, rank);
        order_by_barrier(block);
        known.join(block.known);
        known.raise(block.number, block.clock++);
    }
    for (u32 rank = 0; rank < blocks; rank++) {
        Block& block = block_of_cluster(first, rank);
        if (block.live > 0) block.known.join(known); // one that has ended knows no more
    }
}

void order_by_warp(Warp& warp, u32 lanes) {
    warp.synchronised = true;
    u16 seen[kLanes] = {};
    for (u32 lane = 0; lane < kLanes; lane++) {
        if (!(lanes >> lane & 1)) continue;
        for (u32 other = 0; other < kLanes; other++) seen[other] = std::max(seen[other], warp.seen[lane][other]);
    }
    for (u32 lane = 0; lane < kLanes; lane++)
        if (lanes >> lane & 1) seen[lane] = ++warp.clock[lane];
    for (u32 lane = 0; lane < kLanes; lane++)
        if (lanes >> lane & 1) memcpy(warp.seen[lane], seen, sizeof seen);
}

void order_by_fence() {
    if (blocks_of_launch == 1) return;
    current_block->known.join(current_block->pending);
    current_thread->published = current_block->clock++;
}

void order_by_atomic(const void* address, bool writes) {
    if (blocks_of_launch == 1) return;
    Clocks& passed = clocks_of_address[reinterpret_cast<u64>(address)];
    current_block->pending.join(passed);
    if (!writes || current_thread->published == 0) return;
    passed.join(current_block->known);
    passed.raise(current_block->number, current_thread->published);
}

Access stamp(u8 bytes, bool atomic) {
    const Thread& t = *current_thread;
    return {t.block->number * 1024 + t.number + 1, t.block->era, t.block->clock, t.warp->clock[t.lane], bytes, atomic};
}

bool happened_before(const Access& earlier) {
    const Thread& t = *current_thread;
    if (earlier.thread == 0 || earlier.era < first_era_of_launch) return true;
    const u32 block = (earlier.thread - 1) / 1024, number = (earlier.thread - 1) % 1024;
    if (block != t.block->number) return t.block->known.of(block) >= earlier.clock;
    if (number == t.number || earlier.era != t.block->era) return true;
    return number / kLanes == t.number / kLanes && t.warp->seen[t.lane][number % kLanes] > earlier.warp_clock;
}

bool happened_before_end(const Access& earlier, const Block& ended) {
    if (earlier.thread == 0 || earlier.era < first_era_of_launch) return true;
    const u32 block = (earlier.thread - 1) / 1024;
    return block == ended.number || ended.known.of(block) >= earlier.clock;
}

} // namespace emu
