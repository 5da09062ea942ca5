using IadNative.Cli;
using IadNative.Data;

namespace IadNative.Tests.Cli;

internal sealed class BadInputTests
{
    [TestCase("--rounds", "abc", "--rounds: 'abc'")]
    [TestCase("--rounds", "1,000", "--rounds: '1,000'")]
    [TestCase("--rounds", "99999", "--rounds is 99999; allowed is 0 to 65,535.")]
    [TestCase("--rounds", "-1", "--rounds is -1; allowed is")]
    [TestCase("--lr", "0,001", "--lr: '0,001'")]
    [TestCase("--inverse-tau", "0", "--inverse-tau is 0; allowed is")]
    [TestCase("--pretrain", "-1", "--pretrain is -1; allowed is")]
    [TestCase("--nu", "0", "--nu is 0; allowed is")]
    [TestCase("--seeds", "0", "--seeds is 0; allowed is")]
    [TestCase("--seed", "-1", "--seed: '-1'")]
    [TestCase("--ensemble", "0", "--ensemble is 0; allowed is")]
    [TestCase("--threads", "-1", "--threads is -1; allowed is")]
    [TestCase("--model", "maf2", "svdd, svdd-soft, ae, maf")]
    [TestCase("--degrees", "random", "sequential, spread")]
    [TestCase("--degrees", "spread", "use it with --model maf")]
    [TestCase("--score", "p", "nll, density")]
    [TestCase("--score", "density", "use it with --model maf")]
    [TestCase("--epochs", "1.5", "--epochs: '1.5' is no whole number")]
    [TestCase("--normal-class", "3", "use it with --images")]
    [TestCase("--normal-class", "3,,5", "no list of classes")]
    [TestCase("--normalization", "l1", "use it with --images")]
    [TestCase("--normalization", "l2", "gcn, l1, gcn-smooth")]
    [TestCase("--contamination", "0", "--contamination is 0; allowed is above 0, below 1.")]
    [TestCase("--contamination", "1", "--contamination is 1; allowed is")]
    [TestCase("--contamination", "NaN", "--contamination is NaN; allowed is")]
    [TestCase("--contamination", "20%", "--contamination: '20%'")]
    [TestCase("--network", "32-x", "32-16-8")]
    [TestCase("--between", "cold", "reinit, same, warm")]
    [TestCase("--missing", "skip", "error, mean, median, drop")]
    [TestCase("--termination", "fixed:x", "rank-flip, fixed:ROUND, last, otsu or average:FIRST-LAST")]
    [TestCase("--threshold", "quantile:1", "otsu, contamination:R")]
    [TestCase("--device", "tpu", "auto, cpu")]
    [TestCase("--no-such-option", "1", "--no-such-option")]
    public void A_bad_option_gives_exit_code_2_and_one_line_that_says_what_is_allowed(string option, string value, string message) =>
        Refused(message, option, value);

    [TestCase("--epochs", "0", "--epochs is 0; allowed is")]
    [TestCase("--batch", "1", "--batch is 1; allowed is")]
    [TestCase("--lr", "NaN", "--lr is NaN; allowed is")]
    [TestCase("--weight-decay", "-1", "--weight-decay is -1; allowed is")]
    public void A_bad_option_of_a_network_does_as_well(string option, string value, string message) =>
        Refused(message, "--model", "svdd", option, value);

    [TestCase("--epochs", "3")]
    [TestCase("--network", "8-4")]
    [TestCase("--no-batch-norm", "")]
    [TestCase("--batch", "64")]
    [TestCase("--lr", "0.1")]
    public void The_committee_has_no_options_of_a_network(string option, string value) =>
        Refused($"{option} is not for auto: use it with --model svdd or", [option, .. value.Length > 0 ? [value] : (string[])[]]);

    [Test]
    public void The_committee_says_how_many_networks_it_has()
    {
        using var folder = new TestFolder();
        CliRun run = CliRun.Of("fit", folder.WriteCsv(), "--label", "label", "--ensemble", "3");
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(run.Err, Does.Contain("The model auto leaves no choice of an ensemble. Name a model, such as svdd."));
    }

    private static void Refused(string message, params string[] options)
    {
        CliRun run = CliRun.Of(["fit", "data.csv", .. options]);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(run.Out, Is.Empty);
        Assert.That(run.Err, Does.StartWith("error: ").And.Contain(message));
        Assert.That(run.Err, Does.Not.Contain("Parameter").And.Not.Contain("\u001b"));
    }

    [Test]
    public void A_missing_argument_or_command_gives_exit_code_2_and_points_to_the_help()
    {
        CliRun noData = CliRun.Of("fit");
        Assert.That(noData.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(noData.Err, Does.Contain("'iad fit --help'"));
        CliRun noCommand = CliRun.Of();
        Assert.That(noCommand.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(noCommand.Err, Does.Contain("'iad --help'"));
    }

    [Test]
    public void A_file_that_cannot_be_opened_is_bad_input()
    {
        Assert.That(() => InputFile.Read<int>("nosuch.csv", path => File.OpenRead(path).ReadByte()),
            Throws.TypeOf<BadInputException>().With.Message.Contains("'nosuch.csv' does not exist"));
        Assert.That(() => InputFile.Read<int>(Path.GetTempPath(), _ => 0),
            Throws.TypeOf<BadInputException>().With.Message.Contains("is a folder"));
        Assert.That(() => InputFile.Read<int>("data.csv", _ => throw new IOException("in use")),
            Throws.TypeOf<BadInputException>().With.Message.Contains("cannot be read: in use"));
    }

    [Test]
    public void Outputs_are_checked_before_anything_is_read_or_trained()
    {
        using var folder = new TestFolder();
        string data = folder.File("data.csv");
        File.WriteAllText(data, "a,b\n1,2\n");
        string[][] bad =
        [
            ["--out", folder.File("none/model.iad"), "does not exist"],
            ["--out", Path.GetDirectoryName(data)!, "is a folder"],
            ["--out", data, "give another name"],
            ["--out", "-", "does not go to standard output"],
            ["--out", "", "needs the name of a file"],
            ["--json", folder.File("none/report.json"), "does not exist"],
            ["--json", data, "give another name"],
        ];
        foreach (string[] option in bad)
        {
            CliRun run = CliRun.Of("fit", data, option[0], option[1]);
            Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput), run.Err);
            Assert.That(run.Err, Does.StartWith("error: " + option[0]).And.Contain(option[2]));
        }

        CliRun same = CliRun.Of("fit", data, "--out", folder.File("x"), "--json", folder.File("x"));
        Assert.That(same.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(folder.Files, Is.EqualTo(new[] { "data.csv" }), "a check leaves nothing behind");
    }

    [Test]
    public void An_output_that_leads_to_the_data_through_a_link_is_refused()
    {
        using var folder = new TestFolder();
        string data = folder.WriteCsv();
        byte[] before = File.ReadAllBytes(data);
        File.CreateSymbolicLink(folder.File("link.iad"), data);
        Directory.CreateSymbolicLink(folder.File("loop"), Path.GetDirectoryName(data)!);
        foreach (string output in new[] { folder.File("link.iad"), folder.File("loop/data.csv") })
        {
            CliRun run = CliRun.Of("fit", data, "--label", "label", "--out", output);
            Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput), run.Err);
            Assert.That(run.Err, Does.Contain("give another name"));
        }

        Assert.That(File.ReadAllBytes(data), Is.EqualTo(before));
    }

    [Test]
    public void An_output_that_would_replace_an_image_of_the_folder_is_refused()
    {
        using var folder = new TestFolder();
        string data = folder.WriteImages();
        File.CreateSymbolicLink(folder.File("link.iad"), Path.Combine(data, "train-images-idx3-ubyte"));
        foreach (string output in new[] { Path.Combine(data, "train-labels-idx1-ubyte"), folder.File("link.iad") })
        {
            CliRun run = CliRun.Of("fit", data, "--images", "--out", output);
            Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput), run.Err);
            Assert.That(run.Err, Does.Contain("give another name"));
        }

        OutputFile.Check(Path.Combine(data, "model.iad"), "--out", data);
        OutputFile.Check(Path.Combine(data, "new.png"), "--out", data);
    }

    [Test]
    public void An_output_that_can_be_written_passes_the_check_and_is_not_touched()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder.File("old.json"), "old");
        OutputFile.Check(folder.File("old.json"), "--json", folder.File("other"), null);
        OutputFile.Check(folder.File("new.json"), "--json");
        OutputFile.Check(OutputFile.StandardOutput, "--json");
        OutputFile.Check(null, "--json");
        Assert.That(folder.Files, Is.EqualTo(new[] { "old.json" }));
        Assert.That(File.ReadAllText(folder.File("old.json")), Is.EqualTo("old"));
    }
}
