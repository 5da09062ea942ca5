// A collective completes when all live lanes that its mask names have arrived with the same mask and operation. Lanes
// may come to different collectives of disjoint masks at the same time.
#include "warp.h"

#include <algorithm>

#include "fault.h"
#include "ordering.h"
#include "scheduler.h"

namespace emu {

namespace {

enum Operation { kSync, kIndex, kUp, kDown, kXor, kBallot, kAny, kAll, kMatch, kSum, kMaximum };
const char* const kNames[] = {"__syncwarp",       "__shfl_sync",       "__shfl_up_sync",   "__shfl_down_sync",
                              "__shfl_xor_sync",  "__ballot_sync",     "__any_sync",       "__all_sync",
                              "__match_any_sync", "__reduce_add_sync", "__reduce_max_sync"};

// What a shuffle gives where its source lane does not take part; on a GPU it is undefined.
constexpr u64 kUndefined = 0xDEADBEEFDEADBEEFull;

// The lane a shuffle reads from: inside its segment of width lanes, otherwise its own.
u32 source_lane(const Collective& call, u32 lane) {
    const int width = call.width, first = static_cast<int>(lane) & ~(width - 1), own = static_cast<int>(lane);
    int source = own;
    switch (call.operation) {
    case kIndex: source = first + (call.argument & (width - 1)); break;
    case kUp: source = own - call.argument; break;
    case kDown: source = own + call.argument; break;
    case kXor: source = own ^ call.argument; break;
    default: break;
    }
    // A xor may also reach into an earlier segment.
    const bool inside = source < first + width && (source >= first || (call.operation == kXor && source >= 0));
    return static_cast<u32>(inside ? source : own);
}

u64 result_of(const Warp& warp, u32 lanes, u32 lane) {
    const Collective& call = warp.calls[lane];
    u32 voted = 0, equal = 0, sum = 0, maximum = 0;
    for (u32 other = 0; other < kLanes; other++) {
        if (!(lanes >> other & 1)) continue;
        const u64 value = warp.calls[other].value;
        voted |= u32{value != 0} << other;
        equal |= u32{value == call.value} << other;
        sum += static_cast<u32>(value);
        maximum = std::max(maximum, static_cast<u32>(value));
    }
    switch (call.operation) {
    case kSync: return 0;
    case kBallot: return voted;
    case kAny: return voted != 0;
    case kAll: return voted == lanes;
    case kMatch: return equal;
    case kSum: return sum;
    case kMaximum: return maximum;
    default: break;
    }
    const u32 source = source_lane(call, lane);
    return lanes >> source & 1 ? warp.calls[source].value : kUndefined;
}

bool is_complete(const Warp& warp, u32 mask) { return (warp.arrived & mask & warp.live) == (mask & warp.live); }

void complete(Warp& warp, u32 mask) {
    const u32 lanes = warp.arrived & mask;
    Block& block = *current_block;
    for (u32 lane = 0; lane < kLanes; lane++)
        if (lanes >> lane & 1) block.threads[warp.first_thread + lane].result = result_of(warp, lanes, lane);
    if (kCheck && warp.calls[__builtin_ctz(lanes)].operation == kSync) order_by_warp(warp, lanes);
    warp.arrived &= ~lanes;
    for (u32 lane = 0; lane < kLanes; lane++)
        if (lanes >> lane & 1) wake(block.threads[warp.first_thread + lane]);
}

} // namespace

void release_collectives_if_complete(Warp& warp) {
    for (u32 lane = 0; lane < kLanes; lane++)
        if (warp.arrived >> lane & 1 && is_complete(warp, warp.calls[lane].mask)) complete(warp, warp.calls[lane].mask);
}

} // namespace emu

EMU_EXPORT u64 emu_warp(int operation, u32 mask, u64 value, int argument, int width, const char* file, int line) {
    using namespace emu;
    Thread& thread = *current_thread;
    Warp& warp = *thread.warp;
    thread.site = {file, line};
    const char* name = kNames[operation];
    if (!(mask >> thread.lane & 1))
        fail(kLaunchFailed, "WARP MASK", "lane %u calls %s at %s:%d with the mask 0x%08x, which does not name it",
             thread.lane, name, file, line, mask);
    if (const u32 waiting = warp.arrived & mask) {
        const u32 lane = __builtin_ctz(waiting);
        const Collective& call = warp.calls[lane];
        const Site& site = thread.block->threads[warp.first_thread + lane].site;
        if (call.mask != mask || call.operation != operation)
            fail(kLaunchFailed, "WARP MISMATCH",
                 "lane %u calls %s at %s:%d with the mask 0x%08x while lane %u waits in %s at %s:%d with the mask "
                 "0x%08x",
                 thread.lane, name, file, line, mask, lane, kNames[call.operation], site.file, site.line, call.mask);
    }
    warp.calls[thread.lane] = {operation, mask, value, argument, width};
    warp.arrived |= 1u << thread.lane;
    thread.state = State::kAtWarp;
    if (is_complete(warp, mask)) complete(warp, mask);
    wait_as(thread.state); // ready, if the collective was complete
    return thread.result;
}
