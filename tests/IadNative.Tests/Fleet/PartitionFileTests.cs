using IadNative.Data;
using IadNative.Fleet;
using IadNative.Tests.Cli;

namespace IadNative.Tests.Fleet;

internal sealed class PartitionFileTests
{
    [TestCase(500_000_000L, 1, 0, 0, true)]
    [TestCase(600_000_000L, 1, 0, 0, false)]
    [TestCase(500_000_000L, 1, 1, 0, false)]
    [TestCase(500_000_000L, 1, 0, 100_000_000, false)]
    [TestCase(5_000_000_000L, int.MaxValue, int.MaxValue, 0, false)]
    public void What_is_no_array_as_a_file_does_not_fit(long rows, int columns, int wide, int anomalies, bool expected) =>
        Assert.That(PartitionFile.Fits(rows, columns, wide, anomalies, description: 0), Is.EqualTo(expected));

    [Test]
    public void A_partition_comes_back_as_it_was_with_missing_cells_levels_labels_and_float64()
    {
        FeatureColumn[] columns = [new("time"), new("color", FeatureKind.Category) { Levels = ["red", "blue"] }];
        float[] values = [1.7e9f, 0, 1.7e9f, 1, 1.7e9f, float.NaN];
        var wide = new double[]?[] { [1.7e9, 1.7e9 + 1, 1.7e9 + 2], null };
        var data = new Dataset("t", TableValues.Of(values, wide), 3, columns, [false, true, false], areNamed: true, allowMissing: true);
        Partition partition = PartitionFile.Describe("t", data);
        Dataset read = PartitionFile.Read(PartitionFile.Write(data), "other", partition.Hash);
        Assert.That(read.Values, Is.EqualTo(values));
        Assert.That(read.Cells.Float64![0]!.Array, Is.EqualTo(wide[0]));
        Assert.That(read.Cells.Float64[1], Is.Null);
        Assert.That(read.Labels, Is.EqualTo(data.Labels));
        Assert.That(read.Features, Is.EqualTo(columns));
        Assert.That((read.Name, read.AreFeaturesNamed), Is.EqualTo(("other", true)));
        Assert.That(PartitionFile.Write(read), Is.EqualTo(PartitionFile.Write(data)), "the same table has the same bytes");
    }

    [Test]
    public void The_hash_is_recorded_and_changes_with_every_part_of_the_content_but_not_with_the_name()
    {
        string hash = PartitionFile.Describe("a", FleetSamples.Table(0)).Hash;
        Assert.That(PartitionFile.Describe("b", FleetSamples.Table(0)).Hash, Is.EqualTo(hash));
        Assert.That(PartitionFile.Describe("x", new Dataset("x", [1f, 2, 3, 4], 2, 2)).Hash,
            Is.EqualTo("163de72efc4e13c4b2786310659eef78d8a1b53cf71f1305d86acc11a7d6cb8c"), "hashes that are stored must be found by later versions");
        Dataset table = FleetSamples.Table(0);
        float[] moved = [.. table.Values];
        moved[7] = MathF.BitIncrement(moved[7]);
        Dataset[] others =
        [
            new("p", moved, 40, 3, null, ["a", "b", "c"]), new("p", table.Values, 40, 3, null, ["a", "b", "d"]), new("p", table.Values, 40, 3),
            new("p", table.Values, 24, 5), FleetSamples.Table(0, labels: true), FleetSamples.Table(1),
            new("p", table.Values, 40, 3, new bool[40], ["a", "b", "c"]),
        ];
        Assert.That(others.Select(other => PartitionFile.Describe("p", other).Hash).Append(hash), Is.Unique);
    }

    [Test]
    public void A_changed_byte_is_noticed_wherever_it_is()
    {
        Dataset data = FleetSamples.Table(0, labels: true, rows: 12);
        byte[] file = PartitionFile.Write(data);
        string hash = PartitionFile.Describe("p", data).Hash;
        for (int i = 0; i < file.Length; i++)
        {
            byte[] damaged = [.. file];
            damaged[i] ^= 1;
            Assert.That(() => PartitionFile.Read(damaged, "p", hash), Throws.TypeOf<DataFormatException>(), $"byte {i}");
        }

        Assert.That(() => PartitionFile.Read(file, "p", new string('0', 64)), Throws.TypeOf<DataFormatException>(), "another partition");
    }

    [Test]
    public async Task A_folder_keeps_a_partition_once_and_replaces_a_damaged_one()
    {
        using var folder = new TestFolder();
        var store = new FolderPartitionStore(folder.File("store"));
        Dataset data = FleetSamples.Table(0);
        byte[] content = PartitionFile.Write(data);
        string hash = PartitionFile.Describe("p", data).Hash;
        Assert.That(await store.FindAsync(hash), Is.Null);
        Assert.That(await store.TryAddAsync(hash, content), Is.True);
        Assert.That(await store.TryAddAsync(hash, content), Is.False);
        Assert.That(await store.FindAsync(hash), Is.EqualTo(content));
        string path = Directory.GetFiles(folder.File("store"), "*.safetensors", SearchOption.AllDirectories).Single();
        File.WriteAllBytes(path, content[..^5]);
        Assert.That(await store.TryAddAsync(hash, content), Is.True);
        Assert.That(await store.FindAsync(hash), Is.EqualTo(content));
        Assert.That(() => store.TryAddAsync(hash, content.AsMemory(1)), Throws.ArgumentException, "another content");
        Assert.That(() => store.FindAsync("../../x"), Throws.ArgumentException);
    }

    [Test]
    public void Images_are_refused() => Assert.That(
        () => PartitionFile.Describe("i", new Dataset("i", new float[32], 2, 16) { Image = new ImageShape(4, 4) }), Throws.ArgumentException);
}
