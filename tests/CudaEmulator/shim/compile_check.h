// Compile check: makes clang's NVPTX backend see what NVRTC supplies by itself, without a CUDA SDK. Given on clang's
// command line with -include, after clang's own __clang_cuda_builtin_vars.h (threadIdx and so on); NVRTC never sees it.
// The PTX is read for its entries and limits, never linked or run: library functions are only declared.
#pragma once
#if !defined(__clang__) || !defined(__CUDA__)
#error "for clang -x cuda only"
#endif
#define __CUDACC__ 1
#define __CUDACC_RTC__ 1
#define __host__ __attribute__((host))
#define __device__ __attribute__((device))
#define __global__ __attribute__((global))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define __cluster_dims__(...)
#define __forceinline__ __inline__ __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))
#define __grid_constant__
typedef __SIZE_TYPE__ size_t;

#define VECTOR_FUNCTION __device__ __forceinline__
#define VECTOR_CHECK(address, alignment, name)
#include "vector_types.h"

__device__ inline __cuda_builtin_threadIdx_t::operator uint3() const { return {x, y, z}; }
__device__ inline __cuda_builtin_blockIdx_t::operator uint3() const { return {x, y, z}; }
__device__ inline __cuda_builtin_blockDim_t::operator dim3() const { return dim3(x, y, z); }
__device__ inline __cuda_builtin_gridDim_t::operator dim3() const { return dim3(x, y, z); }

#define DEVICE_FUNCTION static __device__ __forceinline__
#include "plain_intrinsics.h"

// Barriers and fences. __syncthreads() itself is clang's own in CUDA mode and must not be defined again.
DEVICE_FUNCTION int __syncthreads_count(int p) { return __nvvm_bar0_popc(p); }
DEVICE_FUNCTION int __syncthreads_and(int p) { return __nvvm_bar0_and(p); }
DEVICE_FUNCTION int __syncthreads_or(int p) { return __nvvm_bar0_or(p); }
DEVICE_FUNCTION void __syncwarp(unsigned mask = 0xffffffffu) { __nvvm_bar_warp_sync(mask); }
DEVICE_FUNCTION void __threadfence_block() { __nvvm_membar_cta(); }
DEVICE_FUNCTION void __threadfence() { __nvvm_membar_gl(); }
DEVICE_FUNCTION void __threadfence_system() { __nvvm_membar_sys(); }
DEVICE_FUNCTION void __nanosleep(unsigned ns) { __nvvm_nanosleep(ns); }
DEVICE_FUNCTION long long clock64() { return __nvvm_read_ptx_sreg_clock64(); }

// Votes and shuffles.
DEVICE_FUNCTION unsigned __activemask() { return __nvvm_activemask(); }
DEVICE_FUNCTION unsigned __ballot_sync(unsigned mask, int p) { return __nvvm_vote_ballot_sync(mask, p); }
DEVICE_FUNCTION int __any_sync(unsigned mask, int p) { return __nvvm_vote_any_sync(mask, p); }
DEVICE_FUNCTION int __all_sync(unsigned mask, int p) { return __nvvm_vote_all_sync(mask, p); }
DEVICE_FUNCTION unsigned __match_any_sync(unsigned mask, unsigned v) { return __nvvm_match_any_sync_i32(mask, v); }
DEVICE_FUNCTION unsigned __match_any_sync(unsigned mask, int v) { return __nvvm_match_any_sync_i32(mask, v); }
DEVICE_FUNCTION unsigned __reduce_add_sync(unsigned mask, unsigned v) { return __nvvm_redux_sync_add(v, mask); }
DEVICE_FUNCTION unsigned __reduce_max_sync(unsigned mask, unsigned v) { return __nvvm_redux_sync_umax(v, mask); }

#define SHUFFLE(NAME, BUILTIN, CLAMP)                                                                                  \
    DEVICE_FUNCTION int NAME(unsigned mask, int v, int to, int width = 32) {                                           \
        return BUILTIN(mask, v, to, ((32 - width) << 8) | CLAMP);                                                      \
    }                                                                                                                  \
    DEVICE_FUNCTION unsigned NAME(unsigned mask, unsigned v, int to, int width = 32) {                                 \
        return (unsigned)NAME(mask, (int)v, to, width);                                                                \
    }                                                                                                                  \
    DEVICE_FUNCTION float NAME(unsigned mask, float v, int to, int width = 32) {                                       \
        return __int_as_float(NAME(mask, __float_as_int(v), to, width));                                               \
    }                                                                                                                  \
    DEVICE_FUNCTION unsigned long long NAME(unsigned mask, unsigned long long v, int to, int width = 32) {             \
        const unsigned low = NAME(mask, (unsigned)v, to, width), high = NAME(mask, (unsigned)(v >> 32), to, width);    \
        return ((unsigned long long)high << 32) | low;                                                                 \
    }                                                                                                                  \
    DEVICE_FUNCTION long long NAME(unsigned mask, long long v, int to, int width = 32) {                               \
        return (long long)NAME(mask, (unsigned long long)v, to, width);                                                \
    }                                                                                                                  \
    DEVICE_FUNCTION double NAME(unsigned mask, double v, int to, int width = 32) {                                     \
        return __longlong_as_double(NAME(mask, __double_as_longlong(v), to, width));                                   \
    }
SHUFFLE(__shfl_sync, __nvvm_shfl_sync_idx_i32, 0x1f)
SHUFFLE(__shfl_xor_sync, __nvvm_shfl_sync_bfly_i32, 0x1f)
SHUFFLE(__shfl_down_sync, __nvvm_shfl_sync_down_i32, 0x1f)
SHUFFLE(__shfl_up_sync, __nvvm_shfl_sync_up_i32, 0)
#undef SHUFFLE

// Atomics.
DEVICE_FUNCTION int atomicAdd(int* p, int v) { return __nvvm_atom_add_gen_i(p, v); }
DEVICE_FUNCTION unsigned atomicAdd(unsigned* p, unsigned v) { return __nvvm_atom_add_gen_i((int*)p, v); }
DEVICE_FUNCTION unsigned long long atomicAdd(unsigned long long* p, unsigned long long v) {
    return __nvvm_atom_add_gen_ll((long long*)p, v);
}
DEVICE_FUNCTION float atomicAdd(float* p, float v) { return __nvvm_atom_add_gen_f(p, v); }
DEVICE_FUNCTION double atomicAdd(double* p, double v) { return __nvvm_atom_add_gen_d(p, v); }
DEVICE_FUNCTION int atomicSub(int* p, int v) { return __nvvm_atom_add_gen_i(p, -v); }
DEVICE_FUNCTION unsigned atomicSub(unsigned* p, unsigned v) { return __nvvm_atom_add_gen_i((int*)p, -(int)v); }
DEVICE_FUNCTION int atomicExch(int* p, int v) { return __nvvm_atom_xchg_gen_i(p, v); }
DEVICE_FUNCTION unsigned atomicExch(unsigned* p, unsigned v) { return __nvvm_atom_xchg_gen_i((int*)p, v); }
DEVICE_FUNCTION float atomicExch(float* p, float v) {
    return __int_as_float(__nvvm_atom_xchg_gen_i((int*)p, __float_as_int(v)));
}
DEVICE_FUNCTION unsigned long long atomicExch(unsigned long long* p, unsigned long long v) {
    return __nvvm_atom_xchg_gen_ll((long long*)p, v);
}
DEVICE_FUNCTION int atomicCAS(int* p, int c, int v) { return __nvvm_atom_cas_gen_i(p, c, v); }
DEVICE_FUNCTION unsigned atomicCAS(unsigned* p, unsigned c, unsigned v) { return __nvvm_atom_cas_gen_i((int*)p, c, v); }
DEVICE_FUNCTION unsigned long long atomicCAS(unsigned long long* p, unsigned long long c, unsigned long long v) {
    return __nvvm_atom_cas_gen_ll((long long*)p, c, v);
}
DEVICE_FUNCTION int atomicMax(int* p, int v) { return __nvvm_atom_max_gen_i(p, v); }
DEVICE_FUNCTION int atomicMin(int* p, int v) { return __nvvm_atom_min_gen_i(p, v); }
DEVICE_FUNCTION unsigned atomicMax(unsigned* p, unsigned v) { return __nvvm_atom_max_gen_ui(p, v); }
DEVICE_FUNCTION unsigned atomicMin(unsigned* p, unsigned v) { return __nvvm_atom_min_gen_ui(p, v); }
DEVICE_FUNCTION unsigned atomicOr(unsigned* p, unsigned v) { return __nvvm_atom_or_gen_i((int*)p, v); }
DEVICE_FUNCTION unsigned atomicAnd(unsigned* p, unsigned v) { return __nvvm_atom_and_gen_i((int*)p, v); }
DEVICE_FUNCTION unsigned atomicXor(unsigned* p, unsigned v) { return __nvvm_atom_xor_gen_i((int*)p, v); }

// Loads through the read-only cache: the instruction is the hardware's concern, the type check ours.
template <class T> DEVICE_FUNCTION T __ldg(const T* p) { return *p; }

// Mathematics that is one instruction, and, declared only, mathematics that is a library's.
DEVICE_FUNCTION float sqrtf(float a) { return __nvvm_sqrt_rn_f(a); }
DEVICE_FUNCTION double sqrt(double a) { return __nvvm_sqrt_rn_d(a); }
DEVICE_FUNCTION float rsqrtf(float a) { return __nvvm_rsqrt_approx_f(a); }
DEVICE_FUNCTION float __frcp_rn(float a) { return __nvvm_rcp_rn_f(a); }
DEVICE_FUNCTION float __fdividef(float a, float b) { return __nvvm_div_approx_f(a, b); }
DEVICE_FUNCTION float __expf(float a) { return __nvvm_ex2_approx_f(a * 1.4426950408889634f); }
DEVICE_FUNCTION float __logf(float a) { return __nvvm_lg2_approx_f(a) * 0.6931471805599453f; }
extern "C" {
__device__ float expf(float), exp2f(float), expm1f(float), logf(float), log2f(float), log1pf(float), powf(float, float);
__device__ float tanhf(float), erff(float), sinf(float), cosf(float);
__device__ double cos(double), exp(double), log(double), log1p(double), lgamma(double), pow(double, double), tanh(double), erf(double),
    rsqrt(double);
__device__ int printf(const char*, ...);
}

#undef DEVICE_FUNCTION
#undef VECTOR_FUNCTION
#undef VECTOR_CHECK
