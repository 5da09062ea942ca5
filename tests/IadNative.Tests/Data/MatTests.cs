using System.Text;
using IadNative.Data;
using IadNative.Data.Formats;

namespace IadNative.Tests.Data;

public class MatTests
{
    // Two rows, three columns, column by column as MATLAB stores them.
    private static readonly double[] s_stored = [1, 4, 2, 5, 3, 6];
    private static readonly float[] s_expected = [1, 2, 3, 4, 5, 6];

    [Test]
    public void Matrix_and_labels_are_read([Values] bool bigEndian, [Values] bool compressed, [Values] bool gzip)
    {
        var mat = new MatFile(bigEndian);
        byte[][] arrays = [mat.Array("y", 2, 1, [0, 1], "u1"), mat.Array("X", 2, 3, s_stored)];
        byte[] bytes = mat.File(compressed ? Array.ConvertAll(arrays, mat.Compressed) : arrays);
        var data = Files.Read(gzip ? Files.Gzip(bytes) : bytes);
        Assert.That((data.Rows, data.Columns), Is.EqualTo((2, 3)));
        Assert.That(data.Values, Is.EqualTo(s_expected));
        Assert.That(data.Labels, Is.EqualTo(new[] { false, true }));
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "x1", "x2", "x3" }));
    }

    [Test]
    public void A_double_stored_as_any_smaller_type_is_read(
        [Values("i1", "u1", "i2", "u2", "i4", "u4", "f4", "f8", "i8", "u8")] string type, [Values] bool bigEndian)
    {
        var mat = new MatFile(bigEndian);
        Assert.That(Files.Read(mat.File(mat.Array("X", 2, 3, s_stored, type))).Values, Is.EqualTo(s_expected));
    }

    [Test]
    public void Every_numeric_class_and_logical_is_read([Range(MatFile.ClassDouble, MatFile.ClassUInt64)] int arrayClass)
    {
        var mat = new MatFile();
        Assert.That(Files.Read(mat.File(mat.Array("X", 2, 3, s_stored, "u1", arrayClass, flags: 0x0200))).Values, Is.EqualTo(s_expected));
    }

    [TestCase(1, "i1")]
    [TestCase(2, "i2")]
    [TestCase(4, "u1")]
    [TestCase(1, "f4")]
    public void Small_elements_are_read(int columns, string type)
    {
        var mat = new MatFile();
        double[] values = Enumerable.Range(1, columns).Select(i => (double)i).ToArray();
        Assert.That(Files.Read(mat.File(mat.Array("X", 1, columns, values, type))).Values,
            Is.EqualTo(Array.ConvertAll(values, x => (float)x)));
    }

    [Test]
    public void Other_variables_are_passed_over()
    {
        var mat = new MatFile();
        byte[] inner = mat.Array("", 1, 1, [9]);
        byte[] bytes = mat.File(
            mat.Element(2, [1, 2, 3, 4, 5]),
            mat.Matrix(MatFile.ClassCell, 0, "X", [1, 2], inner, inner),
            mat.Matrix(MatFile.ClassChar, 0, "y", [1, 5], mat.Element(4, new byte[10])),
            mat.Array("scale", 1, 1, [9], flags: 0x0800),
            mat.Element(14, []),
            mat.Compressed(mat.Array("X", 2, 3, s_stored)));
        Assert.That(() => Files.Read(bytes), Throws.TypeOf<DataFormatException>().With.Message.Contain("complex"));
        bytes = mat.File(
            mat.Element(2, [1, 2, 3, 4, 5]),
            mat.Matrix(MatFile.ClassCell, 0, "X", [1, 2], inner, inner),
            mat.Matrix(MatFile.ClassChar, 0, "y", [1, 5], mat.Element(4, new byte[10])),
            mat.Array("scale", 1, 1, [9]),
            mat.Element(14, []),
            mat.Compressed(mat.Array("X", 2, 3, s_stored)),
            mat.Array("more", 1, 1, [9], flags: 0x0800));
        var data = Files.Read(bytes);
        Assert.That(data.Values, Is.EqualTo(s_expected));
        Assert.That(data.Labels, Is.Null);
    }

    [Test]
    public void The_only_array_besides_the_labels_is_the_matrix_and_labels_may_be_named()
    {
        var mat = new MatFile();
        byte[] truth = mat.Array("truth", 1, 2, [1, 0]);
        byte[] data = mat.Array("data", 2, 3, s_stored);
        Assert.That(Files.Read(mat.File(data, truth), "truth").Labels, Is.EqualTo(new[] { true, false }));
        Assert.That(Files.Read(mat.File(truth, data), "truth").Values, Is.EqualTo(s_expected));
        Assert.That(Files.Refusal(mat.File(truth, data)), Does.Contain("'truth', 'data'"));
        Assert.That(Files.Refusal(mat.File(truth, data), "z"), Does.Contain("no label array 'z'"));
        Assert.That(Files.Refusal(mat.File(data, data)), Does.Contain("Save the matrix as X"));
        Assert.That(Files.Refusal(mat.File(mat.Array("X", 2, 3, s_stored), mat.Array("X", 2, 3, s_stored))), Does.Contain("two arrays"));
        Assert.That(Files.Refusal(mat.File()), Does.Contain("no array"));
    }

    [Test]
    public void Wrong_labels_are_refused()
    {
        var mat = new MatFile();
        byte[] x = mat.Array("X", 2, 3, s_stored);
        Assert.That(Files.Refusal(mat.File(x, mat.Array("y", 3, 1, [0, 1, 0]))), Does.Contain("each of the 2 rows"));
        Assert.That(Files.Refusal(mat.File(x, mat.Array("y", 2, 1, [0, 7]))), Does.Contain("row 2 of y holds '7'"));
    }

    [Test]
    public void Values_that_are_not_finite_are_listed()
    {
        var mat = new MatFile();
        byte[] bytes = mat.File(mat.Array("X", 2, 2, [1, double.NaN, 1e39, 2]));
        Assert.That(Files.Refusal(bytes), Does.Contain("2 cells").And.Contain("column 2:\n  row 1: '1E+39'")
            .And.Contain("column 1:\n  row 2: 'NaN'"));
    }

    [Test]
    public void Three_dimensions_are_images_and_their_labels_classes()
    {
        // Two images of 3x4 pixels, stored with the image running fastest, then the row.
        var mat = new MatFile();
        var stored = Enumerable.Range(0, 24).Select(i => (double)((i % 2 * 12) + (i / 2 % 3 * 4) + (i / 6)));
        byte[] values = mat.Element(9, [.. stored.SelectMany(value => Files.Number("f8", false, value))]);
        var data = Files.Read(mat.File(mat.Matrix(MatFile.ClassDouble, 0, "X", [2, 3, 4], values), mat.Array("y", 2, 1, [7, 12])));
        Assert.That(data.Values, Is.EqualTo(Enumerable.Range(0, 24).Select(i => (float)i)));
        Assert.That(data.Image, Is.EqualTo(new ImageShape(3, 4)));
        Assert.That((data.Classes, data.Labels), Is.EqualTo(((IReadOnlyList<string>)["7", "12"], (bool[]?)null)));
    }

    [TestCase(new[] { 0, 3 }, "no value")]
    [TestCase(new[] { -1, 3 }, "impossible shape")]
    [TestCase(new[] { 0x7FFFFFFF, 0x7FFFFFFF }, "impossible shape")]
    [TestCase(new[] { 2, 4 }, "announces 8 values")]
    [TestCase(new[] { 1, 1, 2, 3 }, "shape (1, 1, 2, 3)")]
    [TestCase(new[] { 6 }, "dimensions are damaged")]
    public void Impossible_shapes_are_refused(int[] shape, string part)
    {
        var mat = new MatFile();
        byte[] values = mat.Element(9, [.. s_stored.SelectMany(value => Files.Number("f8", false, value))]);
        Assert.That(Files.Refusal(mat.File(mat.Matrix(MatFile.ClassDouble, 0, "X", shape, values))), Does.Contain(part));
    }

    [Test]
    public void Parts_that_reach_beyond_their_variable_are_refused()
    {
        var mat = new MatFile();
        byte[] bytes = mat.File(mat.Array("X", 2, 3, s_stored));
        foreach (int at in new[] { 132, 140, 156, 168, 180 })
        {
            byte[] broken = (byte[])bytes.Clone();
            broken.AsSpan(at, 4).Fill(0x7F);
            Assert.That(Files.Refusal(broken), Does.StartWith("file: "));
        }
        Assert.That(Files.Refusal(mat.File(mat.Matrix(MatFile.ClassDouble, 0, "X", [2, 3]))), Does.Contain("beyond its variable"));
    }

    [Test]
    public void Cut_anywhere_it_is_refused([Values] bool compressed, [Values] bool gzip)
    {
        var mat = new MatFile();
        byte[] array = mat.Array("X", 2, 3, s_stored);
        byte[] bytes = mat.File(compressed ? mat.Compressed(array) : array);
        for (int length = 1; length < bytes.Length; length++)
            Assert.That(Files.Refusal(gzip ? Files.Gzip(bytes[..length]) : bytes[..length]), Does.StartWith("file"));
    }

    [Test]
    public void A_damaged_compressed_variable_is_refused()
    {
        var mat = new MatFile();
        byte[] zlib = Files.Zlib(mat.Array("X", 2, 3, s_stored));
        for (int at = 0; at < zlib.Length; at++)
        {
            byte[] broken = (byte[])zlib.Clone();
            broken[at] ^= 0x41;
            Files.AssertRefusedOrUnchanged(mat.File(mat.CompressedRaw(broken)), s_expected);
        }
        for (int length = 0; length < zlib.Length; length++)
            Files.AssertRefusedOrUnchanged(mat.File(mat.CompressedRaw(zlib[..length])), s_expected);
        Assert.That(Files.Refusal(mat.File(mat.CompressedRaw(zlib[..^20]))), Does.Contain("in a compressed variable"));
        Assert.That(Files.Refusal(mat.File(mat.Compressed([.. mat.Array("X", 2, 3, s_stored), 1]))), Does.Contain("more bytes follow"));
        Assert.That(Files.Refusal(mat.File(mat.Compressed(mat.Compressed(mat.Array("X", 2, 3, s_stored))))), Does.Contain("no array"));
    }

    [Test]
    public void A_variable_that_unpacks_beyond_the_limits_is_refused()
    {
        var mat = new MatFile();
        byte[] bytes = mat.File(mat.Compressed(mat.Array("X", 1000, 100, new double[100_000])));
        var limits = new ReaderLimits { InflatedFloor = 100_000, InflatedRatio = 20 };
        Assert.That(() => DatasetReader.Read(new MemoryStream(bytes), "file", new DatasetReadOptions(), limits, default),
            Throws.TypeOf<DataFormatException>().With.Message.Contain("20 times"));
        Assert.That(Files.Read(bytes).Rows, Is.EqualTo(1000));
    }

    [Test]
    public void Version_7_3_is_refused_with_the_way_out()
    {
        byte[] header = Encoding.ASCII.GetBytes("MATLAB 7.3 MAT-file".PadRight(124));
        Assert.That(Files.Refusal([.. header, 0, 2, (byte)'I', (byte)'M', .. new byte[500]]), Does.Contain("-v7"));
        Assert.That(Files.Refusal([0x89, .. "HDF\r\n\u001a\n"u8, .. new byte[100]]), Does.Contain("-v7"));
    }
}
