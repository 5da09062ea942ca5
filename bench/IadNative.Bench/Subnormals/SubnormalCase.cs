using IadNative.Bench.Gpu;
using IadNative.Compute;

namespace IadNative.Bench.Subnormals;

/// <summary>A model on random data where numbers would become subnormal: every sixth feature constant, no gradient for some weights.</summary>
/// <param name="Workload">The model and the shape of its data.</param>
/// <param name="Epochs">How long it takes until what decays would have got there.</param>
internal sealed record SubnormalCase(GpuWorkload Workload, int Epochs)
{
    /// <summary>Every model on tables, and convolutions, with and without batch normalisation.</summary>
    public static IReadOnlyList<SubnormalCase> All { get; } =
    [
        .. from workload in GpuWorkloads.All
           where workload.Features == 36 || workload.Name == "lenet"
           from batchNorm in new[] { true, false }
           select new SubnormalCase(
               workload with { Network = workload.Network with { BatchNorm = batchNorm } }, workload.Features == 36 ? 20 : 1),
    ];

    /// <summary>Its name and network.</summary>
    public string Name => $"{Workload.Name}{(Workload.Network.BatchNorm ? "" : ", no batch norm")}";

    /// <summary>
    /// Importance weights 1/(1 + eˣ) for exponents from −80 to 80 in equal steps: an eighth of them is below
    /// <paramref name="least"/> = 10⁻³⁰ and becomes 0.
    /// </summary>
    public float[] Weights(double least)
    {
        float[] weights = new float[Workload.Rows];
        for (int i = 0; i < weights.Length; i++)
        {
            double weight = 1 / (1 + Math.Exp(160.0 * i / weights.Length - 80));
            weights[i] = weight < least ? 0 : (float)weight;
        }

        return weights;
    }

    /// <summary>The training of one network, with weight decay.</summary>
    public SessionSpec Session()
    {
        SessionSpec spec = Workload.Session(replicas: 1) with { LearningRate = 1e-3, WeightDecay = 1e-3 };
        float[] data = spec.Data.Array!;
        for (int i = 0; i < data.Length; i += 6) data[i] = 0.5f;
        return spec;
    }

    public override string ToString() => Name;
}
