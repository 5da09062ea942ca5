using System.Runtime.CompilerServices;
using System.Text;
using IadNative.Detectors;
using IadNative.Detectors.Options;
using IadNative.Models;
using IadNative.Networks;

namespace IadNative.Tests.Cli;

/// <summary>The page of reference lists the options of the library's table as the table has them.</summary>
public sealed class OptionReferenceTests
{
    private const string Begin = "<!-- From the table of options: run the explicit test that writes them. -->\n", End = "<!-- End. -->";

    [Test]
    public void The_page_has_the_rows_of_the_table()
    {
        (_, string rows, _) = Split(File.ReadAllText(Page()).ReplaceLineEndings("\n"));
        Assert.That(rows, Is.EqualTo(Rows()), "Run the explicit test beside this one, which writes them.");
    }

    [Test, Explicit("Writes the page in the sources.")]
    public void Write_the_rows()
    {
        (string before, _, string after) = Split(File.ReadAllText(Page()).ReplaceLineEndings("\n"));
        File.WriteAllText(Page(), before + Rows() + after);
    }

    [Test]
    public void Names_are_unique()
    {
        Assert.That(FitOptionTable.All.Select(option => option.Name), Is.Unique);
        Assert.That(FitOptionTable.All.Select(option => option.JsonName), Is.Unique);
        Assert.That(FitOptionTable.All.Select(option => option.Property).OfType<string>(), Is.Unique);
    }

    [Test]
    public void Words_that_an_option_shows_are_words_that_it_reads()
    {
        foreach (FitOption option in FitOptionTable.All)
        {
            FitOptions options = new() { Model = BaseModel.All.First(option.OfModel ?? (_ => true)), Network = new NetworkSpec(3) };
            foreach (string word in option.Words.Append(option.ToText(options)).OfType<string>())
                Assert.That(option.ToText(option.Parse(options, word)), Is.EqualTo(word), option.Name);
        }
    }

    private static string Rows()
    {
        var rows = new StringBuilder("| option of `iad fit` | default | meaning |\n|---|---|---|\n");
        foreach (FitOption option in FitOptionTable.All)
        {
            string value = option.Placeholder.Length == 0 ? "" : " " + option.Placeholder.Replace("|", "\\|", StringComparison.Ordinal);
            rows.Append('|').Append(' ').Append('`').Append(option.CommandLineName).Append(value).Append("` | ")
                .Append(FitOptionTable.DefaultOf(option)).Append(" | ").Append(option.Meaning).Append(" |\n");
        }

        return rows.ToString();
    }

    private static (string Before, string Rows, string After) Split(string page)
    {
        int begin = page.IndexOf(Begin, StringComparison.Ordinal);
        Assert.That(begin, Is.GreaterThanOrEqualTo(0), "The page has no table of options.");
        begin += Begin.Length;
        int end = page.IndexOf(End, begin, StringComparison.Ordinal);
        return (page[..begin], page[begin..end], page[end..]);
    }

    private static string Page([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "src", "IadNative.Cli", "README.md"));
}
