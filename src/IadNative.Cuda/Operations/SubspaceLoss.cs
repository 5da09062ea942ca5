using System.Runtime.InteropServices;
using IadNative.Compute;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>As in kernels/subspace.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SubspaceArguments
{
    public ulong Codes, Projected, Weights, Losses, CodesGradient, Negative;
    public long CodesStride, Stride;
    public int BatchStride, Width, Samples;
    public float Factor;
    public int Accumulate;
}

/// <summary>As in kernels/subspace.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OrthogonalityArguments
{
    public ulong Weight, Gradient, Products, EpochLoss;
    public long Stride;
    public int Dimensions, Width, Samples;
    public float Factor;
    public int Accumulate;
}

/// <summary>How far codes lie from a subspace: six matrix products, and a kernel between the second and the third.</summary>
internal sealed class CudaSubspaceLoss(SubspaceLoss loss) : CudaOperation
{
    public static readonly KernelDefinition<SubspaceArguments> Kernel = new(
        "subspace.cu", "subspace_residual", (in a, replicas, _) => LaunchShape.Samples(a.Samples, replicas));

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        Kernel<SubspaceArguments> kernel = training.Kernel(Kernel);
        Kernel<LossSumArguments> add = training.Kernel(CudaScore.AddBatchLoss);
        CudaState state = training.State;
        (int dimensions, int width) = (loss.Weight.Rows, loss.Weight.Columns);
        RowBuffer codes = training.Read(loss.Codes), gradient = training.Write(loss.CodesGradient);
        RowBuffer z = training.Reserve(dimensions), projected = training.Reserve(width), losses = training.Reserve(1);
        RowBuffer negative = training.Reserve(width), pull = training.Reserve(dimensions);
        long parameters = training.State.ParameterStride;
        return samples =>
        {
            ToSubspace(codes, z);
            FromSubspace(z, projected, beta: 0);
            kernel.Launch(
                new SubspaceArguments
                {
                    Codes = codes.Address,
                    Projected = projected.Address,
                    Weights = training.Weights.Address,
                    Losses = losses.Address,
                    CodesGradient = gradient.Address,
                    Negative = negative.Address,
                    CodesStride = codes.Stride,
                    Stride = gradient.Stride,
                    BatchStride = training.Rows,
                    Width = width,
                    Samples = samples,
                    Factor = loss.Factor,
                    Accumulate = loss.Accumulate ? 1 : 0,
                },
                state.Replicas);
            ToSubspace(negative, pull);
            FromSubspace(pull, gradient, beta: 1);
            training.Driver.Join(); // what is added to may stand aside
            ToWeight(pull, codes, beta: loss.Accumulate ? 1 : 0);
            ToWeight(z, negative, beta: 1);
            add.Launch(
                new LossSumArguments
                {
                    Losses = losses.Address,
                    EpochLoss = state.EpochLoss.Address,
                    BatchStride = training.Rows,
                    Samples = samples,
                },
                state.Replicas);

            void ToSubspace(RowBuffer from, RowBuffer to) => training.Driver.Multiply(new MatrixProduct
            {
                Rows = samples,
                Columns = dimensions,
                Inner = width,
                A = from.Address,
                B = state.Parameter(loss.Weight),
                C = to.Address,
                TransposeB = true,
                RowStrideA = width,
                RowStrideB = width,
                RowStrideC = dimensions,
                BatchStrideA = from.Stride,
                BatchStrideB = parameters,
                BatchStrideC = to.Stride,
                Batch = state.Replicas,
            });

            void FromSubspace(RowBuffer from, RowBuffer to, float beta) => training.Driver.Multiply(new MatrixProduct
            {
                Rows = samples,
                Columns = width,
                Inner = dimensions,
                A = from.Address,
                B = state.Parameter(loss.Weight),
                C = to.Address,
                Beta = beta,
                RowStrideA = dimensions,
                RowStrideB = width,
                RowStrideC = width,
                BatchStrideA = from.Stride,
                BatchStrideB = parameters,
                BatchStrideC = to.Stride,
                Batch = state.Replicas,
            });

            void ToWeight(RowBuffer small, RowBuffer wide, float beta) => training.Driver.Multiply(new MatrixProduct
            {
                Rows = dimensions,
                Columns = width,
                Inner = samples,
                A = small.Address,
                B = wide.Address,
                C = state.GradientOf(loss.Weight),
                Beta = beta,
                TransposeA = true,
                RowStrideA = dimensions,
                RowStrideB = width,
                RowStrideC = width,
                BatchStrideA = small.Stride,
                BatchStrideB = wide.Stride,
                BatchStrideC = parameters,
                Batch = state.Replicas,
            });
        };
    }
}

/// <summary>How far the rows of a weight are from being orthonormal; a block per replica.</summary>
internal sealed class CudaOrthogonalityLoss(OrthogonalityLoss loss) : CudaOperation
{
    public static readonly KernelDefinition<OrthogonalityArguments> Kernel = new(
        "subspace.cu", "orthogonality", (in _, replicas, _) => LaunchShape.Replicas(replicas));

    public override Action<int> InTrainingStep(CudaTrainingStep training, Queue<PlanOperation> following)
    {
        Kernel<OrthogonalityArguments> kernel = training.Kernel(Kernel);
        CudaState state = training.State;
        DeviceBuffer products = training.Arena.Reserve<float>((long)loss.Weight.Rows * loss.Weight.Rows * state.Replicas);
        return samples =>
        {
            training.Driver.Join();
            kernel.Launch(
                new OrthogonalityArguments
                {
                    Weight = state.Parameter(loss.Weight),
                    Gradient = state.GradientOf(loss.Weight),
                    Products = products.Address,
                    EpochLoss = state.EpochLoss.Address,
                    Stride = training.State.ParameterStride,
                    Dimensions = loss.Weight.Rows,
                    Width = loss.Weight.Columns,
                    Samples = samples,
                    Factor = loss.Factor,
                    Accumulate = loss.Accumulate ? 1 : 0,
                },
                state.Replicas);
        };
    }
}
