// The emulated machine: what exists while a kernel runs.
//
// Each CUDA thread of a resident block is a fiber: a stack of its own and a saved stack pointer. All fibers run on the
// one OS thread that called launch, in turns: a fiber gives its turn back where it has to wait (a barrier, a warp
// collective, a spin loop) or where a seeded schedule says so. Nothing else is concurrent, so the emulator's own data
// needs no lock, as long as its callers take turns (api.cpp).
//
// In the build "check" the kernels' memory accesses are reported by instrumentation (hooks.cpp) and each is compared
// with earlier ones (race.cpp); kCheck says whether this is that build.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "../shim/kernel_table.h"

using u8 = uint8_t;
using u16 = uint16_t;
using u32 = uint32_t;
using u64 = uint64_t;

struct uint3 {
    u32 x, y, z;
};

#define EMU_EXPORT extern "C" __attribute__((visibility("default")))

namespace emu {

#ifdef EMU_CHECK
constexpr bool kCheck = true;
#else
constexpr bool kCheck = false;
#endif

constexpr u8 kPoison = 0xFF; // four of them are a NaN as float, -1 as int
constexpr u32 kLanes = 32;

// What a launch may choose, beside its shape. Seed 0 runs blocks and threads in their order.
struct Schedule {
    u64 seed;
    u32 resident;    // most blocks that are on the machine at a time
    u32 block_order; // BlockOrder
    u32 preempt;     // check: mean number of memory accesses between two interruptions, 0 for none
    u32 limit_ms;    // CPU time after which the launch is ended
};
enum BlockOrder : u32 { kAscending = 0, kDescending = 1, kShuffled = 2 };

struct Shape {
    u32 grid_x, grid_y, grid_z, block, shared_bytes;
};

// A library built from one kernel file.
struct Module {
    u8 *low, *high;           // where it lies in memory
    u8 *code_low, *code_high; // its instructions
    const KernelTable* table;
    std::string path;
};

struct Site { // a place in a kernel's source
    const char* file;
    int line;
};

// Entry b counts how far this block knows what block b did. Missing entries are 0; clocks start at 1.
class Clocks {
  public:
    u32 of(u32 block) const { return block < values_.size() ? values_[block] : 0; }
    void raise(u32 block, u32 value);
    void join(const Clocks& other);
    void clear() { values_.clear(); }

  private:
    std::vector<u32> values_;
};

enum class State : u8 { kReady, kAtBarrier, kAtCluster, kAtWarp, kSpinning, kFinished };

struct Block;
struct Warp;

struct Thread {
    void* stack_pointer;
    u8 *stack_low, *stack_top;
    Block* block;
    Warp* warp;
    uint3 index;
    u32 number;
    u32 lane;
    State state;
    bool spun;     // since it last did anything but atomic operations
    Site site;     // of its last barrier or collective
    u64 result;    // of its last barrier or collective
    u32 published; // the block's clock at this thread's last __threadfence, 0 before
};

struct Collective { // a lane's call of __shfl_sync and the like
    int operation;
    u32 mask;
    u64 value;
    int argument, width;
};

struct Warp {
    u32 first_thread;
    u32 live, arrived; // lanes
    Collective calls[kLanes];
    // check: synchronisations by __syncwarp since the last barrier: own of each lane, and how far lane a has seen lane
    // b.
    bool synchronised;
    u16 clock[kLanes], seen[kLanes][kLanes];
};

struct Barrier {
    u32 arrived;
    Site site;
    int operation, value; // of a reducing barrier
};

// Threads that could run now, oldest first.
class ReadyQueue {
  public:
    void reset(u32 threads) {
        ring_.resize(threads);
        head_ = count_ = 0;
    }
    u32 size() const { return count_; }
    void add(u32 thread) { ring_[(head_ + count_++) % ring_.size()] = thread; }
    u32 take(u32 position);

  private:
    std::vector<u32> ring_;
    u32 head_ = 0, count_ = 0;
};

struct Block {
    u32 number;
    uint3 index;
    std::vector<Thread> threads;
    std::vector<Warp> warps;
    ReadyQueue ready;
    u32 live, spinning; // threads not finished; threads in the queue that only wait for a change
    Barrier barrier;
    Barrier cluster_barrier; // of the first block of a cluster: that of all its blocks
    u8* dynamic_shared;
    std::vector<u8> static_shared; // while another block is in their place
    std::vector<u8> static_shadow;
    u32 era;               // check: changes at every block barrier; unique over all blocks and launches
    u32 clock;             // check: grows at every __threadfence
    Clocks known, pending; // check: see ordering.cpp
};

// The running launch. current_thread is null while the scheduler itself runs.
extern Thread* current_thread;
extern Block* current_block;
extern const Module* current_module;
extern const Kernel* current_kernel;
extern Shape current_shape;
extern Schedule schedule;

// A block of the cluster of another, by its number in it. Blocks of a cluster come to the machine together, and leave it together.
Block& block_of_cluster(Block& block, u32 rank);

u32 random_below(u32 bound);

} // namespace emu
