using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Stacked;

/// <summary>The negative log-likelihood under each network's flow.</summary>
internal sealed unsafe class StackedLogLikelihood<T>(StackedProgram program, NegativeLogLikelihood operation) : StackedStep
    where T : struct, ILanes<T>
{
    private readonly StackedActivation _output = program[operation.Output], _logDeterminant = program[operation.LogDeterminant];
    private readonly StackedActivation _scores = program.Make(operation.Scores);
    private readonly StackedNumbers _constant = program.Reserve(1);

    public override void Fold(ref StackedFold network) =>
        network[_constant, 0] = (float)((_output.Width * (double)LogLikelihood.HalfLogTwoPi) - network.LogDeterminant);

    public override void Run(in StackedBlock block)
    {
        float* output = _output.Pointer, logDeterminants = _logDeterminant.Pointer, scores = _scores.Pointer;
        float* constant = block[_constant, T.Count];
        for (int v = 0; v < block.Vectors; v++)
        {
            Stack.LogLikelihood<T>(output, _output.Stride, _output.Width, logDeterminants, constant, block.Samples, scores);
            output += block.Samples * _output.Stride;
            logDeterminants += block.Samples * T.Count;
            scores += block.Samples * T.Count;
            constant += T.Count;
        }
    }

    /// <summary>½u² of each feature, vectors × samples × features.</summary>
    public void Split(in StackedBlock block, float* terms)
    {
        for (int slot = 0; slot < block.Slots; slot++)
        {
            float* output = _output.Pointer + ((nint)slot * _output.Stride);
            for (int j = 0; j < _output.Width; j++, terms += T.Count)
            {
                T u = T.Load(output + ((nint)j * T.Count));
                T.Store(T.Create(0.5f) * u * u, terms);
            }
        }
    }
}
