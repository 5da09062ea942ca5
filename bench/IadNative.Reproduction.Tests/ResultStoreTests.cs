using System.Text.RegularExpressions;
using IadNative.Detectors;
using IadNative.Models;
using IadNative.Fleet.Claims;
using IadNative.Tests.Cli;

namespace IadNative.Reproduction.Tests;

internal sealed partial class ResultStoreTests
{
    private static readonly Trial s_trial = new(
        new Cell(PaperDataset.Of("cardio"), null, SettledSettings.Of(BaseModel.OneClassSvdd, images: false), null), null, 7);

    private static readonly TrialKey s_key = TrialKey.Of(s_trial, "data");

    [Test]
    public void Results_of_every_engine_count_unless_only_the_same_is_wanted()
    {
        using var folder = new TestFolder();
        Add(folder, "first", 0.1);
        Assert.That(Base(folder, "first", sameEngine: true), Is.EqualTo(0.1));
        Assert.That(Base(folder, "second", sameEngine: false), Is.EqualTo(0.1));
        Assert.That(Base(folder, "second", sameEngine: true), Is.Null);

        Add(folder, "second", 0.2);
        Assert.That(Base(folder, "second", sameEngine: true), Is.EqualTo(0.2));
        Assert.That(Base(folder, "first", sameEngine: true), Is.EqualTo(0.1), "nobody's result is replaced");
        Assert.That(Base(folder, "third", sameEngine: false), Is.EqualTo(0.1));
        Assert.That(Directory.GetFiles(folder.File("trials")), Has.Length.EqualTo(2));
    }

    [Test]
    public void A_result_of_another_key_does_not_count()
    {
        using var folder = new TestFolder();
        Add(folder, "engine", 0.1);
        string file = Directory.GetFiles(folder.File("trials")).Single();
        File.WriteAllText(file, File.ReadAllText(file).Replace(s_key.Hash, new string('0', 64), StringComparison.Ordinal));
        Assert.That(Base(folder, "engine", sameEngine: false), Is.Null);
        Open(folder, "engine", note: _ => { }).Add(s_trial, s_key, Result("engine", 0.3));
        Assert.That(Base(folder, "engine", sameEngine: false), Is.EqualTo(0.3));
    }

    [Test]
    public void A_claim_of_one_store_holds_in_all_others_of_the_folder()
    {
        using var folder = new TestFolder();
        ResultStore one = Open(folder, "first"), other = Open(folder, "second");
        using (WorkClaim? claim = one.TryClaim(s_trial, s_key))
        {
            Assert.That(claim, Is.Not.Null);
            Assert.That(other.TryClaim(s_trial, s_key), Is.Null);
            using WorkClaim? figure = other.TryClaimFigure(s_trial, s_key);
            Assert.That(figure, Is.Not.Null);
        }

        using WorkClaim? later = other.TryClaim(s_trial, s_key);
        Assert.That(later, Is.Not.Null);
    }

    [Test]
    public void What_a_killed_process_left_half_written_is_removed_when_nobody_can_be_writing_it()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder.File("trials"));
        string[] all = [.. ((string[])[$".iad-{Guid.NewGuid():N}.tmp", $".iad-{Guid.NewGuid():N}.tmp", "svdd-cardio-seed0.json"])
            .Select(name => folder.File(Path.Combine("trials", name)))];
        foreach ((string file, int minutes) in all.Zip([61, 1, 61]))
        {
            File.WriteAllText(file, "{ \"ke");
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-minutes));
        }

        _ = Open(folder, "engine");
        Assert.That(all.Select(File.Exists), Is.EqualTo(new[] { false, true, true }));
    }

    [Test]
    public void A_folder_that_cannot_be_made_is_refused()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder.File("trials"), "");
        Assert.That(() => Open(folder, "engine"), Throws.TypeOf<BadInputException>().With.Message.Contains("cannot be made"));
    }

    [Test]
    public void A_number_that_was_edited_is_noted_once_and_trained_again()
    {
        using var folder = new TestFolder();
        Add(folder, "engine", 0.25);
        string file = Stored(folder);
        File.WriteAllText(file, File.ReadAllText(file).Replace("0.25", "0.75", StringComparison.Ordinal));
        var notes = new List<string>();
        ResultStore store = Open(folder, "engine", note: notes.Add);
        Assert.That((store.Find(s_trial, s_key), store.Find(s_trial, s_key)), Is.EqualTo((default(TrialResult), default(TrialResult))));
        Assert.That(notes.Single(), Does.Contain($"'{file}' does not match its checksum").And.Contain("trained again"));

        store.Add(s_trial, s_key, Result("engine", 0.25));
        Assert.That(store.Find(s_trial, s_key)!.Base, Is.EqualTo(0.25));
        Assert.That(Stored(folder), Is.EqualTo(file));
        Assert.That(notes, Has.Count.EqualTo(1));
    }

    [Test]
    public void No_byte_can_be_changed_so_that_something_else_counts()
    {
        using var folder = new TestFolder();
        TrialResult result = Result("engine with \"quotes\", é and \u0001", 0.25) with { Untrained = 1e-7 };
        Open(folder, "engine").Add(s_trial, s_key, result);
        string file = Stored(folder);
        byte[] bytes = File.ReadAllBytes(file);
        int refused = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            byte before = bytes[i];
            bytes[i] = before switch { (byte)'9' => (byte)'0', (byte)'}' or (byte)']' => (byte)' ', _ => (byte)(before + 1) };
            File.WriteAllBytes(file, bytes);
            bytes[i] = before;
            TrialResult? found = Open(folder, "engine", note: _ => refused++).Find(s_trial, s_key);
            if (found is not null) AssertSame(found, result);
        }

        Assert.That(refused, Is.GreaterThan(bytes.Length / 2), "most of the file is content");
        File.WriteAllBytes(file, bytes);
        AssertSame(Open(folder, "engine").Find(s_trial, s_key)!, result);
    }

    [Test]
    public void What_no_training_gives_does_not_count_even_with_a_checksum()
    {
        TrialResult sound = Result("engine", 0.5);
        int rounds = s_trial.Cell.Settings.Training.Rounds + 1;
        Dictionary<string, int> none = [], late = Criteria.All.ToDictionary(name => name, _ => 1);
        (string Fault, TrialResult Result)[] cases =
        [
            ("no alarm says why", sound with { Auc = [], SelectedBy = none, Alarms = [] }),
            ("no alarm says why", sound with { Alarms = [] }),
            ("between 0 and 1", sound with { Auc = [1.5] }),
            ("between 0 and 1", sound with { Auc = [-0.1] }),
            ("between 0 and 1", sound with { Untrained = 2 }),
            ("more rounds", sound with { Auc = [.. Enumerable.Repeat(0.5, rounds + 1)] }),
            ("selects rounds", sound with { SelectedBy = late }),
            ("selects rounds", sound with { SelectedBy = none }),
            ("selects rounds", sound with { Auc = [] }),
            ("without words", sound with { Alarms = [null!] }),
            ("inputs of another key", sound with { Inputs = "other" }),
            ("another key", sound with { Key = TrialKey.HashOf("other"), Inputs = "other" }),
        ];
        foreach ((string fault, TrialResult result) in cases)
        {
            using var folder = new TestFolder();
            var notes = new List<string>();
            Open(folder, "engine").Add(s_trial, s_key, result);
            Assert.That(Open(folder, "engine", note: notes.Add).Find(s_trial, s_key), Is.Null, fault);
            Assert.That(notes.Single(), Does.Contain(fault).And.Contain(Stored(folder)));
        }
    }

    [Test]
    public void What_an_earlier_version_stored_without_a_checksum_counts_and_is_counted()
    {
        using var folder = new TestFolder();
        Add(folder, "engine", 0.25);
        string file = Stored(folder);
        File.WriteAllText(file, Checksum().Replace(File.ReadAllText(file), ""));
        ResultStore store = Open(folder, "engine");
        Assert.That(store.Unchecked, Is.Zero);
        Assert.That((store.Find(s_trial, s_key)!.Base, store.Find(s_trial, s_key)!.Base), Is.EqualTo((0.25, 0.25)));
        Assert.That(store.Unchecked, Is.EqualTo(1));

        // Whole it must be all the same.
        File.WriteAllText(file, File.ReadAllText(file).Replace("0.25", "1.25", StringComparison.Ordinal));
        Assert.That(Open(folder, "engine", note: _ => { }).Find(s_trial, s_key), Is.Null);
    }

    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("{ \"key\": \"\\ud800\" }")]
    [TestCase("{ \"checksum\": 7 }")]
    [TestCase("{ \"auc\": [0.1], \"auc\": [0.9] }")]
    public void Json_that_is_no_result_is_not_there(string text) => AssertNotThere(file => File.WriteAllText(file, text));

    [Test]
    public void A_file_of_any_size_is_not_there_at_once()
    {
        AssertNotThere(file => File.WriteAllBytes(file, []));
        AssertNotThere(file => File.WriteAllText(file, new string('[', 1_000_000)));
        AssertNotThere(file =>
        {
            using FileStream stream = File.Create(file);
            stream.SetLength(1L << 34);
        });
    }

    [Test]
    public void A_folder_is_not_there_and_the_result_is_stored_beside_it()
    {
        AssertNotThere(file => Directory.CreateDirectory(file));
        AssertNotThere(file => Directory.CreateDirectory(Path.Combine(file, "full")));
    }

    [Test]
    public void A_pipe_a_device_and_links_that_lead_nowhere_are_not_there()
    {
        if (OperatingSystem.IsWindows()) Assert.Ignore("Links and pipes of this kind are those of Unix.");
        AssertNotThere(MakePipe);
        AssertNotThere(file => File.CreateSymbolicLink(file, "nowhere.json"));
        AssertNotThere(file => File.CreateSymbolicLink(file, Path.GetFileName(file)));
        AssertNotThere(file => File.CreateSymbolicLink(file, "/dev/zero"));
        if (!Environment.IsPrivilegedProcess)
        {
            AssertNotThere(file =>
            {
                File.WriteAllText(file, "{}");
                if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.None);
            });
        }
    }

    [Test]
    public void What_cannot_be_stored_anywhere_is_refused_before_it_is_trained()
    {
        using var folder = new TestFolder();
        Add(folder, "first", 0.1);
        Add(folder, "second", 0.2);
        string[] files = Directory.GetFiles(folder.File("trials"));
        foreach (string file in files)
        {
            File.Delete(file);
            Directory.CreateDirectory(file);
        }

        ResultStore store = Open(folder, "second", note: _ => { });
        Assert.That(store.Find(s_trial, s_key), Is.Null);
        foreach (string file in files)
            Assert.That(() => store.TryClaim(s_trial, s_key), Throws.TypeOf<IOException>().With.Message.Contains($"'{file}' is a folder"));
    }

    internal static void MakePipe(string path)
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start("mkfifo", [path]);
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero);
    }

    // Puts something in the place of a result, and stores another one in spite of it.
    private static void AssertNotThere(Action<string> put)
    {
        using var folder = new TestFolder();
        Add(folder, "engine", 0.25);
        string file = Stored(folder);
        File.Delete(file);
        put(file);
        var notes = new List<string>();
        ResultStore store = Open(folder, "engine", note: notes.Add);
        Assert.That(store.Find(s_trial, s_key), Is.Null);
        Assert.That(notes.Single(), Does.Contain($"'{file}'"));
        using (WorkClaim? claim = store.TryClaim(s_trial, s_key)) Assert.That(claim, Is.Not.Null);
        store.Add(s_trial, s_key, Result("engine", 0.5));
        Assert.That(store.Find(s_trial, s_key)!.Base, Is.EqualTo(0.5));
        Assert.That(Open(folder, "engine", note: _ => { }).Find(s_trial, s_key)!.Base, Is.EqualTo(0.5));
    }

    private static void AssertSame(TrialResult found, TrialResult result)
    {
        Assert.That((found.Key, found.Inputs, found.Engine, found.Untrained),
            Is.EqualTo((result.Key, result.Inputs, result.Engine, result.Untrained)));
        Assert.That(found.Auc, Is.EqualTo(result.Auc));
        Assert.That(found.SelectedBy, Is.EquivalentTo(result.SelectedBy));
        Assert.That(found.Alarms, Is.EqualTo(result.Alarms));
    }

    private static string Stored(TestFolder folder) => Directory.GetFiles(folder.File("trials")).Single();

    private static ResultStore Open(TestFolder folder, string engine, bool sameEngine = false, Action<string>? note = null) =>
        new(folder.File("trials"), engine, sameEngine, TimeProvider.System, note ?? Assert.Fail);

    private static void Add(TestFolder folder, string engine, double auc) =>
        Open(folder, engine).Add(s_trial, s_key, Result(engine, auc));

    private static TrialResult Result(string engine, double auc) => new()
    {
        Key = s_key.Hash,
        Inputs = s_key.Inputs,
        Engine = engine,
        Untrained = null,
        Auc = [auc],
        SelectedBy = Criteria.All.ToDictionary(name => name, _ => 0),
        Alarms = ["svdd on cardio, seed 7: stopped after round 0"],
    };

    private static double? Base(TestFolder folder, string engine, bool sameEngine) =>
        Open(folder, engine, sameEngine, note: _ => { }).Find(s_trial, s_key)?.Base;

    [GeneratedRegex(@",\s*""checksum"": ""[0-9a-f]{64}""")]
    private static partial Regex Checksum();
}
