// The emulator's side of the kernel language: given on clang's command line with -include, it lets a kernel file
// compile as plain C++17. One CUDA thread is one fiber of one OS thread; whatever may have to wait is a call into the
// runtime.
#pragma once
#define __CUDACC_RTC__ 1
#define __CUDA_ARCH__ 800
#define __host__
#define __device__
#define __global__
#define __constant__ const
#define __launch_bounds__(...)
#define __cluster_dims__(...) // in the table of kernels instead
#define __grid_constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))
// All shared variables of a file lie together, so that they can be poisoned, and swapped when another block runs.
#define __shared__ static __attribute__((section("emu_shared")))
#define DYN_SHARED(T, name) T* name = reinterpret_cast<T*>(emu_dynamic_shared())
#define SPIN_PAUSE() emu_spin()
// As kernels/lab/cluster.cuh has them. A load is one of the other block's memory, and checked as such.
#define CLUSTER_RANK() emu_cluster_rank()
#define CLUSTER_BARRIER() emu_cluster_barrier(__FILE__, __LINE__)
#define CLUSTER_LOAD(place, rank) (*emu_place_in_block(place, rank))
typedef __SIZE_TYPE__ size_t;

extern "C" {
void emu_barrier(const char* file, int line);
int emu_barrier_reduce(int op, int predicate, const char* file, int line);
unsigned long long emu_warp(int op, unsigned mask, unsigned long long value, int argument, int width, const char* file,
                            int line);
int emu_cluster_rank();
void emu_cluster_barrier(const char* file, int line);
const void* emu_cluster_place(const void* place, int rank);
void emu_fence(int device_wide);
void emu_spin();
void emu_atomic(const void* address, int bytes);
void* emu_dynamic_shared();
void emu_misaligned_vector(const void* address, int alignment, const char* type);
}

#define DEVICE_FUNCTION static inline __attribute__((always_inline, unused))
#define VECTOR_FUNCTION inline __attribute__((always_inline, unused))
// The empty asm hides where the address comes from: the compiler believes that references are aligned.
#define VECTOR_CHECK(address, alignment, name)                                                                         \
    do {                                                                                                               \
        const void* hidden = (address);                                                                                \
        __asm__("" : "+r"(hidden));                                                                                    \
        if (__builtin_expect(((size_t)hidden & (alignment - 1)) != 0, 0))                                              \
            emu_misaligned_vector(hidden, alignment, name);                                                            \
    } while (0)
#include "vector_types.h"
#include "plain_intrinsics.h"

extern "C" {
extern uint3 emu_threadIdx, emu_blockIdx, emu_blockDim, emu_gridDim;
}
#define threadIdx (static_cast<const uint3&>(emu_threadIdx))
#define blockIdx (static_cast<const uint3&>(emu_blockIdx))
#define blockDim (static_cast<const uint3&>(emu_blockDim))
#define gridDim (static_cast<const uint3&>(emu_gridDim))
static constexpr int warpSize = 32;

// Barriers, votes and shuffles remember where they were called from.
#define CALLER const char *file = __builtin_FILE(), int line = __builtin_LINE()
DEVICE_FUNCTION void __syncthreads(CALLER) { emu_barrier(file, line); }
enum { EMU_COUNT, EMU_AND, EMU_OR };
DEVICE_FUNCTION int __syncthreads_count(int p, CALLER) { return emu_barrier_reduce(EMU_COUNT, p, file, line); }
DEVICE_FUNCTION int __syncthreads_and(int p, CALLER) { return emu_barrier_reduce(EMU_AND, p, file, line); }
DEVICE_FUNCTION int __syncthreads_or(int p, CALLER) { return emu_barrier_reduce(EMU_OR, p, file, line); }

enum { EMU_SYNC, EMU_INDEX, EMU_UP, EMU_DOWN, EMU_XOR, EMU_BALLOT, EMU_ANY, EMU_ALL, EMU_MATCH, EMU_SUM, EMU_MAXIMUM };
DEVICE_FUNCTION void __syncwarp(unsigned mask = 0xffffffffu, CALLER) { emu_warp(EMU_SYNC, mask, 0, 0, 32, file, line); }
#define VOTE(T, NAME, OP)                                                                                              \
    DEVICE_FUNCTION T NAME(unsigned mask, int p, CALLER) { return (T)emu_warp(OP, mask, p != 0, 0, 32, file, line); }
VOTE(unsigned, __ballot_sync, EMU_BALLOT)
VOTE(int, __any_sync, EMU_ANY)
VOTE(int, __all_sync, EMU_ALL)
#undef VOTE
#define REDUCE(NAME, OP)                                                                                               \
    DEVICE_FUNCTION unsigned NAME(unsigned mask, unsigned v, CALLER) {                                                 \
        return (unsigned)emu_warp(OP, mask, v, 0, 32, file, line);                                                     \
    }
REDUCE(__reduce_add_sync, EMU_SUM)
REDUCE(__reduce_max_sync, EMU_MAXIMUM)
#undef REDUCE
template <class T> DEVICE_FUNCTION unsigned __match_any_sync(unsigned mask, T v, CALLER) {
    unsigned long long bits = 0;
    __builtin_memcpy(&bits, &v, sizeof v);
    return (unsigned)emu_warp(EMU_MATCH, mask, bits, 0, 32, file, line);
}
#define SHUFFLE(NAME, OP)                                                                                              \
    template <class T> DEVICE_FUNCTION T NAME(unsigned mask, T v, int to, int width = 32, CALLER) {                    \
        static_assert(sizeof(T) <= 8, "");                                                                             \
        unsigned long long bits = 0;                                                                                   \
        __builtin_memcpy(&bits, &v, sizeof v);                                                                         \
        bits = emu_warp(OP, mask, bits, to, width, file, line);                                                        \
        __builtin_memcpy(&v, &bits, sizeof v);                                                                         \
        return v;                                                                                                      \
    }
SHUFFLE(__shfl_sync, EMU_INDEX)
SHUFFLE(__shfl_up_sync, EMU_UP)
SHUFFLE(__shfl_down_sync, EMU_DOWN)
SHUFFLE(__shfl_xor_sync, EMU_XOR)
#undef SHUFFLE
#undef CALLER

template <class T> DEVICE_FUNCTION const T* emu_place_in_block(const T* place, int rank) {
    return static_cast<const T*>(emu_cluster_place(place, rank));
}

DEVICE_FUNCTION void __threadfence_block() { emu_fence(0); }
DEVICE_FUNCTION void __threadfence() { emu_fence(1); }
DEVICE_FUNCTION void __threadfence_system() { emu_fence(1); }
DEVICE_FUNCTION void __nanosleep(unsigned) { emu_spin(); }
// A clock that goes on whenever it is read.
DEVICE_FUNCTION long long clock64() {
    static long long reads;
    return ++reads;
}

// Fibers share one OS thread, so a plain read, change and write is atomic. The hook alone reports the access: the
// instrumentation must not report it a second time as a plain one.
template <class T> struct emu_same { typedef T type; };
#define ATOMIC(NAME, CHANGE)                                                                                           \
    template <class T>                                                                                                 \
    static inline __attribute__((no_sanitize("thread"))) T NAME(T* p, typename emu_same<T>::type v) {                  \
        emu_atomic(p, sizeof(T));                                                                                      \
        const T old = *p;                                                                                              \
        *p = CHANGE;                                                                                                   \
        return old;                                                                                                    \
    }
ATOMIC(atomicAdd, old + v)
ATOMIC(atomicSub, old - v)
ATOMIC(atomicExch, v)
ATOMIC(atomicMax, v > old ? v : old)
ATOMIC(atomicMin, v < old ? v : old)
ATOMIC(atomicOr, old | v)
ATOMIC(atomicAnd, old& v)
ATOMIC(atomicXor, old ^ v)
#undef ATOMIC
template <class T>
static inline __attribute__((no_sanitize("thread"))) T atomicCAS(T* p, typename emu_same<T>::type compare,
                                                                 typename emu_same<T>::type v) {
    emu_atomic(p, sizeof(T));
    const T old = *p;
    if (old == compare) *p = v;
    return old;
}

template <class T> DEVICE_FUNCTION T __ldg(const T* p) { return *p; }

// Mathematics from the C library; a GPU's differs in the last bits.
extern "C" {
float expf(float) noexcept, exp2f(float) noexcept, expm1f(float) noexcept, logf(float) noexcept, log2f(float) noexcept;
float log1pf(float) noexcept, powf(float, float) noexcept, tanhf(float) noexcept, erff(float) noexcept;
float sinf(float) noexcept, cosf(float) noexcept;
double cos(double) noexcept, exp(double) noexcept, log(double) noexcept, log1p(double) noexcept, lgamma(double) noexcept, pow(double, double) noexcept;
double tanh(double) noexcept, erf(double) noexcept;
int printf(const char*, ...);
}
DEVICE_FUNCTION float sqrtf(float a) { return __builtin_sqrtf(a); }
DEVICE_FUNCTION double sqrt(double a) { return __builtin_sqrt(a); }
DEVICE_FUNCTION float rsqrtf(float a) { return 1.f / __builtin_sqrtf(a); }
DEVICE_FUNCTION double rsqrt(double a) { return 1. / __builtin_sqrt(a); }
DEVICE_FUNCTION float __frcp_rn(float a) { return 1.f / a; }
DEVICE_FUNCTION float __fdividef(float a, float b) { return a / b; }
DEVICE_FUNCTION float __expf(float a) { return expf(a); }
DEVICE_FUNCTION float __logf(float a) { return logf(a); }

#undef DEVICE_FUNCTION
#undef VECTOR_FUNCTION
