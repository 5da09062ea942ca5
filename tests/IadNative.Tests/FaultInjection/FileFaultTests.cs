using System.Text.Json;
using IadNative.Data;
using IadNative.Detectors;
using IadNative.Iad;
using IadNative.Models;
using IadNative.Tests.Cli;

namespace IadNative.Tests.FaultInjection;

/// <summary>The n-th call on a file or an output fails, for every n of each command.</summary>
[Platform("Linux")]
internal sealed class FileFaultTests
{
    private static readonly Func<FaultSubject>[] s_all =
    [
        () => new Fit(hasOld: true), () => new Fit(hasOld: false), () => new Fit(hasOld: true, outOfCore: true), () => new Score(hasOld: true), () => new Score(hasOld: false),
        () => new PrintedScore(), () => Info(hasOld: true), () => Info(hasOld: false), () => Drift(hasOld: true), () => Drift(hasOld: false),
        () => Export(hasOld: true), () => Export(hasOld: false), () => Refit(hasOld: true), () => Refit(hasOld: false),
    ];

    private static IEnumerable<TestCaseData> Commands() => s_all.Select(create =>
    {
        using FaultSubject subject = create();
        return new TestCaseData(create).SetArgDisplayNames(subject.ToString()!);
    });

    [Test]
    public void A_fit_survives_a_disk_that_is_full_for_one_of_its_calls() =>
        FaultSweep.Run(() => new Fit(hasOld: true), [Fault.FullOnce], step: 4);

    [Test]
    public void A_fit_out_of_core_survives_a_disk_that_is_full_for_one_of_its_calls_or_stays_so() =>
        FaultSweep.Run(() => new Fit(hasOld: true, outOfCore: true), [Fault.FullOnce, Fault.FullShort], step: 4);

    [TestCaseSource(nameof(Commands)), Category("Slow")]
    public void Whichever_call_fails_nothing_is_lost_and_it_is_said(Func<FaultSubject> create) =>
        FaultSweep.Run(create, [.. Fault.EveryError, .. Fault.Lasting]);

    [TestCaseSource(nameof(Commands)), Category("Nightly")]
    public void The_other_errors_are_no_different(Func<FaultSubject> create) => FaultSweep.Run(create, Fault.Others);

    [Test, Category("Slow")]
    public void A_process_of_its_own_is_no_different()
    {
        FaultSweep.Run(() => new Fit(hasOld: true), [Fault.FullOnce, Fault.BrokenOnward], step: 11, alone: true);
        // There the outputs are pipes, which have a stream of their own.
        FaultSweep.Run(() => new PrintedScore(), [Fault.BrokenOnce], step: 5, alone: true);
    }

    [TestCaseSource(nameof(Commands)), Category("Nightly")]
    public void A_process_of_its_own_is_no_different_whatever_fails(Func<FaultSubject> create) =>
        FaultSweep.Run(create, [.. Fault.EveryError, .. Fault.Lasting, .. Fault.Others], alone: true);

    [Test]
    public void A_folder_that_cannot_be_flushed_is_no_failure_of_the_file_that_is_in_it()
    {
        using OfModel subject = Info(hasOld: false);
        using var program = new FaultyProgram(subject.Program);
        FaultedRun run;
        long n = 0;
        do
        {
            subject.Prepare();
            run = program.Run(Fault.BrokenOnce, ++n, subject.Folder, subject.Args);
        }
        while (run.IsFaulted && (run.Call, run.Place) != ("fsync", subject.Folder));

        Assert.That(run.IsFaulted, Is.True, "the folder was not flushed");
        Assert.That(run.Code, Is.Zero, run.Err);
        Assert.That(subject.Problems(run, Fault.BrokenOnce), Is.Empty);
    }

    private sealed class Fit : FaultSubject
    {
        private readonly bool _hasOld, _outOfCore;
        private byte[] _model = [];

        public Fit(bool hasOld, bool outOfCore = false)
            : base(hasOld)
        {
            (_hasOld, _outOfCore) = (hasOld, outOfCore);
            Files.WriteCsv(rows: 40);
        }

        public override string[] Args =>
        [
            "fit", Files.File("data.csv"), "--label", "label", "--model", "svdd", "--network", "4-2", "--rounds", "1", "--epochs", "1",
            "--device", "cpu", "--threads", "1", "--out", Files.File("model.iad"), "--json", Files.File("report.json"),
            "--report", Files.File("report.html"), .. _outOfCore ? (string[])["--out-of-core", "--temp", Files.File("")] : [],
        ];

        protected override IReadOnlyList<string> Outputs { get; } = ["model.iad", "report.json", "report.html"];

        public override void Learn(FaultedRun clean) => _model = File.ReadAllBytes(Files.File("model.iad"));

        public override string ToString() => _outOfCore ? "fit out of core" : _hasOld ? "fit over older files" : "fit";

        protected override bool IsInput(string path) => path.EndsWith("data.csv", StringComparison.Ordinal);

        protected override bool IsNew(string output, string path) => output switch
        {
            "model.iad" => File.ReadAllBytes(path).AsSpan().SequenceEqual(_model),
            "report.json" => IsJson(path),
            _ => File.ReadAllText(path) is var page && page.StartsWith("<!DOCTYPE", StringComparison.Ordinal)
                && page.TrimEnd().EndsWith("</html>", StringComparison.Ordinal),
        };
    }

    private sealed class Score : FaultSubject
    {
        private readonly bool _hasOld;
        private byte[] _scores = [];

        public Score(bool hasOld)
            : base(hasOld)
        {
            _hasOld = hasOld;
            WriteModel(Files);
        }

        public override string[] Args =>
            ["score", Files.File("model.iad"), Files.File("data.csv"), "--label", "label", "--out", Files.File("scores.csv")];

        protected override IReadOnlyList<string> Outputs { get; } = ["scores.csv"];

        public override void Learn(FaultedRun clean) => _scores = File.ReadAllBytes(Files.File("scores.csv"));

        public override string ToString() => _hasOld ? "score over an older file" : "score";

        protected override bool IsInput(string path) => IsModelOrData(path);

        protected override bool IsNew(string output, string path) => File.ReadAllBytes(path).AsSpan().SequenceEqual(_scores);
    }

    private sealed class PrintedScore : FaultSubject
    {
        private string _scores = "";

        public PrintedScore()
            : base(hasOld: false) => WriteModel(Files);

        public override string[] Args => ["score", Files.File("model.iad"), Files.File("data.csv"), "--label", "label"];

        protected override IReadOnlyList<string> Outputs => [];

        protected override bool IsResultPrinted => true;

        public override void Learn(FaultedRun clean) => _scores = clean.Out;

        public override string ToString() => "score to standard output";

        protected override bool IsInput(string path) => IsModelOrData(path);

        protected override bool IsNew(string output, string path) => false;

        protected override bool IsPrinted(string text) => text == _scores;
    }

    // A command that makes one file of a model: $MODEL, $DATA and $OUT stand for the files.
    private sealed class OfModel : FaultSubject
    {
        private readonly string _name, _output;
        private readonly string[] _args;
        private readonly bool _hasOld;
        private byte[] _clean = [];

        public OfModel(bool hasOld, string name, string output, params string[] args)
            : base(hasOld)
        {
            (_name, _output, _args, _hasOld) = (name, output, args, hasOld);
            WriteModel(Files);
        }

        public override string[] Args => [.. _args.Select(arg => arg switch
        {
            "$MODEL" => Files.File("model.iad"),
            "$DATA" => Files.File("data.csv"),
            "$OUT" => Files.File(_output),
            _ => arg,
        })];

        protected override IReadOnlyList<string> Outputs => [_output];

        public override void Learn(FaultedRun clean) => _clean = File.ReadAllBytes(Files.File(_output));

        public override string ToString() => _hasOld ? $"{_name} over an older file" : _name;

        protected override bool IsInput(string path) => IsModelOrData(path);

        // What is told of the machine and the time may change.
        protected override bool IsNew(string output, string path) =>
            output.EndsWith(".json", StringComparison.Ordinal) ? IsJson(path) : File.ReadAllBytes(path).AsSpan().SequenceEqual(_clean);
    }

    private static OfModel Info(bool hasOld) => new OfModel(hasOld, "info", "info.json", "info", "$MODEL", "--json", "$OUT");

    private static OfModel Drift(bool hasOld) => new OfModel(hasOld, "drift", "drift.json", "drift", "$MODEL", "$DATA", "--label", "label", "--json", "$OUT");

    private static OfModel Export(bool hasOld) => new OfModel(hasOld, "export", "model.onnx", "export", "$MODEL", "--onnx", "$OUT");

    private static OfModel Refit(bool hasOld) =>
        new OfModel(hasOld, "refit", "newer.iad", "fit", "--from", "$MODEL", "$DATA", "--label", "label", "--threads", "1", "--out", "$OUT");

    private static void WriteModel(TestFolder folder)
    {
        string data = folder.WriteCsv(rows: 40);
        AnomalyDetector.Fit(DatasetReader.Read(data, new DatasetReadOptions { Label = "label" }), new FitOptions
        {
            Model = BaseModel.OneClassSvdd,
            Training = new TrainingOptions { Rounds = 0, Epochs = 1 },
        }).Detector.Save(folder.File("model.iad"));
    }

    private static bool IsModelOrData(string path) => Path.GetFileName(path) is "data.csv" or "model.iad";

    private static bool IsJson(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.TryGetProperty("schema", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
