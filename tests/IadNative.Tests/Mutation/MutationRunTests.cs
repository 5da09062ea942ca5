using System.Diagnostics;
using IadNative.Mutation;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace IadNative.Tests.Mutation;

/// <summary>Which mutants are chosen, what is remembered of them, and the run at night.</summary>
internal sealed class MutationRunTests
{
    private static readonly SyntaxNode s_node = SyntaxFactory.ParseStatement(";");

    [Test]
    public void Folders_and_their_files_have_the_same_share_and_a_seed_decides()
    {
        MutantSite[] sites =
        [
            .. Sites("Data/Large.cs", 500), .. Sites("Data/Small.cs", 5), .. Sites("Iad/One.cs", 80), .. Sites("Iad/Other.cs", 80),
        ];
        IReadOnlyList<MutantSite> chosen = Sample.Choose(sites, 80, seed: 1);
        Assert.That(chosen.CountBy(site => site.Mutant.File), Is.EquivalentTo(new KeyValuePair<string, int>[]
        {
            new("Data/Large.cs", 35), new("Data/Small.cs", 5), new("Iad/One.cs", 20), new("Iad/Other.cs", 20),
        }));
        Assert.That(Sample.Choose(sites.Reverse(), 80, seed: 1), Is.EqualTo(chosen), "whatever their order");
        Assert.That(Sample.Choose(sites, 80, seed: 2), Is.Not.EquivalentTo(chosen));
        Assert.That(Sample.Choose(sites, 40, seed: 1), Is.EqualTo(chosen.Take(40)));
        MutantSite[] changed = [.. sites.Where(site => site.Mutant.File != "Iad/Other.cs"), .. Sites("Iad/Other.cs", 90)];
        Assert.That(Sample.Choose(changed, 80, seed: 1).Where(site => site.Mutant.File == "Data/Large.cs"),
            Is.EqualTo(chosen.Where(site => site.Mutant.File == "Data/Large.cs")), "other files keep theirs");
        Assert.That(Sample.Choose(sites, 10_000, seed: 1), Is.EquivalentTo(sites));
    }

    [Test]
    public void Equivalent_mutants_are_known_by_file_line_and_change()
    {
        Equivalents equivalents = Equivalents.Parse("""
            # For people.

            Iad/One.cs
            if (a < b) return;
            a < b → a <= b
            Both give the same.

            # More.
            Iad/One.cs
            if (a < b) return;
            a < b → !(a < b)
            Of another kind.
            """);
        Assert.That(equivalents.Count, Is.EqualTo(2));
        var mutant = new Mutant("Iad/One.cs", 17, "if (a < b) return;", "a < b → a <= b");
        Assert.That(equivalents.ReasonOf(mutant), Is.EqualTo("Both give the same."));
        Assert.That(equivalents.ReasonOf(mutant with { Line = 99 }), Is.Not.Null, "lines move");
        Assert.That(equivalents.ReasonOf(mutant with { File = "Iad/Other.cs" }), Is.Null);
        Assert.That(equivalents.ReasonOf(mutant with { LineText = "if (a < c) return;" }), Is.Null);
        Assert.That(equivalents.ReasonOf(mutant with { Change = "a < b → a <= b (2)" }), Is.Null);
        Assert.That(equivalents.Missing([mutant]), Is.EqualTo(new[] { "Iad/One.cs\tif (a < b) return;\ta < b → !(a < b)" }));
    }

    [TestCase("Iad/One.cs\nline\nchange\n", "Four lines")]
    [TestCase("Iad/One.cs\nline\nchange\nreason\nmore\n", "Four lines")]
    [TestCase("Iad/One.cs\nline\nchange\nreason\n\nIad/One.cs\nline\nchange\nanother\n", "twice")]
    public void A_list_that_is_not_as_it_should_be_is_refused(string text, string part) =>
        Assert.That(() => Equivalents.Parse(text), Throws.TypeOf<FormatException>().With.Message.Contains(part));

    [Test]
    public void Killed_mutants_are_not_tried_again_and_others_are()
    {
        string path = Path.GetTempFileName();
        try
        {
            Mutant[] mutants = [.. Sites("Iad/One.cs", 4).Select(site => site.Mutant)];
            var results = new Results(path);
            Outcome[] outcomes = [Outcome.Killed, Outcome.TimedOut, Outcome.Survived, Outcome.Unreached];
            for (int i = 0; i < 4; i++) results.Add(new Result(mutants[i], outcomes[i], $"reason {i} →", i));
            results = new Results(path);
            Assert.That(results.Of(mutants[0]), Is.EqualTo(new Result(mutants[0], Outcome.Killed, "reason 0 →", 0)));
            Assert.That(results.Of(mutants[1])!.Outcome, Is.EqualTo(Outcome.TimedOut));
            Assert.That(results.Of(mutants[2]), Is.Null);
            Assert.That(results.Of(mutants[3]), Is.Null);
            Assert.That(results.Of(mutants[0] with { Line = 1000 }), Is.Not.Null, "lines move");
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestCase("--mutants")]
    [TestCase("--mutants", "x")]
    [TestCase("--mutants", "-1")]
    [TestCase("--folder", "Cuda")]
    [TestCase("--what")]
    public void Other_command_lines_are_refused(params string[] arguments) =>
        Assert.That(() => MutationRun.Parse(arguments), Throws.TypeOf<FormatException>());

    [Test, Category("Slow")]
    public void Every_mutant_that_is_listed_as_equivalent_is_one_of_the_library()
    {
        string[] lines = Lines("--equivalents");
        Assert.That(lines[^1], Does.Match(@"^\d+ equivalent mutants, 0 of them not in the library\.$"), string.Join('\n', lines));
    }

    [Test, Category("Nightly")]
    public void Of_three_hundred_mutants_those_are_killed_that_can_be()
    {
        string results = Path.Combine(Path.GetTempPath(), $"iad-mutants-{Guid.NewGuid()}.jsonl");
        try
        {
            string[] lines = Lines("--mutants", "300", "--seed", "1", "--results", results);
            TestContext.Out.WriteLine(string.Join('\n', lines));
            Assert.That(lines[^1], Does.StartWith("300 mutants: ").And.EndWith(", 0 left."), string.Join('\n', lines));
        }
        finally
        {
            File.Delete(results);
        }
    }

    private static string[] Lines(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [.. TestProcess.Command(AppContext.BaseDirectory), .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(errors.Result, Is.Empty);
        return output.Trim().ReplaceLineEndings("\n").Split('\n');
    }

    private static MutantSite[] Sites(string file, int count) =>
        [.. Enumerable.Range(0, count)
            .Select(i => new MutantSite(new Mutant(file, i + 1, $"line {i};", $"{i} → {i} + 1"), s_node, "", null, false))];
}
