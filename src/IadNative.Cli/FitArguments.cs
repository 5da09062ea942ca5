using IadNative.Cuda;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Detectors.Options;

namespace IadNative.Cli;

/// <summary>Everything that <c>iad fit</c> was told.</summary>
internal sealed record FitArguments
{
    /// <summary>The training data.</summary>
    public required DataInput Data { get; init; }

    /// <summary>The model to go on from, or null.</summary>
    public string? From { get; init; }

    /// <summary>What the model to go on from may take in memory.</summary>
    public LoadOptions Load { get; init; } = new();

    /// <summary>Whether somebody chose the rounds.</summary>
    public bool AreRoundsGiven { get; init; }

    /// <summary>Whether somebody chose the seed.</summary>
    public bool IsSeedGiven { get; init; }

    /// <summary>Whether features stay on disk.</summary>
    public bool OutOfCore { get; init; }

    /// <summary>Where temporary files lie, or null.</summary>
    public string? TemporaryFolder { get; init; }

    /// <summary>The classes that are normal, or null.</summary>
    public IReadOnlyList<string>? NormalClasses { get; init; }

    /// <summary>The share of anomalies that are drawn into the training data; null for the data as they are.</summary>
    public double? Contamination { get; init; }

    /// <summary>The options of the library, but for parts of the network, which are set once it is known.</summary>
    public required FitOptions Options { get; init; }

    /// <summary>Parts of the network that were asked for.</summary>
    public IReadOnlyList<(FitOption Option, string Text)> PartsOfNetwork { get; init; } = [];

    /// <summary>The device as asked for.</summary>
    public required DeviceChoice Device { get; init; }

    /// <summary>How a CUDA device is used.</summary>
    public required CudaOptions Cuda { get; init; }

    /// <summary>Where the detector goes, or null.</summary>
    public required string? Out { get; init; }

    /// <summary>Where the JSON goes, or null.</summary>
    public required string? Json { get; init; }

    /// <summary>Where the HTML report goes, or null.</summary>
    public required string? Report { get; init; }

    /// <summary>The command as it was typed.</summary>
    public required string CommandLine { get; init; }

    /// <summary>The options of the library to go on from a model.</summary>
    public RefitOptions RefitOptions => new()
    {
        // The reader has put columns into the model's places.
        ByPosition = true,
        Rounds = AreRoundsGiven ? Options.Training.Rounds : null,
        Seed = IsSeedGiven ? Options.Training.Seed : null,
        Threshold = Options.Threshold,
        Threads = Options.Threads,
    };

    /// <summary>The options of the library for some data, with everything filled in.</summary>
    public FitOptions OptionsFor(Dataset data) => PartsOfNetwork
        .Aggregate(Options.FilledFor(data), (options, part) => part.Option.Parse(options, part.Text));
}
