using System.CommandLine;
using System.Globalization;
using IadNative.Detectors;
using IadNative.Messages;
using IadNative.Onnx;
using Spectre.Console;

namespace IadNative.Cli;

/// <summary><c>iad export</c>: writes a saved detector in a form that other programs run.</summary>
internal static class ExportCommand
{
    /// <summary>Shown at the end of its help.</summary>
    public const string Examples = """
          iad export model.iad --onnx model.onnx
          iad export model.iad --onnx model.onnx --outputs score,label
          iad info model.onnx
        """;

    // In the order of OnnxOutputs.
    private static readonly string[] s_outputs = ["score", "percentile", "label"];

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var command = new Command("export", "Write a saved detector as an ONNX model: one graph from raw features to score, percentile and label.");
        var model = new Argument<string>("MODEL") { Description = "The model file that 'iad fit --out' wrote." };
        var onnx = new Option<string>("--onnx")
        {
            HelpName = "FILE",
            Description = "Where to write the ONNX model. Required.",
            Required = true,
        };
        Option<OnnxOutputs> outputs = CommandOptions.Parsed(
            "--outputs", "NAMES", $"What the model tells of each row: some of {string.Join(',', s_outputs)}. [default: all of them]", OnnxOutputs.None, Parse);
        Option<LoadOptions> limit = MemoryLimit.Option();
        command.Add(model);
        foreach (Option option in (Option[])[onnx, outputs, limit]) command.Add(option);
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(model), MemoryLimit.Of(parsed, limit), parsed.GetRequiredValue(onnx),
            parsed.GetValue(outputs) is var chosen && chosen == OnnxOutputs.None ? OnnxOutputs.All : chosen, terminal));
        return command;
    }

    private static int Run(string model, LoadOptions load, string onnx, OnnxOutputs outputs, Terminal terminal)
    {
        if (onnx == OutputFile.StandardOutput) throw new BadInputException("--onnx needs the name of a file.");
        OutputFile.Check(onnx, "--onnx", model);
        AnomalyDetector detector = ModelInput.Read(model, load, terminal);
        var written = new MemoryStream();
        try
        {
            detector.ExportOnnx(written, new OnnxExportOptions { Outputs = outputs });
        }
        catch (NotSupportedException exception)
        {
            throw new BadInputException($"{ForeignText.Plain(model)} cannot be exported: {exception.Message}");
        }

        return ResultFiles.Deliver(
            terminal, files => files.Write(onnx, path => Persistence.AtomicFile.Write(path, written.WriteTo)),
            files =>
            {
                if (files.Has(onnx)) terminal.Output.WriteLine(Describe(onnx, written, detector, outputs));
            });
    }

    private static string Describe(string onnx, MemoryStream written, AnomalyDetector detector, OnnxOutputs outputs) => string.Create(
        CultureInfo.InvariantCulture,
        $"{ForeignText.Plain(onnx)}: {detector.Model.Name}, {detector.Features} features, opset {OnnxExport.Opset}, "
        + $"{string.Join(", ", s_outputs.Where((_, place) => outputs.HasFlag((OnnxOutputs)(1 << place))))}; {(written.Length + 1023) / 1024} KiB.");

    private static OnnxOutputs Parse(string text) => text.Split(',').Aggregate(OnnxOutputs.None, (chosen, word) =>
        Array.IndexOf(s_outputs, word.Trim()) is var place and >= 0
            ? chosen | (OnnxOutputs)(1 << place)
            : throw new FormatException($"{ForeignText.Quote(word)} is none of {string.Join(", ", s_outputs)}."));
}
