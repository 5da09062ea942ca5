using System.Runtime.CompilerServices;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Scoring;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>The mean of a Gaussian process, in scoring alone.</summary>
internal sealed class CpuKernelRegression<T>(KernelRegression operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    // An exponential costs as much as some multiply-adds.
    private const int ExponentialCost = 12;

    public override IEnumerable<WeightProduct> Products =>
        [new WeightProduct(operation.Points, 1), new WeightProduct(operation.Coefficients, ExponentialCost)];

    public override ScoringStep InScoring(ScoringProgram<T> program) => new KernelRegressionStep<T>(program, operation);
}

/// <summary>A sum over the points, whose lanes are points; past the last, coefficients are 0.</summary>
internal sealed unsafe class KernelRegressionStep<T> : ScoringStep, ICarryingStep
    where T : struct, ILanes<T>
{
    // Products that differ by less have one slope to float32: exp differs by a thousandth between them.
    private const float LeastDifference = 1e-4f;

    private readonly KernelRegression _operation;
    private readonly RowActivation _input;
    private readonly int _stride, _points, _coefficients;
    private readonly float* _scores;
    private FloatBuffer? _reference, _slopes;

    public KernelRegressionStep(ScoringProgram<T> program, KernelRegression operation)
    {
        (_operation, _input) = (operation, program.InRows(operation.Input));
        _stride = Padding.RoundUp(operation.Points.Rows, T.Count);
        _points = program.Reserve(checked(_stride * operation.Points.Columns));
        _coefficients = program.Reserve(_stride);
        _scores = program.MakeScores(operation.Scores);
    }

    public bool Carries => true;

    // Points go in by their dimensions, since lanes are points.
    public override void Fold(FoldedNetwork network, TrainedNumbers numbers)
    {
        (TensorSlot points, TensorSlot coefficients) = (_operation.Points, _operation.Coefficients);
        numbers.State.Slice(coefficients.Offset, coefficients.Length).CopyTo(new Span<float>(network[_coefficients], _stride));
        ReadOnlySpan<float> rows = numbers.State.Slice(points.Offset, points.Length);
        for (int i = 0; i < points.Rows; i++)
        {
            for (int j = 0; j < points.Columns; j++) network[_points][((nint)j * _stride) + i] = rows[(i * points.Columns) + j];
        }
    }

    public override void Run(FoldedNetwork network, in ScoringBlock block)
    {
        for (int s = 0; s < block.Samples; s++)
            _scores[s] = Score(_input.Pointer + ((nint)s * _input.Stride), network[_points], network[_coefficients]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Score(float* input, float* points, float* coefficients)
    {
        T sum = T.Zero, one = T.Create(1), rate = T.Create((float)(1 / KernelRegression.LengthScaleSquared));
        for (int i = 0; i < _stride; i += T.Count)
        {
            T product = T.Zero;
            for (int j = 0; j < _input.Width; j++)
                product = T.MultiplyAdd(T.Create(input[j]), T.Load(points + ((nint)j * _stride) + i), product);
            T below = product - one;
            T near = Exponential.Of(T.WherePositive(below, T.Zero, below) * rate);
            sum = T.MultiplyAdd(T.Load(coefficients + i), near + product + one, sum);
        }

        return T.Sum(sum);
    }

    // f = Σᵢ αᵢ·k(pᵢ) with pᵢ = zᵢᵀz, a layer whose curve is the kernel: m = Σᵢ αᵢ·(k(pᵢ) − k(p₀ᵢ))/(pᵢ − p₀ᵢ)·zᵢ.
    public void Carry(FoldedNetwork network, int samples)
    {
        float* points = network[_points], reference = (_reference ??= new FloatBuffer(_stride)).Pointer;
        float* slopes = (_slopes ??= new FloatBuffer(_stride)).Pointer;
        for (int i = 0; i < _stride; i += T.Count) T.Store(Product(_input.Pointer, points + i), reference + i);
        for (int s = 1; s < samples; s++)
        {
            nint at = (nint)s * _input.Stride;
            Carry(_input.Pointer + at, points, network[_coefficients], reference, slopes, _input.Multipliers + at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Carry(float* input, float* points, float* coefficients, float* reference, float* slopes, float* multipliers)
    {
        T one = T.Create(1), rate = T.Create((float)(1 / KernelRegression.LengthScaleSquared)), half = T.Create(0.5f);
        T least = T.Create(LeastDifference * LeastDifference);
        for (int i = 0; i < _stride; i += T.Count)
        {
            T product = Product(input, points + i), before = T.Load(reference + i), difference = product - before;
            T chord = (Near(product) - Near(before)) / difference;

            // Of two points that are nearly one the chord is the tangent between them.
            T between = half * (product + before);
            T tangent = T.WherePositive(one - between, rate * Near(between), T.Zero);
            T slope = one + T.WherePositive((difference * difference) - least, chord, tangent);
            T.Store(slope * T.Load(coefficients + i), slopes + i);
        }

        for (int j = 0; j < _input.Width; j++)
        {
            T sum = T.Zero;
            for (int i = 0; i < _stride; i += T.Count)
                sum = T.MultiplyAdd(T.Load(slopes + i), T.Load(points + ((nint)j * _stride) + i), sum);
            multipliers[j] = T.Sum(sum);
        }

        // exp(min(p − 1, 0)/0.3²).
        T Near(T product)
        {
            T below = product - one;
            return Exponential.Of(T.WherePositive(below, T.Zero, below) * rate);
        }
    }

    private T Product(float* input, float* points)
    {
        T product = T.Zero;
        for (int j = 0; j < _input.Width; j++)
            product = T.MultiplyAdd(T.Create(input[j]), T.Load(points + ((nint)j * _stride)), product);
        return product;
    }
}
