// A block is admitted to the machine when the schedule's residency allows and those already there have finished, wait
// or spin; a seeded schedule sometimes admits one earlier, takes blocks and threads in random order and interrupts
// threads at random. So look-back scans, last-block reductions and barriers of the whole grid run, or are found to be
// stuck. Blocks of a cluster are admitted together, and stay until all of them have finished.
#include "scheduler.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <numeric>
#include <string>

#include "barrier.h"
#include "fault.h"
#include "fiber.h"
#include "memory.h"
#include "ordering.h"
#include "race.h"
#include "shared_memory.h"
#include "signals.h"
#include "warp.h"

EMU_EXPORT uint3 emu_threadIdx, emu_blockIdx, emu_blockDim, emu_gridDim;
uint3 emu_threadIdx, emu_blockIdx, emu_blockDim, emu_gridDim;

namespace emu {

Thread* current_thread;
Block* current_block;
const Module* current_module;
const Kernel* current_kernel;
Shape current_shape;
Schedule schedule;

namespace {

// So many rounds per spinning thread without anyone getting further count as a deadlock.
constexpr u64 kSpinRounds = 1000;
constexpr size_t kEagerBlocks = 8; // a seeded schedule admits no more than this before it has to

const void* current_argument;
u64 random_state;
u64 fruitless_turns; // of spinning threads since any other thread ran
u32 accesses_to_interruption;
bool leave_block;

std::vector<std::unique_ptr<Block>> resident, spare;
std::vector<u32> waiting_blocks; // last one first
size_t recent;                   // position in resident of the block that ran last

void run_thread() {
    current_kernel->invoke(current_argument);
    Thread& thread = *current_thread;
    thread.state = State::kFinished;
    thread.block->live--;
    thread.warp->live &= ~(1u << thread.lane);
    release_barrier_if_complete(*thread.block);
    release_cluster_if_complete(*thread.block);
    release_collectives_if_complete(*thread.warp);
    give_turn_back();
}

void admit_block() {
    if (spare.empty()) spare.push_back(std::make_unique<Block>());
    resident.push_back(std::move(spare.back()));
    spare.pop_back();

    Block& block = *resident.back();
    const Shape& shape = current_shape;
    block.number = waiting_blocks.back();
    waiting_blocks.pop_back();
    block.index = {block.number % shape.grid_x, block.number / shape.grid_x % shape.grid_y,
                   block.number / shape.grid_x / shape.grid_y};
    block.live = shape.block;
    block.spinning = 0;
    block.barrier = {};
    block.cluster_barrier = {};
    block.static_shared.clear();
    give_dynamic_shared(block);
    begin_block(block);

    block.threads.resize(shape.block);
    block.warps.resize((shape.block + kLanes - 1) / kLanes);
    block.ready.reset(shape.block);
    for (u32 w = 0; w < block.warps.size(); w++) {
        block.warps[w] = {};
        block.warps[w].first_thread = w * kLanes;
    }
    for (u32 t = 0; t < shape.block; t++) {
        Thread& thread = block.threads[t];
        thread = {};
        thread.block = &block;
        thread.warp = &block.warps[t / kLanes];
        thread.index = {t, 0, 0};
        thread.number = t;
        thread.lane = t % kLanes;
        thread.warp->live |= 1u << thread.lane;
        start_fiber(thread, run_thread);
        wake(thread);
    }
}

// The blocks of the next cluster; most clusters have one.
Block* admit() {
    recent = resident.size();
    for (u32 rank = 0; rank < current_kernel->cluster; rank++) admit_block();
    return resident[recent].get();
}

void retire_block(size_t position) {
    std::unique_ptr<Block> block = std::move(resident[position]);
    resident.erase(resident.begin() + position);
    for (Thread& thread : block->threads) release_stack(thread);
    take_dynamic_shared(*block);
    leave_static_shared(*block);
    spare.push_back(std::move(block));
}

// A cluster has room at any time where nothing else is.
bool can_admit() {
    if (waiting_blocks.empty()) return false;
    return resident.empty() || resident.size() + current_kernel->cluster <= schedule.resident;
}

bool has_finished(Block& block) {
    for (u32 rank = 0; rank < current_kernel->cluster; rank++)
        if (block_of_cluster(block, rank).live > 0) return false;
    return true;
}

// Of the block that ran last, and of its cluster.
void retire_if_finished() {
    if (!has_finished(*resident[recent])) return;
    if (kCheck && current_kernel->cluster > 1)
        for (u32 rank = 0; rank < current_kernel->cluster; rank++) check_end(block_of_cluster(*resident[recent], rank));
    const u32 cluster = resident[recent]->number / current_kernel->cluster;
    for (size_t i = resident.size(); i-- > 0;)
        if (resident[i]->number / current_kernel->cluster == cluster) retire_block(i);
    if (recent >= resident.size()) recent = 0;
}

bool has_work(const Block& block) { return block.ready.size() > block.spinning; }

// The next resident block, in turn after the last one, that satisfies a condition.
template <class Condition> Block* next_resident(Condition condition) {
    for (size_t i = 0; i < resident.size(); i++) {
        const size_t position = (recent + i) % resident.size();
        if (!condition(*resident[position])) continue;
        recent = position;
        return resident[position].get();
    }
    return nullptr;
}

Block* choose_block() {
    if (schedule.seed != 0) {
        if (can_admit() && resident.size() < kEagerBlocks && random_below(8) == 0) return admit();
        if (!resident.empty()) recent = random_below(static_cast<u32>(resident.size()));
    }
    if (Block* block = next_resident(has_work)) return block;
    if (can_admit()) return admit();
    if (!resident.empty()) recent++; // all of them spin: each in its turn
    return next_resident([](const Block& block) { return block.ready.size() > 0; });
}

void run_block(Block& block) {
    current_block = &block;
    emu_blockIdx = block.index;
    enter_static_shared(block);
    leave_block = false;
    while (block.ready.size() > 0 && !leave_block) {
        const u32 number = block.ready.take(schedule.seed != 0 ? random_below(block.ready.size()) : 0);
        Thread& thread = block.threads[number];
        if (thread.state == State::kSpinning) {
            block.spinning--;
            fruitless_turns++;
        } else if (!thread.spun) {
            fruitless_turns = 0;
        }
        thread.state = State::kReady;
        emu_threadIdx = thread.index;
        current_thread = &thread;
        resume(thread);
        current_thread = nullptr;
        if (launch_ended()) return;
        leave_block |= block.spinning > 0 && !has_work(block);
    }
}

const char* describe(State state) {
    switch (state) {
    case State::kAtBarrier: return "wait at the block barrier";
    case State::kAtCluster: return "wait at the barrier of the cluster";
    case State::kAtWarp: return "wait at the warp collective";
    case State::kFinished: return "have finished, last seen";
    default: return "spin, last seen";
    }
}

void report_deadlock() {
    std::string text;
    for (size_t i = 0; i < resident.size() && i < 4; i++) {
        std::map<std::string, u32> threads;
        for (const Thread& t : resident[i]->threads) {
            const std::string file = t.site.file ? t.site.file : "the start";
            const std::string line = t.site.file ? ":" + std::to_string(t.site.line) : "";
            threads[std::string(describe(t.state)) + " at " + file + line]++;
        }
        text += "; block " + std::to_string(resident[i]->number) + ":";
        for (const auto& [where, count] : threads) text += " " + std::to_string(count) + " threads " + where + ",";
        text.pop_back();
    }
    report(kLaunchFailed, "DEADLOCK", "kernel %s, no thread can go on, %zu blocks on the machine and %zu waiting%s",
           current_kernel->name, resident.size(), waiting_blocks.size(), text.c_str());
}

u64 spinning_threads() {
    u64 count = 0;
    for (const auto& block : resident) count += block->spinning;
    return count;
}

void run_blocks() {
    while (!resident.empty() || !waiting_blocks.empty()) {
        Block* block = choose_block();
        if (!block || fruitless_turns > kSpinRounds * (1 + spinning_threads())) {
            report_deadlock();
            return;
        }
        run_block(*block);
        if (launch_ended()) return;
        retire_if_finished();
    }
}

void order_blocks(u32 count) {
    const u32 blocks = current_kernel->cluster;
    std::vector<u32> clusters(count / blocks);
    std::iota(clusters.begin(), clusters.end(), 0);
    if (schedule.block_order == kShuffled)
        for (u32 i = count / blocks; i > 1; i--) std::swap(clusters[i - 1], clusters[random_below(i)]);
    if (schedule.block_order == kAscending) std::reverse(clusters.begin(), clusters.end());
    waiting_blocks.clear();
    for (const u32 cluster : clusters)
        for (u32 rank = blocks; rank-- > 0;) waiting_blocks.push_back(cluster * blocks + rank);
}

u32 next_interruption() { return schedule.preempt == 0 ? ~0u : 1 + random_below(2 * schedule.preempt); }

} // namespace

Block& block_of_cluster(Block& block, u32 rank) {
    const u32 number = block.number / current_kernel->cluster * current_kernel->cluster + rank;
    if (number == block.number) return block;
    for (const auto& other : resident)
        if (other->number == number) return *other;
    abort(); // they are on the machine together
}

u32 ReadyQueue::take(u32 position) {
    const u32 size = static_cast<u32>(ring_.size());
    std::swap(ring_[head_ % size], ring_[(head_ + position) % size]);
    const u32 thread = ring_[head_ % size];
    head_ = (head_ + 1) % size;
    count_--;
    return thread;
}

u32 random_below(u32 bound) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return static_cast<u32>((random_state >> 32) * bound >> 32);
}

void launch(const Module& module, const Kernel& kernel, const Shape& shape, const Schedule& chosen,
            const void* argument) {
    current_module = &module;
    current_kernel = &kernel;
    current_shape = shape;
    current_argument = argument;
    schedule = chosen;
    random_state = (chosen.seed + 1) * 0x9E3779B97F4A7C15ull;
    fruitless_turns = 0;
    accesses_to_interruption = next_interruption();
    recent = 0;
    emu_blockDim = {shape.block, 1, 1};
    emu_gridDim = {shape.grid_x, shape.grid_y, shape.grid_z};
    const u32 blocks = shape.grid_x * shape.grid_y * shape.grid_z;
    order_blocks(blocks);
    begin_ordering(blocks);
    begin_shared_memory();
    begin_signals(chosen.limit_ms);
    run_blocks();
    end_signals();
    current_thread = nullptr;
    while (!resident.empty()) retire_block(resident.size() - 1);
    check_canaries();
    end_shared_memory();
    current_block = nullptr;
}

void wait_as(State state) {
    current_thread->state = state;
    current_thread->spun = false;
    give_turn_back();
}

void wake(Thread& thread) {
    thread.state = State::kReady;
    thread.block->ready.add(thread.number);
}

void yield_to_threads() {
    wake(*current_thread);
    give_turn_back();
}

void yield_to_blocks() {
    leave_block = true;
    yield_to_threads();
}

void yield_spinning() {
    Thread& thread = *current_thread;
    thread.state = State::kSpinning;
    thread.spun = true;
    thread.block->spinning++;
    thread.block->ready.add(thread.number);
    give_turn_back();
}

void interrupt_now_and_then() {
    if (--accesses_to_interruption != 0) return;
    accesses_to_interruption = next_interruption();
    if (time_is_up()) fail(kTimeout, "TIMEOUT", "the kernel ran for more than %u ms", schedule.limit_ms);
    // A thread that only looks whether it may go on has no work to come back to: as ready, it would hold its block's turn.
    if (schedule.preempt != 0 && !current_thread->spun) yield_to_threads();
}

void interrupt_soon() { accesses_to_interruption = 1; }

void pass_turn_at_atomic() {
    if (schedule.seed == 0) return;
    const u32 choice = random_below(16);
    if (choice == 0) yield_to_threads();
    if (choice == 1) yield_to_blocks();
}

} // namespace emu

EMU_EXPORT void emu_atomic(const void* address, int bytes) {
    using namespace emu;
    if (kCheck)
        check_access(static_cast<u8*>(const_cast<void*>(address)), bytes, {true, true}, __builtin_return_address(0));
    pass_turn_at_atomic();
}

EMU_EXPORT void emu_spin() { emu::yield_spinning(); }

EMU_EXPORT void emu_fence(int device_wide) {
    using namespace emu;
    if (kCheck && device_wide) order_by_fence();
    if (schedule.seed == 0) return;
    const u32 choice = random_below(4);
    if (choice == 0) yield_to_threads();
    if (choice == 1) yield_to_blocks();
}
