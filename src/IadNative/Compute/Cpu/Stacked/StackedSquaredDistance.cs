using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Stacked;

/// <summary>The squared distance of each network's output to a point of its own or to its input.</summary>
internal sealed unsafe class StackedSquaredDistance<T> : StackedStep
    where T : struct, ILanes<T>
{
    private readonly StackedActivation _output, _scores;
    private readonly StackedActivation? _target;
    private readonly TensorSlot? _center;
    private readonly StackedNumbers _point;

    public StackedSquaredDistance(StackedProgram program, SquaredDistance operation)
    {
        _output = program[operation.Output];
        _target = operation.Target is { } target ? program[target] : null;
        if (_target is { } same && !same.Places.AsSpan().SequenceEqual(_output.Places))
            throw OperationRegistry.Refusal(operation, "where the output's units stand in another order than the target's");
        _center = operation.Center;
        _point = program.Reserve(_center?.Length ?? 0);
        _scores = program.Make(operation.Scores);
    }

    public override void Fold(ref StackedFold network)
    {
        if (_center is not { } center) return;
        for (int j = 0; j < center.Length; j++) network[_point, _output.Places[j]] = network.Numbers.State[center.Offset + j];
    }

    public override void Run(in StackedBlock block)
    {
        if (_target is { } target)
        {
            Stack.SquaredDistance<T>(
                _output.Pointer, _output.Stride, target.Pointer, target.Stride, _output.Width, block.Slots, _scores.Pointer);
            return;
        }

        float* output = _output.Pointer, point = block[_point, T.Count], scores = _scores.Pointer;
        for (int v = 0; v < block.Vectors; v++)
        {
            Stack.SquaredDistance<T>(output, _output.Stride, point, 0, _output.Width, block.Samples, scores);
            output += block.Samples * _output.Stride;
            point += _point.Length * T.Count;
            scores += block.Samples * T.Count;
        }
    }

    /// <summary>Whether the point is each sample's own input, so that the score is a sum over features.</summary>
    public bool Splits => _target is not null;

    /// <summary>The squared error of each feature, vectors × samples × features.</summary>
    public void Split(in StackedBlock block, float* errors)
    {
        int width = _output.Width;
        for (int slot = 0; slot < block.Slots; slot++)
        {
            float* output = _output.Pointer + ((nint)slot * _output.Stride), target = _target!.Pointer + ((nint)slot * _target.Stride);
            for (int j = 0; j < width; j++, errors += T.Count)
            {
                nint at = (nint)_output.Places[j] * T.Count;
                T difference = T.Load(output + at) - T.Load(target + at);
                T.Store(difference * difference, errors);
            }
        }
    }

    public override void Carry(in StackedBlock block, float* output, float* input)
    {
        float* point = block[_point, T.Count];
        for (int v = 0; v < block.Vectors; v++, point += _point.Length * T.Count)
        {
            float* reference = _output.Pointer + ((nint)v * block.Samples * _output.Stride);
            for (int s = 1; s < block.Samples; s++)
            {
                nint at = ((nint)v * block.Samples + s) * _output.Stride;
                new Span<float>(input + at, _output.Stride).Clear();
                for (int i = 0; i < _output.Width * T.Count; i += T.Count)
                {
                    T center = T.Load(point + i);
                    T.Store((T.Load(_output.Pointer + at + i) - center) + (T.Load(reference + i) - center), input + at + i);
                }
            }
        }
    }
}
