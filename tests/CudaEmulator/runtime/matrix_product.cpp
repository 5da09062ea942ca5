#include "matrix_product.h"

#include "fault.h"
#include "memory.h"
#include "shadow.h"

namespace emu {

namespace {

struct Matrix { // as stored
    u64 address;
    int rows, columns, row_stride;
};

float* row_of(const Matrix& m, int row) {
    return reinterpret_cast<float*>(m.address) + static_cast<long long>(row) * m.row_stride;
}

bool is_accessible(const char* name, const Matrix& m, bool read) {
    if (m.row_stride < m.columns) {
        fail(kInvalidValue, "MATRIX", "%s has %d columns but only %d floats from row to row", name, m.columns,
             m.row_stride);
        return false;
    }
    for (int r = 0; r < m.rows; r++) {
        const auto* row = reinterpret_cast<u8*>(row_of(m, r));
        const size_t bytes = m.columns * sizeof(float);
        if (!is_allocated(reinterpret_cast<u64>(row), bytes)) {
            fail(kIllegalAddress, "MATRIX", "row %d of %s (%d x %d) is not allocated, at %s", r, name, m.rows,
                 m.columns, describe_address(row).c_str());
            return false;
        }
        const u8* unwritten = read ? first_unwritten(row, bytes) : nullptr;
        if (unwritten) {
            fail(kLaunchFailed, "UNINITIALISED", "row %d of %s (%d x %d) was never written, at %s", r, name, m.rows,
                 m.columns, describe_address(unwritten).c_str());
            return false;
        }
    }
    return true;
}

// Rows x columns floats without gaps, transposed or not.
void pack(std::vector<float>& to, const Matrix& from, bool transpose) {
    to.resize(static_cast<size_t>(from.rows) * from.columns);
    for (int r = 0; r < from.rows; r++) {
        const float* row = row_of(from, r);
        for (int c = 0; c < from.columns; c++)
            to[transpose ? static_cast<size_t>(c) * from.rows + r : static_cast<size_t>(r) * from.columns + c] = row[c];
    }
}

bool multiply_one(const MatrixProduct& p, const Matrix& a, const Matrix& b, const Matrix& c) {
    static std::vector<float> left, right, sums;
    if (!is_accessible("A", a, true) || !is_accessible("B", b, true) || !is_accessible("C", c, p.beta != 0))
        return false;
    pack(left, a, p.transpose_a);
    pack(right, b, p.transpose_b);
    for (int i = 0; i < p.rows; i++) {
        sums.assign(p.columns, 0.f);
        for (int k = 0; k < p.inner; k++) {
            const float factor = left[static_cast<size_t>(i) * p.inner + k];
            const float* row = &right[static_cast<size_t>(k) * p.columns];
            for (int j = 0; j < p.columns; j++) sums[j] += factor * row[j];
        }
        float* out = row_of(c, i);
        for (int j = 0; j < p.columns; j++) out[j] = p.beta == 0 ? sums[j] : out[j] * p.beta + sums[j];
        mark(reinterpret_cast<u8*>(out), p.columns * sizeof(float), Content::kWritten);
    }
    return true;
}

} // namespace

void multiply(const MatrixProduct& p) {
    for (int i = 0; i < p.batch; i++) {
        Matrix a = {p.a + i * p.batch_stride_a * sizeof(float), p.rows, p.inner, p.row_stride_a};
        Matrix b = {p.b + i * p.batch_stride_b * sizeof(float), p.inner, p.columns, p.row_stride_b};
        const Matrix c = {p.c + i * p.batch_stride_c * sizeof(float), p.rows, p.columns, p.row_stride_c};
        if (p.transpose_a) std::swap(a.rows, a.columns);
        if (p.transpose_b) std::swap(b.rows, b.columns);
        if (!multiply_one(p, a, b, c)) return;
    }
}

} // namespace emu
