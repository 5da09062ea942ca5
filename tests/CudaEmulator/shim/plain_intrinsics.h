// The device functions that are the same plain C++ for both shims. Included by them, with DEVICE_FUNCTION defined.
#pragma once

DEVICE_FUNCTION int __popc(unsigned v) { return __builtin_popcount(v); }
DEVICE_FUNCTION int __popcll(unsigned long long v) { return __builtin_popcountll(v); }
DEVICE_FUNCTION int __clz(int v) { return v ? __builtin_clz(v) : 32; }
DEVICE_FUNCTION int __clzll(long long v) { return v ? __builtin_clzll(v) : 64; }
DEVICE_FUNCTION int __ffs(int v) { return __builtin_ffs(v); }
DEVICE_FUNCTION unsigned __brev(unsigned v) { return __builtin_bitreverse32(v); }
DEVICE_FUNCTION unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)(((unsigned long long)a * b) >> 32); }
DEVICE_FUNCTION unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
    return (unsigned long long)(((unsigned __int128)a * b) >> 64);
}

template <class To, class From> DEVICE_FUNCTION To same_bits(From from) {
    static_assert(sizeof(To) == sizeof(From), "");
    To to;
    __builtin_memcpy(&to, &from, sizeof to);
    return to;
}
DEVICE_FUNCTION unsigned __float_as_uint(float v) { return same_bits<unsigned>(v); }
DEVICE_FUNCTION int __float_as_int(float v) { return same_bits<int>(v); }
DEVICE_FUNCTION float __uint_as_float(unsigned v) { return same_bits<float>(v); }
DEVICE_FUNCTION float __int_as_float(int v) { return same_bits<float>(v); }
DEVICE_FUNCTION long long __double_as_longlong(double v) { return same_bits<long long>(v); }
DEVICE_FUNCTION double __longlong_as_double(long long v) { return same_bits<double>(v); }

DEVICE_FUNCTION float fmaf(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
DEVICE_FUNCTION double fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
DEVICE_FUNCTION float fabsf(float a) { return __builtin_fabsf(a); }
DEVICE_FUNCTION double fabs(double a) { return __builtin_fabs(a); }
DEVICE_FUNCTION float fmaxf(float a, float b) { return __builtin_fmaxf(a, b); }
DEVICE_FUNCTION float fminf(float a, float b) { return __builtin_fminf(a, b); }
DEVICE_FUNCTION double fmax(double a, double b) { return __builtin_fmax(a, b); }
DEVICE_FUNCTION double fmin(double a, double b) { return __builtin_fmin(a, b); }
DEVICE_FUNCTION float floorf(float a) { return __builtin_floorf(a); }
DEVICE_FUNCTION float ceilf(float a) { return __builtin_ceilf(a); }
DEVICE_FUNCTION float rintf(float a) { return __builtin_rintf(a); }
DEVICE_FUNCTION double floor(double a) { return __builtin_floor(a); }
DEVICE_FUNCTION double ceil(double a) { return __builtin_ceil(a); }
DEVICE_FUNCTION bool isnan(float a) { return __builtin_isnan(a); }
DEVICE_FUNCTION bool isnan(double a) { return __builtin_isnan(a); }
DEVICE_FUNCTION bool isinf(float a) { return __builtin_isinf(a); }
DEVICE_FUNCTION bool isfinite(float a) { return __builtin_isfinite(a); }
DEVICE_FUNCTION bool isfinite(double a) { return __builtin_isfinite(a); }

#define MIN_MAX(T)                                                                                                     \
    DEVICE_FUNCTION T min(T a, T b) { return b < a ? b : a; }                                                          \
    DEVICE_FUNCTION T max(T a, T b) { return a < b ? b : a; }
MIN_MAX(int)
MIN_MAX(unsigned)
MIN_MAX(long long)
MIN_MAX(unsigned long long)
#undef MIN_MAX
DEVICE_FUNCTION float min(float a, float b) { return __builtin_fminf(a, b); }
DEVICE_FUNCTION float max(float a, float b) { return __builtin_fmaxf(a, b); }
DEVICE_FUNCTION double min(double a, double b) { return __builtin_fmin(a, b); }
DEVICE_FUNCTION double max(double a, double b) { return __builtin_fmax(a, b); }
