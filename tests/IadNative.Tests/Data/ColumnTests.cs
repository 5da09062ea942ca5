using System.IO.Compression;
using System.Text;
using IadNative.Data;
using IadNative.Data.Formats;
using IadNative.Data.Reading;

namespace IadNative.Tests.Data;

/// <summary>Which column is what: by options, by kind, and by a schema.</summary>
public class ColumnTests
{
    private const string Table = "a,b,c,d\n1,2,x,0\n3,4,y,1\n5,6,x,0\n";

    private static readonly double[] s_values = [1, 2, 7, 0, 3, 4, 8, 1, 5, 6, 7, 0];

    [Test]
    public void Columns_are_labels_names_categories_or_left_out()
    {
        var data = Files.Read(Table, new DatasetReadOptions { Label = "d", Id = "1", Categorical = ["c"], Drop = [] });
        Assert.That(data.Features, Is.EqualTo(new[] { new FeatureColumn("b"), new FeatureColumn("c", FeatureKind.Category) { Levels = ["x", "y"] } }));
        Assert.That(data.Values, Is.EqualTo(new float[] { 2, 0, 4, 1, 6, 0 }));
        Assert.That(data.Ids, Is.EqualTo(new[] { "1", "3", "5" }));
        Assert.That(data.Labels, Is.EqualTo(new[] { false, true, false }));
        var dropped = Files.Read(Table, new DatasetReadOptions { Drop = ["c", "-1"] });
        Assert.That(dropped.FeatureNames, Is.EqualTo(new[] { "a", "b" }));
        Assert.That(dropped.Values, Is.EqualTo(new float[] { 1, 2, 3, 4, 5, 6 }));
    }

    [Test]
    public void Binary_formats_and_json_select_columns_alike()
    {
        var options = new DatasetReadOptions { Label = "-1", Id = "1", Categorical = ["3"] };
        byte[] npy = Files.Npy("<f8", "(3, 4)", s_values);
        foreach (byte[] file in new[] { npy, Files.Gzip(npy), "[1,2,7,0]\n[3,4,8,1]\n[5,6,7,0]\n"u8.ToArray() })
        {
            var data = Files.Read(file, options);
            Assert.That(data.Values, Is.EqualTo(new float[] { 2, 0, 4, 1, 6, 0 }));
            Assert.That((data.Features[1].Kind, data.Features[1].Levels), Is.EqualTo((FeatureKind.Category, (IReadOnlyList<string>)["7", "8"])));
            Assert.That(data.Ids, Is.EqualTo(new[] { "1", "3", "5" }));
            Assert.That(data.Anomalies, Is.EqualTo(1));
        }

        var mat = new MatFile();
        byte[] x = mat.Array("X", 3, 4, [1, 3, 5, 2, 4, 6, 7, 8, 7, 0, 1, 0]), y = mat.Array("y", 3, 1, [0, 1, 0]);
        byte[] npz = Files.Npz(CompressionLevel.Optimal, ("X.npy", npy), ("y.npy", Files.Npy("|u1", "(3,)", [0, 1, 0])));
        foreach (byte[] file in new[] { mat.File(x, y), npz })
        {
            var data = Files.Read(file, new DatasetReadOptions { Drop = ["4"], Id = "1", Categorical = ["3"] });
            Assert.That(data.Values, Is.EqualTo(new float[] { 2, 0, 4, 1, 6, 0 }));
            Assert.That((data.Ids![2], data.Anomalies), Is.EqualTo(("5", 1)));
        }
    }

    [Test]
    public void Doubled_names_are_refused_unless_one_is_left_out()
    {
        Assert.That(Files.Refusal("a,b,a\n1,2,3\n"), Does.Contain("columns 1 and 3 are both called 'a'").And.Contain("--drop 3"));
        Assert.That(Files.Read("a,b,a\n1,2,3\n", new DatasetReadOptions { Drop = ["3"] }).FeatureNames, Is.EqualTo(new[] { "a", "b" }));
        Assert.That(Files.Refusal("{\"a\":1,\"a\":2}\n"), Does.Contain("both called 'a'"));
    }

    [Test]
    public void A_column_that_is_not_there_or_is_two_things_is_refused()
    {
        Assert.That(Files.Refusal(Table, new DatasetReadOptions { Drop = ["z"] }), Does.Contain("no column to drop 'z'").And.Contain("'a', 'b'"));
        Assert.That(Files.Refusal(Table, new DatasetReadOptions { Categorical = ["z"] }), Does.Contain("no categorical column 'z'"));
        Assert.That(Files.Refusal(Table, new DatasetReadOptions { Id = "5" }), Does.Contain("no id column '5'"));
        Assert.That(Files.Refusal(Table, new DatasetReadOptions { Id = "a", Label = "1" }), Does.Contain("two of label, id and dropped"));
        Assert.That(Files.Refusal("a,b\n1,2\n", new DatasetReadOptions { Drop = ["a", "b"] }), Does.Contain("no feature is left"));
    }

    [Test]
    public void A_column_whose_first_cell_is_true_or_false_is_boolean()
    {
        var data = Files.Read("a,b\n,1\nTRUE,2\nfalse,3\n1,4\n", missing: MissingValues.Keep);
        Assert.That(data.Features[0].Kind, Is.EqualTo(FeatureKind.Boolean));
        Assert.That(data.Values, Is.EqualTo(new[] { float.NaN, 1, 1, 2, 0, 3, 1, 4 }));
        Assert.That(Files.Read("{\"a\":true}\n{\"a\":false}\n").Features[0].Kind, Is.EqualTo(FeatureKind.Boolean));
        Assert.That(Files.Refusal("a,b\ntrue,1\nmaybe,2\n"), Does.Contain("column 1 ('a'):\n  row 2 (line 3): 'maybe'"));
        Assert.That(Files.Refusal("a,b\ntrue,1\n2,2\n"), Does.Contain("row 2 (line 3): '2'").And.Contain("--categorical a"));
        Assert.That(Files.Refusal("a,b\n1,1\ntrue,2\n"), Does.Contain("row 2 (line 3): 'true'"), "a column of numbers stays one");
    }

    [TestCase("my_color", "my_color")]
    [TestCase("my-color", "my-color")]
    [TestCase("a+b.c", "a+b.c")]
    [TestCase("größe", "größe")]
    [TestCase("my color", "'my color'")]
    [TestCase("a$b", "'a$b'")]
    [TestCase("it's", "'it'\\''s'")]
    public void Names_in_advice_are_as_a_shell_takes_them(string name, string written) =>
        Assert.That(Files.Refusal($"n,{name}\n1,red\n2,blue\n"), Does.Contain($"--drop {written}."));

    [Test]
    public void Undeclared_text_is_refused_with_advice_for_its_column()
    {
        Assert.That(Files.Refusal("n,my color\n1,red\n2,blue\n"), Does.Contain("column 2 ('my color'):\n  row 1 (line 2): 'red'\n  row 2 (line 3): 'blue'\n")
            .And.Contain("--categorical 'my color'").And.Contain("--drop 'my color'").And.Not.Contain("--na"));
        Assert.That(Files.Refusal("a,b\n1,none\n2,3\n4,none\n"), Does.Contain("If 'none' means missing, add --na none."));
        Assert.That(Files.Refusal("a,b\n1,normal\n2,anomaly\n"), Does.Contain("--label b"));
        Assert.That(Files.Refusal("1,2\n3,x\n"), Does.Contain("--drop 2"));
        Assert.That(Files.Refusal("a,b\n1,-inf\n2,1e50\n"), Does.Contain("no finite float32 numbers").And.Contain("--drop b").And.Not.Contain("--categorical"));
        Assert.That(Files.Refusal("a,b\n1,\"1,5\"\n2,\"2,25\"\n"), Does.Contain("--decimal ,"));
    }

    [Test]
    public void Levels_have_their_codes_by_first_appearance_from_block_to_block_and_a_limit()
    {
        string text = "c,n\n" + string.Concat(Enumerable.Range(0, 30_000).Select(i => $" level {i % 9000} ,{i}\n"));
        var data = Files.Read(text, new DatasetReadOptions { Categorical = ["c"] });
        Assert.That(data.Features[0].Levels, Has.Count.EqualTo(9000));
        Assert.That(Enumerable.Range(0, 30_000).Select(i => data.Features[0].Levels[(int)data.Row(i)[0]]), Is.EqualTo(
            Enumerable.Range(0, 30_000).Select(i => $"level {i % 9000}")));
        string tooMany = "c,n\n" + string.Concat(Enumerable.Range(0, CategoryLevels.Most + 1).Select(i => $"l{i},{i}\n"));
        Assert.That(Files.Refusal(tooMany, new DatasetReadOptions { Categorical = ["c"] }), Does.StartWith("file: column 1 ('c')").And.Contain("levels"));
    }

    [Test]
    public void A_schema_finds_columns_by_name_in_its_own_order_and_passes_others_over()
    {
        var schema = new TableSchema([new("d"), new("c", FeatureKind.Category) { Levels = ["y"] }, new("a")], AreNamed: true);
        (double[] rows, TableReader reader) = Stream(Table, schema);
        Assert.That(rows, Is.EqualTo(new double[] { 0, -1, 1, 1, 0, 3, 0, -1, 5 }), "an unseen level is -1");
        Assert.That(reader.Features, Is.EqualTo(schema.Features));
        Assert.That(reader.Notes.Single(), Does.Contain("passed over: 'b'"));
        (rows, _) = Stream("{\"z\":[1],\"a\":1,\"c\":\"y\",\"d\":0}\n{\"a\":2,\"c\":null,\"q\":9,\"d\":0}\n", schema, MissingValues.Keep);
        Assert.That(rows, Is.EqualTo(new[] { 0, 0, 1, 0, double.NaN, 2 }));
    }

    [Test]
    public void Text_in_a_column_that_a_schema_does_not_have_does_not_matter() =>
        Assert.That(Stream("a,comment\n1,hello\n2,world\n", new TableSchema([new("a")], true)).Rows, Is.EqualTo(new double[] { 1, 2 }));

    [Test]
    public void What_a_schema_lacks_or_cannot_tell_by_name_is_refused()
    {
        var named = new TableSchema([new("a"), new("e")], AreNamed: true);
        Assert.That(Refusal(Table, named), Does.Contain("missing: 'e'").And.Contain("'a', 'b', 'c', 'd'").And.Contain("--by-position"));
        Assert.That(Refusal("1,2\n", named), Does.Contain("no names").And.Contain("'a', 'e'").And.Contain("--by-position"));
        Assert.That(Refusal("a,b\n1,2\n", new TableSchema([new("x1"), new("x2")], AreNamed: false)), Does.Contain("--by-position"));
        Assert.That(Refusal("a,e,a\n1,2,3\n", named), Does.Contain("both called 'a'"));
        Assert.That(Refusal("1,2,3\n", named with { ByPosition = true }), Does.Contain("3 features, but 2").And.Contain("--label"));
        Assert.That(Stream("1,2\n", named with { ByPosition = true }).Rows, Is.EqualTo(new double[] { 1, 2 }));
        Assert.That(Stream("b,a\n1,2\n", named with { ByPosition = true }).Rows, Is.EqualTo(new double[] { 1, 2 }));
        Assert.That(Stream("1,2\n", new TableSchema([new("x1"), new("x2")], AreNamed: false)).Rows, Is.EqualTo(new double[] { 1, 2 }));

        static string Refusal(string text, TableSchema schema) => Assert.Throws<DataFormatException>(() => Stream(text, schema))!.Message;
    }

    private static (double[] Rows, TableReader Reader) Stream(string text, TableSchema schema, MissingValues missing = MissingValues.Error)
    {
        var request = new ReadRequest(new DatasetReadOptions { Missing = missing }, ReaderLimits.Default, schema);
        using TableReader reader = DatasetReader.Open(new MemoryStream(Encoding.UTF8.GetBytes(text)), "file", request, ownsStream: true, default);
        var block = new RowBlock(reader.Features.Count);
        var rows = new List<double>();
        while (reader.Read(block)) rows.AddRange(block.Filled);
        return ([.. rows], reader);
    }
}
