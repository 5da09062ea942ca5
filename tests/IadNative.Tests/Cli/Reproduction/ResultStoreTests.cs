using IadNative.Cli;
using IadNative.Cli.Reproduction;
using IadNative.Detectors;
using IadNative.Models;

namespace IadNative.Tests.Cli.Reproduction;

internal sealed class ResultStoreTests
{
    [Test]
    public void One_at_a_time_has_a_folder()
    {
        using var folder = new TestFolder();
        string trials = folder.File("trials");
        using (new ResultStore(trials))
        {
            Assert.That(() => new ResultStore(trials),
                Throws.TypeOf<BadInputException>().With.Message.Contains("another 'iad reproduce' is at work in"));
        }

        Assert.That(Directory.GetFiles(trials), Is.Empty, "the lock");
        using var again = new ResultStore(trials);
    }

    [Test]
    public void A_command_leaves_a_folder_alone_in_which_another_is_at_work()
    {
        using var folder = new OddsFolder("cardio");
        string[] args =
        [
            "reproduce", "table2", "--data", folder.Data, "--datasets", "cardio", "--models", "svdd", "--seeds", "1", "--device",
            "cpu", "--out", folder.Out(),
        ];
        using (new ResultStore(Path.Combine(folder.Out(), "trials")))
        {
            CliRun run = CliRun.Of(args);
            Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
            Assert.That(run.Err, Does.Contain("another 'iad reproduce' is at work").And.Contain("--out"));
            Assert.That(folder.Trials(), Is.Empty);
        }

        Assert.That(CliRun.Of(args).Code, Is.EqualTo(ExitCodes.Success));
        Assert.That(Directory.GetFiles(Path.Combine(folder.Out(), "trials")), Is.EqualTo(folder.Trials()));
    }

    [Test]
    public void What_a_killed_process_left_half_written_is_removed()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder.File("trials"));
        string remains = folder.File(Path.Combine("trials", $".iad-{Guid.NewGuid():N}.tmp"));
        string other = folder.File(Path.Combine("trials", "svdd-cardio-seed0.json"));
        File.WriteAllText(remains, "{ \"ke");
        File.WriteAllText(other, "{}");
        using var store = new ResultStore(folder.File("trials"));
        Assert.That(File.Exists(remains), Is.False);
        Assert.That(File.Exists(other), Is.True);
    }

    [Test]
    public void A_folder_that_cannot_be_made_is_refused()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder.File("file"), "");
        Assert.That(() => new ResultStore(folder.File(Path.Combine("file", "trials"))),
            Throws.TypeOf<BadInputException>().With.Message.Contains("cannot be made"));
    }

    [Test]
    public void A_key_has_all_that_results_depend_on()
    {
        Cell cell = new(PaperDataset.Of("mnist"), 0.1, SettledSettings.Of(BaseModel.Autoencoder, images: true), null);
        var trial = new Trial(cell, "3", 7);
        Settings longer = cell.Settings with { Training = cell.Settings.Training with { Epochs = 99 } };
        string[] keys =
        [
            KeyOf(trial), KeyOf(trial with { Seed = 8 }), KeyOf(trial with { NormalClass = "4" }),
            KeyOf(trial with { Cell = cell with { Contamination = 0.2 } }),
            KeyOf(trial with { Cell = cell with { Dataset = PaperDataset.Of("fashion-mnist") } }),
            KeyOf(trial with { Cell = cell with { Settings = longer } }),
            KeyOf(trial, checksum: "other"), KeyOf(trial, engine: "other"),
        ];
        Assert.That(keys, Is.Unique);
        Assert.That(KeyOf(trial with { Cell = cell with { Paper = PaperTables.Table2[0].Result } }), Is.EqualTo(keys[0]));

        static string KeyOf(Trial trial, string checksum = "data", string engine = "engine") =>
            ResultStore.KeyOf(trial, checksum, engine);
    }
}
