// Accesses of places that are not there, were never written, or are misaligned.
#include "fault_args.cuh"

extern "C" __global__ void write_one_past_the_end(const FaultArgs a) { a.out[threadIdx.x + 1] = a.in[threadIdx.x]; }
extern "C" __global__ void write_far_past_the_end(const FaultArgs a) { a.out[threadIdx.x + (1 << 24)] = 1; }
extern "C" __global__ void write_before_the_start(const FaultArgs a) {
    a.out[(int)threadIdx.x - 1] = a.in[threadIdx.x];
}
extern "C" __global__ void write_into_the_padding(const FaultArgs a) {
    if (threadIdx.x == 0) a.flags[60] = 1;
}
extern "C" __global__ void read_past_the_end(const FaultArgs a) { a.out[threadIdx.x] = a.in[threadIdx.x + 2048 - 255]; }
extern "C" __global__ void read_address(const FaultArgs a) { a.out[threadIdx.x] = *(const float*)a.address; }

extern "C" __global__ void index_past_static_shared(const FaultArgs a) {
    __shared__ float s[256];
    __shared__ float next[256];
    next[threadIdx.x] = 0;
    s[threadIdx.x + 1] = a.in[threadIdx.x];
    __syncthreads();
    a.out[threadIdx.x] = s[threadIdx.x] + next[threadIdx.x];
}

static __device__ void write_at(float* s, int i, float value) { s[i] = value; }

extern "C" __global__ void point_past_static_shared(const FaultArgs a) {
    __shared__ float s[256];
    __shared__ float next[256];
    next[threadIdx.x] = 0;
    write_at(s, threadIdx.x + 1, a.in[threadIdx.x]);
    __syncthreads();
    a.out[threadIdx.x] = s[threadIdx.x] + next[threadIdx.x];
}

// 1024 bytes.
extern "C" __global__ void write_past_dynamic_shared(const FaultArgs a) {
    DYN_SHARED(float, s);
    s[threadIdx.x + 1] = a.in[threadIdx.x];
    __syncthreads();
    a.out[threadIdx.x] = s[threadIdx.x + 1];
}

extern "C" __global__ void read_unwritten_shared(const FaultArgs a) {
    __shared__ float s[256];
    if (threadIdx.x < 255) s[threadIdx.x] = a.in[threadIdx.x];
    __syncthreads();
    a.out[threadIdx.x] = s[255 - threadIdx.x];
}

extern "C" __global__ void read_unwritten_global(const FaultArgs a) { a.out[threadIdx.x] += a.in[threadIdx.x]; }
extern "C" __global__ void add_to_unwritten_global(const FaultArgs a) { atomicAdd((unsigned*)a.out, 1u); }

extern "C" __global__ void misaligned_vector(const FaultArgs a) {
    *reinterpret_cast<float4*>(a.out) = *reinterpret_cast<const float4*>(a.in + 1);
}

extern "C" __global__ void misaligned_double(const FaultArgs a) {
    if (threadIdx.x == 0) a.out[0] = (float)*reinterpret_cast<const double*>(a.in + 1);
}
