using IadNative.Data;
using IadNative.Data.Formats;

namespace IadNative.Tests.Data;

public class PngTests
{
    private const int Height = 9;
    private const int Width = 11;

    private static readonly byte[] s_grey = PngFile.Grey(Height, Width, Gradient);
    private static readonly float[] s_expected = Values(Gradient);

    [Test]
    public void A_grey_image_is_one_row_of_pixels_whatever_filters_its_rows_have()
    {
        var data = Files.Read(s_grey);
        Assert.That((data.Rows, data.Columns, data.Image), Is.EqualTo((1, 99, (ImageShape?)new ImageShape(Height, Width))));
        Assert.That(data.Values, Is.EqualTo(s_expected));
        Assert.That((data.Labels, data.Classes), Is.EqualTo(((bool[]?)null, (IReadOnlyList<string>?)null)));
    }

    // Written by netpbm 10.97's pnmtopng: of 8 bits, interlaced, of 1 bit, both, of 4 bits.
    [TestCase("iVBORw0KGgoAAAANSUhEUgAAAAsAAAAJCAAAAADBD4nxAAAAJ0lEQVQImWNkEIcDFkEhYRFRMXEJCQkJOFtSUhrBlpJiQrClSWUDAMZ3CIZWLKiiAAAAAElFTkSu"
        + "QmCC", 0)]
    [TestCase("iVBORw0KGgoAAAANSUhEUgAAAAsAAAAJCAAAAAG2CLlnAAAAYUlEQVQImWNg2MHY8YMhhoGFwWWDDINe1zOGqmdBDMec9jEqGRkZGRkxpllZWVlZMYrr6enpsaho6BgY"
        + "Malo6BiYIJOMghJwwGgsBQcsSjIQYCQjw6IkJycnJydnICcnBwDmHhSg7qVguAAAAABJRU5ErkJggg==", 0)]
    [TestCase("iVBORw0KGgoAAAANSUhEUgAAAAsAAAAJAQAAAADMH+uAAAAAEklEQVQImWOY5MAABLkLGDAYAEn+BZ5TwiDuAAAAAElFTkSuQmCC", 1)]
    [TestCase("iVBORw0KGgoAAAANSUhEUgAAAAsAAAAJAQAAAAG7GNsWAAAAJ0lEQVQImWNoYHBgYGBoAGIQvYAhh2ECgwfDBiAbQjJMcmDIXQCkAYsXBuwFKw/YAAAAAElFTkSuQmCC", 1)]
    [TestCase("iVBORw0KGgoAAAANSUhEUgAAAAsAAAAJBAAAAAAE/2TwAAAAN0lEQVQImWNgXe/5uFeBweJSjdiGAIZsELeBYR6Yy3AQxH3A8AXEFWBQB3EdGKJA3AKGXhB3AQASjBlC"
        + "SFBBzgAAAABJRU5ErkJggg==", 4)]
    public void Files_of_another_writer_are_read(string base64, int content)
    {
        Func<int, int, int> valueAt = content switch
        {
            0 => Gradient,
            1 => (y, x) => ((x * x) + y) % 3 == 0 ? 255 : 0,
            _ => (y, x) => 17 * (((5 * x) + (3 * y)) % 16),
        };
        var data = Files.Read(Convert.FromBase64String(base64));
        Assert.That(data.Image, Is.EqualTo(new ImageShape(Height, Width)));
        Assert.That(data.Values, Is.EqualTo(Values(valueAt)));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(4)]
    public void Few_bits_are_stretched_to_0_to_255(int depth)
    {
        var (perByte, most) = (8 / depth, (1 << depth) - 1);
        byte[] rows = new byte[3 * ((Width + perByte - 1) / perByte)];
        for (int i = 0; i < 3 * Width; i++)
        {
            var (row, x) = (i / Width, i % Width);
            rows[(row * rows.Length / 3) + (x / perByte)] |= (byte)((i % (most + 1)) << (8 - depth - (x % perByte * depth)));
        }
        Assert.That(Files.Read(PngFile.Write(3, Width, depth, 0, rows)).Values,
            Is.EqualTo(Enumerable.Range(0, 3 * Width).Select(i => (float)(i % (most + 1) * 255 / most))));
    }

    [Test]
    public void A_palette_of_greys_and_opaque_colours_that_are_grey_are_read()
    {
        byte[] pixels = [0, 1, 2, 3, 2, 1];
        var palette = ("PLTE", (byte[])[5, 5, 5, 50, 50, 50, 100, 100, 100, 200, 200, 200]);
        float[] expected = [5, 50, 100, 200, 100, 50];
        Assert.That(Files.Read(PngFile.Write(2, 3, 8, 3, pixels, palette)).Values, Is.EqualTo(expected));
        Assert.That(Files.Read(PngFile.Write(2, 3, 8, 3, pixels, palette, ("tRNS", [255, 255]))).Values, Is.EqualTo(expected));
        foreach (var (colors, grey, alpha) in new[] { (2, 3, 0), (4, 1, 1), (6, 3, 1) })
        {
            byte[] rows = [.. expected.SelectMany(x =>
                Enumerable.Repeat((byte)x, grey).Concat(Enumerable.Repeat((byte)255, alpha)))];
            Assert.That(Files.Read(PngFile.Write(2, 3, 8, colors, rows)).Values, Is.EqualTo(expected), $"colour type {colors}");
        }
    }

    [Test]
    public void Colours_transparency_and_16_bits_are_refused()
    {
        Assert.That(Files.Refusal(PngFile.Write(1, 2, 8, 2, [7, 7, 7, 7, 8, 7])),
            Does.Contain("row 1, column 2 has a colour").And.Contain("Convert it to greyscale"));
        Assert.That(Files.Refusal(PngFile.Write(2, 1, 8, 4, [7, 255, 7, 254])), Does.Contain("row 2, column 1 is transparent"));
        Assert.That(Files.Refusal(PngFile.Write(1, 1, 8, 3, [0], ("PLTE", [9, 9, 9]), ("tRNS", [0]))), Does.Contain("transparent"));
        Assert.That(Files.Refusal(PngFile.Write(1, 2, 8, 0, [7, 8], ("tRNS", [0, 8]))), Does.Contain("column 2 is transparent"));
        Assert.That(Files.Refusal(PngFile.Write(1, 1, 16, 0, [1, 2])), Does.Contain("16 bits").And.Contain("NPY"));
    }

    [Test]
    public void Other_chunks_are_passed_over_and_pixels_may_come_in_several()
    {
        byte[] pixels = Files.Zlib([0, 1, 2, 3]);
        byte[] file = PngFile.Assemble(PngFile.Header(1, 3), ("tEXt", new byte[5000]), ("IDAT", pixels[..4]),
            ("IDAT", pixels[4..]), ("tIME", [1]), ("IEND", []));
        Assert.That(Files.Read([.. file, 1, 2, 3]).Values, Is.EqualTo(new float[] { 1, 2, 3 }), "and what follows is left unread");
    }

    [Test]
    public void Cut_anywhere_it_is_refused([Values] bool gzip)
    {
        for (int length = 0; length < s_grey.Length; length++)
            Assert.That(Files.Refusal(gzip ? Files.Gzip(s_grey[..length]) : s_grey[..length]), Does.StartWith("file: "));
    }

    [Test]
    public void With_any_byte_changed_it_gives_no_other_values()
    {
        for (int at = 0; at < s_grey.Length; at++)
        {
            byte[] broken = (byte[])s_grey.Clone();
            broken[at] ^= 0x10;
            Files.AssertRefusedOrUnchanged(broken, s_expected);
        }
    }

    [Test]
    public void A_wrong_checksum_is_noticed_in_every_kind_of_chunk_whatever_its_byte()
    {
        byte[] pixels = Files.Zlib([0, 0, 1, 2]);
        (string Name, byte[] Data)[] chunks =
        [
            PngFile.Header(1, 3, 8, 3), ("PLTE", [5, 5, 5, 6, 6, 6, 7, 7, 7]), ("tRNS", [255]), ("tEXt", "Title"u8.ToArray()),
            ("IDAT", pixels[..4]), ("IDAT", pixels[4..]), ("tIME", [1]), ("IEND", []),
        ];
        byte[] file = PngFile.Assemble(chunks);
        Assert.That(Files.Read(file).Values, Is.EqualTo(new float[] { 5, 6, 7 }));
        int end = PngFormat.Magic.Length;
        foreach ((string name, byte[] data) in chunks)
        {
            end += 12 + data.Length;
            for (int at = end - 4; at < end; at++)
            {
                byte[] broken = [.. file];
                broken[at] ^= 1;
                Assert.That(Files.Refusal(broken), Does.Contain("the checksum does not match"), $"{name}, byte {at}");
            }
        }
    }

    [TestCase(0, 3, 8, 0, 0, "0 x 3 pixels")]
    [TestCase(3, 0, 8, 0, 0, "3 x 0 pixels")]
    [TestCase(-1, 3, 8, 0, 0, "4294967295 x 3 pixels")]
    [TestCase(-1, -1, 8, 0, 0, "4294967295 x 4294967295 pixels")]
    [TestCase(4096, 4097, 8, 0, 0, "can be read")]
    [TestCase(4096, 4096, 8, 0, 0, "fewer bytes")]
    [TestCase(4096, 4096, 8, 6, 1, "fewer bytes")]
    [TestCase(1, 100, 8, 0, 0, "fewer bytes")]
    [TestCase(1, 2, 1, 0, 0, "more bytes")]
    [TestCase(2, 3, 3, 0, 0, "makes no sense")]
    [TestCase(2, 3, 0, 0, 0, "makes no sense")]
    [TestCase(2, 3, 4, 2, 0, "makes no sense")]
    [TestCase(2, 3, 16, 3, 0, "makes no sense")]
    [TestCase(2, 3, 8, 1, 0, "makes no sense")]
    [TestCase(2, 3, 8, 5, 0, "makes no sense")]
    [TestCase(2, 3, 8, 7, 0, "makes no sense")]
    [TestCase(2, 3, 8, 0, 2, "makes no sense")]
    [TestCase(9, 11, 8, 3, 0, "decoded")]
    public void Headers_that_lie_are_refused_before_memory_is_taken(
        int height, int width, int depth, int colors, int interlace, string part)
    {
        byte[] file = PngFile.Assemble(
            PngFile.Header(height, width, depth, colors, interlace), ("IDAT", Files.Zlib(new byte[99])), ("IEND", []));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(Files.Refusal(file), Does.StartWith("file: ").And.Contain(part));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1_000_000));
    }

    [Test]
    public void Pixels_that_unpack_to_far_more_than_the_image_are_refused_before_memory_is_taken()
    {
        byte[] file = PngFile.Assemble(PngFile.Header(1, 1), ("IDAT", Files.Zlib(new byte[50_000_000])), ("IEND", []));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(Files.Refusal(file), Does.Contain("more bytes"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(2_000_000));
    }

    [Test]
    public void Files_that_do_not_hold_together_are_refused()
    {
        var pixels = ("IDAT", Files.Zlib([0, 1, 2, 3]));
        var end = ("IEND", Array.Empty<byte>());
        Assert.That(Refusal(pixels, end), Does.Contain("header is missing"));
        Assert.That(Refusal(("IHDR", new byte[12]), pixels, end), Does.Contain("header is missing"));
        Assert.That(Refusal(PngFile.Header(1, 3), pixels), Does.Contain("ends within"));
        Assert.That(Refusal(PngFile.Header(1, 3), end), Does.Contain("fewer bytes"));
        Assert.That(Refusal(PngFile.Header(1, 3), PngFile.Header(1, 3), pixels, end), Does.Contain("'IHDR' is not allowed"));
        Assert.That(Refusal(PngFile.Header(1, 3), ("CgBI", [1]), pixels, end), Does.Contain("'CgBI' is not allowed"));
        Assert.That(Refusal(PngFile.Header(1, 3), ("IDAT", [1, 2, 3, 4, 5, 6, 7, 8]), end), Does.Contain("damaged"));
        Assert.That(Refusal(PngFile.Header(1, 3), ("IDAT", Files.Zlib([9, 1, 2, 3])), end), Does.Contain("decoded"));
        Assert.That(Refusal(PngFile.Header(1, 3), ("PLTE", new byte[769]), pixels, end), Does.Contain("decoded"));
        byte[] claims = [.. PngFormat.Magic, 0xFF, 0xFF, 0xFF, 0xFF, .. "IHDR"u8];
        Assert.That(Files.Refusal(claims), Does.Contain("claims 4294967295 bytes").And.Contain("at byte 16"));

        static string Refusal(params (string, byte[])[] chunks) => Files.Refusal(PngFile.Assemble(chunks));
    }

    [TestCase("1")]
    [TestCase("y")]
    public void An_image_has_no_label_column(string label) =>
        Assert.That(Files.Refusal(s_grey, label), Does.Contain("no label column"));

    private static int Gradient(int y, int x) => ((x * 23) + (y * 17) + (x * y)) % 256;

    private static float[] Values(Func<int, int, int> valueAt) =>
        [.. Enumerable.Range(0, Height * Width).Select(i => (float)valueAt(i / Width, i % Width))];
}
