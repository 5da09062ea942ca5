using IadNative.Data;

namespace IadNative.Tests.Data;

public class JsonLinesTests
{
    [TestCase("{\"a\":1,\"b\":2.5}\n{\"b\":-4e1,\"a\":3}\n")]
    [TestCase("\uFEFF\n{ \"a\" : 1 , \"b\" : 2.5 }\r\n\r\n{\"b\":\"-40\",\"a\":\"3\"}")]
    public void Objects_are_read_by_key(string text)
    {
        var data = Files.Read(text);
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "a", "b" }));
        Assert.That(data.Values, Is.EqualTo(new[] { 1, 2.5f, 3, -40 }));
        Assert.That(data.AreFeaturesNamed, Is.True);
    }

    [Test]
    public void Arrays_are_read_by_place()
    {
        var data = Files.Read("[1,2]\n[3,true]\n".Replace("true", "4"));
        Assert.That((data.Values, data.AreFeaturesNamed), Is.EqualTo((new float[] { 1, 2, 3, 4 }, false)));
    }

    [Test]
    public void Null_and_a_key_that_is_not_there_are_missing()
    {
        var data = Files.Read("{\"a\":1,\"b\":2}\n{\"a\":null}\n", missing: MissingValues.Keep);
        Assert.That(data.MissingCells, Is.EqualTo(new long[] { 1, 1 }));
        Assert.That(Files.Refusal("{\"a\":1,\"b\":2}\n{\"a\":null,\"b\":3}\n"), Does.Contain("column 1 ('a'):\n  row 2 (line 2): ''"));
    }

    [Test]
    public void Text_is_a_category_a_label_or_a_name_where_an_option_says_so()
    {
        const string Text = "{\"id\":\"r\\u00e9\",\"c\":\"x \",\"v\":1,\"y\":\"normal\"}\n{\"id\":7,\"c\":true,\"v\":2,\"y\":\"odd\"}\n";
        var data = Files.Read(Text, new DatasetReadOptions { Id = "id", Categorical = ["c"], Label = "y" });
        Assert.That(data.Ids, Is.EqualTo(new[] { "ré", "7" }));
        Assert.That(data.Features[0].Levels, Is.EqualTo(new[] { "x", "true" }));
        Assert.That(data.Labels, Is.EqualTo(new[] { false, true }));
        Assert.That(Files.Refusal(Text), Does.Contain("'x").And.Contain("--categorical c"));
    }

    [TestCase("{\"a\":1}\n{\"a\":1,\"z\":2}\n", "row 2 (line 2) has the key 'z'")]
    [TestCase("{\"a\":1}\n{\"a\":1,\"a\":2}\n", "two values for column 1 ('a')")]
    [TestCase("{\"a\":1}\n[1]\n", "no object")]
    [TestCase("[1]\n{\"a\":1}\n", "no array")]
    [TestCase("[1,2]\n[1]\n", "fewer than the 2 cells")]
    [TestCase("[1,2]\n[1,2,3]\n", "more than the 2 cells")]
    [TestCase("{\"a\":1}\n{\"a\":1\n", "row 2 (line 2) is no JSON")]
    [TestCase("{\"a\":1}\n{\"a\":1} {}\n", "row 2 (line 2)")]
    [TestCase("{\"a\":1}\n{\"a\":[2]}\n", "column 1 ('a'):\n  row 2 (line 2)")]
    [TestCase("{\n\"a\":1}\n", "one object or array a line")]
    [TestCase("[{\"a\":1},{\"a\":2}]\n", "jq -c .[]")]
    [TestCase("{}\n", "no cell")]
    [TestCase("[", "JSON")]
    [TestCase("{\"a\":1}\n{\"a\":1e99}\n", "'1E+99'")]
    public void What_is_no_table_is_refused(string text, string part) => Assert.That(Files.Refusal(text), Does.StartWith("file: ").And.Contain(part));
}
