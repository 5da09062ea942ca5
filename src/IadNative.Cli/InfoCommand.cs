using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using IadNative.Cuda;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Detectors.Options;
using IadNative.Iad;
using IadNative.Messages;
using IadNative.Onnx;
using Spectre.Console;

namespace IadNative.Cli;

/// <summary><c>iad info</c>: what this program runs on, and what a model file holds.</summary>
internal static class InfoCommand
{
    /// <summary>Shown at the end of its help.</summary>
    public const string Examples = """
          iad info
          iad info model.iad
          iad info model.iad --json -
          iad info model.onnx
        """;

    private const string Schema = "iadnative.info/1";

    /// <summary>The fact that lists the features, of which a screen shows the first.</summary>
    private const string FeatureFact = "features";

    private const int ShownFeatures = 100;

    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal, CudaAccess cuda)
    {
        var command = new Command("info", "Show version and machine, or what a model file or an exported model holds.");
        var model = new Argument<string?>("MODEL")
        {
            Description = "A model file, or one that 'iad export' wrote and whose name ends in .onnx; without one, only version and machine are shown.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> json = JsonOutput.Option();
        command.Add(model);
        Option<LoadOptions> limit = MemoryLimit.Option();
        command.Add(json);
        command.Add(limit);
        command.SetAction(parsed => Run(parsed.GetValue(model), MemoryLimit.Of(parsed, limit), parsed.GetValue(json), terminal, cuda));
        return command;
    }

    private static int Run(string? model, LoadOptions load, string? json, Terminal terminal, CudaAccess cuda)
    {
        OutputFile.Check(json, "--json", model);
        (string Name, object? Value)[]? facts = model is null ? null : Describe(model, load, terminal);
        (string Name, object? Value)[] machine = [.. MachineFacts.All, .. DescribeCuda(cuda.Probe())];
        return ResultFiles.Deliver(terminal, files => JsonOutput.Write(files, json, Json), _ =>
        {
            if (json == OutputFile.StandardOutput) JsonOutput.Print(terminal, Json);
            else terminal.Output.Write(facts is null ? ToGrid(machine, ForeignText.LongestMessage) : ToGrid(facts, ForeignText.LongestReason));
        });

        void Json(Utf8JsonWriter writer) => WriteJson(writer, machine, facts);
    }

    private static (string Name, object? Value)[] DescribeCuda(CudaReport report) =>
    [
        ("cuda", report.Problem is null ? "available" : $"unavailable: {report.Problem}"),
        ("cudaLibraries", report.Libraries.Select(Describe).ToArray()),
        ("cudaDevices", report.Devices.Select(Describe).ToArray()),
    ];

    private static string Describe(CudaLibraryReport library) =>
        library.Path is null ? $"{library.Name}: {library.Problem ?? "not found"}" : $"{library.Name} {library.Version}, {library.Path}";

    private static string Describe(CudaDeviceSummary device) => string.Create(CultureInfo.InvariantCulture,
        $"cuda:{device.Index} {device.Name}, compute capability {device.ComputeMajor}.{device.ComputeMinor}, "
        + $"{device.TotalMemory / (1 << 20)} MiB, {device.Multiprocessors} multiprocessors, "
        + $"{device.SharedBytes / 1024} KiB of shared memory a block");

    private static (string Name, object? Value)[] Describe(string model, LoadOptions load, Terminal terminal)
    {
        if (!model.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            AnomalyDetector detector = ModelInput.Read(model, load, terminal);
            return DescribeModel(DetectorDescription.Of(detector), ("checked", detector.IsChecked));
        }

        OnnxModelInfo onnx = InputFile.Read(model, OnnxModelInfo.Read);
        return DescribeModel(
            onnx.Detector, ("producer", onnx.Producer), ("irVersion", onnx.IrVersion), ("opset", onnx.Opset), ("nodes", onnx.Nodes),
            ("inputs", onnx.Inputs), ("outputs", onnx.Outputs));
    }

    private static (string Name, object? Value)[] DescribeModel(DetectorDescription detector, params (string Name, object? Value)[] file)
    {
        // The threshold is a number here, the seed that of the detector's run, and the threads are nobody's business any more.
        IEnumerable<FitOption> options = FitOptionTable.All.Where(option => option.Section != FileSection.None);
        return
        [
            .. options.Where(option => option.Name is not ("threshold" or "seed" or "ensemble"))
                .Select(option => (option.JsonName, option.ValueIn(detector.Options))),
            .. detector.Options.Families.Count == 0
                ? ((string, object?)[])[]
                : [("families", (string[])[.. detector.Options.Families.Select(family => family.ToString())])],
            ("members", detector.Members),
            ("threshold", detector.Threshold),
            ("thresholdRule", detector.Options.Threshold.ToString()),
            ("round", detector.Round),
            ("seed", detector.Seed),
            ("createdBy", detector.CreatedBy),
            .. file,
            ("d", detector.Columns.Count),
            .. detector.Image is { } image ? DescribeImages(image, detector) : [(FeatureFact, (string[])[.. detector.Columns.Select(column => column.Name)])],
        ];
    }

    private static (string Name, object? Value)[] DescribeImages(ImageShape image, DetectorDescription detector) =>
        [("image", image.ToString()), ("normalization", detector.Options.Normalization?.ToShortName())];

    // What a file says is shorter than what is found out about libraries.
    private static Grid ToGrid((string Name, object? Value)[] facts, int longest)
    {
        Grid grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(3)).AddColumn(new GridColumn());
        foreach ((string name, object? value) in facts)
            grid.AddRow(new Text(name), new Text(name == FeatureFact ? ListOf((IReadOnlyList<string>)value!) : Cut(MachineFacts.ToText(value))));
        return grid;

        // The JSON has all of them.
        string Cut(string text) => text.Length <= longest ? text : ForeignText.Shorten(text, longest);

        static string ListOf(IReadOnlyList<string> names) =>
            string.Join(", ", names.Take(ShownFeatures).Select(name => ForeignText.Shorten(name)))
            + (names.Count > ShownFeatures ? string.Create(CultureInfo.InvariantCulture, $" and {names.Count - ShownFeatures} more") : "");
    }

    private static void WriteJson(
        Utf8JsonWriter json, (string Name, object? Value)[] machine, (string Name, object? Value)[]? model)
    {
        json.WriteStartObject();
        json.WriteString("schema", Schema);
        WriteFacts(json, machine);
        if (model is not null)
        {
            json.WriteStartObject("detector");
            WriteFacts(json, model);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteFacts(Utf8JsonWriter json, (string Name, object? Value)[] facts)
    {
        foreach ((string name, object? value) in facts)
        {
            switch (value)
            {
                case bool flag: json.WriteBoolean(name, flag); break;
                case int number: json.WriteNumber(name, number); break;
                case long number: json.WriteNumber(name, number); break;
                case ulong number: json.WriteNumber(name, number); break;
                case float number: json.WriteFinite(name, number); break;
                case double number: json.WriteFinite(name, number); break;
                case IReadOnlyList<string> list:
                    json.WriteStartArray(name);
                    foreach (string item in list) json.WriteStringValue(item);
                    json.WriteEndArray();
                    break;
                default: json.WriteString(name, (string?)value); break;
            }
        }
    }
}
