using System.Text.Json;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Detectors.Options;
using IadNative.Iad;
using IadNative.Models;

namespace IadNative.Cli;

/// <summary>The JSON object of <c>iad fit</c>. Its fields are documented in the README and stable.</summary>
internal static class FitJson
{
    private const string Schema = "iadnative.fit/1";

    /// <summary>Writes the object.</summary>
    /// <param name="json">Receives it.</param>
    /// <param name="arguments">What the command was told.</param>
    /// <param name="data">What it was fitted on.</param>
    /// <param name="result">What came of it.</param>
    /// <param name="threshold">Scores above this are anomalous.</param>
    public static void Write(Utf8JsonWriter json, FitArguments arguments, Dataset data, FitResult result, float threshold)
    {
        json.WriteStartObject();
        json.WriteString("schema", Schema);
        json.WriteString("version", Product.Version);
        json.WriteString("model", result.Options.Model.Name);
        json.WriteString("network", result.Options.Network!.ToString());
        if (result.Options.Families.Count > 0)
        {
            json.WriteStartArray("families");
            foreach (DetectorFamily family in result.Options.Families) json.WriteStringValue(family.ToString());
            json.WriteEndArray();
        }

        WriteDataset(json, data, result);
        json.WritePropertyName("options");
        WriteOptions(json, arguments, result.Options);
        json.WriteStartArray("seeds");
        foreach (RunReport run in result.Runs) json.WriteNumberValue(run.Seed);
        json.WriteEndArray();
        WriteSummary(json, "untrained", result.Untrained);
        WriteSummary(json, "base", result.Base);
        WriteSummary(json, "iad", result.Iad, result.Runs);
        WriteSummary(json, "iadBest", result.IadBest);
        json.WriteStartArray("rounds");
        foreach (RunReport run in result.Runs) WriteRun(json, run);
        json.WriteEndArray();
        json.WriteStartArray("alarms");
        foreach (Alarm alarm in result.Alarms) WriteAlarm(json, alarm);
        json.WriteEndArray();
        json.WriteFinite("threshold", threshold);
        WriteQuality(json, result.AtThreshold);
        json.WriteStartArray("controls");
        foreach (ControlReport control in result.Controls) WriteControl(json, control);
        json.WriteEndArray();
        json.WriteString("device", result.Device);
        json.WriteFinite("seconds", result.Seconds);
        json.WriteEndObject();
    }

    private static void WriteDataset(Utf8JsonWriter json, Dataset data, FitResult result)
    {
        json.WriteStartObject("dataset");
        json.WriteString("name", data.Name);
        json.WriteNumber("n", data.Rows);
        json.WriteNumber("d", data.Columns);
        if (data.SampledFrom is { } rows) json.WriteNumber("sampledFrom", rows);
        WriteLength(json, "height", data.Image?.Height);
        WriteLength(json, "width", data.Image?.Width);
        if (data.Labels is not null) json.WriteNumber("anomalies", data.Anomalies);
        json.WriteStartArray("notes");
        foreach (string note in data.Notes.Concat(result.Notes)) json.WriteStringValue(note);
        json.WriteEndArray();
        json.WriteStartArray("columns");
        foreach (ColumnReport column in result.Columns) WriteColumn(json, column);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteColumn(Utf8JsonWriter json, ColumnReport column)
    {
        json.WriteStartObject();
        json.WriteString("name", column.Column.Name);
        json.WriteString("kind", column.Column.Kind.ToString().ToLowerInvariant());
        if (column.Column.Kind == FeatureKind.Category) json.WriteNumber("levels", column.Column.Levels.Count);
        json.WriteNumber("missing", column.Missing);
        json.WriteOptional("filledWith", column.Fill);
        json.WriteOptional("constant", column.Constant);
        json.WriteNumber("extreme", column.Extreme);
        json.WriteOptional("farthest", column.Farthest);
        json.WriteNumber("distinct", column.Distinct);
        json.WriteNumber("collapsed", column.Collapsed);
        json.WriteEndObject();
    }

    /// <summary>Writes an object with every option as it was used.</summary>
    public static void WriteOptions(Utf8JsonWriter json, FitArguments arguments, FitOptions used)
    {
        json.WriteStartObject();
        json.WriteString("from", arguments.From);
        if (arguments.Load.MostScoringBytes is { } bytes) json.WriteNumber("memoryLimit", bytes);
        else json.WriteNull("memoryLimit");
        json.WriteString("label", arguments.Data.Label);
        json.WriteString("missing", arguments.Data.Missing);
        ReadingSyntax.WriteJson(json, arguments.Data.Reading);
        json.WriteBoolean("images", arguments.Data.Images);
        json.WriteString("normalClass", arguments.NormalClasses is { } normal ? string.Join(',', normal) : null);
        if (arguments.Contamination is { } contamination) json.WriteFinite("contamination", contamination);
        else json.WriteNull("contamination");
        json.WriteNullable("sample", arguments.Data.Reading.Sample);
        json.WriteNumber("sampleSeed", arguments.Data.Reading.SampleSeed);
        json.WriteBoolean("outOfCore", arguments.OutOfCore);
        json.WriteString("temp", arguments.TemporaryFolder);
        foreach (FitOption option in FitOptionTable.All.Where(option => option.IsOfCommandLine)) option.WriteJson(json, option.JsonName, used);
        json.WriteString("device", arguments.Device.ToString());
        json.WriteBoolean("tf32", arguments.Cuda.AllowTf32);
        json.WriteBoolean("fusion", arguments.Cuda.UseFusion);
        json.WriteEndObject();
    }

    private static void WriteLength(Utf8JsonWriter json, string name, int? length)
    {
        if (length is { } number) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }

    private static void WriteSummary(Utf8JsonWriter json, string name, AucSummary? auc, IReadOnlyList<RunReport>? runs = null)
    {
        json.WriteStartObject(name);
        if (auc is not null)
        {
            json.WriteStartObject("auc");
            json.WriteFinite("mean", auc.Mean);
            json.WriteFinite("std", auc.Std);
            json.WriteStartArray("values");
            foreach (double? value in auc.Values) json.WriteFiniteValue(value ?? double.NaN);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        if (runs is not null)
        {
            json.WriteStartArray("rounds");
            foreach (RunReport run in runs) json.WriteNumberValue(run.SelectedRound);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteRun(Utf8JsonWriter json, RunReport run)
    {
        json.WriteStartObject();
        json.WriteNumber("seed", run.Seed);
        json.WriteBoolean("frozen", run.Frozen);
        json.WriteNumber("selected", run.SelectedRound);
        if (run.KeptRounds.Count > 1)
        {
            json.WriteStartArray("kept");
            foreach (int round in run.KeptRounds) json.WriteNumberValue(round);
            json.WriteEndArray();
            json.WriteOptional("averageAuc", run.AverageAuc);
        }

        json.WriteStartObject("selectedBy");
        foreach ((string rule, int round) in run.SelectedBy) json.WriteNumber(rule, round);
        json.WriteEndObject();
        json.WriteOptional("untrainedAuc", run.UntrainedAuc);
        json.WriteStartArray("rounds");
        foreach (RoundReport round in run.Rounds) WriteRound(json, round);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteRound(Utf8JsonWriter json, RoundReport round)
    {
        json.WriteStartObject();
        json.WriteNumber("round", round.Round);
        json.WriteNullable("rankFlips", round.RankFlips);
        json.WriteFinite("scoreMin", round.ScoreMin);
        json.WriteFinite("scoreMedian", round.ScoreMedian);
        json.WriteFinite("scoreMax", round.ScoreMax);
        json.WriteNumber("distinctScores", round.DistinctScores);
        json.WriteFinite("otsuRatio", round.OtsuRatio);
        json.WriteNumber("neutralMembers", round.NeutralMembers);
        json.WriteFinite("weightMean", round.WeightMean);
        json.WriteFinite("weightMedian", round.WeightMedian);
        json.WriteOptional("normalWeightMean", round.NormalWeightMean);
        json.WriteOptional("normalWeightMedian", round.NormalWeightMedian);
        json.WriteOptional("anomalyWeightMean", round.AnomalyWeightMean);
        json.WriteOptional("anomalyWeightMedian", round.AnomalyWeightMedian);
        json.WriteOptional("auc", round.Auc);
        json.WriteFinite("loss", round.Loss);
        json.WriteBoolean("degenerateWeights", round.DegenerateWeights);
        json.WriteBoolean("collapsed", round.Collapsed);
        json.WriteFinite("seconds", round.Seconds);
        json.WriteEndObject();
    }

    private static void WriteQuality(Utf8JsonWriter json, ThresholdQuality? quality)
    {
        if (quality is not { } known) return;
        json.WriteStartObject("atThreshold");
        json.WriteNumber("flagged", known.Flagged);
        json.WriteNullable("precision", known.Precision);
        json.WriteNullable("recall", known.Recall);
        json.WriteNullable("f1", known.F1);
        json.WriteEndObject();
    }

    private static void WriteControl(Utf8JsonWriter json, ControlReport control)
    {
        json.WriteStartObject();
        json.WriteString("name", control.Name);
        json.WriteOptional("auc", control.Auc);
        json.WriteNullable("rankCorrelation", control.RankCorrelation);
        json.WriteNullable("sharedFlagged", control.SharedFlagged);
        json.WriteEndObject();
    }

    private static void WriteAlarm(Utf8JsonWriter json, Alarm alarm)
    {
        json.WriteStartObject();
        json.WriteString("kind", alarm.Kind switch
        {
            AlarmKind.Frozen => "frozen",
            AlarmKind.Collapsed => "collapsed",
            AlarmKind.ControlBetter => "controlBetter",
            _ => "deviceFailed",
        });
        json.WriteNumber("seed", alarm.Seed);
        json.WriteNumber("round", alarm.Round);
        json.WriteNullable("epoch", alarm.Epoch);
        json.WriteString("message", alarm.Message);
        json.WriteEndObject();
    }
}
