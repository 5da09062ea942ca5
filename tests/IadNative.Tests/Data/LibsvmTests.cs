using System.Text;
using IadNative.Data;
using IadNative.Data.Formats;
using IadNative.Data.Reading;

namespace IadNative.Tests.Data;

public class LibsvmTests
{
    [Test]
    public void What_is_not_there_is_zero_and_the_file_says_how_many_columns_there_are()
    {
        var data = Files.Read("0 1:1.5 3:-2 # comment\n\n1 4:1e2\n0\n");
        Assert.That((data.Rows, data.Columns, data.AreFeaturesNamed), Is.EqualTo((3, 4, false)));
        Assert.That(data.Values, Is.EqualTo(new[] { 1.5f, 0, -2, 0, 0, 0, 0, 100, 0, 0, 0, 0 }));
        Assert.That(data.Labels, Is.EqualTo(new[] { false, true, false }));
        Assert.That(Files.Read("+1 1:1\n-1 1:2\n").Labels, Is.EqualTo(new[] { false, true }));
    }

    [Test]
    public void Labels_of_another_kind_are_passed_over_and_said()
    {
        var data = Files.Read("3.5 1:1\n7 1:2\n");
        Assert.That(data.Labels, Is.Null);
        Assert.That(data.Notes.Single(), Does.Contain("passed over").And.Contain("'3.5', '7'"));
        Assert.That(Files.Read("3 1:1\n7 1:2\n", new DatasetReadOptions { Positive = "7" }).Labels, Is.EqualTo(new[] { false, true }));
    }

    [Test]
    public void A_schema_sets_the_columns_and_the_rows_stream()
    {
        var schema = new TableSchema([new("x1"), new("x2"), new("x3")], AreNamed: false);
        var request = new ReadRequest(new DatasetReadOptions(), ReaderLimits.Default, schema);
        using TableReader reader = DatasetReader.Open(new MemoryStream("0 1:5\n1 2:6\n"u8.ToArray()), "file", request, ownsStream: true, default);
        var block = new RowBlock(3);
        Assert.That(reader.Read(block), Is.True);
        Assert.That(block.Filled.ToArray(), Is.EqualTo(new double[] { 5, 0, 0, 0, 6, 0 }));
        Assert.That(() => DatasetReader.Open(new MemoryStream("0 4:5\n"u8.ToArray()), "file", request, ownsStream: true, default).Read(block),
            Throws.TypeOf<DataFormatException>().With.Message.Contain("column 4"));
    }

    [TestCase("0 1:1\n0 2:1 1:1\n", "behind column 2")]
    [TestCase("0 1:1\n0 0:1\n", "from 1")]
    [TestCase("0 1:1\n0 1:x\n", "'1:x'")]
    [TestCase("0 1:1\n0 a\n", "line 2 holds 'a'")]
    [TestCase("0 1:1\n0 2000000000:1\n", "column 2000000000, more than the 131072")]
    [TestCase("0 1:1e999\n", "column 1:\n  row 1 (line 1): 'Infinity'")]
    public void What_is_no_libsvm_is_refused(string text, string part) => Assert.That(Files.Refusal(text), Does.StartWith("file: ").And.Contain(part));

    [TestCase("1:2 3\n")]
    [TestCase("1 2\n")]
    [TestCase("12:30,5\n")]
    public void Other_text_is_not_taken_for_it(string text) => Assert.That(LibsvmReader.IsLibsvm(Encoding.UTF8.GetBytes(text)), Is.False);
}
