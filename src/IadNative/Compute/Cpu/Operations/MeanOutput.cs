using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>The mean of an activation at the start of a round: of the network's output alone, which scorers hand out.</summary>
internal sealed class CpuMeanOutput<T>(MeanOutput operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override RoundStartStep AtRoundStart(Plan plan, DataScorer<T> scorer) => operation.Output == plan.Output
        ? new MeanOutputStep<T>(operation, scorer)
        : throw new NotSupportedException(
            $"The CPU engine cannot compute {nameof(MeanOutput)} of '{operation.Output.Name}' at the start of a round, only that of "
            + $"the network's output, '{plan.Output.Name}'.");
}

/// <summary>Places a part of the state at the mean output.</summary>
internal sealed class MeanOutputStep<T>(MeanOutput operation, DataScorer<T> scorer) : RoundStartStep, ITeamWork
    where T : struct, ILanes<T>
{
    // Rows whose outputs are summed before the sums are: the mean does not depend on who sums them.
    private const int ChunkRows = 1024;

    private readonly int _rows = scorer.TrainingRows;
    private readonly double[][] _sums =
    [
        .. Enumerable.Range(0, (scorer.TrainingRows + ChunkRows - 1) / ChunkRows).Select(_ => new double[operation.Mean.Length]),
    ];

    public override void Run(CpuReplica replica)
    {
        scorer.Fold(replica);
        scorer.Share(this, _sums.Length, 1, _rows);
        Span<float> mean = replica.State.Span.Slice(operation.Mean.Offset, operation.Mean.Length);
        for (int j = 0; j < mean.Length; j++)
        {
            double sum = 0;
            foreach (double[] sums in _sums) sum += sums[j];
            mean[j] = MeanOutput.KeepAwayFromZero((float)(sum / _rows));
        }
    }

    public void Part(int phase, int first, int end, int member)
    {
        for (int chunk = first; chunk < end; chunk++)
        {
            int start = chunk * ChunkRows;
            Array.Clear(_sums[chunk]);
            scorer.AddOutputs(start, Math.Min(ChunkRows, _rows - start), member, _sums[chunk]);
        }
    }
}
