using IadNative.Bench.Versus;

namespace IadNative.Tests.Bench;

internal sealed class VersusOptionsTests
{
    [TestCase("", true)]
    [TestCase("--json results.json", true)]
    [TestCase("--threads 2,1 --repetitions 8", true)]
    [TestCase("--threads 1", false)]
    [TestCase("--threads 2", false)]
    [TestCase("--repetitions 6", false)]
    [TestCase("--quick", false)]
    [TestCase("--quick --threads 1,2", false)]
    [TestCase("--only row-maf", false)]
    public void Only_all_rows_on_both_numbers_of_threads_with_seven_repetitions_are_published(string line, bool published) =>
        Assert.That(Parse(line).IsPublished, Is.EqualTo(published));

    [Test]
    public void Options_are_what_the_command_line_says()
    {
        VersusOptions plain = Parse(""), quick = Parse("--quick");
        Assert.That((plain.Quick, plain.IsFull, plain.Repetitions, plain.Json), Is.EqualTo((false, true, 7, (string?)null)));
        Assert.That(plain.Threads, Is.EqualTo(new[] { 1, 2 }));
        Assert.That(quick.Threads, Is.EqualTo(new[] { 1 }));
        Assert.That((quick.IsFull, quick.Seconds < plain.Seconds, quick.WarmUpSeconds < plain.WarmUpSeconds), Is.EqualTo((false, true, true)));

        VersusOptions some = Parse("--only step-svdd,cold-start --threads 2 --repetitions 3 --json a.json");
        Assert.That(some.Only, Is.EqualTo(new[] { "step-svdd", "cold-start" }));
        Assert.That(some.Threads, Is.EqualTo(new[] { 2 }));
        Assert.That((some.IsFull, some.Repetitions, some.Json), Is.EqualTo((false, 3, "a.json")));
    }

    [TestCase("--only step-svd", "no row step-svd")]
    [TestCase("--threads 0", "'0' is no number")]
    [TestCase("--threads 1,", "'' is no number")]
    [TestCase("--repetitions -1", "'-1' is no number")]
    [TestCase("--repetitions", "lacks its value")]
    [TestCase("--fast 1", "no option --fast")]
    public void A_wrong_command_line_is_refused(string line, string message) =>
        Assert.That(() => Parse(line), Throws.TypeOf<FormatException>().With.Message.Contains(message));

    private static VersusOptions Parse(string line) =>
        VersusOptions.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
