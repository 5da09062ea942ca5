using System.IO.Compression;
using System.Text;
using IadNative.Data;
using IadNative.Data.Formats;
using IadNative.Data.Reading;

namespace IadNative.Tests.Data;

/// <summary>Tables packed with zstd or zip, and formats that other packages read.</summary>
public class PackedTests
{
    private static readonly float[] s_values = [.. Enumerable.Range(0, 400)];
    private static readonly byte[] s_csv = Encoding.UTF8.GetBytes("a,b\n" + Files.Csv(s_values, 2));

    [Test]
    public void Zstd_is_unpacked_around_every_format()
    {
        byte[] npy = Files.Npy("<f8", "(200, 2)", Array.ConvertAll(s_values, x => (double)x));
        foreach (byte[] file in new[] { s_csv, npy, Files.Npz(CompressionLevel.Optimal, ("X.npy", npy)) })
            Assert.That(Files.Read(Files.Zstd(file)).Values, Is.EqualTo(s_values));
        Assert.That(Files.Refusal(Files.Zstd(Files.Zstd(s_csv))), Does.Contain("zstd twice"));
    }

    [Test]
    public void Zstd_cut_anywhere_or_with_any_byte_changed_gives_no_other_values()
    {
        byte[] bytes = Files.Zstd(s_csv);
        for (int length = 4; length < bytes.Length; length++)
            Assert.That(Files.Refusal(bytes[..length]), Does.StartWith("file: "), $"{length} bytes");
        for (int at = 0; at < bytes.Length; at++)
        {
            byte[] broken = (byte[])bytes.Clone();
            broken[at] ^= 0x10;
            Files.AssertRefusedOrUnchanged(broken, s_values);
        }
    }

    [Test]
    public void Zstd_that_unpacks_beyond_the_limits_is_refused()
    {
        byte[] bytes = Files.Zstd(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("0,0,0,0\n", 50_000))));
        var limits = new ReaderLimits { InflatedFloor = 100_000, InflatedRatio = 20 };
        Assert.That(() => DatasetReader.Read(new MemoryStream(bytes), "file", new DatasetReadOptions(), limits, default),
            Throws.TypeOf<DataFormatException>().With.Message.Contain("20 times"));
    }

    [Test]
    public void What_unpacks_beyond_the_floor_is_read_as_long_as_its_ratio_allows([Values] bool zstd)
    {
        var limits = new ReaderLimits { InflatedFloor = 100, InflatedRatio = 20 };
        byte[] bytes = zstd ? Files.Zstd(s_csv) : Files.Gzip(s_csv);
        Assert.That(s_csv, Has.Length.GreaterThan(100).And.Length.LessThan(20 * bytes.Length));
        Dataset data = DatasetReader.Read(new MemoryStream(bytes), "file", new DatasetReadOptions(), limits, default);
        Assert.That(data.Values, Is.EqualTo(s_values));
    }

    [Test]
    public void The_only_file_of_a_zip_is_read_whatever_its_format()
    {
        byte[] npy = Files.Npy("<f8", "(200, 2)", Array.ConvertAll(s_values, x => (double)x));
        foreach (byte[] file in new[] { s_csv, npy })
        {
            byte[] zip = Files.Npz(CompressionLevel.Optimal, ("folder/", []), ("folder/table.csv", file), ("__MACOSX/._table.csv", [1]), (".hidden", [2]));
            Assert.That(Files.Read(zip).Values, Is.EqualTo(s_values));
            Assert.That(Files.Read(Files.Gzip(zip)).Values, Is.EqualTo(s_values));
        }
    }

    [Test]
    public void Other_zips_are_refused_with_what_they_hold()
    {
        Assert.That(Files.Refusal(Files.Npz(CompressionLevel.Optimal, ("a.csv", s_csv), ("b.csv", s_csv))), Does.Contain("2 files: 'a.csv', 'b.csv'"));
        Assert.That(Files.Refusal(Files.Npz(CompressionLevel.Optimal, ("[Content_Types].xml", s_csv), ("xl/workbook.xml", s_csv))), Does.Contain("Excel"));
        Assert.That(Files.Refusal(Files.Npz(CompressionLevel.Optimal, ("a.zip", Files.Npz(CompressionLevel.Optimal, ("a.csv", s_csv))))),
            Does.Contain("archive within an archive"));
    }

    [Test]
    public void A_zipped_table_cut_or_changed_gives_no_other_values()
    {
        byte[] bytes = Files.Npz(CompressionLevel.Optimal, ("a.csv", s_csv));
        for (int length = 0; length < bytes.Length; length++)
            Assert.That(Files.Refusal(bytes[..length]), Does.StartWith("file: "));
        for (int at = 0; at < bytes.Length; at++)
        {
            byte[] broken = (byte[])bytes.Clone();
            broken[at] ^= 0x10;
            Files.AssertRefusedOrUnchanged(broken, s_values);
        }
    }

    [TestCase("PAR1")]
    [TestCase("ARROW1")]
    [TestCase("\u00FF\u00FF\u00FF\u00FF")]
    public void Formats_of_other_packages_are_refused_by_name_unless_they_are_given(string magic)
    {
        byte[] file = [.. Encoding.Latin1.GetBytes(magic), 0, 0, 1, 2];
        Assert.That(Files.Refusal(file), Does.Contain("package IadNative.Parquet"));
        Assert.That(Files.Read(file, new DatasetReadOptions { Formats = [new OneCell()] }).Values, Is.EqualTo(new float[] { 7 }));
        Assert.That(Files.Read(s_csv, new DatasetReadOptions { Formats = [new OneCell()] }).Rows, Is.EqualTo(200));
    }

    private sealed class OneCell : DatasetFormat
    {
        internal override bool IsFormat(ReadOnlySpan<byte> head) =>
            head.StartsWith("PAR1"u8) || head.StartsWith("ARROW1"u8) || head.StartsWith((byte[])[255, 255, 255, 255]);

        internal override TableReader Open(ContentStream content, ReadRequest request) => new Reader(content.Name, request);

        private sealed class Reader(string name, ReadRequest request) : TableReader(name, TableColumns.Choose(name, null, 1, request), request)
        {
            private bool _isRead;

            protected override void Fill(RowBlock block)
            {
                if (_isRead) return;
                (_isRead, block.Rows, block.Values[0]) = (true, 1, Cells.OfNumber(7, 0, 0));
            }
        }
    }
}
