using System.CommandLine;
using IadNative.Data;

namespace IadNative.Cli;

/// <summary>The data of a command and how to read them.</summary>
/// <param name="Path">The file, or a folder of images.</param>
/// <param name="Label">The label column, or null.</param>
/// <param name="Missing">What to do about missing values, as the command line writes it.</param>
/// <param name="Images">Whether they are images, which may lie in a folder.</param>
internal sealed record DataInput(string Path, string? Label, string Missing, bool Images = false)
{
    /// <summary>The words of --missing.</summary>
    private static readonly string[] s_missingWords = ["error", "mean", "drop"];

    /// <summary>The argument DATA.</summary>
    public static Argument<string> DataArgument(string description) => new("DATA") { Description = description };

    /// <summary>The option --label.</summary>
    public static Option<string?> LabelOption(string description) => CommandOptions.Text("--label", "COL", description);

    /// <summary>The option --missing.</summary>
    public static Option<string> MissingOption() => CommandOptions.Choice("--missing",
        "Missing values: an error, the feature's mean, or the row is dropped.", "error", s_missingWords);

    /// <summary>Reads the data.</summary>
    /// <exception cref="BadInputException">The file cannot be opened.</exception>
    /// <exception cref="DataFormatException">The file cannot be understood.</exception>
    public Dataset Read(CancellationToken cancellationToken)
    {
        var options = new DatasetReadOptions
        {
            Label = Label,
            Missing = Missing switch
            {
                "mean" => MissingValues.Mean,
                "drop" => MissingValues.Drop,
                _ => MissingValues.Error,
            },
        };
        return Images ? InputFile.ReadAny(Path, ReadData) : InputFile.Read(Path, ReadData);

        Dataset ReadData(string path) => DatasetReader.Read(path, options, cancellationToken);
    }
}
