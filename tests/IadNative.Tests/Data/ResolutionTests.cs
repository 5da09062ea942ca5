using System.Globalization;
using System.IO.Compression;
using System.Text;
using IadNative.Data;

namespace IadNative.Tests.Data;

/// <summary>Columns that float32 cannot tell apart stay float64 in every format.</summary>
public class ResolutionTests
{
    private const int Rows = 1000;
    private static readonly double[] s_values = Generate(2e9);

    private static readonly Dictionary<string, byte[]> s_files = MakeFiles();

    private static IEnumerable<string> Formats => s_files.Keys;

    [TestCaseSource(nameof(Formats))]
    public void Two_thousand_million_added_to_a_feature_loses_nothing(string format)
    {
        var data = Files.Read(s_files[format]);
        double[] row = new double[2];
        for (int i = 0; i < Rows; i++)
        {
            data.CopyRow(i, row);
            Assert.That(row[0], Is.EqualTo(s_values[2 * i]));
            Assert.That((float)row[1], Is.EqualTo((float)s_values[(2 * i) + 1]));
        }

        Assert.That(data.Cells.IsWide(0), Is.True);
        Assert.That(data.Cells.IsWide(1), Is.False);
    }

    [Test]
    public void Whole_numbers_beyond_float32_keep_their_digits()
    {
        double[] seconds = [.. Enumerable.Range(0, 100).Select(i => 1_700_000_000.0 + i)];
        var mat = new MatFile();
        foreach (byte[] file in new[]
        {
            Files.Npy("<i8", "(100, 1)", seconds), Files.Npy("<u4", "(100, 1)", seconds), mat.File(mat.Array("X", 100, 1, seconds)),
            Encoding.UTF8.GetBytes(string.Join('\n', seconds)), Encoding.UTF8.GetBytes(string.Concat(seconds.Select(s => $"{{\"t\":{s}}}\n"))),
            Encoding.UTF8.GetBytes(string.Concat(seconds.Select(s => $"0 1:{s}\n"))),
        })
            Assert.That(Column(Files.Read(file), 0), Is.EqualTo(seconds));
    }

    [Test]
    public void Blocks_that_each_hold_one_number_are_told_apart_over_the_whole_file()
    {
        double[] seconds = [.. Enumerable.Range(0, 20_000).Select(i => 1_700_000_000.0 + (i / 5000))];
        Assert.That(Column(Files.Read(string.Join('\n', seconds)), 0), Is.EqualTo(seconds));
    }

    [Test]
    public void A_constant_that_float32_rounds_takes_no_float64()
    {
        var data = Files.Read(string.Concat(Enumerable.Repeat("0.1,1\n", 20_000)));
        Assert.That(data.Cells.Float64, Is.Null);
        Assert.That(data.Values[0], Is.EqualTo(0.1f));
    }

    [Test]
    public void Later_blocks_make_a_column_float64_too()
    {
        double[] values = [.. Enumerable.Range(0, 10_000).Select(i => i < 5000 ? i / 8.0 : 3e9 + i)];
        Assert.That(Column(Files.Read(string.Join('\n', values.Select(v => v.ToString("R", CultureInfo.InvariantCulture)))), 0), Is.EqualTo(values));
    }

    private static double[] Column(Dataset data, int column)
    {
        double[] row = new double[data.Columns];
        return [.. Enumerable.Range(0, data.Rows).Select(i =>
        {
            data.CopyRow(i, row);
            return row[column];
        })];
    }

    private static double[] Generate(double offset)
    {
        var random = new System.Random(7);
        double[] values = new double[2 * Rows];
        for (int i = 0; i < values.Length; i++)
        {
            for (int k = 0; k < 12; k++) values[i] += random.NextDouble();
            values[i] -= 6;
            if (i % 2 == 0) values[i] += offset + (i / 2 < 21 ? 8 : 0);
        }

        return values;
    }

    private static Dictionary<string, byte[]> MakeFiles()
    {
        double[] byColumn = [.. s_values.Where((_, i) => i % 2 == 0), .. s_values.Where((_, i) => i % 2 == 1)];
        string csv = string.Concat(s_values.Chunk(2).Select(row => FormattableString.Invariant($"{row[0]:R},{row[1]:R}\n")));
        byte[] npy = Files.Npy("<f8", "(1000, 2)", s_values);
        var mat = new MatFile();
        return new Dictionary<string, byte[]>
        {
            ["csv"] = Encoding.UTF8.GetBytes(csv),
            ["decimal comma"] = Encoding.UTF8.GetBytes(csv.Replace(',', ';').Replace('.', ',')),
            ["json"] = Encoding.UTF8.GetBytes(string.Concat(s_values.Chunk(2).Select(row => FormattableString.Invariant($"[{row[0]:R},{row[1]:R}]\n")))),
            ["npy"] = npy,
            ["npy big-endian"] = Files.Npy(">f8", "(1000, 2)", s_values),
            ["npy gzip"] = Files.Gzip(npy),
            ["npy fortran"] = Files.Npy("<f8", "(1000, 2)", byColumn, fortran: true),
            ["npz"] = Files.Npz(CompressionLevel.Optimal, ("X.npy", npy)),
            ["mat"] = mat.File(mat.Array("X", Rows, 2, byColumn)),
            ["mat compressed"] = mat.File(mat.Compressed(mat.Array("X", Rows, 2, byColumn))),
        };
    }
}
