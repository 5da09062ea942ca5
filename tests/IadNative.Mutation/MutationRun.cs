using System.Diagnostics;
using System.Globalization;

namespace IadNative.Mutation;

/// <summary>A run: chooses mutants, builds them in, notes which tests reach which, tries each, and says what is left.</summary>
internal sealed class MutationRun
{
    private const string Usage =
        "IadNative.Mutation [--mutants N] [--seed N] [--folder NAME]... [--file PATH] [--results FILE] [--list | --equivalents]";

    private static readonly string[] s_allFolders = ["Compute", "Data", "Iad", "Metrics", "Persistence"];

    private readonly List<string> _folders = [];
    private int _mutants = 300, _seed = 1;
    private string _results = Path.Combine(Path.GetTempPath(), "iad-mutants.jsonl");
    private string? _file;
    private bool _onlyLists, _onlyChecks;

    /// <summary>Reads a command line.</summary>
    /// <exception cref="FormatException">It says something else.</exception>
    public static MutationRun Parse(IReadOnlyList<string> arguments)
    {
        var run = new MutationRun();
        for (int i = 0; i < arguments.Count; i++)
        {
            string Value() => ++i < arguments.Count ? arguments[i] : throw new FormatException($"{arguments[^1]} needs a value. {Usage}");
            int Number() => int.TryParse(Value(), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                ? number
                : throw new FormatException($"'{arguments[i]}' is no number. {Usage}");
            switch (arguments[i])
            {
                case "--mutants": run._mutants = Number(); break;
                case "--seed": run._seed = Number(); break;
                case "--folder": run._folders.Add(Value()); break;
                case "--file": run._file = Value(); break;
                case "--results": run._results = Value(); break;
                case "--list": run._onlyLists = true; break;
                case "--equivalents": run._onlyChecks = true; break;
                default: throw new FormatException($"'{arguments[i]}' is no option. {Usage}");
            }
        }

        if (run._folders.Except(s_allFolders).FirstOrDefault() is { } unknown)
            throw new FormatException($"'{unknown}' is no folder that is mutated: {string.Join(", ", s_allFolders)}.");
        if (run._folders.Count == 0) run._folders.AddRange(s_allFolders);
        return run;
    }

    /// <summary>Runs it.</summary>
    /// <returns>0 where no mutant is left and the list of equivalent ones holds; 1 otherwise.</returns>
    public int Start(TextWriter output)
    {
        string tests = Path.GetDirectoryName(typeof(MutationRun).Assembly.Location)!;
        string root = RootAbove(tests);
        Equivalents equivalents = Equivalents.Parse(File.ReadAllText(Path.Combine(root, "tests", "IadNative.Mutation", "equivalent.txt")));
        var library = new Library(Path.Combine(root, "src", "IadNative"), ConfigurationOf(tests));
        IReadOnlyList<MutantSite> all = library.Sites(s_allFolders);
        string[] missing = [.. equivalents.Missing(all.Select(site => site.Mutant))];
        foreach (string entry in missing)
            output.WriteLine($"Listed as equivalent, but not in the library: {entry.Replace("\t", ", ", StringComparison.Ordinal)}");
        if (_onlyChecks)
        {
            output.WriteLine($"{equivalents.Count} equivalent mutants, {missing.Length} of them not in the library.");
            return missing.Length == 0 ? 0 : 1;
        }

        IReadOnlyList<MutantSite> chosen = Sample.Choose(
            all.Where(site => _folders.Contains(site.Mutant.Folder) && (_file is null || site.Mutant.File == _file)),
            _mutants + (_mutants / 5), _seed);
        if (_onlyLists)
        {
            foreach (MutantSite site in chosen.Take(_mutants)) output.WriteLine(site.Mutant);
            output.WriteLine($"{_mutants} of {all.Count} mutants.");
            return 0;
        }

        using var bench = new TestBench(tests);
        IReadOnlySet<int> compiled = library.Write(bench.LibraryPath, chosen);
        output.WriteLine(
            $"{all.Count} mutants in the library; {chosen.Count} built, of which {chosen.Count - compiled.Count} do not compile.");
        using var trials = new Trials(bench.Folder);
        IReadOnlyList<TestRecord> records = trials.Cover(chosen.Count);
        TestRecord[] passed = [.. records.Where(test => test.Passed && test.Seconds < 5)];
        output.WriteLine($"{records.Count} tests in {records.Sum(test => test.Seconds):F0} s; {passed.Length} are used.");

        var results = new Results(_results);
        List<Result> known = [];
        int wrong = missing.Length;
        // Those last that are expected to survive, which takes long.
        foreach (int number in compiled.Order().Take(_mutants).OrderBy(number => equivalents.ReasonOf(chosen[number].Mutant) is not null))
        {
            Mutant mutant = chosen[number].Mutant;
            Result? result = results.Of(mutant);
            if (result is null)
            {
                results.Add(result = Try(trials, number, chosen[number], passed));
                output.WriteLine($"{known.Count + 1,4} {result.Outcome,-9} {result.Seconds,5:F1} s  {mutant}  ({result.Reason})");
            }

            known.Add(result);
            if (equivalents.ReasonOf(mutant) is not null && result.Outcome is Outcome.Killed or Outcome.TimedOut)
            {
                wrong++;
                output.WriteLine($"Listed as equivalent, but killed by {result.Reason}: {mutant}");
            }
        }

        Result[] left = [.. known.Where(result => result.Outcome is Outcome.Survived or Outcome.Unreached)];
        Result[] argued = [.. left.Where(result => equivalents.ReasonOf(result.Mutant) is not null)];
        foreach (Result result in left.Except(argued)) output.WriteLine($"Left: {result.Outcome}  {result.Mutant}");
        output.WriteLine(
            $"{known.Count} mutants: {known.Count(result => result.Outcome == Outcome.Killed)} killed, "
            + $"{known.Count(result => result.Outcome == Outcome.TimedOut)} timed out, "
            + $"{argued.Length} equivalent, {left.Length - argued.Length} left.");
        return wrong == 0 && left.Length == argued.Length ? 0 : 1;
    }

    private static Result Try(Trials trials, int number, MutantSite site, TestRecord[] tests)
    {
        // What runs once in a process is noted by one test alone, but all of its room may need it.
        string room = $"IadNative.Tests.{site.Mutant.Folder}.";
        TestRecord[] reaching =
        [
            .. tests.Where(test => test.Reached.Contains(number) || (site.IsInitial && test.Class.StartsWith(room, StringComparison.Ordinal)))
                .OrderBy(test => test.Seconds),
        ];
        if (reaching.Length == 0) return new Result(site.Mutant, Outcome.Unreached, "", 0);
        var watch = Stopwatch.StartNew();
        (Outcome outcome, string reason) = trials.Try(number, reaching, site.IsInitial);
        return new Result(site.Mutant, outcome, reason, watch.Elapsed.TotalSeconds);
    }

    private static string ConfigurationOf(string tests) => new DirectoryInfo(tests).Parent!.Name;

    private static string RootAbove(string folder)
    {
        for (DirectoryInfo? above = new(folder); above is not null; above = above.Parent)
        {
            if (File.Exists(Path.Combine(above.FullName, "IadNative.sln"))) return above.FullName;
        }

        throw new DirectoryNotFoundException($"IadNative.sln is in no folder above {folder}. Run this inside a checkout.");
    }
}
