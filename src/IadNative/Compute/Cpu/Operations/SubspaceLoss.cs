using IadNative.Compute.Cpu.Kernels;
using IadNative.Compute.Cpu.Lanes;
using IadNative.Compute.Cpu.Training;
using IadNative.Compute.Operations;

namespace IadNative.Compute.Cpu.Operations;

/// <summary>How far codes lie from a subspace.</summary>
internal sealed unsafe class CpuSubspaceLoss<T>(SubspaceLoss operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) =>
        new SubspaceLossPass<T>(site.Batch, operation, site[operation.Codes], site[operation.CodesGradient]);
}

/// <summary>How far the rows of a weight are from being orthonormal.</summary>
internal sealed unsafe class CpuOrthogonalityLoss<T>(OrthogonalityLoss operation) : CpuOperation<T>
    where T : struct, ILanes<T>
{
    public override TrainingPass InTrainingStep(TrainingSite site) => new OrthogonalityLossPass(site.Batch, operation);
}

/// <summary>The loss and its gradients, added to the loss of the batch.</summary>
internal sealed unsafe class SubspaceLossPass<T>(TrainingBatch batch, SubspaceLoss loss, float* codes, float* codesGradient)
    : TrainingPass(batch)
    where T : struct, ILanes<T>
{
    private readonly FloatBuffer _projected = new(loss.Weight.Rows * batch.Stride), _pull = new(loss.Weight.Rows * batch.Stride);
    private readonly FloatBuffer _residual = new(loss.Weight.Columns * batch.Stride), _term = new(loss.Weight.Length);

    public override void Run()
    {
        TensorSlot slot = loss.Weight;
        int dimensions = slot.Rows, width = slot.Columns, stride = Batch.Stride, padded = Batch.Padded;
        float* weight = Batch.Parameters + slot.Offset, gradient = Batch.Gradient + slot.Offset;
        float* projected = _projected.Pointer, pull = _pull.Pointer, residual = _residual.Pointer;
        Matrix.Multiply<T>(weight, width, 1, dimensions, width, codes, projected, stride, padded, null);
        Matrix.Multiply<T>(weight, 1, width, width, dimensions, projected, residual, stride, padded, null);
        Batch.Loss += Pull(residual, width);

        // With U in place of the residuals: −UA, then dy = U + (−UA) Aᵀ, and dW = (−UA)ᵀ y − (yA)ᵀ U.
        Matrix.Multiply<T>(weight, width, 1, dimensions, width, residual, pull, stride, padded, null);
        for (int i = 0; i < dimensions * stride; i += T.Count) T.Store(T.Zero - T.Load(pull + i), pull + i);
        if (loss.Accumulate) Add(residual, codesGradient, width);
        else new ReadOnlySpan<float>(residual, width * stride).CopyTo(new Span<float>(codesGradient, width * stride));
        Matrix.Multiply<T>(weight, 1, width, width, dimensions, pull, codesGradient, stride, padded, null, accumulate: true);
        float* term = _term.Pointer;
        Matrix.WeightGradient<T>(pull, codes, loss.Accumulate ? term : gradient, dimensions, width, stride, padded);
        for (int i = 0; i < (loss.Accumulate ? slot.Length : 0); i++) gradient[i] += term[i];
        Matrix.WeightGradient<T>(projected, residual, term, dimensions, width, stride, padded);
        for (int i = 0; i < slot.Length; i++) gradient[i] -= term[i];
    }

    private void Add(float* terms, float* sums, int width)
    {
        for (int j = 0; j < width; j++)
        {
            for (int s = 0; s < Batch.Padded; s += T.Count)
            {
                nint place = ((nint)j * Batch.Stride) + s;
                T.Store(T.Load(sums + place) + T.Load(terms + place), sums + place);
            }
        }
    }

    // From y Aᵀ A to U; lanes past the batch have no weight.
    private float Pull(float* residual, int width)
    {
        int stride = Batch.Stride;
        T sum = T.Zero, share = T.Create(1f / Batch.Samples), factor = T.Create(loss.Factor);
        for (int s = 0; s < Batch.Padded; s += T.Count)
        {
            T squares = T.Zero;
            for (int j = 0; j < width; j++)
            {
                float* place = residual + ((nint)j * stride) + s;
                T difference = T.Load(codes + ((nint)j * stride) + s) - T.Load(place);
                T.Store(difference, place);
                squares = T.MultiplyAdd(difference, difference, squares);
            }

            T norm = T.Sqrt(squares), weight = factor * T.Load(Batch.Weights.Pointer + s);
            T slope = T.WherePositive(norm, weight * share / norm, T.Zero);
            sum = T.MultiplyAdd(weight, norm, sum);
            for (int j = 0; j < width; j++)
            {
                float* place = residual + ((nint)j * stride) + s;
                T.Store(T.Load(place) * slope, place);
            }
        }

        return T.Sum(sum);
    }
}

/// <summary>The loss and its gradient, in float64: it is small. The loss is added to that of the batch.</summary>
internal sealed unsafe class OrthogonalityLossPass(TrainingBatch batch, OrthogonalityLoss loss) : TrainingPass(batch)
{
    private readonly double[] _products = new double[loss.Weight.Rows * loss.Weight.Rows];

    public override void Run()
    {
        TensorSlot slot = loss.Weight;
        int dimensions = slot.Rows, width = slot.Columns;
        float* weight = Batch.Parameters + slot.Offset, gradient = Batch.Gradient + slot.Offset;
        double squares = 0, share = loss.Factor / ((double)dimensions * dimensions);
        for (int a = 0; a < dimensions; a++)
        {
            for (int b = 0; b < dimensions; b++)
            {
                double product = a == b ? -1 : 0;
                for (int k = 0; k < width; k++) product += (double)weight[(a * width) + k] * weight[(b * width) + k];
                _products[(a * dimensions) + b] = product;
                squares += product * product;
            }
        }

        for (int a = 0; a < dimensions; a++)
        {
            for (int k = 0; k < width; k++)
            {
                double sum = 0;
                for (int b = 0; b < dimensions; b++) sum += _products[(a * dimensions) + b] * weight[(b * width) + k];
                ref float place = ref gradient[(a * width) + k];
                place = (float)(4 * share * sum) + (loss.Accumulate ? place : 0);
            }
        }

        Batch.Loss += Batch.Samples * share * squares;
    }
}
