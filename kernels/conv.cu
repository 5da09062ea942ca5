// 5x5 convolution that keeps the size of an image: stride 1, two zeros of padding on every side.
//
//   forward          out[s][o][y][x]  = leaky(b[o] + sum_{i,ky,kx} w[o][i][ky][kx] in[s][i][y + ky - 2][x + kx - 2])
//   input gradient   din[s][i][y][x]  = sum_{o,ky,kx} w[o][i][ky][kx] dout[s][o][y - ky + 2][x - kx + 2]
//   weight gradient  dw[o][i][ky][kx] = sum_{s,y,x} dout[s][o][y][x] in[s][i][y + ky - 2][x + kx - 2]
//
// The input gradient is the forward sum with its channels exchanged and its kernels turned by 180 degrees. Images are
// samples x channels x height x width per replica, weights out_channels x in_channels x 25. Where doubled is 1, in is stored at
// half the height and width, and in[y][x] is pixel [y / 2][x / 2] of that: nearest-neighbour upsampling.
//
// A block takes 16 x 16 pixels of one image. It holds one input channel of them at a time, with its border, in shared
// memory, so that global memory is read once for 25 taps and 8 output channels.
#include "activation.cuh"
#include "common.cuh"

static const int kTile = 16, kTaps = 25, kBorder = 2, kHalo = kTile + 2 * kBorder, kOutputs = 8;

// Fills halo with the 20 x 20 pixels around the tile at (top, left) of an image of height x width; zeros outside of it.
static __device__ void load_halo(
    float halo[kHalo][kHalo + 1], const float* plane, int height, int width, int doubled, int top, int left) {
    for (int t = threadIdx.x; t < kHalo * kHalo; t += kTile * kTile) {
        const int y = top + t / kHalo - kBorder, x = left + t % kHalo - kBorder;
        const bool inside = y >= 0 && y < height && x >= 0 && x < width;
        halo[t / kHalo][t % kHalo] = inside ? plane[(y >> doubled) * (width >> doubled) + (x >> doubled)] : 0.f;
    }
}

struct ConvolveArgs {
    const float* input;
    const float* weight;
    const float* bias; // null: 0
    float* output;
    long long input_stride; // 0: one input for all replicas
    long long weight_stride;
    long long bias_stride;
    long long output_stride;
    int in_channels;
    int out_channels;
    int height;
    int width;
    int samples;
    int doubled;
    int turned; // 1 for the input gradient: input is dout, in_channels are the layer's outputs
    float slope;
};

// Launch: grid (tiles x ceil(out_channels / 8), samples, R), block 256: a thread per pixel, eight output channels each.
extern "C" __global__ void __launch_bounds__(256) convolve(const ConvolveArgs a) {
    __shared__ float halo[kHalo][kHalo + 1];
    __shared__ float weights[kTaps][kOutputs];
    const int tiles_x = (a.width + kTile - 1) / kTile, tiles = tiles_x * ((a.height + kTile - 1) / kTile);
    const int tile = blockIdx.x % tiles, first_output = blockIdx.x / tiles * kOutputs;
    const int sample = blockIdx.y, replica = blockIdx.z, pixels = a.height * a.width;
    const int top = tile / tiles_x * kTile, left = tile % tiles_x * kTile;
    const int row = threadIdx.x / kTile, column = threadIdx.x % kTile;
    const int input_pixels = pixels >> 2 * a.doubled;
    const float* input = a.input + replica * a.input_stride + (long long)sample * a.in_channels * input_pixels;
    const float* weight = a.weight + replica * a.weight_stride;

    float sums[kOutputs];
#pragma unroll
    for (int o = 0; o < kOutputs; o++) {
        const bool has_bias = a.bias && first_output + o < a.out_channels;
        sums[o] = has_bias ? a.bias[replica * a.bias_stride + first_output + o] : 0.f;
    }
    for (int i = 0; i < a.in_channels; i++) {
        __syncthreads(); // the channel before has been read
        load_halo(halo, input + (long long)i * input_pixels, a.height, a.width, a.doubled, top, left);
        for (int t = threadIdx.x; t < kTaps * kOutputs; t += kTile * kTile) {
            const int tap = t / kOutputs, o = first_output + t % kOutputs;
            const long long place = a.turned ? ((long long)i * a.out_channels + o) * kTaps + kTaps - 1 - tap
                                             : ((long long)o * a.in_channels + i) * kTaps + tap;
            weights[tap][t % kOutputs] = o < a.out_channels ? weight[place] : 0.f;
        }
        __syncthreads();
#pragma unroll
        for (int tap = 0; tap < kTaps; tap++) {
            const float value = halo[row + tap / 5][column + tap % 5];
#pragma unroll
            for (int o = 0; o < kOutputs; o++) sums[o] = fmaf(weights[tap][o], value, sums[o]);
        }
    }

    const int y = top + row, x = left + column;
    if (y >= a.height || x >= a.width) return;
    float* output = a.output + replica * a.output_stride + (long long)sample * a.out_channels * pixels + y * a.width + x;
#pragma unroll
    for (int o = 0; o < kOutputs; o++)
        if (first_output + o < a.out_channels) output[(long long)(first_output + o) * pixels] = leaky_relu(sums[o], a.slope);
}

struct ConvWeightGradientArgs {
    const float* input;
    const float* output_gradient;
    float* partials; // R x chunks x weights
    long long input_stride;
    long long gradient_stride;
    int in_channels;
    int out_channels;
    int height;
    int width;
    int samples;
    int doubled;
    int chunk; // samples that one block sums
};

// Launch: grid (out_channels x in_channels, chunks, R), block 256: a thread per pixel of a tile, 25 taps each.
extern "C" __global__ void __launch_bounds__(256) conv_weight_gradient(const ConvWeightGradientArgs a) {
    __shared__ float halo[kHalo][kHalo + 1];
    __shared__ float of_warp[8][kTaps];
    const int out = blockIdx.x / a.in_channels, in = blockIdx.x % a.in_channels;
    const int chunk = blockIdx.y, replica = blockIdx.z, pixels = a.height * a.width;
    const int row = threadIdx.x / kTile, column = threadIdx.x % kTile;
    const int first = chunk * a.chunk, end = first + a.chunk < a.samples ? first + a.chunk : a.samples;
    float sums[kTaps];
#pragma unroll
    for (int tap = 0; tap < kTaps; tap++) sums[tap] = 0.f;
    for (int s = first; s < end; s++) {
        const float* input = a.input + replica * a.input_stride + ((long long)s * a.in_channels + in) * (pixels >> 2 * a.doubled);
        const float* gradient = a.output_gradient + replica * a.gradient_stride + ((long long)s * a.out_channels + out) * pixels;
        for (int top = 0; top < a.height; top += kTile) {
            for (int left = 0; left < a.width; left += kTile) {
                __syncthreads(); // the tile before has been read
                load_halo(halo, input, a.height, a.width, a.doubled, top, left);
                __syncthreads();
                const int y = top + row, x = left + column;
                const float slope = y < a.height && x < a.width ? gradient[y * a.width + x] : 0.f;
#pragma unroll
                for (int tap = 0; tap < kTaps; tap++)
                    sums[tap] = fmaf(slope, halo[row + tap / 5][column + tap % 5], sums[tap]);
            }
        }
    }

#pragma unroll
    for (int tap = 0; tap < kTaps; tap++) {
        const float sum = warp_sum(sums[tap]);
        if (lane_id() == 0) of_warp[warp_id()][tap] = sum;
    }
    __syncthreads();
    if (threadIdx.x >= kTaps) return;
    float sum = of_warp[0][threadIdx.x];
#pragma unroll
    for (int w = 1; w < 8; w++) sum += of_warp[w][threadIdx.x];
    const long long weights = (long long)a.out_channels * a.in_channels * kTaps;
    const long long place = ((long long)replica * gridDim.y + chunk) * weights;
    a.partials[place + (long long)blockIdx.x * kTaps + threadIdx.x] = sum;
}

struct AddPartialsArgs {
    const float* partials; // R x chunks x length
    float* sums;           // R x sums_stride
    long long sums_stride;
    int length;
    int chunks;
};

// Adds up what the blocks of each chunk left, chunk after chunk. Launch: grid (ceil(length / 256), R), block 256.
extern "C" __global__ void __launch_bounds__(256) add_partials(const AddPartialsArgs a) {
    const int i = blockIdx.x * 256 + threadIdx.x, replica = blockIdx.y;
    if (i >= a.length) return;
    const float* partial = a.partials + (long long)replica * a.chunks * a.length + i;
    float sum = partial[0];
    for (int c = 1; c < a.chunks; c++) sum += partial[(long long)c * a.length];
    a.sums[replica * a.sums_stride + i] = sum;
}
