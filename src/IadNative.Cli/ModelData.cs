using System.CommandLine;
using IadNative.Data;
using IadNative.Data.Preparation;
using IadNative.Data.Reading;
using IadNative.Detectors;

namespace IadNative.Cli;

/// <summary>Data that are read in the columns of a model.</summary>
internal static class ModelData
{
    private static readonly string[] s_missingWords = ["model", "error", "mean", "median", "drop"];

    /// <summary>The option --missing of commands that apply a model.</summary>
    public static Option<string> MissingOption() => CommandOptions.Choice("--missing",
        "Missing cells: as the model was fitted, an error, filled with the training data's mean or median, or the row is dropped.",
        s_missingWords[0], s_missingWords);

    /// <summary>The model with what takes the place of missing cells.</summary>
    /// <exception cref="BadInputException">The model is of a version that did not keep what that is.</exception>
    public static AnomalyDetector WithMissing(AnomalyDetector detector, string missing)
    {
        try
        {
            return missing switch
            {
                "mean" => detector.With(Imputation.Mean),
                "median" => detector.With(Imputation.Median),
                "error" => detector.With(Imputation.None),
                _ => detector,
            };
        }
        catch (InvalidOperationException exception)
        {
            throw new BadInputException(exception.Message);
        }
    }

    /// <summary>Opens data to be read block by block.</summary>
    /// <param name="detector">The model, with what missing cells take.</param>
    /// <param name="input">The data.</param>
    /// <param name="byPosition">Whether columns are taken by their place.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The reader, which is to be disposed of.</returns>
    /// <exception cref="BadInputException">They are images of another size, or a table in place of images; or cannot be opened.</exception>
    /// <exception cref="DataFormatException">The file cannot be understood.</exception>
    public static TableReader Open(AnomalyDetector detector, DataInput input, bool byPosition, CancellationToken cancellationToken)
    {
        bool fills = detector.Options.Imputation != Imputation.None;
        input = input with { Images = detector.Image is not null, Missing = input.Missing == "drop" ? "drop" : fills ? "median" : "error" };
        TableReader reader = input.Open(ColumnMatch.SchemaOf(detector, byPosition), cancellationToken);
        try
        {
            CheckImages(reader, detector);
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>Reads all data, as <see cref="Open"/> does.</summary>
    public static Dataset Read(AnomalyDetector detector, DataInput input, bool byPosition, CancellationToken cancellationToken)
    {
        using TableReader reader = Open(detector, input, byPosition, cancellationToken);
        return TableCollector.Collect(reader, input.Options, cancellationToken: cancellationToken);
    }

    private static void CheckImages(TableReader reader, AnomalyDetector detector)
    {
        if (ColumnMatch.OtherKind(reader.Name, reader.Image, detector) is { } problem) throw new BadInputException(problem);
    }
}
