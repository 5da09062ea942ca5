using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Stacked;

/// <summary>Gathering and scaling each network's own features.</summary>
internal sealed unsafe class StackedGather<T>(StackedProgram program, GatherBatch operation) : StackedStep
    where T : struct, ILanes<T>
{
    private readonly StackedActivation _output = program.Make(operation.Output);
    private readonly StackedNumbers _scaling = program.Reserve(2 * operation.Output.Width);

    public override void Fold(ref StackedFold network)
    {
        for (int j = 0; j < _output.Width; j++)
        {
            network[_scaling, 2 * j] = network.Scaler.Offset[j];
            network[_scaling, (2 * j) + 1] = network.Scaler.Scale[j];
        }
    }

    public override void Run(in StackedBlock block)
    {
        float* scaling = block[_scaling, T.Count], output = _output.Pointer;
        int* places = block.Places;
        for (int v = 0; v < block.Vectors; v++)
        {
            Stack.Gather<T>(block.Rows, block.Width, block.Samples, places, _output.Width, scaling, output, _output.Stride);
            scaling += _scaling.Length * T.Count;
            places += _output.Width * T.Count;
            output += block.Samples * _output.Stride;
        }
    }
}
