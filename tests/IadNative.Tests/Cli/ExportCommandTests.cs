using System.Text.Json;
using IadNative.Cli;
using IadNative.Onnx;

namespace IadNative.Tests.Cli;

/// <summary><c>iad export</c>, and <c>iad info</c> of what it wrote.</summary>
internal sealed class ExportCommandTests
{
    [Test]
    public void A_model_is_written_whole_and_said_to_be()
    {
        using var folder = new TestFolder();
        (string model, string onnx) = (Fit(folder), folder.File("model.onnx"));
        CliRun run = CliRun.Of("export", model, "--onnx", onnx);
        Assert.That((run.Code, run.Err), Is.EqualTo((ExitCodes.Success, "")));
        Assert.That(run.Out, Does.Contain("model.onnx: svdd, 4 features, opset 13, score, percentile, label; ").And.Contain(" KiB."));
        using var expected = new MemoryStream();
        AnomalyDetector.Load(model).ExportOnnx(expected);
        Assert.That(File.ReadAllBytes(onnx), Is.EqualTo(expected.ToArray()));
    }

    [Test]
    public void Outputs_are_chosen_by_name()
    {
        using var folder = new TestFolder();
        (string model, string onnx) = (Fit(folder), folder.File("model.onnx"));
        Assert.That(CliRun.Of("export", model, "--onnx", onnx, "--outputs", "label,score").Out, Does.Contain("opset 13, score, label; "));
        Assert.That(OnnxModelInfo.Read(onnx).Outputs, Is.EqualTo((string[])["score: float32 [rows]", "label: int64 [rows]"]));
        CliRun refused = CliRun.Of("export", model, "--onnx", onnx, "--outputs", "score,rank");
        Assert.That(refused.Code, Is.EqualTo(ExitCodes.BadInput));
        Assert.That(refused.Err, Does.Contain("--outputs: 'rank' is none of score, percentile, label."));
    }

    [Test]
    public void What_cannot_be_exported_leaves_no_file_and_says_why()
    {
        using var folder = new TestFolder();
        string model = Fit(folder), data = folder.File("data.csv"), onnx = folder.File("model.onnx");
        foreach ((string[] args, string reason) in new (string[], string)[]
        {
            (["export", model], "--onnx"), (["export", model, "--onnx", "-"], "--onnx needs the name of a file"),
            (["export", folder.File("none.iad"), "--onnx", onnx], "does not exist"), (["export", data, "--onnx", onnx], "data.csv"),
            (["export", model, "--onnx", model], "also read"), (["export", model, "--onnx", onnx, "--memory-limit", "1KiB"], "--memory-limit"),
        })
        {
            CliRun run = CliRun.Of(args);
            Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput), run.Err);
            Assert.That(run.Err, Does.Contain(reason));
            Assert.That(File.Exists(onnx), Is.False);
        }
    }

    [Test]
    public void Info_says_of_an_exported_model_what_it_says_of_the_model_file_and_what_runs_it()
    {
        using var folder = new TestFolder();
        (string model, string onnx) = (Fit(folder), folder.File("model.ONNX"));
        Assert.That(CliRun.Of("export", model, "--onnx", onnx).Code, Is.EqualTo(ExitCodes.Success));
        using JsonDocument ofModel = Json("info", model, "--json", "-"), ofOnnx = Json("info", onnx, "--json", "-");
        JsonElement own = ofModel.RootElement.GetProperty("detector"), exported = ofOnnx.RootElement.GetProperty("detector");
        foreach (JsonProperty fact in own.EnumerateObject().Where(fact => fact.Name != "checked"))
            Assert.That(exported.GetProperty(fact.Name).GetRawText(), Is.EqualTo(fact.Value.GetRawText()), fact.Name);
        Assert.That(exported.GetProperty("inputs")[0].GetString(), Is.EqualTo("rows: float32 [rows, 4]"));
        Assert.That(exported.GetProperty("opset").GetInt32(), Is.EqualTo(13));
        Assert.That(CliRun.Of("info", onnx).Out, Does.Contain("producer").And.Contain("score: float32 [rows]").And.Contain("a, b, c, d"));
        File.WriteAllText(onnx, "no model");
        CliRun refused = CliRun.Of("info", onnx);
        Assert.That(refused.Code, Is.EqualTo(ExitCodes.BadInput), refused.Err);
        Assert.That(refused.Err, Does.Contain("no ONNX model"));
    }

    private static JsonDocument Json(params string[] args)
    {
        CliRun run = CliRun.Of(args);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        return JsonDocument.Parse(run.Out);
    }

    private static string Fit(TestFolder folder)
    {
        string model = folder.File("model.iad");
        CliRun run = CliRun.Of(
            "fit", folder.WriteCsv(), "--label", "label", "--model", "svdd", "--rounds", "1", "--epochs", "2", "--out", model);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.Success), run.Err);
        return model;
    }
}
