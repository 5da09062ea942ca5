using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Operations;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Stacked;

/// <summary>
/// A dense layer, its batch norm folded. Units that see the same inputs are neighbours in its output, so that of a masked layer
/// next to nothing but what its mask allows is read: the mask is the same for all networks.
/// </summary>
internal sealed unsafe class StackedDense<T> : StackedStep
    where T : struct, ILanes<T>
{
    // Weights that are masked out, but read, to compute four outputs together instead of two and two: a four reads each input once.
    private const int Slack = 8;

    private readonly DenseLayer _layer;
    private readonly StackedActivation _input, _output;
    private readonly int[] _order, _inputs;
    private readonly OutputTile[] _tiles;
    private readonly StackedNumbers[] _weights;

    public StackedDense(StackedProgram program, DenseForward operation)
    {
        _layer = operation.Layer;
        _input = program[operation.Input];
        _inputs = Inverse(_input.Places);
        InnerRange[] ranges = Ranges();
        _order = [.. Enumerable.Range(0, _layer.Outputs).OrderBy(o => ranges[o].End - ranges[o].First)];
        _tiles = Tiles(ranges);
        int[] places = new int[_layer.Outputs];
        for (int i = 0; i < _order.Length; i++) places[_order[i]] = i;
        _output = program.Make(operation.Output, places, _tiles.Sum(tile => tile.Outputs));
        _weights = [.. _tiles.Select(tile => program.Reserve(tile.Outputs * (tile.Inputs + 1)))];
        program.ReserveScratch(_layer.Weight.Length + _layer.Outputs);
    }

    public override void Fold(ref StackedFold network)
    {
        float* weights = network.Scratch, shifts = weights + _layer.Weight.Length;
        BatchNormFolding.Fold(_layer.Weight, _layer.Bias, _layer.Norm, network.Numbers, weights, shifts);
        for (int t = 0, first = 0; t < _tiles.Length; first += _tiles[t].Outputs, t++)
        {
            OutputTile tile = _tiles[t];
            for (int i = 0; i < tile.Outputs; i++)
            {
                // An odd output leaves a lane of its tile empty.
                if (first + i == _order.Length) break;
                int output = _order[first + i];
                network[_weights[t], i] = shifts[output];
                for (int k = 0; k < tile.Inputs; k++)
                    network[_weights[t], ((k + 1) * tile.Outputs) + i] = weights[(output * _layer.Inputs) + _inputs[tile.First + k]];
            }
        }
    }

    public override void Run(in StackedBlock block) => Stack.Multiply<T>(
        _input.Pointer, _input.Stride, block.Samples, block.Numbers + ((nint)_weights[0].Start * block.Group * T.Count), block.Group,
        block.First, block.Vectors, _tiles, _layer.Slope, _output.Pointer, _output.Stride);

    public override void Carry(in StackedBlock block, float* output, float* input) => Stack.MultiplyBack<T>(
        output, _output.Pointer, _output.Stride, block.Samples, block.Numbers + ((nint)_weights[0].Start * block.Group * T.Count),
        block.Group, block.First, block.Vectors, _tiles, _layer.Slope, input, _input.Stride);

    private static int[] Inverse(int[] places)
    {
        int[] units = new int[places.Length];
        for (int unit = 0; unit < places.Length; unit++) units[places[unit]] = unit;
        return units;
    }

    // Per output the places from the first to the last input that it sees.
    private InnerRange[] Ranges()
    {
        DegreeMask? mask = _layer.Weight.Mask;
        var ranges = new InnerRange[_layer.Outputs];
        for (int output = 0; output < ranges.Length; output++)
        {
            int first = 0, end = _layer.Inputs;
            while (first < end && !Sees(output, first)) first++;
            while (end > first && !Sees(output, end - 1)) end--;
            ranges[output] = new InnerRange(first, end);
        }

        return ranges;

        bool Sees(int output, int place) => mask is null || mask.Allows(output, _inputs[place]);
    }

    // Fours where their pairs see the same inputs, or nearly; pairs elsewhere, for a weight that is masked out costs as much as another.
    private OutputTile[] Tiles(InnerRange[] ranges)
    {
        var tiles = new List<OutputTile>();
        for (int first = 0; first < _order.Length;)
        {
            OutputTile pair = Tile(2), four = Tile(4);
            bool isFour = first + 4 <= _order.Length && 4 * four.Inputs <= (2 * pair.Inputs) + (2 * TileAt(first + 2, 2).Inputs) + Slack;
            tiles.Add(isFour ? four : pair);
            first += tiles[^1].Outputs;

            OutputTile Tile(int outputs) => TileAt(first, outputs);
        }

        return [.. tiles];

        OutputTile TileAt(int first, int outputs)
        {
            int low = _layer.Inputs, high = 0;
            for (int i = first; i < Math.Min(first + outputs, _order.Length); i++)
            {
                InnerRange range = ranges[_order[i]];
                if (range.End == range.First) continue;
                (low, high) = (Math.Min(low, range.First), Math.Max(high, range.End));
            }

            return high > low ? new OutputTile(outputs, low, high - low) : new OutputTile(outputs, 0, 0);
        }
    }
}
