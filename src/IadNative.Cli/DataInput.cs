using System.CommandLine;
using IadNative.Data.Formats;
using IadNative.Data.Reading;

namespace IadNative.Cli;

/// <summary>The data of a command and how to read them.</summary>
/// <param name="Path">The file, a folder of images, or <c>-</c> for standard input.</param>
/// <param name="Label">The label column, or null.</param>
/// <param name="Missing">What to do about missing values, as the command line writes it.</param>
/// <param name="Images">Whether they are images, which may lie in a folder.</param>
internal sealed record DataInput(string Path, string? Label, string Missing, bool Images = false)
{
    private const string StandardInput = "-";

    /// <summary>The words of --missing.</summary>
    private static readonly string[] s_missingWords = ["error", "mean", "median", "drop"];

    /// <summary>Columns, and how text is written; label and missing values aside.</summary>
    public DatasetReadOptions Reading { get; init; } = new();

    /// <summary>All that the reader is told. Missing cells that the fit fills are kept.</summary>
    public DatasetReadOptions Options => Reading with
    {
        Label = Label,
        Missing = Missing switch
        {
            "mean" or "median" => MissingValues.Keep,
            "drop" => MissingValues.Drop,
            _ => MissingValues.Error,
        },
    };

    /// <summary>The argument DATA.</summary>
    public static Argument<string> DataArgument(string description) => new("DATA") { Description = description };

    /// <summary>The option --label.</summary>
    public static Option<string?> LabelOption(string description) => CommandOptions.Text("--label", "COL", description);

    /// <summary>The option --missing.</summary>
    public static Option<string> MissingOption() => CommandOptions.Choice("--missing",
        "Missing values: an error, filled with the feature's mean or median, or the row is dropped.", "error", s_missingWords);

    /// <summary>Reads the data.</summary>
    /// <exception cref="BadInputException">The file cannot be opened, or an option makes no sense.</exception>
    /// <exception cref="DataFormatException">The file cannot be understood.</exception>
    public Dataset Read(CancellationToken cancellationToken) => With(
        stream => DatasetReader.Read(stream, "standard input", Options, cancellationToken),
        path => DatasetReader.Read(path, Options, cancellationToken));

    /// <summary>Opens the data to be read block by block.</summary>
    /// <param name="schema">The features that the rows are to have.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The reader, which is to be disposed of.</returns>
    /// <exception cref="BadInputException">The file cannot be opened, or an option makes no sense.</exception>
    /// <exception cref="DataFormatException">The file cannot be understood.</exception>
    public TableReader Open(TableSchema? schema, CancellationToken cancellationToken) =>
        Open(new ReadRequest(Options, ReaderLimits.Default, schema), cancellationToken);

    /// <summary>Opens the data to be read block by block.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The reader, which is to be disposed of.</returns>
    /// <exception cref="BadInputException">The file cannot be opened, or an option makes no sense.</exception>
    /// <exception cref="DataFormatException">The file cannot be understood.</exception>
    public TableReader Open(ReadRequest request, CancellationToken cancellationToken) => With(
        stream => DatasetReader.Open(stream, "standard input", request, ownsStream: true, cancellationToken),
        path => DatasetReader.Open(path, request, cancellationToken));

    private static Stream OpenStandardInput() => StandardStreams.IsInputClosed
        ? throw new BadInputException("standard input is closed; give a file, or data on standard input.")
        : Console.OpenStandardInput();

    private T With<T>(Func<Stream, T> fromStream, Func<string, T> fromPath)
    {
        try
        {
            if (Path == StandardInput) return fromStream(OpenStandardInput());
            return Images ? InputFile.ReadAny(Path, fromPath) : InputFile.Read(Path, fromPath);
        }
        catch (ArgumentException exception)
        {
            throw new BadInputException(exception.Message);
        }
    }
}
