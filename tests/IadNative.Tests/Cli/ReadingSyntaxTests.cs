using System.CommandLine;
using System.Text;
using IadNative.Cli;

namespace IadNative.Tests.Cli;

internal sealed class ReadingSyntaxTests
{
    [Test]
    public void Every_option_reaches_its_property()
    {
        DatasetReadOptions options = Bind("--drop", "a,-1", "--drop", "\"b,c\"", "--categorical", "d, e", "--id", "key", "--positive", "attack",
            "--na", "-999", "--na", "none", "--sep", ";", "--decimal", ",", "--header", "no", "--skip", "2", "--comment", "#", "--encoding", "latin1");
        Assert.That(options.Drop, Is.EqualTo(new[] { "a", "-1", "b,c" }));
        Assert.That(options.Categorical, Is.EqualTo(new[] { "d", "e" }));
        Assert.That((options.Id, options.Positive), Is.EqualTo(("key", "attack")));
        Assert.That(options.MissingTokens, Is.EqualTo(new[] { "-999", "none" }));
        Assert.That((options.Separator, options.DecimalMark, options.Header), Is.EqualTo(((char?)';', (char?)',', (bool?)false)));
        Assert.That((options.SkipLines, options.Comment, options.Encoding), Is.EqualTo((2, (char?)'#', Encoding.Latin1)));
    }

    [Test]
    public void Without_options_the_content_tells()
    {
        DatasetReadOptions options = Bind();
        Assert.That(options with { Formats = [] }, Is.EqualTo(new DatasetReadOptions
        {
            Drop = options.Drop, Categorical = options.Categorical, MissingTokens = options.MissingTokens, Formats = [],
        }));
        Assert.That(options.Drop.Concat(options.Categorical).Concat(options.MissingTokens), Is.Empty);
    }

    [TestCase("tab", '\t')]
    [TestCase("\\t", '\t')]
    [TestCase("space", ' ')]
    [TestCase("|", '|')]
    public void Separators_that_are_hard_to_type_have_names(string text, char separator) =>
        Assert.That(Bind("--sep", text).Separator, Is.EqualTo(separator));

    [TestCase("windows-1252", 1252)]
    [TestCase("utf-16", 1200)]
    [TestCase("utf-8", 65001)]
    public void Encodings_go_by_name(string name, int codePage) => Assert.That(Bind("--encoding", name).Encoding!.CodePage, Is.EqualTo(codePage));

    [TestCase("--sep", ";;", "--sep: ';;' is not one character")]
    [TestCase("--encoding", "klingon", "--encoding: 'klingon' is no encoding")]
    [TestCase("--header", "maybe", "auto, yes, no")]
    [TestCase("--skip", "x", "--skip: 'x'")]
    public void Values_that_make_no_sense_are_refused(string option, string value, string message)
    {
        CliRun run = CliRun.Of("fit", "data.csv", option, value);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(run.Err, Does.Contain(message));
    }

    [TestCase("--decimal", "-", "decimal mark")]
    [TestCase("--skip", "-1", "-1 lines")]
    public void Values_that_the_library_refuses_are_bad_input(string option, string value, string message)
    {
        using var folder = new TestFolder();
        CliRun run = CliRun.Of("fit", folder.WriteCsv(), option, value);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput), run.Err);
        Assert.That(run.Err, Does.Contain(message));
    }

    private static DatasetReadOptions Bind(params string[] arguments)
    {
        var command = new Command("read");
        var reading = new ReadingSyntax();
        foreach (Option option in reading.All) command.Add(option);
        return reading.Bind(command.Parse(arguments));
    }
}
