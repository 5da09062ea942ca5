using System.Runtime.InteropServices;
using IadNative.Compute.Operations;

namespace IadNative.Cuda.Operations;

/// <summary>As in kernels/center.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OutputSumArguments
{
    public ulong Output, Sums, Cursor;
    public long Stride;
    public int Width, Samples;
}

/// <summary>As in kernels/center.cu.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CenterArguments
{
    public ulong Sums, Center;
    public int Count, Rows;
    public float LeastMagnitude;
}

/// <summary>
/// The mean of an activation at the beginning of a round: each replica's own rows go through its folded network, chunk after
/// chunk, and are added up.
/// </summary>
internal sealed class CudaMeanOutput(MeanOutput mean) : CudaOperation
{
    public static readonly KernelDefinition<OutputSumArguments> AddOutputs = new(
        "center.cu", "add_outputs", (in a, replicas, _) => LaunchShape.Columns(a.Width, replicas));

    public static readonly KernelDefinition<CenterArguments> PlaceCenter = new(
        "center.cu", "place_center", (in a, _, _) => LaunchShape.Elements(a.Count, 1));

    public override RowPass AtRoundStart(CudaScoring scoring)
    {
        Kernel<OutputSumArguments> add = scoring.Kernel(AddOutputs);
        Kernel<CenterArguments> place = scoring.Kernel(PlaceCenter);
        CudaState state = scoring.State;
        int operations = scoring.CountTo(mean.Output);
        RowBuffer output = scoring.Read(mean.Output);
        DeviceBuffer sums = scoring.Arena.Reserve<double>((long)mean.Output.Width * state.Replicas);
        return new RowPass(Begin, Add, Place);

        void Begin()
        {
            scoring.Folded.Fold();
            scoring.Driver.Clear(sums.Address, sums.Bytes);
        }

        void Add(RowRange rows)
        {
            scoring.Forward(rows, operations);
            add.Launch(
                new OutputSumArguments
                {
                    Output = output.Address,
                    Sums = sums.Address,
                    Cursor = scoring.Cursor.Address,
                    Stride = output.Stride,
                    Width = mean.Output.Width,
                    Samples = rows.Count,
                },
                state.Replicas);
        }

        void Place() => place.Launch(new CenterArguments
        {
            Sums = sums.Address,
            Center = state.StateOf(mean.Mean),
            Count = checked(mean.Mean.Length * state.Replicas),
            Rows = state.RowsPerReplica,
            LeastMagnitude = MeanOutput.LeastMagnitude,
        });
    }
}
