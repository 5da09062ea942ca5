using System.Text.Json;
using IadNative.Cli;
using IadNative.Detectors;
using IadNative.Iad;

namespace IadNative.Tests.Cli;

internal sealed class FitJsonTests
{
    [Test]
    public void A_labelled_fit_gives_every_documented_value()
    {
        JsonElement json = Write(labelled: true);
        Assert.That(json.GetProperty("schema").GetString(), Is.EqualTo("iadnative.fit/1"));
        Assert.That(json.GetProperty("model").GetString(), Is.EqualTo("svdd"));
        Assert.That(json.GetProperty("network").GetString(), Is.EqualTo("32-16-8"));
        JsonElement dataset = json.GetProperty("dataset");
        Assert.That(dataset.GetProperty("name").GetString(), Is.EqualTo("sample [1].csv"));
        Assert.That(dataset.GetProperty("n").GetInt32(), Is.EqualTo(4));
        Assert.That(dataset.GetProperty("d").GetInt32(), Is.EqualTo(2));
        Assert.That(dataset.GetProperty("height").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(dataset.TryGetProperty("anomalies", out _), Is.True);
        Assert.That(Numbers(json.GetProperty("seeds")), Is.EqualTo(new[] { 0.0, 1 }));
        Assert.That(json.GetProperty("untrained").GetProperty("auc").GetProperty("mean").GetDouble(), Is.EqualTo(0.515));
        foreach (string name in (string[])["base", "iad", "iadBest"])
        {
            JsonElement auc = json.GetProperty(name).GetProperty("auc");
            Assert.That(auc.GetProperty("mean").GetDouble(), Is.EqualTo(0.75));
            Assert.That(auc.GetProperty("std").GetDouble(), Is.EqualTo(0.05));
            Assert.That(Numbers(auc.GetProperty("values")), Is.EqualTo(new[] { 0.7, 0.7 + 0.1 }));
        }

        Assert.That(Numbers(json.GetProperty("iad").GetProperty("rounds")), Is.EqualTo(new[] { 2.0, 2 }));
        Assert.That(json.GetProperty("threshold").GetSingle(), Is.EqualTo(0.1f));
        Assert.That(json.GetProperty("device").GetString(), Is.EqualTo("cpu (AVX2)"));
        Assert.That(json.GetProperty("seconds").GetDouble(), Is.EqualTo(1.5));
        Assert.That(json.GetProperty("version").GetString(), Is.EqualTo(Product.Version));
    }

    [Test]
    public void Runs_and_rounds_carry_every_field_of_the_reports()
    {
        JsonElement runs = Write(labelled: true).GetProperty("rounds");
        Assert.That(runs.GetArrayLength(), Is.EqualTo(2));
        JsonElement second = runs[1];
        Assert.That(second.GetProperty("seed").GetInt32(), Is.EqualTo(1));
        Assert.That(second.GetProperty("frozen").GetBoolean(), Is.True);
        Assert.That(second.GetProperty("selected").GetInt32(), Is.EqualTo(2));
        Assert.That(second.GetProperty("selectedBy").GetProperty("otsu").GetInt32(), Is.EqualTo(1));
        Assert.That(second.GetProperty("untrainedAuc").GetDouble(), Is.EqualTo(0.515));
        JsonElement rounds = second.GetProperty("rounds");
        Assert.That(rounds[0].GetProperty("rankFlips").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(rounds[1].GetProperty("rankFlips").GetInt32(), Is.EqualTo(999));
        Assert.That(rounds[1].GetProperty("scoreMin").GetRawText(), Is.EqualTo("2E-07"), "a float32 in its shortest form");

        // The C# record and the JSON must not drift apart.
        IEnumerable<string> expected = typeof(RoundReport).GetProperties().Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name));
        Assert.That(rounds[1].EnumerateObject().Select(p => p.Name), Is.EquivalentTo(expected));
    }

    [Test]
    public void Several_rounds_that_are_kept_are_named_with_the_auc_of_their_mean()
    {
        FitResult result = FitSamples.Result(labelled: true);
        JsonElement run = Write(labelled: true, result with { Runs = [result.Runs[0] with { KeptRounds = [1, 2], AverageAuc = 0.75 }] }).GetProperty("rounds")[0];
        Assert.That(run.GetProperty("kept").EnumerateArray().Select(round => round.GetInt32()), Is.EqualTo(new[] { 1, 2 }));
        Assert.That(run.GetProperty("averageAuc").GetDouble(), Is.EqualTo(0.75));
        Assert.That(Write(labelled: true).GetProperty("rounds")[0].TryGetProperty("kept", out _), Is.False);
    }

    [Test]
    public void Options_name_every_option_of_the_command_line_but_the_outputs()
    {
        IEnumerable<string> written = Write(labelled: true).GetProperty("options").EnumerateObject().Select(p => p.Name);
        var command = new System.CommandLine.Command("fit");
        new FitSyntax().AddTo(command);
        IEnumerable<string> expected = command.Options.Select(option => option.Name)
            .Where(name => name is not ("--out" or "--json" or "--report"))
            .Select(name => CamelCase(name.Replace("--no-", "--", StringComparison.Ordinal)));
        Assert.That(written, Is.EquivalentTo(expected));
    }

    [Test]
    public void Without_labels_there_is_no_auc_but_the_selected_rounds_stay()
    {
        JsonElement json = Write(labelled: false);
        Assert.That(JsonPaths.Of(json).Where(path => path.Contains("auc", StringComparison.OrdinalIgnoreCase)), Is.Empty);
        Assert.That(json.GetProperty("dataset").TryGetProperty("anomalies", out _), Is.False);
        Assert.That(Numbers(json.GetProperty("iad").GetProperty("rounds")), Is.EqualTo(new[] { 2.0, 2 }));
        Assert.That(json.GetProperty("rounds")[0].GetProperty("rounds")[0].TryGetProperty("normalWeightMean", out _), Is.False);
    }

    [Test]
    public void Alarms_tell_kind_place_and_story()
    {
        JsonElement alarms = Write(labelled: true).GetProperty("alarms");
        Assert.That(alarms[0].GetRawText(), Does.Contain("\"frozen\"").And.Contain("not finite"));
        Assert.That(alarms[0].GetProperty("epoch").GetInt32(), Is.EqualTo(3));
        Assert.That(alarms[1].GetProperty("kind").GetString(), Is.EqualTo("collapsed"));
        Assert.That(alarms[1].GetProperty("epoch").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public void What_the_threshold_and_the_controls_are_worth_is_told()
    {
        JsonElement json = Write(labelled: true), quality = json.GetProperty("atThreshold"), controls = json.GetProperty("controls");
        Assert.That(string.Concat(quality.GetRawText().Where(c => !char.IsWhiteSpace(c))),
            Is.EqualTo("{\"flagged\":2,\"precision\":0.5,\"recall\":1,\"f1\":0.6666666666666666}"));
        Assert.That(controls[0].GetProperty("name").GetString(), Is.EqualTo("untrained"));
        Assert.That(controls[0].GetProperty("auc").GetDouble(), Is.EqualTo(0.515));
        Assert.That(controls[0].GetProperty("rankCorrelation").GetDouble(), Is.EqualTo(0.25));
        Assert.That(controls[1].GetProperty("sharedFlagged").ValueKind, Is.EqualTo(JsonValueKind.Null));
        JsonElement plain = Write(labelled: false);
        Assert.That(plain.TryGetProperty("atThreshold", out _), Is.False);
        Assert.That(plain.GetProperty("controls")[0].GetProperty("sharedFlagged").GetDouble(), Is.EqualTo(0.5));
    }

    [Test]
    public void A_run_without_an_auc_is_null_among_the_values()
    {
        FitResult result = FitSamples.Result(labelled: true) with { Untrained = new AucSummary(0.5, 0, [null, 0.5]) };
        JsonElement values = Write(labelled: true, result).GetProperty("untrained").GetProperty("auc").GetProperty("values");
        Assert.That((values[0].ValueKind, values[1].GetDouble()), Is.EqualTo((JsonValueKind.Null, 0.5)));
    }

    [Test]
    public void Numbers_that_are_not_finite_become_null()
    {
        FitResult result = FitSamples.Result(labelled: true);
        RoundReport odd = FitSamples.Round(0, labelled: true) with
        {
            Loss = double.NaN, ScoreMax = float.PositiveInfinity, OtsuRatio = double.NegativeInfinity, Auc = double.NaN,
        };
        result = result with
        {
            Runs = [result.Runs[0] with { Rounds = [odd], SelectedRound = 0, UntrainedAuc = double.NaN }],
            Iad = new AucSummary(double.NaN, double.NaN, [double.NaN]),
            Seconds = double.PositiveInfinity,
        };
        JsonElement json = Write(labelled: true, result, float.NaN);
        JsonElement round = json.GetProperty("rounds")[0].GetProperty("rounds")[0];
        JsonElement[] nulls =
        [
            round.GetProperty("loss"), round.GetProperty("scoreMax"), round.GetProperty("otsuRatio"), round.GetProperty("auc"),
            json.GetProperty("iad").GetProperty("auc").GetProperty("mean"), json.GetProperty("seconds"), json.GetProperty("threshold"),
            json.GetProperty("iad").GetProperty("auc").GetProperty("values")[0],
            json.GetProperty("rounds")[0].GetProperty("untrainedAuc"),
        ];
        Assert.That(nulls.Select(value => value.ValueKind), Is.All.EqualTo(JsonValueKind.Null));
    }

    internal static JsonElement Write(bool labelled, FitResult? result = null, float threshold = 0.1f)
    {
        using var stream = new MemoryStream();
        JsonOutput.Write(stream, json => FitJson.Write(json, FitSamples.Arguments(labelled), FitSamples.Data(labelled),
            result ?? FitSamples.Result(labelled), threshold));
        return JsonDocument.Parse(stream.ToArray()).RootElement;
    }

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetDouble())];

    private static string CamelCase(string option)
    {
        string[] words = option[2..].Split('-');
        return words[0] + string.Concat(words[1..].Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
    }
}
