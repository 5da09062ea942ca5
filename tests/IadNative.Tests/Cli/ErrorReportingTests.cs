using IadNative.Cli;
using IadNative.Data;
using IadNative.Iad;

namespace IadNative.Tests.Cli;

internal sealed class ErrorReportingTests
{
    private static readonly object[][] s_cases =
    [
        [new OperationCanceledException(), 130, "error: cancelled"],
        [new BadInputException("a"), 2, "error: a"],
        [new DataFormatException("b"), 2, "error: b"],
        [new ArgumentException("c", "rows"), 2, "error: c"],
        [new TrainingFailedException("d", []), 1, "error: d"],
        [new IOException("two\nlines"), 1, "error: two lines"],
        [new InvalidOperationException("e"), 1, "error: unexpected InvalidOperationException: e"],
    ];

    [Test]
    public void Cells_of_a_file_are_listed_one_a_line()
    {
        using var error = new StringWriter();
        ErrorReporting.Guard(new Terminal(TextWriter.Null, error), () => throw new DataFormatException("data.csv: 2 cells\ncolumn 1:\n  row 1: 'x'"));
        Assert.That(error.ToString().ReplaceLineEndings("\n"), Is.EqualTo("error: data.csv: 2 cells\ncolumn 1:\n  row 1: 'x'\n"));
    }

    [TestCaseSource(nameof(s_cases))]
    public void Every_exception_becomes_one_line_and_an_exit_code(Exception exception, int code, string line)
    {
        using var error = new StringWriter();
        int actual = ErrorReporting.Guard(new Terminal(TextWriter.Null, error), () => throw exception);
        Assert.That(actual, Is.EqualTo(code));
        Assert.That(error.ToString(), Does.StartWith(line));
        Assert.That(error.ToString().TrimEnd().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(error.ToString(), Does.Not.Contain("Parameter"));
    }
}
