using IadNative.Detectors;
using IadNative.Models;
using IadNative.Reproduction.Claims;
using IadNative.Tests.Cli;

namespace IadNative.Reproduction.Tests;

internal sealed class ResultStoreTests
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
        Add(folder, "engine", 0.3);
        Assert.That(Base(folder, "engine", sameEngine: false), Is.EqualTo(0.3));
    }

    [Test]
    public void A_claim_of_one_store_holds_in_all_others_of_the_folder()
    {
        using var folder = new TestFolder();
        ResultStore one = Open(folder, "first"), other = Open(folder, "second");
        using (TrialClaim? claim = one.TryClaim(s_trial, s_key))
        {
            Assert.That(claim, Is.Not.Null);
            Assert.That(other.TryClaim(s_trial, s_key), Is.Null);
            using TrialClaim? figure = other.TryClaimFigure(s_trial, s_key);
            Assert.That(figure, Is.Not.Null);
        }

        using TrialClaim? later = other.TryClaim(s_trial, s_key);
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

    private static ResultStore Open(TestFolder folder, string engine, bool sameEngine = false) =>
        new(folder.File("trials"), engine, sameEngine, TimeProvider.System);

    private static void Add(TestFolder folder, string engine, double auc) => Open(folder, engine).Add(s_trial, s_key, new TrialResult
    {
        Key = s_key.Hash,
        Inputs = s_key.Inputs,
        Engine = engine,
        Untrained = null,
        Auc = [auc],
        SelectedBy = new Dictionary<string, int>(),
        Alarms = [],
    });

    private static double? Base(TestFolder folder, string engine, bool sameEngine) =>
        Open(folder, engine, sameEngine).Find(s_trial, s_key)?.Base;
}
