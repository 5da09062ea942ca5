using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using NUnit;
using NUnit.Framework.Api;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace IadNative.Mutation;

/// <summary>What a process of tests does: runs them within itself, as often as it is asked to.</summary>
internal static class TestWorker
{
    /// <summary>The command line's word for it.</summary>
    public const string Command = "worker";

    /// <summary>What an answer begins with, and the words of one.</summary>
    public const string Answer = "[mutation] ", Passed = "passed", Failed = "failed", Spoilt = "spoilt", Endless = "endless";

    // Tests of other things than the library's code, which start processes, or which take long to find little.
    private static readonly string[] s_otherRooms =
    [
        "Api", "Bench", "Browser", "Build", "Categories", "Cuda", "Emulator", "FaultInjection", "Html", "Mutation", "Plots", "Readme", "Rooms", "Samples",
    ];

    private static readonly string[] s_otherClasses =
    [
        "InstructionSetTests", "SignalTests", "FuzzTests", "SafetensorsFuzzTests", "DetectorFuzzTests",
        "ColumnarFuzzTests", "ParquetTests", "ArrowTests", "TwinGradientTests",
    ];

    // A mutant that takes a device for a file would replace it where the user may.
    private static readonly string[] s_otherTiers = ["Slow", "Nightly", "Browser", "Data", "Emulator", "Gpu", "Device"];

    // Tests may put another in its place.
    private static readonly TextWriter s_answers = Console.Out;

    /// <summary>Reads requests, a line each, and answers each with a line.</summary>
    public static int Serve(string assembly)
    {
        var tests = Assembly.LoadFrom(assembly);
        Type mutants = Assembly.Load("IadNative").GetType(Schemata.SwitchName)!;
        FieldInfo number = mutants.GetField(Schemata.NumberName)!, reached = mutants.GetField(Schemata.ReachedName)!;
        while (Console.In.ReadLine()?.Split(' ', 3) is [var request, var argument, var path])
        {
            int value = int.Parse(argument, CultureInfo.InvariantCulture);
            string answer = Passed + " ";
            if (request == "cover")
            {
                byte[] bytes = new byte[value];
                reached.SetValue(null, bytes);
                Cover(tests, bytes, path);
                reached.SetValue(null, null);
            }
            else
            {
                TestRecord[] listed = [.. File.ReadLines(path).Select(line => JsonSerializer.Deserialize<TestRecord>(line)!)];
                number.SetValue(null, value);
                TestRecord? failed = Try(tests, listed, out int count);

                // A test that fails now and then is no witness: it must fail again, and pass without the mutant.
                bool counts = failed is not null && Try(tests, [failed], out _) is not null;
                number.SetValue(null, -1);
                counts = counts && (request == "once" || Try(tests, [failed!], out _) is null);
                answer += $"{count} of {listed.Length} tests";
                if (failed is not null) answer = $"{(counts ? Failed : Spoilt)} {failed.Name.ReplaceLineEndings(" ")}";
            }

            s_answers.WriteLine($"\n{Answer}{answer}");
            s_answers.Flush();
        }

        return 0;
    }

    /// <summary>Runs all quick tests and writes a <see cref="TestRecord"/> of each.</summary>
    private static void Cover(Assembly tests, byte[] reached, string records)
    {
        using var writer = new StreamWriter(records);
        Load(tests, []).Run(new Recorder(writer, reached), new Filter(IsQuick));
    }

    /// <summary>Runs the listed tests, the quickest first, until one fails, and returns that.</summary>
    private static TestRecord? Try(Assembly tests, TestRecord[] listed, out int count)
    {
        count = 0;
        NUnitTestAssemblyRunner runner = Load(tests, [.. listed.Select(test => Loadable(test.Class)).Distinct()]);

        // A source of cases that throws leaves a test that cannot run, under another name. Classes of others are none of this.
        HashSet<string> classes = [.. listed.Select(test => test.Class)];
        ITest? broken = All(runner.LoadedTest!)
            .FirstOrDefault(test => test.RunState == RunState.NotRunnable && classes.Contains($"{test.ClassName}"));
        if (broken is not null) return new TestRecord(broken.ClassName!, broken.FullName, 0, false, []);
        foreach (IGrouping<int, TestRecord> group in listed.GroupBy(Slowness).OrderBy(group => group.Key))
        {
            Dictionary<string, TestRecord> names = group.DistinctBy(test => test.Name).ToDictionary(test => test.Name);
            using var failures = new Failures(names);
            runner.Run(failures, new Filter(test => names.ContainsKey(test.FullName)));
            count += failures.Count;
            if (failures.First is not { } failed) continue;
            return names.GetValueOrDefault(failed.FullName)
                ?? new TestRecord(failed.ClassName ?? group.First().Class, failed.FullName, 0, false, []);
        }

        return null;
    }

    private static int Slowness(TestRecord test) => test.Seconds switch { < 0.02 => 0, < 0.2 => 1, _ => 2 };

    // NUnit finds no generic class by its name, but all classes of a namespace.
    private static string Loadable(string name) => name.Contains('`') ? name[..name.LastIndexOf('.')] : name;

    private static NUnitTestAssemblyRunner Load(Assembly tests, string[] classes)
    {
        var settings = new Dictionary<string, object>
        {
            [FrameworkPackageSettings.NumberOfTestWorkers] = 0,
            [FrameworkPackageSettings.StopOnError] = classes.Length > 0,
            [FrameworkPackageSettings.SynchronousEvents] = true,
        };
        if (classes.Length > 0) settings[FrameworkPackageSettings.LOAD] = classes;
        var runner = new NUnitTestAssemblyRunner(new DefaultTestAssemblyBuilder());
        runner.Load(tests, settings);
        return runner;
    }

    private static bool IsQuick(ITest test)
    {
        for (ITest? part = test; part is not null; part = part.Parent)
        {
            if (part.RunState == RunState.Explicit) return false;
            if (s_otherTiers.Any(tier => part.Properties[PropertyNames.Category].Contains(tier))) return false;
        }

        return test.ClassName?.Split('.') is [_, _, var room, .., var name]
            && !s_otherRooms.Contains(room) && !s_otherClasses.Contains(name);
    }

    private static IEnumerable<ITest> All(ITest test) => test.Tests.SelectMany(All).Prepend(test);

    /// <summary>The single tests that a predicate takes.</summary>
    private sealed class Filter(Predicate<ITest> takes) : TestFilter
    {
        public override bool Match(ITest test) => !test.IsSuite && takes(test);

        public override bool Pass(ITest test, bool negated) => test.IsSuite ? test.Tests.Any(child => Pass(child, negated)) : takes(test);

        public override bool IsExplicitMatch(ITest test) => test.IsSuite ? test.Tests.Any(IsExplicitMatch) : takes(test);

        public override TNode AddToXml(TNode parentNode, bool recursive) => parentNode;
    }

    private abstract class Listener : ITestListener
    {
        public virtual void TestStarted(ITest test)
        {
        }

        public abstract void TestFinished(ITestResult result);

        public void TestOutput(TestOutput output)
        {
        }

        public void SendMessage(TestMessage message)
        {
        }
    }

    /// <summary>
    /// The first test that fails. One that takes far longer than it should ends the process: in time of the processor where a loop is
    /// endless, by the clock where something is waited for.
    /// </summary>
    private sealed class Failures : Listener, IDisposable
    {
        private readonly Dictionary<string, TestRecord> _tests;
        private readonly Timer _timer;
        private (double Expected, TimeSpan Processor, long Clock)? _running;

        public Failures(Dictionary<string, TestRecord> tests)
        {
            _tests = tests;
            _timer = new Timer(_ => Check(), null, 200, 200);
        }

        public ITest? First { get; private set; }

        public int Count { get; private set; }

        public override void TestStarted(ITest test)
        {
            if (test.IsSuite) return;
            _running = (_tests.GetValueOrDefault(test.FullName)?.Seconds ?? 0, Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        }

        public override void TestFinished(ITestResult result)
        {
            if (!result.Test.IsSuite) (_running, Count) = (null, Count + 1);
            if (result.ResultState.Status == TestStatus.Failed) First ??= result.Test;
        }

        public void Dispose() => _timer.Dispose();

        private void Check()
        {
            if (_running is not { } running) return;
            double processor = (Environment.CpuUsage.TotalTime - running.Processor).TotalSeconds;
            double clock = Stopwatch.GetElapsedTime(running.Clock).TotalSeconds;
            if (processor < 5 + (20 * running.Expected) && clock < 120 + (500 * running.Expected)) return;
            s_answers.WriteLine($"\n{Answer}{Endless}");
            s_answers.Flush();
            Process.GetCurrentProcess().Kill();
        }
    }

    /// <summary>Notes what each test reaches; what is reached before the tests of a class counts for all of them.</summary>
    private sealed class Recorder(StreamWriter writer, byte[] reached) : Listener
    {
        private readonly HashSet<int> _before = [];
        private string? _class;
        private TimeSpan _start;

        public override void TestStarted(ITest test)
        {
            if (test.IsSuite) return;
            if (test.ClassName != _class) _before.Clear();
            _class = test.ClassName;
            _before.UnionWith(Take());
            _start = Environment.CpuUsage.TotalTime;
        }

        public override void TestFinished(ITestResult result)
        {
            if (result.Test.IsSuite) return;
            double seconds = (Environment.CpuUsage.TotalTime - _start).TotalSeconds;
            bool passed = result.ResultState.Status == TestStatus.Passed;
            var record = new TestRecord(result.Test.ClassName!, result.Test.FullName, seconds, passed, [.. _before.Union(Take()).Order()]);
            writer.WriteLine(JsonSerializer.Serialize(record));
        }

        private int[] Take()
        {
            int[] numbers = [.. Enumerable.Range(0, reached.Length).Where(number => reached[number] != 0)];
            Array.Clear(reached);
            return numbers;
        }
    }
}
