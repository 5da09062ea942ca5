using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>The fit of a Gaussian, and what each feature adds to its score.</summary>
internal sealed class CpuGaussianFit<T>(GaussianFit operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override FitStep AsFit(Plan plan, SessionSpec spec, ThreadTeam team) => new GaussianFitStep<T>(operation, plan, spec, team);

    public override ExplainingStep? InExplaining(ScoringProgram<T> program) => new GaussianExplaining<T>(program, operation);
}

/// <summary>
/// Fits a Gaussian. Rows come batch after batch, feature-major, as in a training step. A first pass over them sums the means; a second
/// one the products of centered rows times the roots of their weights: in float32 within a batch, in float64 over batches. The
/// team shares features, strips of the covariance, rows of its factor and stripes of that one's inverse; no number depends on how.
/// </summary>
internal sealed unsafe class GaussianFitStep<T> : FitStep, ITeamWork
    where T : struct, ILanes<T>
{
    private const int Means = 0, Centers = 1, Products = 2, Invert = 3;

    // Rows of the covariance whose products are summed together.
    private const int StripRows = 8;

    // Numbers of a batch that stay in the second cache, and the rows that are worth adding their products up in float64.
    private const int BatchNumbers = 1 << 18, LeastBatchRows = 256, MostBatchRows = 1024;

    private readonly GaussianFit _operation;
    private readonly ThreadTeam _team;
    private readonly CholeskyFactor _factor;
    private readonly TrainingBatch _batch;
    private readonly TrainingPass _gather;
    private readonly float* _input;
    private readonly int _features, _batchRows;
    private readonly nint _stride;
    private readonly TrainingSite _site;
    private readonly FloatBuffer _roots;
    private readonly FloatBuffer[] _strips;
    private readonly double[] _mean, _covariance;
    private readonly double[] _stripeSquares;
    private readonly double[][] _stripes;
    private CpuReplica _replica = null!;

    public GaussianFitStep(GaussianFit operation, Plan plan, SessionSpec spec, ThreadTeam team)
    {
        (_operation, _team, _features) = (operation, team, plan.Features);
        _factor = new CholeskyFactor(team);
        _batchRows = Math.Clamp(BatchNumbers / _features / 64 * 64, LeastBatchRows, MostBatchRows);
        _site = new TrainingSite(plan, spec, Math.Min(_batchRows, spec.Replicas[0].Rows.Length), team);
        _batch = _site.Batch;
        _gather = OperationRegistry.Find<T>(operation.Gather)?.InTrainingStep(_site)
            ?? throw OperationRegistry.Refusal(operation.Gather, "in a fit");
        _input = _site[operation.Gather.Output];
        _roots = new FloatBuffer(_batch.Stride);
        _strips = [.. Enumerable.Range(0, team.Size).Select(_ => new FloatBuffer(StripRows * _features))];
        _mean = new double[_features];
        _stride = _features;
        _covariance = new double[(long)_features * _features];
        _stripeSquares = new double[(_features + Cholesky.StripeColumns - 1) / Cholesky.StripeColumns];
        _stripes = [.. Enumerable.Range(0, team.Size).Select(_ => new double[_features * Cholesky.StripeColumns])];
    }

    public override double Run(CpuReplica replica)
    {
        _replica = _batch.Replica = replica;
        int[] rows = replica.Spec.Rows;
        double sum = 0, squares = 0;
        Array.Clear(_mean);
        Array.Clear(_covariance);
        fixed (int* pointer = rows)
        {
            for (int start = 0; start < rows.Length; start += _batchRows)
            {
                Gather(pointer, start, rows.Length);
                for (int s = 0; s < _batch.Samples; s++)
                {
                    double weight = _batch.Weights.Pointer[s];
                    sum += weight;
                    squares += weight * weight;
                }

                Share(Means, _features, 1, 8L * _features * _batch.Padded);
            }

            for (int j = 0; j < _features; j++) _mean[j] /= sum;
            for (int start = 0; start < rows.Length; start += _batchRows)
            {
                if (rows.Length > _batchRows) Gather(pointer, start, rows.Length);
                WeightedRows.Roots<T>(_batch.Weights.Pointer, _roots.Pointer, _batch.Padded);
                Share(Centers, _features, 1, 2L * _features * _batch.Padded);
                Share(Products, Count(0, _features, StripRows), 1, (long)_features * _features / 2 * _batch.Padded);
            }
        }

        double loss = Finish(sum, squares);
        GC.KeepAlive(this);
        return loss;
    }

    public void Part(int phase, int first, int end, int member)
    {
        fixed (double* covariance = _covariance)
        {
            switch (phase)
            {
                case Means:
                    for (int j = first; j < end; j++)
                        _mean[j] += WeightedRows.Sum(_input + ((nint)j * _batch.Stride), _batch.Weights.Pointer, _batch.Samples);
                    break;
                case Centers:
                    for (int j = first; j < end; j++)
                        WeightedRows.Center<T>(_input + ((nint)j * _batch.Stride), (float)_mean[j], _roots.Pointer, _batch.Padded);
                    break;
                case Products:
                    for (int i = first; i < end; i++)
                        AddProducts(covariance, StripRows * ThreadTeam.FromBothEnds(i, Count(0, _features, StripRows)), _strips[member].Pointer);
                    break;
                default:
                    for (int i = first; i < end; i++) InvertStripe(covariance, ThreadTeam.FromBothEnds(i, _stripeSquares.Length), member);
                    break;
            }
        }
    }

    private static int Count(int first, int end, int length) => (end - first + length - 1) / length;

    private void Gather(int* rows, int start, int count)
    {
        _batch.Rows = rows + start;
        _batch.Samples = Math.Min(_batchRows, count - start);
        _batch.Padded = Padding.RoundUp(_batch.Samples, T.Count);
        _gather.Run();
    }

    private void Share(int phase, int length, int granule, long cost) => _team.Share(this, phase, length, granule, cost);

    /// <summary>Adds the products of the batch's features from <paramref name="row"/> on with those up to them.</summary>
    private void AddProducts(double* covariance, int row, float* strip)
    {
        int end = Math.Min(_features, row + StripRows);
        Matrix.WeightGradient<T>(
            _input + ((nint)row * _batch.Stride), _input, strip, end - row, end, _batch.Stride, _batch.Padded);
        for (int i = row; i < end; i++) WeightedRows.Add(strip + ((i - row) * end), covariance + (i * _stride), i + 1);
    }

    /// <summary>From sums to the Gaussian.</summary>
    private double Finish(double sum, double squares)
    {
        int d = _features;
        double shrinkage = GaussianFit.ShrinkageOf(d, sum, squares), trace = 0;
        for (int j = 0; j < d; j++) trace += _covariance[(j * _stride) + j] / sum;
        double ridge = shrinkage * Math.Max(trace / d, GaussianFit.LeastVariance), factor = (1 - shrinkage) / sum;
        for (int i = 0; i < d; i++)
        {
            foreach (ref double value in _covariance.AsSpan(i * d, i + 1)) value *= factor;
            _covariance[(i * d) + i] += ridge;
        }

        fixed (double* covariance = _covariance)
        {
            if (!_factor.Run(covariance, d)) return double.NaN;
        }

        Share(Invert, _stripeSquares.Length, 1, (long)d * d * d / 6);
        double inverse = 0;
        foreach (double stripe in _stripeSquares) inverse += stripe;
        float* whitening = _replica.Parameters.Pointer + _operation.Factor.Offset;
        for (int i = 0; i < d; i++)
        {
            double center = 0;
            for (int j = 0; j <= i; j++) center += whitening[((nint)i * d) + j] * _mean[j];
            _replica.State.Pointer[_operation.Mean.Offset + i] = (float)_mean[i];
            _replica.State.Pointer[_operation.Center.Offset + i] = (float)center;
        }

        return GaussianFit.LossOf(d, shrinkage, ridge, trace, inverse, sum / _replica.Spec.Rows.Length);
    }

    /// <summary>Writes some columns of L⁻¹, and remembers the sum of their squares.</summary>
    private void InvertStripe(double* factor, int stripe, int member)
    {
        int first = stripe * Cholesky.StripeColumns, columns = Math.Min(Cholesky.StripeColumns, _features - first);
        float* target = _replica.Parameters.Pointer + _operation.Factor.Offset;
        double squares = 0;
        fixed (double* inverse = _stripes[member])
        {
            Cholesky.InvertStripe(factor, _stride, _features, first, inverse);
            for (int i = 0; i < _features; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    double value = i < first ? 0 : inverse[((nint)(i - first) * Cholesky.StripeColumns) + j];
                    target[((nint)i * _features) + first + j] = (float)value;
                    squares += value * value;
                }
            }
        }

        _stripeSquares[stripe] = squares;
    }
}

/// <summary>
/// What each feature adds to the squared Mahalanobis distance: (x − μ)ⱼ·(Σ⁻¹ (x − μ))ⱼ, where Σ⁻¹ (x − μ) = L⁻ᵀ (L⁻¹ x − L⁻¹ μ).
/// </summary>
internal sealed unsafe class GaussianExplaining<T> : ExplainingStep
    where T : struct, ILanes<T>
{
    private readonly GaussianFit _operation;
    private readonly RowActivation _input, _output;
    private readonly int _mean, _center;
    private readonly DenseStep<T> _whitening;

    public GaussianExplaining(ScoringProgram<T> program, GaussianFit operation)
    {
        (_operation, _input, _output) = (operation, program.Input, program.Output);
        (_mean, _center) = (program.Reserve(operation.Mean.Length), program.Reserve(operation.Center.Length));
        _whitening = program.Steps.OfType<DenseStep<T>>().Single();
    }

    public override void Fold(FoldedNetwork network, TrainedNumbers numbers)
    {
        numbers.State.Slice(_operation.Mean.Offset, _operation.Mean.Length).CopyTo(new Span<float>(network[_mean], _operation.Mean.Length));
        numbers.State.Slice(_operation.Center.Offset, _operation.Center.Length)
            .CopyTo(new Span<float>(network[_center], _operation.Center.Length));
    }

    public override void Explain(FoldedNetwork network, int samples, Span<float> contributions)
    {
        int width = _input.Width;
        float* mean = network[_mean], center = network[_center];
        for (int s = 0; s < samples; s++)
        {
            float* x = _input.Pointer + (s * _input.Stride), y = _output.Pointer + (s * _output.Stride);
            for (int j = 0; j < width; j += T.Count) T.Store(T.Load(y + j) - T.Load(center + j), y + j);
            Span<float> own = contributions.Slice(s * width, width);
            _whitening.MultiplyTransposed(network, y, own);
            for (int j = 0; j < width; j++) own[j] *= x[j] - mean[j];
        }
    }
}
