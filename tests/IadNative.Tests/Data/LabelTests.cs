using System.IO.Compression;
using IadNative.Data;

namespace IadNative.Tests.Data;

/// <summary>What labels mean.</summary>
public class LabelTests
{
    [TestCase("0 1 0", "0 1 0")]
    [TestCase("false TRUE 0", "0 1 0")]
    [TestCase("no Yes no", "0 1 0")]
    [TestCase("inlier outlier normal", "0 1 0")]
    [TestCase("1 -1 1", "0 1 0")]
    [TestCase("-1.0 1 +1", "1 0 0")]
    [TestCase("normal smurf neptune", "0 1 1")]
    [TestCase("normal abnormal normal", "0 1 0")]
    [TestCase("1 1 1", "1 1 1")]
    [TestCase("-1 -1 -1", "1 1 1")]
    public void Labels_are_told_by_their_values(string labels, string expected)
    {
        string[] values = labels.Split(' ');
        bool[] anomalies = [.. expected.Split(' ').Select(value => value == "1")];
        Assert.That(Files.Read("a,y\n" + string.Concat(values.Select(value => $"5,{value}\n")), "y").Labels, Is.EqualTo(anomalies));
        Assert.That(Files.Read(string.Concat(values.Select(value => $"{{\"a\":5,\"y\":\"{value}\"}}\n")), "y").Labels, Is.EqualTo(anomalies));
    }

    [TestCase("0 -1 1", "'-1'")]
    [TestCase("0 1 2", "'2'")]
    [TestCase("a b a", "'a'")]
    [TestCase("0 abnormal 0", "'abnormal'")]
    [TestCase("normal 7 0", "'7'")]
    [TestCase("normal smurf ", "''")]
    public void Labels_that_do_not_say_what_is_an_anomaly_are_refused(string labels, string named) =>
        Assert.That(Files.Refusal("a,y\n" + string.Concat(labels.Split(' ').Select(value => $"5,{value}\n")), "y"),
            Does.Contain($"column 2 ('y') holds {named}").And.Contain("--positive VALUE"));

    [Test]
    public void One_value_can_be_declared_the_anomaly()
    {
        var options = new DatasetReadOptions { Label = "y", Positive = "Virginica" };
        Assert.That(Files.Read("a,y\n1,setosa\n2,virginica\n3,versicolor\n", options).Labels, Is.EqualTo(new[] { false, true, false }));
        Assert.That(Files.Read("a,y\n1,1\n2,0\n3,-1\n", options with { Positive = "0" }).Labels, Is.EqualTo(new[] { false, true, false }));
        Assert.That(Files.Refusal("a,y\n1,setosa\n", options), Does.Contain("no label is 'Virginica'").And.Contain("'setosa'"));
        Assert.That(Files.Refusal("a,y\n1,virginica\n2,\n", options), Does.Contain("row 2 (line 3)"));
        byte[] npy = Files.Npy("<i4", "(3, 2)", [5, 3, 6, 4, 7, 3]);
        Assert.That(Files.Read(npy, new DatasetReadOptions { Label = "2", Positive = "4" }).Labels, Is.EqualTo(new[] { false, true, false }));
    }

    [Test]
    public void What_is_taken_for_an_anomaly_is_said()
    {
        Assert.That(Files.Read("a,y\n1,1\n2,-1\n", "y").Notes, Is.EqualTo(new[] { "of the labels 1 and -1, -1 is taken for an anomaly" }));
        Assert.That(Files.Read("a,y\n1,normal\n2,smurf\n", "y").Notes.Single(), Does.Contain("all labels but 'normal'").And.Contain("'smurf'"));
        Assert.That(Files.Read("a,y\n1,0\n2,1\n", "y").Notes, Is.Empty);
    }

    [Test]
    public void Arrays_beside_a_matrix_are_labels_alike()
    {
        byte[] x = Files.Npy("<f8", "(2, 1)", [1, 2]), y = Files.Npy("<i8", "(2,)", [1, -1]);
        Assert.That(Files.Read(Files.Npz(CompressionLevel.Optimal, ("X.npy", x), ("y.npy", y))).Labels, Is.EqualTo(new[] { false, true }));
        var mat = new MatFile();
        Assert.That(Files.Read(mat.File(mat.Array("X", 2, 1, [1, 2]), mat.Array("y", 2, 1, [-1, 1]))).Labels, Is.EqualTo(new[] { true, false }));
    }
}
