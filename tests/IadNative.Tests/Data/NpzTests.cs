using System.IO.Compression;
using IadNative.Data;
using IadNative.Data.Formats;

namespace IadNative.Tests.Data;

public class NpzTests
{
    private static readonly byte[] s_x = Files.Npy("<f8", "(2, 3)", [1, 2, 3, 4, 5, 6]);
    private static readonly byte[] s_y = Files.Npy("|u1", "(2,)", [0, 1]);
    private static readonly float[] s_expected = [1, 2, 3, 4, 5, 6];

    [Test]
    public void Matrix_and_labels_are_read_stored_or_deflated(
        [Values(CompressionLevel.NoCompression, CompressionLevel.Optimal)] CompressionLevel level, [Values] bool gzip)
    {
        byte[] bytes = Files.Npz(level, ("X.npy", s_x), ("y.npy", s_y));
        var data = Files.Read(gzip ? Files.Gzip(bytes) : bytes);
        Assert.That((data.Rows, data.Columns), Is.EqualTo((2, 3)));
        Assert.That(data.Values, Is.EqualTo(s_expected));
        Assert.That(data.Labels, Is.EqualTo(new[] { false, true }));
    }

    [Test]
    public void Images_come_with_classes_in_place_of_labels()
    {
        byte[] images = Files.Npy("|u1", "(3, 1, 2)", [1, 2, 3, 4, 5, 6]);
        byte[] classes = Files.Npy("<i8", "(3,)", [9, -1, 9]);
        var data = Files.Read(Files.Npz(CompressionLevel.Optimal, ("X.npy", images), ("y.npy", classes)));
        Assert.That((data.Rows, data.Columns, data.Image), Is.EqualTo((3, 2, (ImageShape?)new ImageShape(1, 2))));
        Assert.That((data.Classes, data.Labels), Is.EqualTo(((IReadOnlyList<string>)["9", "-1", "9"], (bool[]?)null)));
        Assert.That(Files.Read(Files.Npz(CompressionLevel.Optimal, ("X.npy", images))).Classes, Is.Null);
        byte[] large = Files.Npy("<f8", "(3,)", [1, 2, 1e17]);
        Assert.That(Files.Refusal(Files.Npz(CompressionLevel.Optimal, ("X.npy", images), ("y.npy", large))),
            Does.Contain("entry 3 of y is 1E+17").And.Contain("whole numbers"));
    }

    [Test]
    public void A_stream_that_cannot_seek_or_does_not_start_at_its_beginning_is_read()
    {
        byte[] bytes = Files.Npz(CompressionLevel.Optimal, ("X.npy", s_x));
        var later = new MemoryStream([1, 2, 3, .. bytes]) { Position = 3 };
        Assert.That(DatasetReader.Read(later, "file").Values, Is.EqualTo(s_expected));
        using var forward = new GZipStream(new MemoryStream(Files.Gzip(bytes)), CompressionMode.Decompress);
        Assert.That(DatasetReader.Read(forward, "file").Values, Is.EqualTo(s_expected));
    }

    [Test]
    public void The_only_array_besides_the_labels_is_the_matrix()
    {
        Assert.That(Files.Read(Files.Npz(CompressionLevel.Optimal, ("arr_0.npy", s_x))).Labels, Is.Null);
        Assert.That(Files.Read(Files.Npz(CompressionLevel.Optimal, ("y.npy", s_y), ("data.npy", s_x), ("readme.txt", s_x))).Anomalies,
            Is.EqualTo(1));
    }

    [Test]
    public void A_named_label_array_is_taken_instead_of_y()
    {
        byte[] truth = Files.Npy("<i8", "(2, 1)", [1, 1]);
        byte[] bytes = Files.Npz(CompressionLevel.Optimal, ("X.npy", s_x), ("y.npy", s_y), ("truth.npy", truth));
        Assert.That(Files.Read(bytes, "truth").Anomalies, Is.EqualTo(2));
        Assert.That(Files.Refusal(bytes, "z"), Does.Contain("'z'").And.Contain("'X', 'y', 'truth'"));
    }

    [Test]
    public void Without_one_matrix_the_arrays_are_listed()
    {
        Assert.That(Files.Refusal(Files.Npz(CompressionLevel.Optimal, ("a.npy", s_x), ("b.npy", s_x))), Does.Contain("'a', 'b'"));
        Assert.That(Files.Refusal(Files.Npz(CompressionLevel.Optimal, ("y.npy", s_y))), Does.Contain("Save the matrix as X"));
        Assert.That(Files.Refusal(Files.Npz(CompressionLevel.Optimal, ("sheet.xml", s_x), ("b.xml", s_x))), Does.Contain("2 files: 'sheet.xml', 'b.xml'"));
        Assert.That(Files.Refusal(Files.Npz(CompressionLevel.Optimal)), Does.Contain("no array"));
        Assert.That(Files.Refusal(Files.Npz(CompressionLevel.Optimal, ("X.npy", s_x), ("X.npy", s_x))), Does.Contain("two arrays 'X'"));
    }

    [TestCase("(3,)", new double[] { 0, 1, 0 }, "each of the 2 rows")]
    [TestCase("(2, 2)", new double[] { 0, 1, 0, 1 }, "each of the 2 rows")]
    [TestCase("(2,)", new double[] { 0, 2 }, "row 2 of y holds '2'")]
    [TestCase("(2,)", new double[] { double.NaN, 1 }, "row 1 of y holds 'NaN'")]
    public void Wrong_labels_are_refused(string shape, double[] labels, string part) =>
        Assert.That(Files.Refusal(Files.Npz(CompressionLevel.Optimal, ("X.npy", s_x), ("y.npy", Files.Npy("<f8", shape, labels)))),
            Does.Contain(part));

    [Test]
    public void A_flipped_bit_in_the_values_is_noticed([Values] bool stored)
    {
        double[] values = Enumerable.Range(0, 500).Select(i => Math.Sqrt(i + 1)).ToArray();
        byte[] bytes = Files.Npz(stored ? CompressionLevel.NoCompression : CompressionLevel.Optimal,
            ("X.npy", Files.Npy("<f8", "(100, 5)", values)));
        bytes[1500] ^= 4;
        Assert.That(Files.Refusal(bytes), Does.Contain("X.npy").And.Contain("damaged"));
    }

    [Test]
    public void An_archive_within_the_archive_is_named_in_the_message() =>
        Assert.That(Files.Refusal(Files.Npz(CompressionLevel.Optimal, ("X.npy", s_y[..20]))), Does.StartWith("file: X.npy: "));

    [Test]
    public void Cut_anywhere_it_is_refused()
    {
        byte[] bytes = Files.Npz(CompressionLevel.Optimal, ("X.npy", s_x), ("y.npy", s_y));
        for (int length = 0; length < bytes.Length; length++)
            Assert.That(Files.Refusal(bytes[..length]), Does.StartWith("file: "));
    }

    [Test]
    public void An_entry_that_unpacks_beyond_the_limits_is_refused()
    {
        byte[] bytes = Files.Npz(CompressionLevel.Optimal, ("X.npy", Files.Npy("<f8", "(1000, 100)", new double[100_000])));
        var limits = new ReaderLimits { InflatedFloor = 100_000, InflatedRatio = 20 };
        string message = Assert.Throws<DataFormatException>(() =>
            DatasetReader.Read(new MemoryStream(bytes), "file", new DatasetReadOptions(), limits, default))!.Message;
        Assert.That(message, Does.Contain("X.npy").And.Contain("20 times"));
        Assert.That(Files.Read(bytes).Rows, Is.EqualTo(1000));
    }
}
