using IadNative.Bench;

namespace IadNative.Tests.Readme;

internal sealed class ReadmeTableTests
{
    [Test]
    public void The_readme_s_table_of_speed_is_that_of_the_newest_results()
    {
        string readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "README.md"));
        string page = ReadmeTable.NewestPage(Path.Combine(AppContext.BaseDirectory, "results"));
        string name = Path.GetFileName(page), results = File.ReadAllText(page);
        Assert.That(ReadmeTable.Rewrite(readme, name, results), Is.EqualTo(readme), "run the benchmark's command readme");

        // A ratio that changes shows.
        Assert.That(ReadmeTable.Rewrite(readme, name, results.Replace("| step SVDD ", "| other ")), Is.Not.EqualTo(readme));
        Assert.That(() => ReadmeTable.Rewrite("# No table", name, results), Throws.TypeOf<FormatException>());
        Assert.That(() => ReadmeTable.Rewrite(readme, name, "Machine: none; at all"), Throws.TypeOf<FormatException>());
    }
}
