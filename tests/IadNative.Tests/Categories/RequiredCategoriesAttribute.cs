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
/// NUnit has three places where a test can be skipped, and no single one where all of them can be seen:
/// <see cref="ApplyToTest"/> meets the skips that attributes declare, <see cref="AfterEverySetUpHook"/> those of a
/// OneTimeSetUp, which skip the tests below it, and <see cref="AfterTest"/> those of a test and its own SetUp.
/// </remarks>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class RequiredCategoriesAttribute : ExecutionHookAttribute, IApplyToTest, ITestAction
{
    /// <summary>The environment variable that lists the required categories.</summary>
    public const string Variable = "IAD_REQUIRE";

    /// <summary>The categories of this suite.</summary>
    public static readonly string[] Known = ["Emulator", "Gpu", "Data", "Slow"];

    /// <inheritdoc/>
    public ActionTargets Targets => ActionTargets.Test;

    private static string[] Required => Environment.GetEnvironmentVariable(Variable)?.Split(
        ',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <summary>
    /// Fails every Ignore, Explicit and the like on or above a required test; on the whole assembly, fails everything
    /// where a required category does not exist.
    /// </summary>
    public void ApplyToTest(Test test)
    {
        foreach (string category in Required.Except(Known))
        {
            test.MakeInvalid(
                $"{Variable} requires the category '{category}'. The categories are {string.Join(", ", Known)}.");
        }
        FailDeclaredSkips(test);
    }

    /// <summary>Fails the tests below a OneTimeSetUp that skipped them.</summary>
    public override void AfterEverySetUpHook(HookData hookData)
    {
        if (hookData.Exception is ResultStateException { ResultState.Status: var status } exception)
            FailSkip(TestExecutionContext.CurrentContext.CurrentTest, status, exception.Message);
    }

    /// <inheritdoc/>
    public void BeforeTest(ITest test) { }

    /// <summary>Fails a test that skipped itself.</summary>
    public void AfterTest(ITest test)
    {
        TestResult result = TestExecutionContext.CurrentContext.CurrentResult;
        FailSkip(test, result.ResultState.Status, result.Message);
    }

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

    /// <summary>A required category that the test, anything above it or anything below it is in, if there is one.</summary>
    private static string? RequiredCategoryOf(ITest test) =>
        Required.Intersect(Known)
            .FirstOrDefault(name => TestFilter.FromXml($"<filter><cat>{name}</cat></filter>").Pass(test));
}
