using IadNative.Data;
using IadNative.Data.Formats;

namespace IadNative.Tests.Data;

public class IdxTests
{
    private static readonly double[] s_values = [.. Enumerable.Range(0, 24).Select(i => (double)(5 * i))];
    private static readonly float[] s_expected = Array.ConvertAll(s_values, x => (float)x);

    [TestCase(0x08, "u1")]
    [TestCase(0x09, "i1")]
    [TestCase(0x0B, "i2")]
    [TestCase(0x0C, "i4")]
    [TestCase(0x0D, "f4")]
    [TestCase(0x0E, "f8")]
    public void Images_of_every_type_are_read(int code, string type)
    {
        foreach (bool gzip in new[] { false, true })
        {
            byte[] bytes = IdxFile.File((byte)code, type, [2, 3, 4], s_values);
            var data = Files.Read(gzip ? Files.Gzip(bytes) : bytes);
            Assert.That((data.Rows, data.Columns, data.Image), Is.EqualTo((2, 12, (ImageShape?)new ImageShape(3, 4))));
            Assert.That(data.Values, Is.EqualTo(s_expected));
            Assert.That((data.Labels, data.Classes), Is.EqualTo(((bool[]?)null, (IReadOnlyList<string>?)null)));
        }
    }

    [TestCase(0x09, "i1", -7)]
    [TestCase(0x08, "u1", 250)]
    [TestCase(0x0B, "i2", -300)]
    [TestCase(0x0C, "i4", -70000)]
    [TestCase(0x0D, "f4", -1.5)]
    [TestCase(0x0E, "f8", 1e30)]
    public void Signs_and_large_numbers_survive(int code, string type, double value) =>
        Assert.That(Files.Read(IdxFile.File((byte)code, type, [1, 1, 1], [value])).Values[0], Is.EqualTo((float)value));

    [Test]
    public void A_matrix_is_a_table_whose_label_column_goes_by_its_number()
    {
        byte[] bytes = IdxFile.Bytes([2, 3], [5, 6, 1, 7, 8, 0]);
        var data = Files.Read(bytes);
        Assert.That((data.Rows, data.Columns, data.Image), Is.EqualTo((2, 3, (ImageShape?)null)));
        var labelled = Files.Read(bytes, "3");
        Assert.That(labelled.Values, Is.EqualTo(new float[] { 5, 6, 7, 8 }));
        Assert.That(labelled.Labels, Is.EqualTo(new[] { true, false }));
    }

    [Test]
    public void Images_have_no_label_column() =>
        Assert.That(Files.Refusal(IdxFile.Bytes([2, 3, 4], s_values), "1"), Does.Contain("no label column").And.Contain("NPZ"));

    [TestCase(new uint[] { 24 }, "shape (24)")]
    [TestCase(new uint[] { 1, 2, 3, 4 }, "shape (1, 2, 3, 4)")]
    [TestCase(new uint[] { 0, 3, 4 }, "no value")]
    [TestCase(new uint[] { 2, 0, 4 }, "no value")]
    [TestCase(new uint[] { 60000, 3, 4 }, "only 24 bytes follow")]
    [TestCase(new uint[] { 2, 3, 5 }, "announces 30 values (30 bytes), but only 24 bytes follow")]
    [TestCase(new uint[] { 2, 3, 3 }, "more bytes follow")]
    [TestCase(new uint[] { uint.MaxValue, 3, 4 }, "impossible shape")]
    [TestCase(new uint[] { 0x80000000, 1, 1 }, "impossible shape")]
    [TestCase(new uint[] { 65536, 65536, 1 }, "impossible shape")]
    [TestCase(new uint[] { uint.MaxValue, uint.MaxValue, uint.MaxValue }, "impossible shape")]
    [TestCase(new uint[] { 0, uint.MaxValue, 1 }, "impossible shape")]
    public void Impossible_shapes_are_refused_with_the_place(uint[] shape, string part) =>
        Assert.That(Files.Refusal(IdxFile.Bytes(shape, s_values)), Does.StartWith("file: ").And.Contain(part));

    [Test]
    public void An_error_names_the_byte() =>
        Assert.That(Files.Refusal(IdxFile.Bytes([2, 3, 5], s_values)), Does.Contain("(at byte 16)"));

    [Test]
    public void More_dimensions_than_any_real_file_are_refused() =>
        Assert.That(Files.Refusal(IdxFile.Bytes([.. Enumerable.Repeat(1u, 33)], [0])), Does.Contain("33 dimensions"));

    [TestCase(new byte[] { 0, 0, 5, 3 })]
    [TestCase(new byte[] { 0, 0, 8, 0 })]
    [TestCase(new byte[] { 0, 1, 8, 3 })]
    [TestCase(new byte[] { 0, 0, 8 })]
    public void What_only_looks_alike_is_no_idx(byte[] head)
    {
        Assert.That(IdxFormat.IsIdx(head), Is.False);
        Assert.That(Files.Refusal(head), Does.Contain("no known format"));
    }

    [Test]
    public void Pixels_that_look_like_the_mark_of_a_mat_file_do_not_mislead()
    {
        double[] values = new double[200];
        (values[108], values[109], values[110], values[111]) = (0, 1, 'I', 'M');
        byte[] bytes = IdxFile.Bytes([2, 10, 10], values);
        Assert.That(MatFormat.IsMat(bytes), Is.True);
        Assert.That(Files.Read(bytes).Values, Is.EqualTo(Array.ConvertAll(values, x => (float)x)));
    }

    [Test]
    public void Missing_values_are_treated_as_in_tables()
    {
        byte[] bytes = IdxFile.File(0x0D, "f4", [2, 1, 2], [1, double.NaN, 3, 4]);
        Assert.That(Files.Refusal(bytes), Does.Contain("column 2:\n  row 1: 'NaN'"));
        var dropped = Files.Read(bytes, missing: MissingValues.Drop);
        Assert.That((dropped.Rows, dropped.Image, dropped.SourceRows[0]), Is.EqualTo((1, (ImageShape?)new ImageShape(1, 2), 1)));
        Assert.That(Files.Read(bytes, missing: MissingValues.Keep).Values, Is.EqualTo(new float[] { 1, float.NaN, 3, 4 }));
    }

    [Test]
    public void Cut_anywhere_it_is_refused([Values] bool gzip)
    {
        byte[] bytes = IdxFile.Bytes([2, 3, 4], s_values);
        for (int length = 0; length < bytes.Length; length++)
            Assert.That(Files.Refusal(gzip ? Files.Gzip(bytes[..length]) : bytes[..length]), Does.StartWith("file: "));
    }

    [Test]
    public void A_lying_shape_within_gzip_allocates_little()
    {
        byte[] bytes = Files.Gzip(IdxFile.Bytes([60000, 28, 28], s_values));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(Files.Refusal(bytes), Does.Contain("cut short"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(2_000_000));
    }

    [Test]
    public void Gzip_that_unpacks_to_more_than_the_header_says_is_refused_at_once()
    {
        byte[] bytes = Files.Gzip([.. IdxFile.Bytes([2, 3, 4], s_values), .. new byte[50_000_000]]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(Files.Refusal(bytes), Does.Contain("more bytes follow"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(2_000_000));
    }
}
