using IadNative.Compute;
using IadNative.Compute.Operations;
using IadNative.Data;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Tests.Cuda;

/// <summary>Plans of all models on three features, and a session that fits them.</summary>
internal static class SmallPlans
{
    public const int Features = 3;

    public static SessionSpec Session { get; } = new()
    {
        Data = new float[10 * Features],
        Scaler = new FeatureScaler(new float[Features], [1, 1, 1]),
        Replicas = [new ReplicaSpec(0, 0, [.. Enumerable.Range(0, 10)])],
        BatchSize = 4,
        LearningRate = 0.001,
    };

    /// <summary>The models whose plans the CUDA engine scores with; of another, it trains a part.</summary>
    public static IEnumerable<BaseModel> Models => BaseModel.All.Where(model => !Of(model).Scoring.OfType<KernelRegression>().Any());

    public static Plan Of(BaseModel model) => model.WritePlan(new NetworkSpec(4, 2).On(model) ?? NetworkSpec.None, Features, epochs: 2);
}
