using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>What a replica's fit has come to, as in kernels/gaussian.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FitRecord
{
    public double Weights, Squares, Shrinkage, Ridge, Trace;
    public int IsDefinite;
}

/// <summary>As in kernels/gaussian.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WeightedRowsArguments
{
    public ulong Rows, Weights, Means, Records, Cursor;
    public long Stride;
    public int WeightsStride, Width, Samples;
}

/// <summary>As in kernels/gaussian.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AddProductsArguments
{
    public ulong Products, Sums, Cursor;
    public long Count;
    public int Samples;
}

/// <summary>As in kernels/gaussian.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FactorArguments
{
    public ulong Matrices, Records;
    public int Width;
}

/// <summary>As in kernels/gaussian.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct InvertArguments
{
    public ulong Matrices, Inverses, Records, Factors;
    public long ParameterStride;
    public int Width;
}

/// <summary>As in kernels/gaussian.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FinishFitArguments
{
    public ulong Inverses, Factors, Sums, Records, Means, Centers, EpochLoss;
    public long ParameterStride;
    public int Width;
}

/// <summary>
/// The fit of a Gaussian: each replica's own rows, gathered chunk after chunk as in a training step, twice; one product of matrices
/// per chunk serves all replicas. What is left is small and stays on the device.
/// </summary>
internal sealed class CudaGaussianFit(GaussianFit fit) : CudaOperation
{
    public static readonly KernelDefinition<WeightedRowsArguments> AddWeightedRows = new(
        "gaussian.cu", "add_weighted_rows", (in a, replicas, _) => LaunchShape.Columns(a.Width, replicas));

    public static readonly KernelDefinition<WeightedRowsArguments> CenterRows = new(
        "gaussian.cu", "center_rows", (in a, replicas, _) => LaunchShape.Elements((long)a.Samples * a.Width, replicas));

    public static readonly KernelDefinition<AddProductsArguments> AddProducts = new(
        "gaussian.cu", "add_products", (in a, _, _) => LaunchShape.Strided(a.Count, 1));

    public static readonly KernelDefinition<FactorArguments> FactorCovariance = new(
        "gaussian.cu", "factor_covariance", (in _, replicas, _) => new LaunchShape(1, replicas, 1, 1024));

    public static readonly KernelDefinition<InvertArguments> InvertFactor = new(
        "gaussian.cu", "invert_factor", (in a, replicas, _) => new LaunchShape((a.Width + 63) / 64, replicas, 1, 64));

    public static readonly KernelDefinition<FinishFitArguments> FinishFit = new(
        "gaussian.cu", "finish_fit", (in _, replicas, _) => new LaunchShape(1, replicas, 1, 256));

    public override IReadOnlyList<RowPass> AsFit(CudaFit fitting)
    {
        CudaState state = fitting.State;
        int width = fit.Mean.Length, replicas = state.Replicas;
        long numbers = (long)width * width * replicas;
        Action<RowRange> gather = OperationRegistry.Find(fit.Gather)?.InFit(fitting) ?? throw OperationRegistry.Refusal(fit.Gather, "in a fit");
        RowBuffer rows = fitting.Read(fit.Gather.Output);
        Kernel<WeightedRowsArguments> sum = fitting.Kernel(AddWeightedRows);
        Kernel<WeightedRowsArguments> center = fitting.Kernel(CenterRows);
        Kernel<AddProductsArguments> add = fitting.Kernel(AddProducts);
        Kernel<FactorArguments> factor = fitting.Kernel(FactorCovariance);
        Kernel<InvertArguments> invert = fitting.Kernel(InvertFactor);
        Kernel<FinishFitArguments> finish = fitting.Kernel(FinishFit);
        DeviceBuffer records = fitting.Arena.Reserve<FitRecord>(replicas), means = fitting.Arena.Reserve<double>((long)width * replicas);
        DeviceBuffer products = fitting.Arena.Reserve<float>(numbers), matrices = fitting.Arena.Reserve<double>(numbers);
        DeviceBuffer inverses = fitting.Arena.Reserve<double>(numbers);
        return [new RowPass(Begin, AddToMeans), new RowPass(Begin: null, AddToProducts, Finish)];

        void Begin()
        {
            foreach (DeviceBuffer buffer in (ReadOnlySpan<DeviceBuffer>)[records, means, matrices])
                fitting.Driver.Clear(buffer.Address, buffer.Bytes);
        }

        void AddToMeans(RowRange chunk)
        {
            gather(chunk);
            sum.Launch(ArgumentsOf(chunk), replicas);
        }

        void AddToProducts(RowRange chunk)
        {
            gather(chunk);
            center.Launch(ArgumentsOf(chunk), replicas);
            fitting.Driver.Multiply(new MatrixProduct
            {
                Rows = width,
                Columns = width,
                Inner = chunk.Count,
                A = rows.Address,
                B = rows.Address,
                C = products.Address,
                TransposeA = true,
                RowStrideA = width,
                RowStrideB = width,
                RowStrideC = width,
                BatchStrideA = rows.Stride,
                BatchStrideB = rows.Stride,
                BatchStrideC = (long)width * width,
                Batch = replicas,
            });
            add.Launch(new AddProductsArguments
            {
                Products = products.Address,
                Sums = matrices.Address,
                Cursor = fitting.Cursor.Address,
                Count = numbers,
                Samples = chunk.Count,
            });
        }

        void Finish()
        {
            factor.Launch(new FactorArguments { Matrices = matrices.Address, Records = records.Address, Width = width }, replicas);
            invert.Launch(
                new InvertArguments
                {
                    Matrices = matrices.Address,
                    Inverses = inverses.Address,
                    Records = records.Address,
                    Factors = state.Parameter(fit.Factor),
                    ParameterStride = fitting.State.ParameterStride,
                    Width = width,
                },
                replicas);
            finish.Launch(
                new FinishFitArguments
                {
                    Inverses = inverses.Address,
                    Factors = state.Parameter(fit.Factor),
                    Sums = means.Address,
                    Records = records.Address,
                    Means = state.StateOf(fit.Mean),
                    Centers = state.StateOf(fit.Center),
                    EpochLoss = state.EpochLoss.Address,
                    ParameterStride = fitting.State.ParameterStride,
                    Width = width,
                },
                replicas);
        }

        WeightedRowsArguments ArgumentsOf(RowRange chunk) => new()
        {
            Rows = rows.Address,
            Weights = fitting.Weights.Address,
            Means = means.Address,
            Records = records.Address,
            Cursor = fitting.Cursor.Address,
            Stride = rows.Stride,
            WeightsStride = fitting.Rows,
            Width = width,
            Samples = chunk.Count,
        };
    }
}
