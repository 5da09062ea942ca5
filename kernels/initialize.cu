// The fresh state of every replica's tensors at the start of a round: uniform in +-1 / sqrt(fan-in) from the round's random
// numbers, zero, one, one where row and column are the same, or standard normal (Box and Muller, 1958) in float64.
#include "philox.cuh"

struct TensorRecord {
    int offset; // first element in its block
    int length;
    int kind;   // 0 weights, 1 biases, 2 zero, 3 one, 4 identity, 5 normal
    int layer;
    int columns;
    float bound; // 1 / sqrt(fan-in)
};

struct InitializeArgs {
    const TensorRecord* tensors;     // count, by offset, the first at 0; what lies between them becomes zero
    const unsigned long long* seeds; // R: seed of the run
    const int* members;              // R: number of the network within its run
    const float* mask;               // length: 0 for an element that is not there; null: all are
    float* values;                   // R x stride
    long long stride;
    int count;
    int length;
    int round;
};

// Launch: grid (ceil(length / 256), R), block 256.
extern "C" __global__ void __launch_bounds__(256) initialize_tensors(const InitializeArgs a) {
    const int i = blockIdx.x * 256 + threadIdx.x, replica = blockIdx.y;
    if (i >= a.length) return;
    int low = 0, high = a.count; // the last tensor that begins at i or before
    while (high - low > 1) {
        const int middle = (low + high) / 2;
        if (a.tensors[middle].offset <= i) {
            low = middle;
        } else {
            high = middle;
        }
    }
    const TensorRecord tensor = a.tensors[low];
    const int place = i - tensor.offset;
    const bool is_one = tensor.kind == 3 || (tensor.kind == 4 && place / tensor.columns == place % tensor.columns);
    float value = is_one ? 1.f : 0.f;
    if (place >= tensor.length) {
        value = 0.f;
    } else if (tensor.kind < 2 && (!a.mask || a.mask[i] != 0.f)) {
        const unsigned index = (unsigned)place, purpose = tensor.kind == 0 ? kInitialWeights : kInitialBiases;
        const PhiloxBlock x = philox(a.seeds[replica], index / 4u, purpose + 256u * (unsigned)tensor.layer,
                                     (unsigned)a.members[replica], (unsigned)a.round * 65536u);
        value = uniform(x.lane[index % 4u], tensor.bound);
    } else if (tensor.kind == 5) {
        const unsigned index = 2u * (unsigned)place;
        const PhiloxBlock x = philox(a.seeds[replica], index / 4u, kInitialWeights + 256u * (unsigned)tensor.layer,
                                     (unsigned)a.members[replica], (unsigned)a.round * 65536u);
        const double u = (x.lane[index % 4u] + 0.5) * 2.3283064365386963e-10, v = (x.lane[index % 4u + 1u] + 0.5) * 2.3283064365386963e-10;
        value = (float)(sqrt(-2 * log(u)) * cos(6.283185307179586 * v));
    }
    a.values[replica * a.stride + i] = value;
}
