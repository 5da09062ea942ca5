using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Stacked;

/// <summary>The affine map of a MADE block.</summary>
internal sealed unsafe class StackedAffineMap<T> : StackedStep
    where T : struct, ILanes<T>
{
    private readonly StackedActivation _input, _affine, _output, _after;
    private readonly StackedActivation? _before;

    public StackedAffineMap(StackedProgram program, AffineForward operation)
    {
        _input = program[operation.Input];
        _affine = program[operation.Affine];
        _before = operation.LogDeterminantBefore is { } before ? program[before] : null;
        _output = program.Make(operation.Output);
        _after = program.Make(operation.LogDeterminant);
    }

    public override void Run(in StackedBlock block) => Stack.AffineMap<T>(
        _input.Pointer, _input.Stride, _affine.Pointer, _affine.Stride, _affine.Places, _output.Pointer, _output.Stride,
        _before is { } before ? before.Pointer : null, _after.Pointer, block.Slots);

    /// <summary>Adds a of each feature, vectors × samples × features.</summary>
    public void AddLogScales(in StackedBlock block, float* terms)
    {
        int width = _affine.Width / 2;
        for (int slot = 0; slot < block.Slots; slot++)
        {
            float* affine = _affine.Pointer + ((nint)slot * _affine.Stride);
            for (int j = 0; j < width; j++, terms += T.Count)
                T.Store(T.Load(terms) + T.Load(affine + ((nint)_affine.Places[width + j] * T.Count)), terms);
        }
    }
}
