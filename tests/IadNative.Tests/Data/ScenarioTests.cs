using IadNative.Data;
using IadNative.Random;

namespace IadNative.Tests.Data;

public class ScenarioTests
{
    [Test]
    public void The_named_classes_are_normal_and_all_others_anomalies()
    {
        var data = Classes("3", "1", "cat", "3", "5");
        var labelled = Scenario.WithNormal(data, ["3", "5"]);
        Assert.That(labelled.Labels, Is.EqualTo(new[] { false, true, true, false, false }));
        Assert.That(labelled.Values, Is.SameAs(data.Values));
        Assert.That((labelled.Image, labelled.Classes, labelled.SourceRows.Count), Is.EqualTo((data.Image, data.Classes, 5)));
    }

    [Test]
    public void A_class_that_is_not_there_is_refused_with_those_that_are() =>
        Assert.That(() => Scenario.WithNormal(Classes("3", "1", "3"), ["3", "7"]),
            Throws.ArgumentException.With.Message.Contains("no class '7'. Its classes are '1', '3'"));

    [Test]
    public void Unknown_classes_and_labels_are_refused()
    {
        var data = new Dataset("d", new float[4], 4, 1);
        Assert.That(() => Scenario.WithNormal(data, ["1"]), Throws.ArgumentException.With.Message.Contains("not known"));
        Assert.That(() => Scenario.Contaminate(data, 0.1, 0), Throws.ArgumentException.With.Message.Contains("no labels"));
        Assert.That(() => Scenario.Contaminate(new Dataset("d", new float[2], 2, 1, [true, true]), 0.1, 0),
            Throws.ArgumentException.With.Message.Contains("no normal samples"));
    }

    // Satellite, Arrhythmia and Cardio at 0.1%, a half at 20%, and MNIST's and Fashion-MNIST's usual ratios.
    [TestCase(4399, 0.001, 4)]
    [TestCase(386, 0.001, 1)]
    [TestCase(1655, 0.001, 2)]
    [TestCase(5842, 0.2, 1461)]
    [TestCase(6131, 0.2, 1533)]
    [TestCase(6000, 0.2, 1500)]
    [TestCase(6000, 0.1, 667)]
    [TestCase(6000, 0.05, 316)]
    [TestCase(1, 0.5, 1)]
    [TestCase(1, 1e-9, 1)]
    [TestCase(3, 0.99, 297)]
    public void As_many_anomalies_are_drawn_as_the_contamination_says(int normals, double contamination, int anomalies)
    {
        var data = Contaminated(normals, 7000);
        var drawn = Scenario.Contaminate(data, contamination, 1);
        Assert.That((drawn.Rows, drawn.Anomalies), Is.EqualTo((normals + anomalies, anomalies)));
        Assert.That(drawn.SourceRows, Is.Ordered.And.Unique);
        Assert.That(drawn.SourceRows.Count(row => row < normals), Is.EqualTo(normals), "every normal sample");
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(-0.1)]
    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    [TestCase(1e-40)]
    [TestCase(0.99999999999999994)]
    public void A_contamination_out_of_range_is_refused(double contamination) =>
        Assert.That(() => Scenario.Contaminate(Contaminated(10, 10), contamination, 0),
            Throws.ArgumentException.With.Message.Contains("above 0, below 1"));

    [Test]
    public void More_anomalies_than_there_are_cannot_be_drawn()
    {
        Assert.That(Scenario.Contaminate(Contaminated(10, 10), 0.5, 0).Anomalies, Is.EqualTo(10));
        Assert.That(() => Scenario.Contaminate(Contaminated(10, 10), 0.53, 0),
            Throws.ArgumentException.With.Message.Contains("takes 11 anomalies").And.Message.Contains("only 10"));
    }

    [Test]
    public void The_draw_is_the_beginning_of_a_permutation_of_the_anomalies_by_seed()
    {
        var data = Contaminated(90, 1000);
        for (ulong seed = 0ul; seed < 3; seed++)
        {
            int[] permutation = new Permutation(1000).Draw(new RandomSequence(seed, RandomPurpose.Anomalies, 0))[..10].ToArray();
            Assert.That(Anomalies(Scenario.Contaminate(data, 0.1, seed)), Is.EqualTo(permutation.Order().Select(i => 90 + i)));
        }
    }

    // From another implementation of Philox: the ten smallest of 1000 draws of purpose 6.
    [TestCase(0ul, new[] { 238, 332, 392, 432, 504, 589, 658, 690, 834, 999 })]
    [TestCase(ulong.MaxValue, new[] { 142, 239, 328, 408, 416, 522, 564, 634, 698, 780 })]
    public void The_draw_is_the_same_on_every_machine(ulong seed, int[] expected) =>
        Assert.That(Anomalies(Scenario.Contaminate(Contaminated(90, 1000), 0.1, seed)), Is.EqualTo(expected));

    [Test]
    public void A_smaller_contamination_draws_some_of_the_same_anomalies()
    {
        var data = Contaminated(900, 1000);
        Assert.That(Anomalies(Scenario.Contaminate(data, 0.05, 4)), Is.SubsetOf(Anomalies(Scenario.Contaminate(data, 0.1, 4))));
    }

    [Test]
    public void Rows_keep_their_values_labels_classes_and_places()
    {
        var data = Scenario.WithNormal(Classes([.. Enumerable.Range(0, 50).Select(i => $"{i % 5}")]), ["2", "4"]);
        var drawn = Scenario.Contaminate(data, 0.3, 9);
        Assert.That((drawn.Rows, drawn.Anomalies, drawn.Image, drawn.Name), Is.EqualTo((29, 9, data.Image, data.Name)));
        for (int i = 0; i < drawn.Rows; i++)
        {
            int row = drawn.SourceRows[i];
            Assert.That(drawn.Row(i).SequenceEqual(data.Row(row)));
            Assert.That((drawn.Labels![i], drawn.Classes![i]), Is.EqualTo((data.Labels![row], data.Classes![row])));
        }
    }

    [Test]
    public void Places_are_those_of_the_source_when_rows_had_been_dropped()
    {
        byte[] npy = Files.Npy("<f4", "(4, 2)", [1, 0, double.NaN, 0, 3, 1, 4, 0]);
        var data = Files.Read(npy, "2", MissingValues.Drop);
        Assert.That(Scenario.Contaminate(data, 0.3, 0).SourceRows, Is.EqualTo(new[] { 0, 2, 3 }));
    }

    private static int[] Anomalies(Dataset data) => [.. data.SourceRows.Where((_, i) => data.Labels![i])];

    /// <summary>Normal samples, then anomalies.</summary>
    private static Dataset Contaminated(int normals, int anomalies) => new("d", new float[normals + anomalies],
        normals + anomalies, 1, [.. Enumerable.Range(0, normals + anomalies).Select(i => i >= normals)]);

    private static Dataset Classes(params string[] classes) =>
        new("d", [.. Enumerable.Range(0, 2 * classes.Length).Select(i => (float)i)], classes.Length, 2)
        {
            Image = new ImageShape(1, 2),
            Classes = classes,
        };
}
