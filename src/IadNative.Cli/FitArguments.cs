using IadNative.Data;
using IadNative.Detectors;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Cli;

/// <summary>Everything that <c>iad fit</c> was told.</summary>
internal sealed record FitArguments
{
    /// <summary>The training data.</summary>
    public required DataInput Data { get; init; }

    /// <summary>The classes that are normal, or null.</summary>
    public IReadOnlyList<string>? NormalClasses { get; init; }

    /// <summary>The share of anomalies that are drawn into the training data; null for the data as they are.</summary>
    public double? Contamination { get; init; }

    /// <summary>The options of the library, but for the network's switches.</summary>
    public required FitOptions Options { get; init; }

    /// <summary>Biases in linear layers.</summary>
    public required bool Bias { get; init; }

    /// <summary>Batch normalisation in hidden layers, or behind the blocks of a flow.</summary>
    public required bool BatchNorm { get; init; }

    /// <summary>Learned scale and shift.</summary>
    public required bool Affine { get; init; }

    /// <summary>The device as asked for.</summary>
    public required DeviceChoice Device { get; init; }

    /// <summary>TF32 in matrix products on CUDA.</summary>
    public required bool Tf32 { get; init; }

    /// <summary>Where the detector goes, or null.</summary>
    public required string? Out { get; init; }

    /// <summary>Where the JSON goes, or null.</summary>
    public required string? Json { get; init; }

    /// <summary>Where the HTML report goes, or null.</summary>
    public required string? Report { get; init; }

    /// <summary>The command as it was typed.</summary>
    public required string CommandLine { get; init; }

    /// <summary>The options of the library for some data, with network and epochs filled in.</summary>
    public FitOptions OptionsFor(Dataset data)
    {
        NetworkSpec shape = Options.Network ?? Options.Model.DefaultNetwork(data.Columns, data.Image);
        return Options with
        {
            Network = shape with
            {
                BatchNorm = BatchNorm,
                Affine = Affine,
                Bias = Bias,
            },
            Training = Options.Training with { Epochs = Options.Training.Epochs ?? Options.Model.DefaultEpochs },
        };
    }
}
