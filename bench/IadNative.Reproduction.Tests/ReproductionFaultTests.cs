using IadNative.Tests.FaultInjection;

namespace IadNative.Reproduction.Tests;

/// <summary>The n-th call on a file or an output fails, for every n of a small reproduction.</summary>
[Platform("Linux")]
internal sealed class ReproductionFaultTests
{
    [Test, Category("Slow")]
    public void Whichever_call_fails_nothing_is_lost_and_it_is_said([Values] bool hasOld) =>
        FaultSweep.Run(() => new Table(hasOld), [.. Fault.EveryError, Fault.FullOnward]);

    [Test]
    public void A_reproduction_survives_a_disk_that_is_full_for_one_of_its_calls() =>
        FaultSweep.Run(() => new Table(hasOld: true), [Fault.FullOnce], step: 9);

    [Test, Category("Nightly")]
    public void The_other_errors_are_no_different([Values] bool hasOld) =>
        FaultSweep.Run(() => new Table(hasOld), [Fault.FullShort, Fault.BrokenOnward, .. Fault.Others]);

    [Test, Category("Nightly")]
    public void A_process_of_its_own_is_no_different([Values] bool hasOld) =>
        FaultSweep.Run(() => new Table(hasOld), [Fault.FullOnce, Fault.BrokenOnce, Fault.FullOnward], alone: true);

    /// <summary>One cell of a table with two seeds, and its trials.</summary>
    private sealed class Table : FaultSubject
    {
        private const string Data = "data", Results = "results";

        private readonly Dictionary<string, byte[]> _files = [];

        public Table(bool hasOld)
            : base(hasOld)
        {
            using var odds = new OddsFolder();
            odds.Write("cardio", rows: 60);
            Directory.CreateDirectory(Files.File($"{Data}/odds"));
            File.Copy(Path.Combine(odds.Data, "odds/cardio.mat"), Files.File($"{Data}/odds/cardio.mat"));
            Assert.That(ReproductionRun.Of(Args).Code, Is.Zero);
            Outputs = [.. AllFiles().Select(file => Path.GetRelativePath(Folder, file))];
        }

        public override string Program => "IadNative.Reproduction";

        public override string[] Args =>
        [
            "table2", "--data", Files.File(Data), "--datasets", "cardio", "--models", "svdd", "--seeds", "2", "--threads", "1",
            "--device", "cpu", "--out", Files.File(Results),
        ];

        protected override IReadOnlyList<string> Outputs { get; }

        public override void Learn(FaultedRun clean)
        {
            foreach (string file in AllFiles()) _files[Path.GetRelativePath(Folder, file)] = File.ReadAllBytes(file);
            Assert.That(_files.Keys, Is.EquivalentTo(Outputs));
        }

        protected override bool IsInput(string path) => path.StartsWith(Files.File(Data), StringComparison.Ordinal);

        // A trial whose place holds what cannot be read gets another name.
        protected override bool IsElsewhere(string output) => Beside(output).Any(path => IsNew(output, path));

        protected override bool IsOtherPlace(string path) => Outputs.Any(output => Beside(output).Contains(path));

        protected override bool IsNew(string output, string path) => File.ReadAllBytes(path).AsSpan().SequenceEqual(_files[output]);

        private string[] Beside(string output)
        {
            string path = Files.File(output), folder = Path.GetDirectoryName(path)!;
            return Path.GetFileName(folder) == "trials" && Directory.Exists(folder)
                ? Directory.GetFiles(folder, $"{Path.GetFileNameWithoutExtension(path)}-engine*.json")
                : [];
        }

        private string[] AllFiles() => Directory.GetFiles(Files.File(Results), "*", SearchOption.AllDirectories);
    }
}
