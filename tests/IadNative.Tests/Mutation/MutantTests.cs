namespace IadNative.Tests.Mutation;

/// <summary>Which mutants there are of a small text, and that each does what it says.</summary>
internal sealed class MutantTests
{
    [Test]
    public void Every_kind_of_change_is_found()
    {
        using var library = new SmallLibrary("""
            public static class Small
            {
                private const int Most = 7;
                private static int s_sum;

                public static int Choose(int a, int b) => a < b && b != 3 ? a + 1 : -b;

                public static double Scale(double x) => Math.Min(x, 0.5) * 2;

                public static void Count(int[] values)
                {
                    for (int i = 0; i < values.Length; i++)
                    {
                        if (values[i] > Most) s_sum += values[i];
                    }
                    Forget();
                }

                public static int[] Middle(int[] values, int first)
                {
                    return values[first..^1];
                }

                public static byte Next(byte value) => checked((byte)(value + 1));

                private static void Forget() => s_sum = 0;
            }
            """);
        Assert.That(library.Changes, Is.EquivalentTo(new[]
        {
            "a < b && b != 3 ? a + 1 : -b → default!", "a < b && b != 3 → !(a < b && b != 3)", "a < b && b != 3 → a < b || b != 3", "a < b → a <= b",
            "b != 3 → b == 3", "3 → 3 + 1", "3 → 3 - 1", "a + 1 → a - 1", "1 → 1 + 1", "1 → 1 - 1", "-b → b",
            "Math.Min(x, 0.5) * 2 → default!", "Math.Min(x, 0.5) * 2 → Math.Min(x, 0.5) / 2", "Math.Min(x, 0.5) → Math.Max(x, 0.5)", "0.5 → 2 * 0.5",
            "0.5 → 0", "2 → 2 + 1", "2 → 2 - 1",
            "0 → 0 + 1", "i < values.Length → i <= values.Length", "values[i] > Most → !(values[i] > Most)", "values[i] > Most → values[i] >= Most",
            "Most → Most + 1", "Most → Most - 1", "s_sum += values[i]; → s_sum -= values[i];", "s_sum += values[i]; →", "Forget(); →",
            "return values[first..^1]; → return default!;", "first → (first) + 1", "1 → 1 + 1", "1 → 1 - 1",
            "checked((byte)(value + 1)) → default!", "checked((byte)(value + 1)) → unchecked((byte)(value + 1))", "value + 1 → value - 1", "1 → 1 + 1",
            "1 → 1 - 1", "0 → 0 + 1",
        }));
        Assert.That(library.Sites.Single(site => site.Mutant.Change == "i < values.Length → i <= values.Length").Mutant,
            Is.EqualTo(new IadNative.Mutation.Mutant(
                "Metrics/Small.cs", 12, "for (int i = 0; i < values.Length; i++)", "i < values.Length → i <= values.Length")));
        Assert.That(library.Sites.Select(site => site.Mutant.Key), Is.Unique);
    }

    [Test]
    public void What_words_an_error_and_what_the_compiler_must_know_stays()
    {
        using var library = new SmallLibrary("""
            public static class Small
            {
                [Obsolete("1" + "2", true == false)]
                public const int Two = 1 + 1;

                public static bool Is(int value, int other = 1 + 2) => value is 3 or > 4;

                public static void Refuse(int value)
                {
                    ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 5 + 6);
                    string text = $"{value + 1}";
                    Exception error = new ArgumentException(text + value * 2);
                    throw value switch { 7 => Wrong(value - 1), _ => error };
                }

                public static Exception Wrong(int value) => new InvalidOperationException($"{value * 2}");
            }
            """);
        Assert.That(library.Changes, Is.EqualTo(new[] { "value is 3 or > 4 → default!" }));
    }

    [Test]
    public void A_mutant_is_on_alone_and_none_leaves_the_program_as_it_is()
    {
        using var library = new SmallLibrary("""
            public static class Small
            {
                public static int Choose(int a, int b) => a < b && b != 3 ? a + 1 : -b;

                public static byte Next(byte value) { return checked((byte)(value + 1)); }

                public static string Text(int[] values)
                {
                    int sum = 0;
                    foreach (int value in values[1..])
                    {
                        sum += value;
                        sum = Math.Max(sum, 4);
                    }
                    return sum.ToString();
                }
            }
            """);
        Assert.That(library.Compiled, Has.Count.EqualTo(library.Sites.Count));
        Assert.That(library.Call(null, "Choose", 4, 5), Is.EqualTo(5));
        Assert.That(library.Call(null, "Choose", 5, 5), Is.EqualTo(-5));
        Assert.That(library.Call("a < b → a <= b", "Choose", 5, 5), Is.EqualTo(6));
        Assert.That(library.Call("a < b → a <= b", "Choose", 4, 5), Is.EqualTo(5), "where it makes no difference");
        Assert.That(library.Call("a < b && b != 3 → a < b || b != 3", "Choose", 7, 5), Is.EqualTo(8));
        Assert.That(library.Call("b != 3 → b == 3", "Choose", 2, 3), Is.EqualTo(3));
        Assert.That(library.Call("-b → b", "Choose", 9, 5), Is.EqualTo(5));
        Assert.That(library.Call("a + 1 → a - 1", "Choose", 4, 5), Is.EqualTo(3));
        Assert.That(() => library.Call(null, "Next", (byte)255), Throws.InnerException.TypeOf<OverflowException>());
        Assert.That(library.Call("checked((byte)(value + 1)) → unchecked((byte)(value + 1))", "Next", (byte)255), Is.EqualTo((byte)0));
        Assert.That(library.Call("return checked((byte)(value + 1)); → return default!;", "Next", (byte)7), Is.EqualTo((byte)0));
        int[] values = [9, 1, 5];
        Assert.That(library.Call(null, "Text", values), Is.EqualTo("9"));
        Assert.That(library.Call("sum += value; →", "Text", values), Is.EqualTo("4"));
        Assert.That(library.Call("sum += value; → sum -= value;", "Text", values), Is.EqualTo("4"));
        Assert.That(library.Call("sum = Math.Max(sum, 4); →", "Text", values), Is.EqualTo("6"));
        Assert.That(library.Call("Math.Max(sum, 4) → Math.Min(sum, 4)", "Text", values), Is.EqualTo("4"));
        Assert.That(library.Call(null, "Text", values), Is.EqualTo("9"), "and off again");
    }

    [Test]
    public void Mutants_that_do_not_compile_are_left_out_and_no_others()
    {
        using var library = new SmallLibrary("""
            public static class Small
            {
                public static int One(bool isKnown)
                {
                    int value;
                    value = 1;
                    return value;
                }

                public static int Two(int a)
                {
                    return a * 2;
                }
            }
            """);
        string[] left = [.. library.Sites.Where((_, number) => !library.Compiled.Contains(number)).Select(site => site.Mutant.Change)];
        Assert.That(left, Has.Member("value = 1; →"));
        Assert.That(left, Has.None.Contains("a * 2"));
        Assert.That(library.Call(null, "One", true), Is.EqualTo(1));
        Assert.That(library.Call("a * 2 → a / 2", "Two", 8), Is.EqualTo(4));
    }

    [Test]
    public void It_is_noted_which_mutants_a_call_runs_through()
    {
        using var library = new SmallLibrary("""
            public static class Small
            {
                public static int Choose(int a) => a > 0 ? a * 5 : Never(a);

                public static int Never(int a) => a - 9;
            }
            """);
        int[] reached = library.Reached("Choose", 1);
        string[] changes = [.. reached.Select(number => library.Sites[number].Mutant.Change)];
        Assert.That(changes, Has.Member("a > 0 → a >= 0").And.Member("a * 5 → a / 5").And.Member("5 → 5 + 1"));
        Assert.That(changes, Has.No.Member("a - 9 → a + 9").And.No.Member("9 → 9 + 1"));
    }

    [Test]
    public void What_may_run_but_once_is_told_apart()
    {
        using var library = new SmallLibrary("""
            public class Small
            {
                private static readonly int s_first = 10 + 11;
                private static int Second { get; } = 20;
                private static readonly int s_third;
                static Small() { s_third = 30; }
                public int Fourth { get; init; } = 50;
                public Small() { Fourth++; }
                public static int Sum() => s_first + Second + s_third + 40;
            }
            """);
        Assert.That(library.Sites.Where(site => site.IsInitial).Select(site => site.Mutant.LineText.Split(' ')[2]).Distinct(),
            Is.EqualTo(new[] { "readonly", "int", "{", "Fourth" }));
        Assert.That(library.Sites.Single(site => site.Mutant.Change == "40 → 40 + 1").IsInitial, Is.False);
        Assert.That(library.Call(null, "Sum"), Is.EqualTo(111));
    }
}
