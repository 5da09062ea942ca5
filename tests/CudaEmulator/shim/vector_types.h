// CUDA's short vectors, with CUDA's alignments. Included by both shims, which define VECTOR_FUNCTION (qualifiers of a
// function) and VECTOR_CHECK(address, alignment, name): the emulator checks the address of every copy of a vector
// there, because the compiler splits such copies into scalars before any sanitizer can see how they are aligned.
#pragma once

#define VECTOR_COPY(NAME, ALIGN, ...)                                                                                  \
    NAME() = default;                                                                                                  \
    VECTOR_FUNCTION NAME(const NAME& other) {                                                                          \
        VECTOR_CHECK(&other, ALIGN, #NAME);                                                                            \
        __VA_ARGS__                                                                                                    \
    }                                                                                                                  \
    VECTOR_FUNCTION NAME& operator=(const NAME& other) {                                                               \
        VECTOR_CHECK(&other, ALIGN, #NAME);                                                                            \
        VECTOR_CHECK(this, ALIGN, #NAME);                                                                              \
        __VA_ARGS__ return *this;                                                                                      \
    }

#define VECTOR_TYPES(T, NAME, ALIGN2, ALIGN4)                                                                          \
    struct NAME##1 {                                                                                                   \
        T x;                                                                                                           \
    };                                                                                                                 \
    struct __attribute__((aligned(ALIGN2))) NAME##2 {                                                                  \
        T x, y;                                                                                                        \
        VECTOR_COPY(NAME##2, ALIGN2, x = other.x; y = other.y;)                                                        \
        VECTOR_FUNCTION NAME##2(T a, T b) : x(a), y(b) {}                                                              \
    };                                                                                                                 \
    struct NAME##3 {                                                                                                   \
        T x, y, z;                                                                                                     \
    };                                                                                                                 \
    struct __attribute__((aligned(ALIGN4))) NAME##4 {                                                                  \
        T x, y, z, w;                                                                                                  \
        VECTOR_COPY(NAME##4, ALIGN4, x = other.x; y = other.y; z = other.z; w = other.w;)                              \
        VECTOR_FUNCTION NAME##4(T a, T b, T c, T d) : x(a), y(b), z(c), w(d) {}                                        \
    };                                                                                                                 \
    static VECTOR_FUNCTION NAME##1 make_##NAME##1(T x) { return {x}; }                                                 \
    static VECTOR_FUNCTION NAME##2 make_##NAME##2(T x, T y) { return NAME##2(x, y); }                                  \
    static VECTOR_FUNCTION NAME##3 make_##NAME##3(T x, T y, T z) { return {x, y, z}; }                                 \
    static VECTOR_FUNCTION NAME##4 make_##NAME##4(T x, T y, T z, T w) { return NAME##4(x, y, z, w); }

VECTOR_TYPES(float, float, 8, 16)
VECTOR_TYPES(double, double, 16, 16)
VECTOR_TYPES(int, int, 8, 16)
VECTOR_TYPES(unsigned, uint, 8, 16)
VECTOR_TYPES(short, short, 4, 8)
VECTOR_TYPES(unsigned short, ushort, 4, 8)
VECTOR_TYPES(signed char, char, 2, 4)
VECTOR_TYPES(unsigned char, uchar, 2, 4)
VECTOR_TYPES(long long, longlong, 16, 16)
VECTOR_TYPES(unsigned long long, ulonglong, 16, 16)

#undef VECTOR_TYPES
#undef VECTOR_COPY

struct dim3 {
    unsigned x, y, z;
    VECTOR_FUNCTION constexpr dim3(unsigned a = 1, unsigned b = 1, unsigned c = 1) : x(a), y(b), z(c) {}
};
