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
    public void The_settled_settings_are_of_the_grids()
    {
        foreach (BaseModel model in SettingGrids.All.Select(settings => settings.Model).Distinct())
            Assert.That(SettingGrids.All, Does.Contain(SettledSettings.Of(model, images: false)));
    }

    [Test]
    public void The_command_line_of_a_setting_says_all_of_it()
    {
        Settings[] all =
        [
            .. SettingGrids.All,
            .. Experiments.All.SelectMany(experiment => experiment.Cells).Select(cell => cell.Settings),
        ];
        PaperDataset dataset = PaperDataset.Of("thyroid");
        var data = new Dataset("thyroid", new float[12], 2, 6);
        foreach (Settings settings in all)
        {
            FitOptions expected = settings.For(dataset, seed: 7);
            FitOptions parsed = Parse($"{settings.CommandLine(dataset)} --seed 7").OptionsFor(data);
            Assert.That((parsed.Model, parsed.Network, parsed.Training),
                Is.EqualTo((expected.Model, expected.Network, expected.Training)), settings.CommandLine(dataset));
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
