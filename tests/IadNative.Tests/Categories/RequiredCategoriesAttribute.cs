using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;
using NUnit.Framework.Internal.ExecutionHooks;

[assembly: IadNative.Tests.Categories.RequiredCategories]

namespace IadNative.Tests.Categories;

/// <summary>
/// Makes a skip a failure in the categories that the environment variable IAD_REQUIRE lists, such as
/// <c>Emulator,Data,Slow</c>: where those are asked for, a test that quietly did not run must not look like a success.
/// Tests that a filter leaves out are not concerned.
/// </summary>
/// <remarks>
/// NUnit has several places where a test can be skipped, and no single one where each can be turned into a failure:
/// <see cref="ApplyToTest"/> meets the skips that attributes declare, <see cref="AfterEverySetUpHook"/> those of a
/// OneTimeSetUp, which skip the tests below it, and <see cref="AfterTest"/> those of a test and its own SetUp. What is
/// left, such as a skip in a fixture's constructor, fails the assembly when all its tests have run.
/// </remarks>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class RequiredCategoriesAttribute : ExecutionHookAttribute, IApplyToTest, ITestAction
{
    /// <summary>The environment variable that lists the required categories.</summary>
    public const string Variable = "IAD_REQUIRE";

    private const string Gpu = "Gpu";

    /// <summary>The categories of this suite.</summary>
    public static readonly string[] Known = ["Emulator", Gpu, "Data", "Slow", "Nightly", "Browser", "Nvrtc", "Device", "Cluster"];

    /// <inheritdoc/>
    public ActionTargets Targets => ActionTargets.Test | ActionTargets.Suite;

    private static string[] Required => Environment.GetEnvironmentVariable(Variable)?.Split(
        ',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <summary>
    /// Fails every Ignore, Explicit and the like on or above a required test, and every test where a required category
    /// does not exist.
    /// </summary>
    public void ApplyToTest(Test test)
    {
        FailDeclaredSkips(test);

        // Not the assembly itself: a runner passes an invalid assembly over, as one without tests.
        if (Required.Except(Known).FirstOrDefault() is { } unknown)
        {
            string message = $"{Variable} requires '{unknown}'. The categories are {string.Join(", ", Known)}.";
            foreach (Test child in test.Tests.Cast<Test>())
                child.MakeInvalid(message);
        }
    }

    /// <summary>Fails the tests below a OneTimeSetUp that skipped them.</summary>
    public override void AfterEverySetUpHook(HookData hookData)
    {
        if (hookData.Exception is ResultStateException { ResultState.Status: var status } exception)
            FailSkip(TestExecutionContext.CurrentContext.CurrentTest, status, exception.Message);
    }

    /// <inheritdoc/>
    public void BeforeTest(ITest test) { }

    /// <summary>Fails a test that skipped itself, and the assembly where a test below it was skipped unnoticed.</summary>
    public void AfterTest(ITest test)
    {
        TestResult whole = TestExecutionContext.CurrentContext.CurrentResult;
        try
        {
            foreach (ITestResult result in TestsIn(whole))
                FailSkip(result.Test, result.ResultState.Status, result.Message);
        }
        catch (AssertionException exception)
        {
            // Of an assembly, runners report no failure but that of its setup and its teardown.
            whole.RecordException(exception, FailureSite.TearDown);
        }
    }

    /// <summary>The results of single tests in a result, which may be one itself.</summary>
    internal static IEnumerable<ITestResult> TestsIn(ITestResult result) =>
        result.Test.IsSuite ? result.Children.SelectMany(TestsIn) : [result];

    private static void FailDeclaredSkips(Test test)
    {
        if (test.RunState is RunState.Ignored or RunState.Skipped or RunState.Explicit
            && RequiredCategoryOf(test) is { } category)
        {
            object reason = test.Properties.Get(PropertyNames.SkipReason) ?? test.RunState;
            test.RunState = RunState.NotRunnable;
            test.Properties.Set(PropertyNames.SkipReason, Describe(category, $"{reason}"));
        }
        foreach (Test child in test.Tests.Cast<Test>())
            FailDeclaredSkips(child);
    }

    private static void FailSkip(ITest test, TestStatus status, string reason)
    {
        if (status is TestStatus.Skipped or TestStatus.Inconclusive && RequiredCategoryOf(test) is { } category)
            throw new AssertionException(Describe(category, reason));
    }

    private static string Describe(string category, string reason) =>
        $"Skipped, but {Variable} requires the category {category}: {reason}";

    /// <summary>
    /// A required category that the test, anything above it or anything below it is in, if there is one. What needs a GPU as a whole
    /// may be skipped where no GPU is required, whatever else it is.
    /// </summary>
    private static string? RequiredCategoryOf(ITest test) => NeedsGpu(test) && !Required.Contains(Gpu)
        ? null
        : Required.Intersect(Known).FirstOrDefault(name => TestFilter.FromXml($"<filter><cat>{name}</cat></filter>").Pass(test));

    private static bool NeedsGpu(ITest? test) =>
        test is not null && (test.Properties[PropertyNames.Category].Contains(Gpu) || NeedsGpu(test.Parent));
}
