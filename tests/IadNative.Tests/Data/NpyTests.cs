using IadNative.Data;

namespace IadNative.Tests.Data;

public class NpyTests
{
    private static readonly double[] s_values = [0, 1, 2, 100, 5, 7];
    private static readonly float[] s_expected = [0, 1, 2, 100, 5, 7];

    [Test]
    public void Every_type_and_byte_order_is_read(
        [Values("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")] string type, [Values('<', '>', '=', '|')] char order)
    {
        var data = Files.Read(Files.Npy(order + type, "(2, 3)", s_values));
        Assert.That((data.Rows, data.Columns), Is.EqualTo((2, 3)));
        Assert.That(data.Values, Is.EqualTo(s_expected));
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "x1", "x2", "x3" }));
    }

    [TestCase("f8", -1.5)]
    [TestCase("f4", -1.5)]
    [TestCase("f2", -1.5)]
    [TestCase("i1", -7)]
    [TestCase("i2", -300)]
    [TestCase("i4", -70000)]
    [TestCase("i8", -5e9)]
    [TestCase("u1", 250)]
    [TestCase("u2", 65000)]
    [TestCase("u4", 4e9)]
    [TestCase("u8", 1e19)]
    public void Signs_and_large_numbers_survive(string type, double value)
    {
        Assert.That(Files.Read(Files.Npy("<" + type, "(1, 1)", [value])).Values[0], Is.EqualTo((float)value));
        Assert.That(Files.Read(Files.Npy(">" + type, "(1, 1)", [value])).Values[0], Is.EqualTo((float)value));
    }

    [Test]
    public void Bool_is_read() =>
        Assert.That(Files.Read(Files.Npy("|b1", "(1, 3)", [0, 1, 1])).Values, Is.EqualTo(new float[] { 0, 1, 1 }));

    [Test]
    public void All_versions_and_both_orders_are_read([Values(1, 2, 3)] int version, [Values] bool fortran)
    {
        double[] stored = fortran ? [0, 100, 1, 5, 2, 7] : s_values;
        Assert.That(Files.Read(Files.Npy("<f4", "(2, 3)", stored, fortran, version)).Values, Is.EqualTo(s_expected));
    }

    [TestCase(1, 1)]
    [TestCase(31, 33)]
    [TestCase(33, 31)]
    [TestCase(257, 70)]
    public void Fortran_order_is_transposed_at_every_size(int rows, int columns)
    {
        double[] stored = Enumerable.Range(0, rows * columns).Select(i => (double)i).ToArray();
        var data = Files.Read(Files.Npy(">f8", $"({rows}, {columns})", stored, fortran: true));
        for (int row = 0; row < rows; row++)
            Assert.That(data.Row(row).ToArray(), Is.EqualTo(Enumerable.Range(0, columns).Select(c => (float)(c * rows + row))));
    }

    [TestCase("|u1", false)]
    [TestCase("<f4", false)]
    [TestCase(">f8", true)]
    public void Three_dimensions_are_images(string type, bool fortran)
    {
        // Two images of 3x4 pixels; in Fortran order the image runs fastest, then the row.
        int[] places = [.. Enumerable.Range(0, 24)];
        double[] stored = [.. places.Select(i => (double)(fortran ? (i % 2 * 12) + (i / 2 % 3 * 4) + (i / 6) : i))];
        var data = Files.Read(Files.Npy(type, "(2, 3, 4)", stored, fortran));
        Assert.That((data.Rows, data.Columns, data.Image), Is.EqualTo((2, 12, (ImageShape?)new ImageShape(3, 4))));
        Assert.That(data.Values, Is.EqualTo(places.Select(i => (float)i)));
        Assert.That(Files.Refusal(Files.Npy(type, "(2, 3, 4)", stored, fortran), "1"), Does.Contain("no label column"));
    }

    [Test]
    public void Packed_with_gzip_a_large_array_grows_as_it_arrives()
    {
        double[] stored = Enumerable.Range(0, 200_000).Select(i => (double)i).ToArray();
        var data = Files.Read(Files.Gzip(Files.Npy("<f4", "(1000, 200)", stored)));
        Assert.That(data.Values, Is.EqualTo(Array.ConvertAll(stored, x => (float)x)));
    }

    [TestCase("3")]
    [TestCase("-1")]
    public void A_number_selects_the_label_column(string label)
    {
        var data = Files.Read(Files.Npy("<f8", "(2, 3)", [5, 6, 1, 7, 8, 0]), label);
        Assert.That(data.Values, Is.EqualTo(new float[] { 5, 6, 7, 8 }));
        Assert.That(data.Labels, Is.EqualTo(new[] { true, false }));
    }

    [TestCase("y", "no label column 'y'")]
    [TestCase("4", "no label column '4'")]
    [TestCase("1", "row 1 of column 1 holds '5'")]
    public void Wrong_labels_are_refused(string label, string part) =>
        Assert.That(Files.Refusal(Files.Npy("<f8", "(2, 3)", [5, 6, 1, 7, 8, 0]), label), Does.Contain(part));

    [Test]
    public void A_label_alone_is_refused() =>
        Assert.That(Files.Refusal(Files.Npy("<f8", "(2, 1)", [1, 0]), "1"), Does.Contain("no feature"));

    [Test]
    public void Bad_values_are_listed_by_their_place_in_the_file()
    {
        byte[] bytes = Files.Npy("<f8", "(2, 3)", [0, 5, double.NaN, 1, 1e300, double.NegativeInfinity]);
        string message = Files.Refusal(bytes, "1");
        Assert.That(message, Does.Contain("3 cells").And.Contain("column 2:\n  row 2: '1E+300'\n")
            .And.Contain("column 3:\n  row 1: 'NaN'\n  row 2: '-Infinity'\n"));
    }

    [TestCase("(6,)", "shape (6)")]
    [TestCase("()", "shape ()")]
    [TestCase("(1, 1, 2, 3)", "shape (1, 1, 2, 3)")]
    [TestCase("(0, 3)", "no value")]
    [TestCase("(3, 0)", "no value")]
    [TestCase("(4294967296, 4294967296)", "impossible shape")]
    [TestCase("(9223372036854775807, 9223372036854775807)", "impossible shape")]
    [TestCase("(0, 9223372036854775807)", "impossible shape")]
    [TestCase("(40000, 40000)", "only 48 bytes follow")]
    [TestCase("(2, 4)", "only 48 bytes follow")]
    [TestCase("(2, 2)", "more bytes follow")]
    [TestCase("(-2, 3)", "header")]
    [TestCase("(2, 3", "header")]
    [TestCase("(99999999999999999999, 3)", "header")]
    [TestCase("(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1)", "header")]
    public void Impossible_shapes_are_refused(string shape, string part)
    {
        string message = Files.Refusal(Files.Npy("<f8", shape, s_values));
        Assert.That(message, Does.StartWith("file: ").And.Contain(part));
    }

    [Test]
    public void A_python_2_shape_is_understood() =>
        Assert.That(Files.Read(Files.Npy("<f8", "(2L, 3L)", s_values)).Values, Is.EqualTo(s_expected));

    [TestCase("{'descr': 'O', 'fortran_order': False, 'shape': (1, 1)}", "type 'O'")]
    [TestCase("{'descr': '|O8', 'fortran_order': False, 'shape': (1, 1)}", "type '|O8'")]
    [TestCase("{'descr': '<c8', 'fortran_order': False, 'shape': (1, 1)}", "astype")]
    [TestCase("{'descr': '!f8', 'fortran_order': False, 'shape': (1, 1)}", "astype")]
    [TestCase("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1, 1)}", "structure")]
    [TestCase("{'fortran_order': False, 'shape': (1, 1)}", "header")]
    [TestCase("{'descr': '<f8', 'fortran_order': Maybe, 'shape': (1, 1)}", "header")]
    [TestCase("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1), 'more': 1}", "header")]
    [TestCase("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1)", "header")]
    [TestCase("{'descr", "header")]
    [TestCase("", "header")]
    public void Unknown_headers_are_refused(string header, string part) =>
        Assert.That(Files.Refusal(Files.NpyOfHeader(header, new byte[8])), Does.Contain(part));

    [Test]
    public void An_unknown_version_is_refused() =>
        Assert.That(Files.Refusal(Files.Npy("<f8", "(2, 3)", s_values, version: 4)), Does.Contain("version 4"));

    [Test]
    public void A_header_length_beyond_reason_is_refused()
    {
        byte[] bytes = Files.Npy("<f8", "(2, 3)", s_values, version: 2);
        bytes.AsSpan(8, 4).Fill(0x7F);
        Assert.That(Files.Refusal(bytes), Does.Contain("header claims"));
    }

    [Test]
    public void Cut_anywhere_it_is_refused([Values] bool gzip)
    {
        byte[] bytes = Files.Npy("<f8", "(2, 3)", s_values);
        for (int length = 0; length < bytes.Length; length++)
            Assert.That(Files.Refusal(gzip ? Files.Gzip(bytes[..length]) : bytes[..length]), Does.StartWith("file: "));
    }

    [Test]
    public void A_lying_shape_within_gzip_allocates_little()
    {
        byte[] bytes = Files.Gzip(Files.Npy("<f8", "(40000, 40000)", s_values));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(Files.Refusal(bytes), Does.Contain("cut short"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(2_000_000));
    }
}
