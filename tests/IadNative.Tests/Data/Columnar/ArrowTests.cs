using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using IadNative.Data.Formats;
using IadNative.Data.Reading;

namespace IadNative.Tests.Data.Columnar;

/// <summary>Arrow files and streams as Arrow's library writes them hold the same cells as CSV.</summary>
public sealed class ArrowTests
{
    private const int Rows = 9;

    [Test]
    public void All_types_are_the_numbers_that_a_csv_has(
        [Values] bool asFile, [Values(null, CompressionCodecType.Lz4Frame, CompressionCodecType.Zstd)] CompressionCodecType? codec)
    {
        DateTimeOffset TimeOf(int i) => DateTimeOffset.UnixEpoch.AddDays(i).AddMilliseconds(3 * i);
        var file = new ArrowFile();
        var expected = new List<(string, object?[])>();
        void Add(string name, IArrowArray array, Func<int, object?> cell)
        {
            // Two batches of one array each: the second begins in the middle.
            file.Add(name, ArrowArrayFactory.Slice(array, 0, 4), ArrowArrayFactory.Slice(array, 4, Rows - 4));
            expected.Add((name, [.. Enumerable.Range(0, Rows).Select(cell)]));
        }

        Add("bool", ArrowFile.Booleans([.. Enumerable.Range(0, Rows).Select(i => i == 5 ? (bool?)null : i % 2 == 0)]),
            i => i == 5 ? null : i % 2 == 0 ? "true" : "false");
        Add("i8", Build(new Int8Array.Builder(), (b, i) => b.Append((sbyte)-i)), i => -i);
        Add("u8", Build(new UInt8Array.Builder(), (b, i) => b.Append((byte)(200 + i))), i => 200 + i);
        Add("i16", Build(new Int16Array.Builder(), (b, i) => b.Append((short)(-300 * i))), i => -300 * i);
        Add("u16", Build(new UInt16Array.Builder(), (b, i) => b.Append((ushort)(60000 + i))), i => 60000 + i);
        Add("i32", Build(new Int32Array.Builder(), (b, i) => b.Append(int.MinValue + i)), i => int.MinValue + i);
        Add("u32", Build(new UInt32Array.Builder(), (b, i) => b.Append(uint.MaxValue - (uint)i)), i => uint.MaxValue - (uint)i);
        Add("i64", Build(new Int64Array.Builder(), (b, i) => b.Append(2_000_000_000_000L + i)), i => 2_000_000_000_000L + i);
        Add("u64", Build(new UInt64Array.Builder(), (b, i) => b.Append(ulong.MaxValue - 4096UL * (ulong)i)),
            i => ulong.MaxValue - 4096UL * (ulong)i);
        Add("f16", Build(new HalfFloatArray.Builder(), (b, i) => b.Append((Half)(0.5 * i))), i => 0.5 * i);
        Add("f32", Build(new FloatArray.Builder(), (b, i) => b.Append(0.1f * i)), i => 0.1f * i);
        Add("f64", ArrowFile.Doubles([.. Enumerable.Range(0, Rows).Select(i => i % 4 == 1 ? (double?)null : 0.1 * i)]),
            i => i % 4 == 1 ? null : 0.1 * i);
        Add("dec", Build(new Decimal128Array.Builder(new Decimal128Type(20, 3)), (b, i) => b.Append(-1.125m * i)), i => -1.125m * i);
        Add("wide", Build(new Decimal256Array.Builder(new Decimal256Type(40, 2)), (b, i) => b.Append(0.25m * i)), i => 0.25m * i);
        Add("day", Build(new Date32Array.Builder(), (b, i) => b.Append(TimeOf(i))), i => i);
        Add("day64", Build(new Date64Array.Builder(), (b, i) => b.Append(TimeOf(i).Date)), i => i);
        Add("ms", Build(new TimestampArray.Builder(new TimestampType(TimeUnit.Millisecond, "UTC")), (b, i) => b.Append(TimeOf(i))),
            i => 86400 * i + 0.003m * i);
        Add("ns", Build(new TimestampArray.Builder(new TimestampType(TimeUnit.Nanosecond, (string?)null)), (b, i) => b.Append(TimeOf(i))),
            i => 86400 * i + 0.003m * i);
        Add("clock", Build(new Time32Array.Builder(TimeUnit.Millisecond), (b, i) => b.Append(1500 * i)), i => 1.5m * i);
        Add("span", Build(new DurationArray.Builder(DurationType.Microsecond), (b, i) => b.Append(250_000L * i)), i => 0.25m * i);
        Tables.AssertSame(Tables.Read(file.Write(asFile, codec)), Tables.ReadText(Tables.Csv([.. expected])));
    }

    [Test]
    public void Text_and_dictionaries_are_categories_where_they_are_declared([Values] bool asFile)
    {
        var levels = ArrowFile.Texts("small", "large", null);
        var type = new DictionaryType(Int8Type.Default, StringType.Default, ordered: false);
        IArrowArray Sizes(params sbyte?[] codes)
        {
            var builder = new Int8Array.Builder();
            foreach (sbyte? code in codes) builder.Append(code);
            return new DictionaryArray(type, builder.Build(), levels);
        }

        byte[] file = new ArrowFile().Add("x", ArrowFile.Doubles(1, 2), ArrowFile.Doubles(3, 4, 5))
            .Add("color", ArrowFile.Texts("red", null), ArrowFile.Texts("green", "red", "blue"))
            .Add("size", Sizes(1, 0), Sizes(null, 2, 1)).Write(asFile);
        Assert.That(Tables.Refusal(file), Does.Contain("'color', 'size'").And.Contain("--categorical"));
        var data = Tables.Read(file, Tables.Options with { Categorical = ["color", "size"] });
        Assert.That(data.Features[1].Levels, Is.EqualTo(new[] { "red", "green", "blue" }));
        Assert.That(data.Features[2].Levels, Is.EqualTo(new[] { "large", "small" }));
        Assert.That(data.Values, Is.EqualTo(new[] { 1, 0, 0, 2, float.NaN, 1, 3, 1, float.NaN, 4, 0, float.NaN, 5, 2, 0 }));
        Assert.That(Tables.Read(file, Tables.Options with { Id = "size", Drop = ["color"] }).Ids,
            Is.EqualTo(new[] { "large", "small", "", "", "large" }));
    }

    [Test]
    public void A_dictionary_is_shared_by_batches(
        [Values(null, CompressionCodecType.Lz4Frame, CompressionCodecType.Zstd)] CompressionCodecType? codec)
    {
        var type = new DictionaryType(Int32Type.Default, DoubleType.Default, ordered: false);
        DoubleArray levels = ArrowFile.Doubles([.. Enumerable.Range(0, 100).Select(i => (double?)(0.5 * i))]);
        IArrowArray Codes(int count) =>
            new DictionaryArray(type, new Int32Array.Builder().AppendRange(Enumerable.Range(0, count)).Build(), levels);
        byte[] file = new ArrowFile().Add("x", Codes(0), Codes(2), Codes(3), Codes(100)).Write(asFile: true, codec);
        int[] codes = [0, 1, 0, 1, 2, .. Enumerable.Range(0, 100)];
        Assert.That(Tables.Read(file).Values, Is.EqualTo(codes.Select(code => 0.5f * code)));
    }

    [Test]
    public void A_message_is_not_believed_to_be_longer_than_the_file([Values(0x7FFFFFF8, 1 << 20)] int length, [Values] bool isPacked)
    {
        byte[] file = [0xFF, 0xFF, 0xFF, 0xFF, .. BitConverter.GetBytes(length), .. new byte[64]];
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(Tables.Refusal(isPacked ? Files.Gzip(file) : file), Does.StartWith("file: "));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(2 << 20));
    }

    [Test]
    public void Labels_come_from_booleans_numbers_and_text()
    {
        byte[] file = new ArrowFile().Add("x", ArrowFile.Doubles(1, 2)).Add("b", ArrowFile.Booleans(true, false))
            .Add("n", ArrowFile.Doubles(1, 0)).Add("t", ArrowFile.Texts("outlier", "inlier")).Write();
        string[] columns = ["b", "n", "t"];
        foreach (string label in columns)
        {
            var data = Tables.Read(file, Tables.Options with { Label = label, Drop = [.. columns.Where(column => column != label)] });
            Assert.That(data.Labels, Is.EqualTo(new[] { true, false }), label);
        }
    }

    [Test]
    public void A_schema_finds_columns_by_name()
    {
        byte[] file = new ArrowFile().Add("b", ArrowFile.Doubles(1, 2)).Add("a", ArrowFile.Doubles(3, 4)).Write(asFile: true);
        var schema = new TableSchema([new FeatureColumn("a"), new FeatureColumn("b")], AreNamed: true);
        var request = new ReadRequest(Tables.Options, ReaderLimits.Default, schema);
        using TableReader reader = DatasetReader.Open(new MemoryStream(file), "file", request, ownsStream: true, CancellationToken.None);
        var block = new RowBlock(2);
        Assert.That(reader.Read(block), Is.True);
        Assert.That(block.Filled.ToArray(), Is.EqualTo(new double[] { 3, 1, 4, 2 }));
    }

    [Test]
    public void Every_cut_file_and_stream_is_refused_or_says_so([Values] bool asFile)
    {
        byte[] file = new ArrowFile().Add("x", ArrowFile.Doubles(1, 2), ArrowFile.Doubles(3)).Write(asFile);
        int whole = 0;
        for (int length = asFile ? 6 : 8; length < file.Length; length++)
        {
            try
            {
                var data = Tables.Read(file[..length]);
                Assert.That(data.Notes.Single(), Does.Contain("end mark"), $"{length} bytes");
                whole++;
            }
            catch (DataFormatException e)
            {
                Assert.That(e.Message, Does.StartWith("file: "), $"{length} bytes");
            }
        }

        // A stream may end after any batch.
        Assert.That(whole, Is.EqualTo(asFile ? 0 : 2));
        Assert.That(Tables.Read(file).Notes, Is.Empty);
    }

    [Test]
    public void Lists_and_the_first_version_of_feather_are_refused_with_what_helps()
    {
        var lists = new ListArray.Builder(DoubleType.Default);
        for (int i = 0; i < 2; i++)
        {
            lists.Append();
            ((DoubleArray.Builder)lists.ValueBuilder).Append(i);
        }

        byte[] file = new ArrowFile().Add("x", ArrowFile.Doubles(1, 2)).Add("parts", lists.Build()).Write();
        Assert.That(Tables.Refusal(file), Does.Contain("'parts'").And.Contain("list").And.Contain("--drop parts"));
        Assert.That(Tables.Read(file, Tables.Options with { Drop = ["parts"] }).Values, Is.EqualTo(new float[] { 1, 2 }));
        Assert.That(Tables.Refusal([.. "FEA1"u8, .. new byte[60]]), Does.Contain("version 1").And.Contain("version 2"));
    }

    [Test]
    public void Without_the_package_the_error_names_it([Values] bool asFile)
    {
        byte[] file = new ArrowFile().Add("x", ArrowFile.Doubles(1)).Write(asFile);
        Assert.That(Tables.Refusal(file, new DatasetReadOptions()), Does.Contain("IadNative.Parquet").And.Contain("Formats"));
    }

    private static IArrowArray Build<TArray, TBuilder>(IArrowArrayBuilder<TArray, TBuilder> builder, Action<TBuilder, int> append)
        where TArray : IArrowArray
        where TBuilder : IArrowArrayBuilder<TArray>
    {
        for (int i = 0; i < Rows; i++) append((TBuilder)builder, i);
        return builder.Build(null);
    }
}
