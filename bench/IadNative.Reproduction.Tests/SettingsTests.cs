using System.CommandLine;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Models;

namespace IadNative.Reproduction.Tests;

internal sealed class SettingsTests
{
    [Test]
    public void A_grid_has_at_most_24_settings_of_a_model_all_different()
    {
        foreach (IGrouping<BaseModel, Settings> grid in SettingGrids.All.GroupBy(settings => settings.Model))
        {
            Assert.That(grid.Count(), Is.LessThanOrEqualTo(24));
            Assert.That(grid.Select(settings => settings.ToString()), Is.Unique);
        }
    }

    [Test]
    public void A_grid_of_images_has_at_most_13_settings_of_a_model_all_different_and_the_nearest_three_are_of_it()
    {
        foreach (IGrouping<string, Settings> grid in ImageGrids.All.GroupBy(settings => settings.Model.Name))
        {
            Assert.That(grid.Count(), Is.LessThanOrEqualTo(13));
            Assert.That(grid.Select(settings => settings.ToString()), Is.Unique);
            Assert.That(ImageGrids.Nearest.Count(settings => settings.Model.Name == grid.Key), Is.EqualTo(3), grid.Key);
        }

        Assert.That(ImageGrids.Nearest, Is.SubsetOf(ImageGrids.All));
        Assert.That(ImageGrids.All.Select(settings => settings.Training.LearningRate), Is.All.EqualTo(1e-4).Or.EqualTo(1e-3));
        Assert.That(ImageGrids.All.Select(settings => (settings.Training.BatchSize, settings.Training.Rounds)), Is.All.EqualTo((200, 10)));
    }

    [Test]
    public void The_grid_of_images_runs_all_on_mnist_and_the_nearest_on_fashion_mnist()
    {
        Experiment grid = Experiments.All.Single(experiment => experiment.Name == "grid-images");
        Assert.That(grid.Cells.Where(cell => cell.Dataset.Name == "mnist").Select(cell => cell.Settings), Is.EquivalentTo(ImageGrids.All));
        Assert.That(grid.Cells.Where(cell => cell.Dataset.Name == "fashion-mnist").Select(cell => cell.Settings), Is.EquivalentTo(ImageGrids.Nearest));
        Assert.That(grid.Cells.Select(cell => (cell.Contamination, cell.Paper is null)), Is.All.EqualTo(((double?)0.2, false)));
    }

    [Test]
    public void The_settled_settings_are_of_the_grids()
    {
        foreach (BaseModel model in SettingGrids.All.Select(settings => settings.Model).Distinct())
        {
            Assert.That(SettingGrids.All, Does.Contain(SettledSettings.Of(model, images: false)));
            Assert.That(ImageGrids.Nearest, Does.Contain(SettledSettings.Of(model, images: true)));
        }
    }

    [Test]
    public void The_command_line_of_a_setting_says_all_of_it()
    {
        Settings[] all =
        [
            .. SettingGrids.All,
            .. ImageGrids.All,
            .. Experiments.All.SelectMany(experiment => experiment.Cells).Select(cell => cell.Settings),
        ];
        foreach (Settings settings in all)
        {
            bool images = settings.Training.BatchSize == 200;
            PaperDataset dataset = PaperDataset.Of(images ? "mnist" : "thyroid");
            Dataset data = images ? new("mnist", new float[2 * 784], 2, 784) { Image = new(28, 28) } : new("thyroid", new float[12], 2, 6);
            FitOptions expected = settings.For(dataset, seed: 7);
            string line = $"{settings.CommandLine(dataset)}{(images ? " --images" : "")} --seed 7";
            FitOptions parsed = Parse(line).OptionsFor(data);
            Assert.That((parsed.Model, parsed.Network, parsed.Training, parsed.Normalization ?? ImageNormalization.GlobalContrast),
                Is.EqualTo((expected.Model, expected.Network, expected.Training, expected.Normalization ?? ImageNormalization.GlobalContrast)), line);
        }
    }

    [Test]
    public void A_trial_takes_one_thread_since_others_run_beside_it()
    {
        foreach (Cell cell in Experiments.All.SelectMany(experiment => experiment.Cells))
            Assert.That(cell.Settings.For(cell.Dataset, seed: 1).Threads, Is.EqualTo(1));
    }

    private static FitArguments Parse(string options)
    {
        var command = new Command("fit");
        var syntax = new FitSyntax();
        syntax.AddTo(command);
        return syntax.Bind(command.Parse(["data.csv", .. options.Split(' ')]));
    }
}
