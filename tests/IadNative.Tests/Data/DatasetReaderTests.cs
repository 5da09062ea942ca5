using System.IO.Compression;
using System.Text;
using IadNative.Data;
using IadNative.Data.Formats;

namespace IadNative.Tests.Data;

public class DatasetReaderTests
{
    private static readonly byte[] s_csv = Encoding.UTF8.GetBytes("a,b\n" + Files.Csv([.. Enumerable.Range(0, 400)], 2));

    [Test]
    public void A_file_is_read_under_its_name_whatever_its_extension()
    {
        string path = Path.Combine(TestContext.CurrentContext.WorkDirectory, "reader-test.mat");
        File.WriteAllBytes(path, Files.Gzip(s_csv));
        try
        {
            var data = DatasetReader.Read(path);
            Assert.That((data.Name, data.Rows), Is.EqualTo(("reader-test.mat", 200)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void A_missing_file_stays_an_ordinary_error()
    {
        Assert.That(() => DatasetReader.Read(Path.Combine(TestContext.CurrentContext.WorkDirectory, "none.csv")),
            Throws.TypeOf<FileNotFoundException>());
        Assert.That(() => DatasetReader.Read(""), Throws.ArgumentException);
    }

    [Test]
    public void A_failing_stream_stays_an_ordinary_error_within_gzip_too([Values] bool gzip) =>
        Assert.That(() => DatasetReader.Read(new FailingStream(gzip ? Files.Gzip(s_csv)[..40] : s_csv[..40]), "file"),
            Throws.TypeOf<IOException>().With.Message.EqualTo("The disk is gone."));

    [Test]
    public void Gzip_cut_anywhere_is_refused()
    {
        byte[] bytes = Files.Gzip(s_csv);
        Assert.That(Files.Read(bytes).Rows, Is.EqualTo(200));
        for (int length = 0; length < bytes.Length; length++)
            Assert.That(Files.Refusal(bytes[..length]), Does.StartWith("file: "));
    }

    [Test]
    public void Gzip_of_several_members_is_read_and_bytes_after_it_are_refused()
    {
        byte[] bytes = [.. Files.Gzip(s_csv[..100]), .. Files.Gzip(s_csv[100..])];
        Assert.That(Files.Read(bytes).Rows, Is.EqualTo(200));
        Assert.That(Files.Refusal([.. bytes, 1, 2, 3]), Does.Contain("damaged or cut short"));
    }

    [Test]
    public void Gzip_with_any_byte_changed_gives_no_other_values()
    {
        byte[] bytes = Files.Gzip(s_csv);
        for (int at = 0; at < bytes.Length; at++)
        {
            byte[] broken = (byte[])bytes.Clone();
            broken[at] ^= 0x10;
            Files.AssertRefusedOrUnchanged(broken, [.. Enumerable.Range(0, 400)]);
        }
    }

    [Test]
    public void Gzip_within_gzip_is_refused() =>
        Assert.That(Files.Refusal(Files.Gzip(Files.Gzip(s_csv))), Does.Contain("twice"));

    [Test]
    public void Gzip_that_unpacks_beyond_the_limits_is_refused()
    {
        byte[] bytes = Files.Gzip(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("0,0,0,0\n", 50_000))));
        var limits = new ReaderLimits { InflatedFloor = 100_000, InflatedRatio = 20 };
        Assert.That(() => DatasetReader.Read(new MemoryStream(bytes), "file", new DatasetReadOptions(), limits, default),
            Throws.TypeOf<DataFormatException>().With.Message.Contain("20 times"));
        Assert.That(Files.Read(bytes).Rows, Is.EqualTo(50_000));
    }

    [Test]
    public void Unknown_content_is_refused_with_the_formats_that_can_be_read()
    {
        Assert.That(Files.Refusal([1, 2, 3, 0, 5]), Does.Contain("NPY, NPZ, MAT").And.Contain("IDX and PNG"));
        Assert.That(Files.Refusal([]), Does.Contain("empty").And.Contain("NPY, NPZ, MAT"));
        Assert.That(Files.Refusal(Files.Gzip([])), Does.Contain("empty"));
    }

    [Test]
    public void A_cancelled_token_stops_every_format()
    {
        var mat = new MatFile();
        byte[] npy = Files.Npy("<f8", "(1, 1)", [1]);
        byte[][] files =
        [
            s_csv, Files.Gzip(s_csv), npy, Files.Npz(CompressionLevel.Optimal, ("X.npy", npy)), mat.File(mat.Array("X", 1, 1, [1])),
            IdxFile.Bytes([1, 1, 1], [1]), PngFile.Grey(1, 1, (_, _) => 1),
        ];
        foreach (byte[] file in files)
        {
            Assert.That(() => DatasetReader.Read(new MemoryStream(file), "file", null, new CancellationToken(true)),
                Throws.InstanceOf<OperationCanceledException>());
        }
    }

    [Test]
    public void Cancelling_stops_a_file_that_never_ends()
    {
        using var source = new CancellationTokenSource();
        Assert.That(() => DatasetReader.Read(new EndlessStream(source), "file", null, source.Token),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void A_row_that_never_ends_is_refused([Values] bool cells) =>
        Assert.That(() => DatasetReader.Read(new EndlessStream(null, cells ? "1,"u8.ToArray() : "1"u8.ToArray()), "file"),
            Throws.TypeOf<DataFormatException>().With.Message.Contain(cells ? "cells" : "a row is longer"));

    private sealed class FailingStream(byte[] start) : MemoryStream(start)
    {
        public override int Read(Span<byte> buffer)
        {
            int got = base.Read(buffer);
            return got > 0 ? got : throw new IOException("The disk is gone.");
        }

        public override bool CanSeek => false;
    }

    /// <summary>The same bytes over and over; cancels its source on the way, if it has one.</summary>
    private sealed class EndlessStream(CancellationTokenSource? source, byte[]? pattern = null) : MemoryStream
    {
        private readonly byte[] _pattern = pattern ?? "1,2\n"u8.ToArray();
        private long _count;

        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer)
        {
            for (int i = 0; i < buffer.Length; i++)
                buffer[i] = _pattern[_count++ % _pattern.Length];
            if (_count > 1_000_000)
                source?.Cancel();
            return buffer.Length;
        }
    }
}
