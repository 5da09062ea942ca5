using IadNative.Detectors;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Tests;

/// <summary>Options of models, for tests that try them on several.</summary>
internal static class ModelOptions
{
    /// <summary>Deep SVDD with epochs of pretraining; other models as they are.</summary>
    public static BaseModel Pretrained(this BaseModel model, int epochs) => model switch
    {
        OneClassSvdd svdd => svdd with { PretrainEpochs = epochs },
        SoftBoundarySvdd svdd => svdd with { PretrainEpochs = epochs },
        _ => model,
    };

    /// <summary>The same of options.</summary>
    public static FitOptions Pretrained(this FitOptions options, int epochs) =>
        options with { Model = options.Model.Pretrained(epochs) };

    /// <summary>The least score that a model can give.</summary>
    public static float LeastScore(this BaseModel model) => model.MemberScale == MemberScale.DivideByMedian ? 0 : float.MinValue;

    /// <summary>A network for a model that has one; null for another.</summary>
    public static NetworkSpec? On(this NetworkSpec network, BaseModel model) => model.HasNetwork ? network : null;
}
