using System.Globalization;
using global::Parquet;
using global::Parquet.Schema;
using IadNative.Data.Formats;
using IadNative.Data.Reading;

namespace IadNative.Tests.Data.Columnar;

/// <summary>
/// Parquet files of two writers: Parquet.Net here, and Arrow's C++ library in the folder Files, with every encoding, compression and
/// version of pages that it has. All hold the same cells as a CSV file beside them.
/// </summary>
public sealed class ParquetTests
{
    private static readonly string s_files = Path.Combine(AppContext.BaseDirectory, "Data", "Columnar", "Files");

    private static IEnumerable<string> Names =>
        Directory.GetFiles(s_files, "*.parquet").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Names))]
    public void A_file_of_another_writer_holds_what_its_csv_does(string name)
    {
        DatasetReadOptions options = Tables.Options with { Categorical = ["text"], Id = "id" };
        var expected = DatasetReader.Read(Path.Combine(s_files, "table.csv"), options);
        Assert.That(expected.MissingCells!.Count(cells => cells > 0), Is.EqualTo(5), "columns with missing cells");
        Tables.AssertSame(DatasetReader.Read(Path.Combine(s_files, name + ".parquet"), options), expected);
    }

    [Test]
    public void There_is_a_file_for_every_codec_and_both_versions_of_pages() =>
        Assert.That(Names.Count(name => name.StartsWith("v1-", StringComparison.Ordinal)),
            Is.EqualTo(7).And.EqualTo(Names.Count(name => name.StartsWith("v2-", StringComparison.Ordinal))));

    [TestCase(CompressionMethod.None)]
    [TestCase(CompressionMethod.Snappy)]
    [TestCase(CompressionMethod.Gzip)]
    [TestCase(CompressionMethod.Brotli)]
    [TestCase(CompressionMethod.Zstd)]
    [TestCase(CompressionMethod.Lz4Raw)]
    public void All_types_are_the_numbers_that_a_csv_has(CompressionMethod method)
    {
        const int Rows = 23;
        T[] Of<T>(Func<int, T> cell) => [.. Enumerable.Range(0, Rows).Select(cell)];
        DateTime TimeOf(int i) => DateTime.UnixEpoch.AddDays(i).AddMilliseconds(7 * i);
        byte[] file = new ParquetFile()
            .Add("bool", Of(i => i % 3 == 0)).Add("maybe", Of(i => i % 4 == 1 ? (bool?)null : i % 3 == 0))
            .Add("i8", Of(i => (sbyte)(i - 11))).Add("u8", Of(i => (byte)(i * 11))).Add("i16", Of(i => (short)(i * -300)))
            .Add("u16", Of(i => (ushort)(65535 - i))).Add("i32", Of(i => int.MinValue + i)).Add("u32", Of(i => uint.MaxValue - (uint)i))
            .Add("i64", Of(i => long.MaxValue - 4096L * i)).Add("u64", Of(i => ulong.MaxValue - 8192UL * (ulong)i))
            .Add("f32", Of(i => 0.1f * i)).Add("f64", Of(i => i % 5 == 2 ? double.NaN : 1e-3 * i))
            .Add("gaps", Of(i => i % 2 == 0 ? (int?)null : i))
            .Add("dec", Of(i => -12.25m + i / 100m), new DecimalDataField("dec", 20, 2))
            .Add("small", Of(i => i / 10m), new DecimalDataField("small", 5, 1))
            .Add("time", Of(TimeOf), new DateTimeDataField("time", DateTimeFormat.Timestamp, unit: DateTimeTimeUnit.Millis))
            .Add("impala", Of(TimeOf), new DateTimeDataField("impala", DateTimeFormat.Impala))
            .Add("day", Of(i => DateTime.UnixEpoch.AddDays(i)), new DateTimeDataField("day", DateTimeFormat.Date))
            .Write(rowsOfGroup: 10, method);
        string Bool(int i) => i % 3 == 0 ? "true" : "false";
        object Seconds(int i) => (TimeOf(i) - DateTime.UnixEpoch).Ticks / (decimal)TimeSpan.TicksPerSecond;
        string csv = Tables.Csv(
            ("bool", Of<object?>(Bool)), ("maybe", Of<object?>(i => i % 4 == 1 ? null : Bool(i))),
            ("i8", Of<object?>(i => i - 11)), ("u8", Of<object?>(i => i * 11)), ("i16", Of<object?>(i => i * -300)),
            ("u16", Of<object?>(i => 65535 - i)), ("i32", Of<object?>(i => int.MinValue + i)),
            ("u32", Of<object?>(i => uint.MaxValue - (uint)i)), ("i64", Of<object?>(i => long.MaxValue - 4096L * i)),
            ("u64", Of<object?>(i => ulong.MaxValue - 8192UL * (ulong)i)), ("f32", Of<object?>(i => 0.1f * i)),
            ("f64", Of<object?>(i => i % 5 == 2 ? null : 1e-3 * i)), ("gaps", Of<object?>(i => i % 2 == 0 ? null : i)),
            ("dec", Of<object?>(i => -12.25m + i / 100m)), ("small", Of<object?>(i => i / 10m)),
            ("time", Of<object?>(Seconds)), ("impala", Of<object?>(Seconds)), ("day", Of<object?>(i => i)));
        Tables.AssertSame(Tables.Read(file), Tables.ReadText(csv));
    }

    [Test]
    public void Labels_ids_and_categories_are_taken_from_columns_of_any_type()
    {
        byte[] file = new ParquetFile().Add("x", [1.5, 2.5, 3.5]).Add("isBad", new bool?[] { true, false, true })
            .Add("code", [1L << 60, (1L << 60) + 1, 1L << 60]).Add("word", ["normal", "attack", "normal"]).Add("n", [0, 1, 0])
            .Add("at", [DateTime.UnixEpoch, DateTime.UnixEpoch.AddSeconds(1.5), DateTime.UnixEpoch.AddYears(50)],
                new DateTimeDataField("at", DateTimeFormat.Timestamp, unit: DateTimeTimeUnit.Micros)).Write(2);
        string[] rest = ["word", "n", "code", "isBad", "at"];
        DatasetReadOptions With(string? label, string? id) =>
            Tables.Options with { Label = label, Id = id, Drop = [.. rest.Where(name => name != label && name != id)] };
        Assert.That(Tables.Read(file, With("isBad", "code")).Labels, Is.EqualTo(new[] { true, false, true }));
        Assert.That(Tables.Read(file, With("word", null)).Labels, Is.EqualTo(new[] { false, true, false }));
        Assert.That(Tables.Read(file, With("n", null)).Labels, Is.EqualTo(new[] { false, true, false }));
        Assert.That(Tables.Read(file, With(null, "code")).Ids,
            Is.EqualTo(new[] { "1152921504606846976", "1152921504606846977", "1152921504606846976" }));
        Assert.That(Tables.Read(file, With(null, "isBad")).Ids, Is.EqualTo(new[] { "true", "false", "true" }));
        Assert.That(Tables.Read(file, With(null, "at")).Ids,
            Is.EqualTo(new[] { "1970-01-01T00:00:00", "1970-01-01T00:00:01.5", "2020-01-01T00:00:00" }));
        // Levels are told by all digits, where float64 would take them for one.
        var categories = Tables.Read(file, Tables.Options with { Categorical = ["code", "word"], Drop = ["isBad", "n", "at"] });
        Assert.That(categories.Features[1].Levels, Is.EqualTo(new[] { "1152921504606846976", "1152921504606846977" }));
        Assert.That(categories.Values, Is.EqualTo(new[] { 1.5f, 0, 0, 2.5f, 1, 1, 3.5f, 0, 0 }));
    }

    [Test]
    public void A_missing_label_is_refused()
    {
        byte[] file = new ParquetFile().Add("x", [1.0, 2]).Add("y", new int?[] { 1, null }).Write();
        Assert.That(Tables.Refusal(file, Tables.Options with { Label = "y" }), Does.Contain("row 2").And.Contain("'y'"));
    }

    [Test]
    public void Large_numbers_stay_distinct()
    {
        long[] cells = [.. Enumerable.Range(0, 500).Select(i => 2_000_000_000L + i)];
        var data = Tables.Read(new ParquetFile().Add("x", cells).Add("y", Array.ConvertAll(cells, x => x % 7.0)).Write(100));
        double[] row = new double[2];
        var seen = new HashSet<double>();
        for (int i = 0; i < data.Rows; i++)
        {
            data.CopyRow(i, row);
            seen.Add(row[0]);
        }

        Assert.That(seen, Has.Count.EqualTo(500));
    }

    [Test]
    public void Text_lists_and_absent_columns_are_refused_with_what_helps()
    {
        byte[] file = new ParquetFile().Add("x", [1.0, 2]).Add("color", ["red", null]).Add("size", ["1", "2"]).AddLists("parts", 2).Write();
        Assert.That(Tables.Refusal(file), Does.StartWith("file: ").And.Contain("'parts'").And.Contain("--drop parts"));
        Assert.That(Tables.Refusal(file, Tables.Options with { Drop = ["parts"] }),
            Does.Contain("'color', 'size'").And.Contain("--categorical").And.Contain("--drop color --drop size").And.Contain("--id"));
        Assert.That(Tables.Refusal(file, Tables.Options with { Label = "parts", Drop = ["color", "size"] }), Does.Contain("'parts'"));
        Assert.That(Tables.Refusal(file, Tables.Options with { Drop = ["gone"] }), Does.Contain("'gone'").And.Contain("'color'"));
        var data = Tables.Read(file, Tables.Options with { Drop = ["parts", "size"], Categorical = ["color"] });
        Assert.That(data.Values, Is.EqualTo(new[] { 1, 0, 2, float.NaN }));
    }

    [Test]
    public void Missing_cells_are_an_error_unless_the_options_say_otherwise()
    {
        byte[] file = new ParquetFile().Add("x", new double?[] { 1, null, 3 }).Add("y", [1, 2, 3]).Write();
        Assert.That(Tables.Refusal(file, Tables.Options with { Missing = MissingValues.Error }), Does.Contain("row 2").And.Contain("'x'"));
        var dropped = Tables.Read(file, Tables.Options with { Missing = MissingValues.Drop });
        Assert.That(dropped.Values, Is.EqualTo(new float[] { 1, 1, 3, 3 }));
        Assert.That(dropped.SourceRows, Is.EqualTo(new[] { 0, 2 }));
    }

    [Test]
    public void A_schema_finds_columns_by_name_and_knows_levels()
    {
        byte[] file = new ParquetFile().Add("color", ["green", "blue", null]).Add("extra", ["a", "b", "c"]).Add("x", [1.0, 2, 3]).Write();
        var color = new FeatureColumn("color", FeatureKind.Category) { Levels = ["red", "green"] };
        var schema = new TableSchema([new FeatureColumn("x"), color], AreNamed: true);
        using TableReader reader = Open(file, schema);
        var block = new RowBlock(2);
        Assert.That(reader.Read(block), Is.True);
        Assert.That(block.Filled.ToArray(), Is.EqualTo(new[] { 1, 1, 2, -1, 3, double.NaN }));
        Assert.That(block.Rows, Is.EqualTo(3));
        Assert.That(reader.Notes.Single(), Does.Contain("'extra'"));

        var other = new TableSchema([new FeatureColumn("x"), new FeatureColumn("extra")], AreNamed: true);
        Assert.That(() => Open(file, other), Throws.TypeOf<DataFormatException>().With.Message.Contains("'extra'"));
    }

    [Test]
    public void Pandas_index_is_no_feature_unless_it_is_asked_for()
    {
        byte[] file = new ParquetFile().Add("x", [1.0, 2]).Add("__index_level_0__", [5L, 9L]).Write();
        var data = Tables.Read(file);
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "x" }));
        Assert.That(data.Notes.Single(), Does.Contain("column 2"));
        Assert.That(Tables.Read(file, Tables.Options with { Id = "__index_level_0__" }).Ids, Is.EqualTo(new[] { "5", "9" }));
    }

    [Test]
    public void A_pipe_and_a_packed_file_are_read_too()
    {
        byte[] file = new ParquetFile().Add("x", [1.0, 2]).Write();
        Assert.That(Tables.Read(Files.Gzip(file)).Values, Is.EqualTo(new float[] { 1, 2 }));
    }

    [Test]
    public void Without_the_package_the_error_names_it()
    {
        byte[] file = new ParquetFile().Add("x", [1.0, 2]).Write();
        Assert.That(Tables.Refusal(file, new DatasetReadOptions()), Does.Contain("IadNative.Parquet").And.Contain("Formats"));
    }

    [Test]
    public void A_changed_byte_of_a_page_with_a_checksum_is_found()
    {
        byte[] file = File.ReadAllBytes(Path.Combine(s_files, "crc.parquet"));
        DatasetReadOptions options = Tables.Options with { Drop = ["text", "id"] };
        Assert.That(() => Tables.Read(file, options), Throws.Nothing);
        // Behind the magic and the header of the first page.
        file[200] ^= 1;
        Assert.That(Tables.Refusal(file, options), Does.StartWith("file: ").And.Contain("checksum").And.Contain("'d'"));
    }

    [Test]
    public void Memory_grows_with_a_page_and_not_with_rows()
    {
        (long few, long many) = (Allocated(20_000), Allocated(200_000));
        Assert.That(many - few, Is.LessThan(1 << 20), "bytes for ten times the rows");

        static long Allocated(int rows)
        {
            double[] cells = [.. Enumerable.Range(0, rows).Select(i => 1.0 / (1 + i))];
            byte[] file = new ParquetFile().Add("x", cells).Add("y", Array.ConvertAll(cells, x => 3 * x)).Write(5_000, CompressionMethod.None);
            var request = new ReadRequest(Tables.Options, ReaderLimits.Default);
            long before = GC.GetAllocatedBytesForCurrentThread();
            using TableReader reader = DatasetReader.Open(new MemoryStream(file), "file", request, ownsStream: true, CancellationToken.None);
            var block = new RowBlock(2);
            double sum = 0;
            while (reader.Read(block)) sum += block.Filled[0];
            Assert.That(reader.RowsMet, Is.EqualTo(rows));
            Assert.That(sum, Is.GreaterThan(0));
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [TestCase(int.MaxValue)]
    [TestCase(-1)]
    [TestCase(1_000_000)]
    public void A_footer_is_not_believed_to_be_longer_than_the_file(int length)
    {
        byte[] file = new ParquetFile().Add("x", [1.0, 2, 3]).Write();
        BitConverter.TryWriteBytes(file.AsSpan(file.Length - 8), length);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(Tables.Refusal(file), Does.StartWith("file: ").And.Contain("footer"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(2 << 20));
    }

    [Test]
    public void Cells_that_cost_nothing_are_believed_up_to_a_bound()
    {
        // Five million missing cells in a few bytes: 40 MB in memory.
        byte[] file = new ParquetFile().Add("x", new double?[5_000_000]).Write(method: CompressionMethod.Zstd);
        Assert.That(file, Has.Length.LessThan(10_000));
        ReaderLimits limits = ReaderLimits.Default with { InflatedFloor = 30 << 20 };
        Assert.That(() => DatasetReader.Read(new MemoryStream(file), "file", Tables.Options, limits, CancellationToken.None),
            Throws.TypeOf<DataFormatException>().With.Message.Contains("5000000 rows"));
    }

    [Test]
    public void Every_cut_file_is_refused()
    {
        byte[] file = new ParquetFile().Add("x", [1.0, 2, 3]).Add("y", [1.0f, 2, 3]).Write(2);
        for (int length = 4; length < file.Length; length++)
            Assert.That(Tables.Refusal(file[..length]), Does.StartWith("file: "), length.ToString(CultureInfo.InvariantCulture));
    }

    private static TableReader Open(byte[] file, TableSchema schema) => DatasetReader.Open(new MemoryStream(file), "file",
        new ReadRequest(Tables.Options, ReaderLimits.Default, schema), ownsStream: true, CancellationToken.None);
}
