using IadNative.Data;

namespace IadNative.Tests.Data;

public class ImageFolderTests
{
    private DirectoryInfo _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("iadnative-images-");

    [TearDown]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [Test]
    public void The_training_split_is_read_with_its_classes_under_every_spelling(
        [Values("-", ".")] string separator, [Values] bool gzip)
    {
        Save($"train-images{separator}idx3-ubyte", IdxFile.Bytes([3, 1, 2], [1, 2, 3, 4, 5, 6]), gzip);
        Save($"train-labels{separator}idx1-ubyte", IdxFile.Bytes([3], [7, 0, 7]), gzip);
        Save("t10k-images-idx3-ubyte", [1, 2, 3], gzip: false);
        var data = Read();
        Assert.That(data.Values, Is.EqualTo(new float[] { 1, 2, 3, 4, 5, 6 }));
        Assert.That(data.Image, Is.EqualTo(new ImageShape(1, 2)));
        Assert.That(data.Classes, Is.EqualTo(new[] { "7", "0", "7" }));
        Assert.That(data.Labels, Is.Null);
    }

    [Test]
    public void Without_a_file_of_labels_there_are_no_classes()
    {
        Save("train-images-idx3-ubyte", IdxFile.Bytes([1, 1, 2], [1, 2]), gzip: false);
        Assert.That(Read().Classes, Is.Null);
    }

    [Test]
    public void The_unpacked_file_is_preferred()
    {
        Save("train-images-idx3-ubyte", IdxFile.Bytes([1, 1, 2], [1, 2]), gzip: false);
        Save("train-images-idx3-ubyte", [1, 2, 3], gzip: true);
        Assert.That(Read().Values, Is.EqualTo(new float[] { 1, 2 }));
    }

    [Test]
    public void Files_that_do_not_go_together_are_refused_by_name()
    {
        Save("train-images-idx3-ubyte", IdxFile.Bytes([2, 1, 2], [1, 2, 3, 4]), gzip: false);
        Save("train-labels-idx1-ubyte", IdxFile.Bytes([3], [1, 2, 3]), gzip: false);
        Assert.That(Refusal(), Does.Contain("train-labels-idx1-ubyte have the shape (3)").And.Contain("2 rows of train-images"));
        Save("train-labels-idx1-ubyte", IdxFile.File(0x0D, "f4", [2], [1, 0.5]), gzip: false);
        Assert.That(Refusal(), Does.Contain("entry 2 of train-labels-idx1-ubyte is 0.5").And.Contain("whole numbers"));
        Save("train-labels-idx1-ubyte", IdxFile.File(0x0D, "f4", [2], [1, double.NaN]), gzip: false);
        Assert.That(Refusal(), Does.Contain("entry 2 of train-labels-idx1-ubyte is NaN"));
        Save("train-labels-idx1-ubyte", IdxFile.Bytes([2], [1])[..^1], gzip: false);
        Assert.That(Refusal(), Does.Contain("/train-labels-idx1-ubyte: ").And.Contain("at byte 8"));
        Save("train-labels-idx1-ubyte", "3,1\n"u8.ToArray(), gzip: false);
        Assert.That(Refusal(), Does.Contain("no IDX file: it begins with 332C310A"));
        Save("train-labels-idx1-ubyte", IdxFile.Bytes([2], [1, 2]), gzip: false);
        Save("train-images-idx3-ubyte", IdxFile.Bytes([2], [1, 2]), gzip: false);
        Assert.That(Refusal(), Does.Contain("shape (2)"));
    }

    [Test]
    public void Png_files_are_read_in_the_order_of_their_names()
    {
        SavePng("b.png", 2);
        SavePng("a10.PNG", 1);
        SavePng("a.png", 0);
        Save("._a.png", [0], gzip: false);
        Save("notes.txt", [0], gzip: false);
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "empty"));
        var data = Read();
        Assert.That((data.Rows, data.Image), Is.EqualTo((3, (ImageShape?)new ImageShape(2, 3))));
        Assert.That(data.Classes, Is.Null);
        Assert.That(data.Values, Is.EqualTo(Enumerable.Range(0, 18).Select(i => (float)(10 * (i / 6) + i % 6))));
        Assert.That(data.Name, Is.EqualTo(_folder.Name));
        Assert.That(DatasetReader.Read(_folder.FullName + Path.DirectorySeparatorChar).Name, Is.EqualTo(_folder.Name));
    }

    [Test]
    public void Folders_of_png_files_name_the_classes()
    {
        SavePng("cat/2.png", 1);
        SavePng("cat/1.png", 0);
        SavePng("bird/9.png", 3);
        SavePng(".hidden/9.png", 3);
        var data = Read();
        Assert.That(data.Classes, Is.EqualTo(new[] { "bird", "cat", "cat" }));
        Assert.That(Enumerable.Range(0, 3).Select(i => data.Row(i)[0]), Is.EqualTo(new float[] { 30, 0, 10 }));
    }

    [Test]
    public void A_folder_that_is_not_clear_is_refused()
    {
        Assert.That(Refusal(), Does.StartWith($"{_folder.Name}: the folder holds no images").And.Contain("train-images-idx3-ubyte"));
        SavePng("a.png", 0);
        SavePng("x/a.png", 0);
        Assert.That(Refusal(), Does.Contain("(a.png) and in the folder x"));
    }

    [Test]
    public void A_damaged_or_odd_image_is_refused_by_name()
    {
        SavePng("x/a.png", 0);
        Save("x/b.png", PngFile.Grey(3, 2, (_, _) => 0), gzip: false);
        Assert.That(Refusal(), Does.Contain("/x/b.png: the image has 3x2 pixels, but x/a.png has 2x3"));
        Save("x/b.png", PngFile.Grey(2, 3, (_, _) => 0)[..^1], gzip: false);
        Assert.That(Refusal(), Does.StartWith($"{_folder.Name}/x/b.png: ").And.Contain("cut short").And.Contain("at byte"));
        Save("x/b.png", "3,1\n"u8.ToArray(), gzip: false);
        Assert.That(Refusal(), Does.StartWith($"{_folder.Name}/x/b.png: "));
        Save("x/b.png", new byte[100], gzip: false);
        Assert.That(Refusal(), Does.Contain("no PNG file"));
    }

    [Test]
    public void A_folder_has_no_label_column()
    {
        SavePng("a.png", 0);
        Assert.That(() => DatasetReader.Read(_folder.FullName, new DatasetReadOptions { Label = "1" }),
            Throws.TypeOf<DataFormatException>().With.Message.Contains("no label column"));
    }

    [Test]
    public void A_cancelled_token_stops_the_reading([Values] bool png)
    {
        if (png)
            SavePng("a.png", 0);
        else
            Save("train-images-idx3-ubyte", IdxFile.Bytes([1, 1, 2], [1, 2]), gzip: false);
        Assert.That(() => DatasetReader.Read(_folder.FullName, null, new CancellationToken(true)),
            Throws.InstanceOf<OperationCanceledException>());
    }

    private Dataset Read() => DatasetReader.Read(_folder.FullName);

    private string Refusal() => Assert.Throws<DataFormatException>(() => Read())!.Message;

    private void SavePng(string name, int number) =>
        Save(name, PngFile.Grey(2, 3, (y, x) => (10 * number) + (3 * y) + x), gzip: false);

    private void Save(string name, byte[] bytes, bool gzip)
    {
        string path = Path.Combine(_folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(gzip ? path + ".gz" : path, gzip ? Files.Gzip(bytes) : bytes);
    }
}
