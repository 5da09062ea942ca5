using System.Buffers.Binary;
using System.Text;
using IadNative.Persistence;

namespace IadNative.Tests.Persistence;

public sealed class SafetensorsFileTests
{
    private const string Name = "model.safetensors";

    [Test]
    public void Every_bit_of_every_type_survives_a_round_trip()
    {
        float[] floats = [0f, -0f, float.Epsilon, -1.1754942e-38f, float.MaxValue, float.NegativeInfinity, 1f / 3];
        float[] nans = [Bits(0x7FC00001), Bits(0x7F800001), Bits(0xFFC12345)];
        double[] doubles = [-0.0, double.Epsilon, double.NaN, BitConverter.UInt64BitsToDouble(0x7FF0000000000123)];
        int[] ints = [int.MinValue, -1, int.MaxValue];
        long[] longs = [long.MinValue, long.MaxValue];
        SafetensorsWriter writer = new();
        writer.Add<float>("floats", [7, 1], floats);
        writer.Add<double>("doubles", [2, 2], doubles);
        writer.Add<float>("nans", [3], nans);
        writer.Add<int>("ints", [1, 3], ints);
        writer.Add<long>("longs", [2], longs);
        writer.Add<float>("scalar", [], [4f]);
        writer.Add<float>("no rows", [0, 5], []);
        writer.Add<double>("no columns", [5, 0], []);
        writer.Metadata["model"] = "svdd";
        writer.Metadata["Größe \"\n"] = "µ 漢 \ud83d\ude00";

        SafetensorsFile file = Read(Write(writer));

        Assert.Multiple(() =>
        {
            AssertSameBytes<float>(file.Float32("floats", 7, 1), floats);
            AssertSameBytes<float>(file.Float32("nans", 3), nans);
            AssertSameBytes<double>(file.Float64("doubles", 2, 2), doubles);
            Assert.That(file.Int32("ints", 1, 3), Is.EqualTo(ints));
            Assert.That(file.Int64("longs", 2), Is.EqualTo(longs));
            Assert.That(file.Float32("scalar"), Is.EqualTo(new[] { 4f }));
            Assert.That(file.Float32("no rows", 0, 5), Is.Empty);
            Assert.That(file.Float64("no columns", 5, 0), Is.Empty);
            Assert.That(file.Metadata, Is.EquivalentTo(writer.Metadata));
            Assert.That(file.Contains("ints"), Is.True);
            Assert.That(file.Contains("Ints"), Is.False);
        });
    }

    [Test]
    public void A_file_written_is_laid_out_as_other_readers_expect()
    {
        SafetensorsWriter writer = new();
        writer.Add<float>("b", [1, 3], [1f, 2f, 3f]);
        writer.Add<double>("a", [1], [4.0]);
        writer.Metadata["z"] = "2";
        writer.Metadata["k"] = "1";

        byte[] bytes = Write(writer);

        const string header = """
            {"__metadata__":{"k":"1","z":"2"},"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1,3],"data_offsets":[8,20]}}
            """;
        int padded = (header.Length + 7) / 8 * 8;
        Assert.Multiple(() =>
        {
            Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(bytes), Is.EqualTo((ulong)padded));
            Assert.That(Encoding.UTF8.GetString(bytes, 8, padded), Is.EqualTo(header.PadRight(padded)));
            Assert.That(Convert.ToHexString(bytes.AsSpan(8 + padded)),
                Is.EqualTo("0000000000001040" + "0000803F" + "00000040" + "00004040"));
        });
    }

    [Test]
    public void The_same_content_gives_the_same_bytes()
    {
        SafetensorsWriter one = Sample();
        one.Metadata["a"] = "first";
        SafetensorsWriter other = new();
        other.Metadata["a"] = "first";
        other.Metadata["model"] = "svdd";
        other.Add<float>("weight", [2, 3], [1f, 2f, 3f, 4f, 5f, 6f]);
        Assert.That(Write(one), Is.EqualTo(Write(other)));
    }

    [Test]
    public void The_data_begins_at_a_multiple_of_8_whatever_the_length_of_the_header()
    {
        for (int length = 1; length <= 16; length++)
        {
            SafetensorsWriter writer = new();
            writer.Add<float>(new string('x', length), [1], [1f]);
            byte[] bytes = Write(writer);
            Assert.That(BinaryPrimitives.ReadUInt64LittleEndian(bytes) % 8, Is.Zero);
            Assert.That(Read(bytes).Float32(new string('x', length), 1)[0], Is.EqualTo(1f));
        }
    }

    [Test]
    public void A_file_without_tensors_is_a_file()
    {
        Assert.That(Read(Write(new SafetensorsWriter())).Metadata, Is.Empty);
        Assert.That(Read(Bytes("{}")).Contains(""), Is.False);
    }

    [Test]
    public void Tensors_may_be_listed_in_any_order_and_keys_escaped()
    {
        SafetensorsFile file = Read(Bytes(
            """
             { "b" : {"data_offsets":[4,8], "shape":[1], "dtype":"I32"},
              "\u0061":{"dtype":"I32","shape":[],"data_offsets":[0,4]},
              "none":{"dtype":"F32","shape":[3,0],"data_offsets":[4,4]} }
            """,
            1, 0, 0, 0, 2, 0, 0, 0));
        Assert.Multiple(() =>
        {
            Assert.That(file.Int32("a"), Is.EqualTo(new[] { 1 }));
            Assert.That(file.Int32("b", 1), Is.EqualTo(new[] { 2 }));
            Assert.That(file.Float32("none", 3, 0), Is.Empty);
        });
    }

    [Test]
    public void A_stream_that_gives_one_byte_at_a_time_is_read_whole()
    {
        SafetensorsWriter writer = new();
        float[] values = [.. Enumerable.Range(0, 50_000).Select(i => (float)i)];
        writer.Add<float>("x", [values.Length], values);
        SafetensorsFile file = SafetensorsFile.Read(new TrickleStream(Write(writer)), Name);
        Assert.That(file.Float32("x", values.Length), Is.EqualTo(values));
    }

    [Test]
    public void Asking_for_the_wrong_tensor_names_file_tensor_and_both_shapes()
    {
        SafetensorsFile file = Read(Write(Sample()));
        Assert.Multiple(() =>
        {
            AssertMentions(() => file.Float32("weight", 3, 2), Name, "'weight'", "F32 of shape [2, 3]", "[3, 2] was expected");
            AssertMentions(() => file.Float32("weight", 2, 3, 1), "[2, 3]", "[2, 3, 1]");
            AssertMentions(() => file.Float32("weight", 2), "[2, 3]", "[2] was expected");
            AssertMentions(() => file.Float32("weight"), "[2, 3]", "[] was expected");
            AssertMentions(() => file.Float64("weight", 2, 3), "is F32 of shape [2, 3]", "F64 of shape [2, 3]");
            AssertMentions(() => file.Int32("weight", 2, 3), "is F32", "I32 of shape");
            AssertMentions(() => file.Float32("bias", 3), Name, "'bias' is missing", "[3]", "fit and save it again");
        });
    }

    [TestCase("", "ends after 0 of 8 bytes of its header length")]
    [TestCase("01020304050607", "ends after 7 of 8")]
    [TestCase("FFFFFFFFFFFFFFFF", "claims 18446744073709551615 bytes")]
    [TestCase("01E1F50500000000", "claims 100000001 bytes; at most 100000000")]
    [TestCase("00E1F505000000007B", "ends after 1 of 100000000 bytes of its header")]
    [TestCase("0000000000000000", "not valid JSON")]
    [TestCase("02000000000000007B", "ends after 1 of 2 bytes of its header")]
    public void A_file_with_a_bad_beginning_is_refused(string hex, string message) =>
        AssertRefused(Convert.FromHexString(hex), message);

    [TestCase("""[]""", "the header must be an object")]
    [TestCase("""1""", "the header must be an object")]
    [TestCase("""{""", "not valid JSON")]
    [TestCase("""{} x""", "not valid JSON")]
    [TestCase("""{}{}""", "not valid JSON")]
    [TestCase("""{"a":{},}""", "not valid JSON")]
    [TestCase("""{"a":{}}""", "'a' needs dtype, shape and two data_offsets")]
    [TestCase("""{/**/}""", "not valid JSON")]
    [TestCase("""{"a":1}""", "'a' must be an object")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1]}}""", "needs dtype, shape and two data_offsets")]
    [TestCase("""{"a":{"dtype":"F32","data_offsets":[0,4]}}""", "needs dtype")]
    [TestCase("""{"a":{"shape":[1],"data_offsets":[0,4]}}""", "needs dtype")]
    [TestCase("""{"a":{"dtype":null,"shape":[1],"data_offsets":[0,4]}}""", "must hold text")]
    [TestCase("""{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", "must have an array as its shape")]
    [TestCase("""{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}""", "not valid JSON")]
    [TestCase("""{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", "must have integers from 0")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", "must have integers from 0")]
    [TestCase("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", "must have integers from 0")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1e99],"data_offsets":[0,4]}}""", "must have integers from 0")]
    [TestCase("""{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]}}""", "must have integers from 0")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "has 4 bytes, which is not what F32 of shape [2]")]
    [TestCase("""{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,4]}}""", "not what F64 of shape [1] takes")]
    [TestCase("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,4]}}""", "not what F32 of shape [0] takes")]
    [TestCase("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", "has 0 bytes")]
    [TestCase("""{"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}}""", "has 4 bytes")]
    [TestCase("""{"a":{"dtype":"F32","shape":[4611686018427387904,4,0],"data_offsets":[0,0]}}""", "has 0 bytes")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", "two data_offsets")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", "more than 2 numbers in its data_offsets")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", "[4, 0], which run backwards")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", "must have integers from 0")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "'a' begins at 4, after a hole from 0")]
    [TestCase("""{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}""", "'a' has the unsupported dtype 'BF16'")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}""", "'a' has the unknown field 'x'")]
    [TestCase("""{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "has two dtypes")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}""", "has two shapes")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"data_offsets":[0,4]}}""", "has two data_offsets")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "'a' appears twice")]
    [TestCase("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "'b' begins at 4; another tensor goes up to 8")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "another tensor goes up to 4")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", "'b' begins at 8, after a hole from 4")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}""", "takes 4000000000000 bytes; at most")]
    [TestCase("""{"__metadata__":1}""", "__metadata__ must be an object")]
    [TestCase("""{"__metadata__":{"a":1}}""", "__metadata__ must hold text")]
    [TestCase("""{"__metadata__":{"a":{}}}""", "__metadata__ must hold text")]
    [TestCase("""{"__metadata__":{},"__metadata__":{}}""", "__metadata__ appears twice")]
    [TestCase("""{"__metadata__":{"a":"1","a":"2"}}""", "__metadata__ holds the key 'a' twice")]
    [TestCase("""{"\ud800":{}}""", "not valid Unicode")]
    [TestCase("""{"__metadata__":{"a":"\udc00"}}""", "not valid Unicode")]
    [TestCase("""{"a\u0007b":1}""", "tensor 'a\uFFFDb' must be an object")]
    public void A_malformed_header_is_refused(string header, string message) =>
        AssertRefused(Bytes(header, new byte[16]), message);

    [Test]
    public void Text_that_is_not_UTF8_is_refused()
    {
        byte[] bytes = Bytes("""{"?":{}}""");
        bytes[Array.IndexOf(bytes, (byte)'?')] = 0xFF;
        AssertRefused(bytes, "not valid");
    }

    [Test]
    public void A_shape_of_more_than_32_dimensions_is_refused()
    {
        string ones = string.Join(",", Enumerable.Repeat("1", 33));
        string header = $$$"""{"a":{"dtype":"F32","shape":[{{{ones}}}],"data_offsets":[0,4]}}""";
        AssertRefused(Bytes(header, 0, 0, 0, 0), "more than 32 numbers");
    }

    [Test]
    public void A_name_from_the_file_is_cut_short_in_the_message()
    {
        ModelFormatException e = Refusal(Bytes($$"""{"{{new string('x', 5000)}}":1}"""));
        Assert.That(e.Message, Has.Length.LessThan(500));
    }

    [Test]
    public void Data_that_is_cut_off_or_too_long_is_refused()
    {
        byte[] whole = Write(Sample());
        AssertRefused([.. whole, 0], "more bytes follow the 24 bytes");
        for (int length = 0; length < whole.Length; length++)
        {
            AssertRefused(whole[..length], "ends after");
        }
    }

    [Test]
    public void A_header_that_promises_a_gigabyte_costs_no_memory()
    {
        byte[] bytes = Bytes("""{"a":{"dtype":"F32","shape":[250000000],"data_offsets":[0,1000000000]}}""", new byte[100]);
        Refusal(bytes); // compiles what is measured
        long before = GC.GetAllocatedBytesForCurrentThread();
        ModelFormatException e = Refusal(bytes);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000));
        Assert.That(e.Message, Does.Contain("ends after 100 of 1000000000 bytes of its tensor data"));
    }

    // A committee of a thousand networks of the deepest shape has 867,000 tensors.
    [TestCase(100_000)]
    [TestCase(1_000_000, Category = "Slow")]
    public void A_header_of_many_tensors_costs_little_more_than_its_bytes(int tensors)
    {
        byte[] bytes = ManyTensors(tensors);
        long before = GC.GetAllocatedBytesForCurrentThread();
        SafetensorsFile file = SafetensorsFile.Read(new MemoryStream(bytes), Name);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        TestContext.Out.WriteLine($"{tensors} tensors in {bytes.Length} bytes: {allocated} bytes allocated, {(double)allocated / bytes.Length:0.00} a byte");
        Assert.That(allocated, Is.LessThan(5L * bytes.Length));
        Assert.That(file.Int32($"{tensors - 1:x}", 0), Is.Empty);
        Assert.That(file.Contains($"{tensors:x}"), Is.False);
    }

    [Test, Category("Slow")]
    public void A_header_of_more_tensors_than_any_model_has_is_refused() =>
        AssertRefused(ManyTensors(SafetensorsHeader.MostTensors + 1), "more than 1048576 tensors");

    [Test]
    public void The_deepest_network_has_fewer_tensors_than_the_limit_leaves_each_of_a_thousand()
    {
        var deepest = new NetworkSpec([.. Enumerable.Repeat(1, 64)]) { Convolutions = [.. Enumerable.Repeat(1, 8)], Affine = true, Bias = true };
        IadNative.Compute.Plan plan = BaseModel.Autoencoder.WritePlan(deepest, 256 * 256, 1);
        Assert.That((plan.Parameters.Slots.Count + plan.Statistics.Slots.Count + 10) * 1_000, Is.LessThan(SafetensorsHeader.MostTensors));
    }

    [Test]
    public void Metadata_of_many_keys_are_refused_before_they_cost_memory()
    {
        byte[] bytes = Bytes("{\"__metadata__\":{" + string.Join(',', Enumerable.Range(0, 1_000_000).Select(i => $"\"{i:x}\":\"\"")) + "}}");
        long before = GC.GetAllocatedBytesForCurrentThread();
        ModelFormatException e = Refusal(bytes);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(3L * bytes.Length));
        Assert.That(e.Message, Does.Contain("more than 1000 keys"));
    }

    [TestCase(256, true)]
    [TestCase(257, false)]
    public void A_name_has_256_characters_at_most_however_they_are_escaped(int length, bool isRead)
    {
        foreach (string unit in (string[])["x", "\\u0078", "\u00e9", "\\u00e9"])
        {
            string name = string.Concat(Enumerable.Repeat(unit, length));
            byte[] bytes = Bytes("{\"" + name + "\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}");
            string plain = new(unit[^1] == 'x' || unit.EndsWith("78", StringComparison.Ordinal) ? 'x' : '\u00e9', length);
            if (isRead) Assert.That(Read(bytes).Contains(plain), unit);
            else AssertRefused(bytes, "a name of more than 256 characters");
        }
    }

    private static byte[] ManyTensors(int tensors) => Bytes(
        "{" + string.Join(',', Enumerable.Range(0, tensors).Select(i => $"\"{i:x}\":{{\"dtype\":\"I32\",\"shape\":[0],\"data_offsets\":[0,0]}}")) + "}");

    [Test]
    public void A_tensor_that_cannot_be_written_is_refused()
    {
        SafetensorsWriter writer = Sample();
        Assert.Multiple(() =>
        {
            Assert.That(() => writer.Add<float>("weight", [1], [1f]), Throws.ArgumentException);
            Assert.That(() => writer.Add<float>("__metadata__", [1], [1f]), Throws.ArgumentException);
            Assert.That(() => writer.Add<float>("x", [2, 2], [1f]), Throws.ArgumentException);
            Assert.That(() => writer.Add<float>("x", [-1, -1], [1f]), Throws.ArgumentException);
            Assert.That(() => writer.Add<byte>("x", [1], [1]), Throws.TypeOf<NotSupportedException>());
        });
        Assert.That(Write(writer), Is.EqualTo(Write(Sample())));
    }

    internal static SafetensorsWriter Sample()
    {
        SafetensorsWriter writer = new();
        writer.Add<float>("weight", [2, 3], [1f, 2f, 3f, 4f, 5f, 6f]);
        writer.Metadata["model"] = "svdd";
        return writer;
    }

    internal static byte[] Write(SafetensorsWriter writer)
    {
        using MemoryStream stream = new();
        writer.Write(stream);
        return stream.ToArray();
    }

    private static SafetensorsFile Read(byte[] bytes) => SafetensorsFile.Read(new MemoryStream(bytes), Name);

    private static byte[] Bytes(string header, params byte[] data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)json.Length);
        return [.. length, .. json, .. data];
    }

    private static ModelFormatException Refusal(byte[] bytes)
    {
        try
        {
            Read(bytes);
        }
        catch (ModelFormatException e)
        {
            return e;
        }

        throw new AssertionException("The file was read, but must be refused.");
    }

    private static void AssertRefused(byte[] bytes, string message)
    {
        ModelFormatException e = Refusal(bytes);
        Assert.That(e.File, Is.EqualTo(Name));
        Assert.That(e.Message, Does.StartWith(Name + ": ").And.Contain(message).And.Contain("get an intact copy"));
    }

    private static void AssertMentions(Action read, params string[] parts)
    {
        string message = Assert.Throws<ModelFormatException>(() => read())!.Message;
        foreach (string part in parts)
        {
            Assert.That(message, Does.Contain(part));
        }
    }

    private static void AssertSameBytes<T>(T[] actual, T[] expected) where T : unmanaged => Assert.That(
        System.Runtime.InteropServices.MemoryMarshal.AsBytes<T>(actual).ToArray(),
        Is.EqualTo(System.Runtime.InteropServices.MemoryMarshal.AsBytes<T>(expected).ToArray()));

    private static float Bits(uint bits) => BitConverter.UInt32BitsToSingle(bits);

    /// <summary>Neither seekable nor generous, and claiming a length that is not there.</summary>
    private sealed class TrickleStream(byte[] content) : MemoryStream(content)
    {
        public override bool CanSeek => false;

        public override long Length => long.MaxValue;

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 1));
    }
}
