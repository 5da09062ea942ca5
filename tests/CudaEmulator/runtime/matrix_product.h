// C = op(A) op(B) (+ C): what cuBLAS does on a GPU. Row-major float32 matrices, each sum in the order of the inner
// index.
#pragma once

#include "machine.h"

namespace emu {

// Laid out as the interface hands it over (api.cpp).
struct MatrixProduct {
    u64 a, b, c;
    long long batch_stride_a, batch_stride_b, batch_stride_c; // floats
    int rows, columns, inner, batch;
    int row_stride_a, row_stride_b, row_stride_c; // floats
    int transpose_a, transpose_b;
    float beta; // 0 or 1
};

void multiply(const MatrixProduct& product);

} // namespace emu
