// Threads that have finished no longer count, as on a GPU. Threads that meet at different barriers are an error,
// although a GPU may let it pass: the program relied on counting.
#include "barrier.h"

#include <cstring>

#include "fault.h"
#include "ordering.h"
#include "scheduler.h"

namespace emu {

namespace {

enum Reduction { kPlain = -1, kCount = 0, kAnd = 1, kOr = 2 };

bool same(const Site& a, const Site& b) { return a.line == b.line && strcmp(a.file, b.file) == 0; }

int combine(int operation, int value, int predicate) {
    switch (operation) {
    case kCount: return value + (predicate != 0);
    case kAnd: return value && predicate;
    case kOr: return value || predicate;
    default: return 0;
    }
}

// The current thread comes to a barrier.
void come(Barrier& barrier, const char* group, int operation, int predicate, Site site) {
    current_thread->site = site;
    if (barrier.arrived == 0)
        barrier = {0, site, operation, operation == kAnd};
    else if (!same(barrier.site, site))
        fail(kLaunchFailed, "DIVERGENT BARRIER", "the thread waits at %s:%d while others of its %s wait at %s:%d",
             site.file, site.line, group, barrier.site.file, barrier.site.line);
    barrier.arrived++;
    barrier.value = combine(operation, barrier.value, predicate);
}

int arrive(int operation, int predicate, Site site) {
    Thread& thread = *current_thread;
    Block& block = *thread.block;
    come(block.barrier, "block", operation, predicate, site);
    thread.state = State::kAtBarrier;
    release_barrier_if_complete(block);
    wait_as(thread.state); // ready, if the barrier was complete
    return static_cast<int>(thread.result);
}

} // namespace

void release_barrier_if_complete(Block& block) {
    if (block.barrier.arrived == 0 || block.barrier.arrived != block.live) return;
    block.barrier.arrived = 0;
    if (kCheck) order_by_barrier(block);
    for (Thread& thread : block.threads) {
        if (thread.state != State::kAtBarrier) continue;
        thread.result = block.barrier.value;
        wake(thread);
    }
}

void release_cluster_if_complete(Block& block) {
    const u32 blocks = current_kernel->cluster;
    Block& first = block_of_cluster(block, 0);
    if (first.cluster_barrier.arrived == 0) return;
    u32 live = 0;
    for (u32 rank = 0; rank < blocks; rank++) live += block_of_cluster(block, rank).live;
    if (first.cluster_barrier.arrived != live) return;
    first.cluster_barrier.arrived = 0;
    if (kCheck) order_by_cluster(first, blocks);
    for (u32 rank = 0; rank < blocks; rank++)
        for (Thread& thread : block_of_cluster(block, rank).threads)
            if (thread.state == State::kAtCluster) wake(thread);
}

} // namespace emu

EMU_EXPORT int emu_cluster_rank() { return emu::current_block->number % emu::current_kernel->cluster; }

EMU_EXPORT void emu_cluster_barrier(const char* file, int line) {
    using namespace emu;
    Thread& thread = *current_thread;
    come(block_of_cluster(*thread.block, 0).cluster_barrier, "cluster", kPlain, 0, {file, line});
    thread.state = State::kAtCluster;
    release_cluster_if_complete(*thread.block);
    wait_as(thread.state);
}

EMU_EXPORT void emu_barrier(const char* file, int line) { emu::arrive(emu::kPlain, 0, {file, line}); }

EMU_EXPORT int emu_barrier_reduce(int operation, int predicate, const char* file, int line) {
    return emu::arrive(operation, predicate, {file, line});
}
