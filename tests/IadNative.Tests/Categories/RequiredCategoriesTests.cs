using System.Reflection;
using NUnit.Framework.Api;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;
using NUnit.Framework.Internal.Builders;

namespace IadNative.Tests.Categories;

/// <summary>Runs small fixtures through NUnit inside this process, below this assembly's own attributes.</summary>
[NonParallelizable]
public sealed class RequiredCategoriesTests
{
    private static readonly TestCaseData[] s_skips =
    [
        new(typeof(DeclaredOnTest<int>), ResultState.NotRunnable),
        new(typeof(DeclaredOnCases<int>), ResultState.NotRunnable),
        new(typeof(DeclaredOnFixture<int>), ResultState.NotRunnable),
        new(typeof(DeclaredExplicit<int>), ResultState.NotRunnable),
        new(typeof(DeclaredForAnotherPlatform<int>), ResultState.NotRunnable),
        new(typeof(InTest<int>), ResultState.Failure),
        new(typeof(InconclusiveInTest<int>), ResultState.Failure),
        new(typeof(InAwaitingTest<int>), ResultState.Failure),
        new(typeof(InSetUp<int>), ResultState.Failure),
        new(typeof(InOneTimeSetUp<int>), ResultState.Failure),
        new(typeof(AssumptionInOneTimeSetUp<int>), ResultState.Failure),
        new(typeof(CategoryOfBaseFixture<int>), ResultState.Failure),
        new(typeof(CategoryOfOneTestBelow<int>), ResultState.Failure),
    ];

    [TestCaseSource(nameof(s_skips))]
    public void A_skip_in_a_required_category_is_a_failure_that_keeps_its_reason(Type fixture, ResultState expected)
    {
        ITestResult result = RunOnlyTestOf(fixture, require: "Data, Gpu");
        Assert.Multiple(() =>
        {
            Assert.That(result.ResultState.Status, Is.EqualTo(TestStatus.Failed));
            Assert.That(result.ResultState.Label, Is.EqualTo(expected.Label));
            Assert.That(result.Message, Does.Contain("Skipped, but IAD_REQUIRE requires the category Gpu: "));
            Assert.That(result.Message, Does.Contain("no device").Or.Contains("Not supported on Win,Linux,MacOsX"));
        });
    }

    [TestCaseSource(nameof(s_skips))]
    public void A_skip_in_a_category_that_is_not_required_stays_a_skip(Type fixture, ResultState _)
    {
        foreach (string? require in (string?[])[null, "", "Data,Slow"])
        {
            Assert.That(
                RunOnlyTestOf(fixture, require).ResultState.Status,
                Is.EqualTo(TestStatus.Skipped).Or.EqualTo(TestStatus.Inconclusive), $"IAD_REQUIRE is '{require}'");
        }
    }

    [Test]
    public void A_skip_in_the_constructor_of_a_required_fixture_fails_the_assembly()
    {
        ITestResult assembly = Run(typeof(InConstructor<int>), require: "Gpu");
        Assert.Multiple(() =>
        {
            Assert.That(assembly.ResultState.Status, Is.EqualTo(TestStatus.Failed));
            Assert.That(assembly.Message, Does.Contain("Skipped, but IAD_REQUIRE requires the category Gpu: "));
        });
        Assert.That(
            Run(typeof(InConstructor<int>), require: "Data").ResultState.Status, Is.EqualTo(TestStatus.Skipped));
    }

    [Test]
    public void A_slow_test_of_a_gpu_may_be_skipped_where_no_gpu_is_required()
    {
        Assert.That(RunOnlyTestOf(typeof(SlowOnGpu<int>), require: "Slow").ResultState.Status, Is.EqualTo(TestStatus.Skipped));
        Assert.That(RunOnlyTestOf(typeof(SlowOnGpu<int>), require: "Slow,Gpu").ResultState.Status, Is.EqualTo(TestStatus.Failed));
        Assert.That(Run(typeof(SlowFixtureOnGpu<int>), require: "Slow").ResultState.Status, Is.EqualTo(TestStatus.Skipped));
        Assert.That(Run(typeof(SlowFixtureOnGpu<int>), require: "Slow,Gpu").ResultState.Status, Is.EqualTo(TestStatus.Failed));
    }

    [Test]
    public void A_required_test_that_passes_passes() =>
        Assert.That(RunOnlyTestOf(typeof(Passing<int>), require: "Gpu").ResultState, Is.EqualTo(ResultState.Success));

    [Test]
    public void A_required_test_that_fails_keeps_its_own_message() =>
        Assert.That(RunOnlyTestOf(typeof(Failing<int>), require: "Gpu").Message, Is.EqualTo("its own message"));

    [Test]
    public void A_required_category_that_does_not_exist_fails_every_test()
    {
        ITestResult result = RunOnlyTestOf(typeof(Passing<int>), require: "Gpus");
        Assert.Multiple(() =>
        {
            Assert.That(result.ResultState.Status, Is.EqualTo(TestStatus.Failed));
            Assert.That(result.Message, Does.Contain("'Gpus'").And.Contain("Emulator, Gpu, Data, Slow, Nightly, Browser, Nvrtc"));
        });
    }

    [Test]
    public void Every_category_of_this_assembly_is_a_known_one()
    {
        ITest assembly = TestExecutionContext.CurrentContext.CurrentTest;
        while (assembly.Parent is { } parent)
            assembly = parent;
        Assert.That(assembly, Is.InstanceOf<TestAssembly>());
        Assert.That(CategoriesBelow(assembly).Distinct(), Is.SubsetOf(RequiredCategoriesAttribute.Known));

        static IEnumerable<string> CategoriesBelow(ITest test) =>
            test.Properties[PropertyNames.Category].Cast<string>().Concat(test.Tests.SelectMany(CategoriesBelow));
    }

    private static ITestResult RunOnlyTestOf(Type fixture, string? require) =>
        RequiredCategoriesAttribute.TestsIn(Run(fixture, require)).Single();

    private static ITestResult Run(Type fixture, string? require)
    {
        string? before = Environment.GetEnvironmentVariable(RequiredCategoriesAttribute.Variable);
        Environment.SetEnvironmentVariable(RequiredCategoriesAttribute.Variable, require);
        try
        {
            var settings = new Dictionary<string, object> { ["NumberOfTestWorkers"] = 0, ["SynchronousEvents"] = true };
            var runner = new NUnitTestAssemblyRunner(new OneFixture(fixture));
            runner.Load(fixture.Assembly, settings);
            return runner.Run(TestListener.NULL, TestFilter.Empty);
        }
        finally
        {
            Environment.SetEnvironmentVariable(RequiredCategoriesAttribute.Variable, before);
        }
    }

    /// <summary>Builds an assembly's suite as NUnit does, with one fixture in it.</summary>
    private sealed class OneFixture(Type fixture) : ITestAssemblyBuilder
    {
        public ITest Build(Assembly assembly, IDictionary<string, object> options)
        {
            var suite = new TestAssembly(assembly, assembly.Location);
            suite.Add(new DefaultSuiteBuilder().BuildFrom(new TypeWrapper(fixture)));
            suite.ApplyAttributesToTest(assembly);
            return suite;
        }

        public ITest Build(string assemblyNameOrPath, IDictionary<string, object> options) =>
            Build(Assembly.LoadFrom(assemblyNameOrPath), options);
    }

    // The fixtures below are generic so that NUnit leaves them alone in the ordinary run: it cannot know their T.

    [Category("Gpu")]
    public class Passing<T>
    {
        [Test] public void Test() => Assert.Pass();
    }

    [Category("Gpu")]
    public class Failing<T>
    {
        [Test] public void Test() => Assert.Fail("its own message");
    }

    [Category("Gpu")]
    public class SlowOnGpu<T>
    {
        [Test, Category("Slow")] public void Test() => Assert.Ignore("no device");
    }

    [Category("Gpu"), Category("Slow")]
    public class SlowFixtureOnGpu<T>
    {
        [OneTimeSetUp] public void Open() => Assert.Ignore("no device");

        [Test] public void Test() { }
    }

    public class DeclaredOnTest<T>
    {
        [Test, Category("Gpu"), Ignore("no device")] public void Test() { }
    }

    public class DeclaredOnCases<T>
    {
        [TestCase(1), Category("Gpu"), Ignore("no device")] public void Test(int _) { }
    }

    [Ignore("no device")]
    public class DeclaredOnFixture<T>
    {
        [Test, Category("Gpu")] public void Test() { }
    }

    [Category("Gpu")]
    public class DeclaredExplicit<T>
    {
        [Test, Explicit("no device")] public void Test() { }
    }

    [Category("Gpu")]
    public class DeclaredForAnotherPlatform<T>
    {
        [Test, Platform(Exclude = "Win,Linux,MacOsX")] public void Test() { }
    }

    [Category("Gpu")]
    public class InTest<T>
    {
        [Test] public void Test() => Assert.Ignore("no device");
    }

    [Category("Gpu")]
    public class InconclusiveInTest<T>
    {
        [Test] public void Test() => Assert.Inconclusive("no device");
    }

    [Category("Gpu")]
    public class InAwaitingTest<T>
    {
        [Test]
        public async Task Test()
        {
            await Task.Yield();
            Assert.Ignore("no device");
        }
    }

    [Category("Gpu")]
    public class InSetUp<T>
    {
        [SetUp] public void SetUp() => Assert.Ignore("no device");
        [Test] public void Test() { }
    }

    [Category("Gpu")]
    public class InOneTimeSetUp<T>
    {
        [OneTimeSetUp] public void OneTimeSetUp() => Assert.Ignore("no device");
        [Test] public void Test() { }
    }

    [Category("Gpu")]
    public class AssumptionInOneTimeSetUp<T>
    {
        [OneTimeSetUp] public void OneTimeSetUp() => Assume.That(false, "no device");
        [Test] public void Test() { }
    }

    [Category("Gpu")]
    public class InConstructor<T>
    {
        public InConstructor() => Assert.Ignore("no device");
        [Test] public void Test() { }
    }

    public class CategoryOfBaseFixture<T> : InTest<T>;

    public class CategoryOfOneTestBelow<T>
    {
        [OneTimeSetUp] public void OneTimeSetUp() => Assert.Ignore("no device");
        [Test, Category("Gpu")] public void Test() { }
    }
}
